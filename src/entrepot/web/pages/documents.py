"""The documents and permits of a sale as steps: before the sale, with the goods, and on import."""

from __future__ import annotations

from typing import Any

from entrepot.language.remarks import proof_name
from entrepot.language.translate import N_, _, label, pack_text
from entrepot.model.quote import Option
from entrepot.web.pages.quote_context import QuoteView

#: The steps in their order: the title for goods, the title for a service, and the kinds of requirement in it.
STEPS = (
    (N_("Before the sale"), N_("Before the sale"), ("market_access", "licence", "registration", "data_rule")),
    (N_("With the goods"), N_("With the service"), ("certificate", "label")),
    (N_("On import"), N_("For the tax authority"), ("document",)),
)


def steps(view: QuoteView, option: Option) -> list[dict[str, Any]]:
    """What is needed, step by step: each document with its authority and its law."""
    service = bool(view.sale["lines"][0].get("service"))
    found = []
    for goods_title, service_title, kinds in STEPS:
        papers = [
            {
                "says": pack_text(each.says),
                "kind": label(each.kind),
                "authority": pack_text(each.authority),
                "law": view.sources.rows(each.citations),
            }
            for each in sorted(option.requirements, key=lambda each: each.authority)
            if each.kind in kinds
        ]
        if "certificate" in kinds:
            papers = _proofs(view, option) + papers
        if papers:
            found.append({"title": _(service_title if service else goods_title), "papers": papers})
    return found


def _proofs(view: QuoteView, option: Option) -> list[dict[str, Any]]:
    """The proofs of origin of the treatments that are used; none where the sale gives no proof and needs none."""
    if not any(line.get("proof_of_origin") for line in view.sale["lines"]):
        return []
    used = {each.id: each for line in option.lines if (each := line.treatment) is not None and each.proofs}
    return [
        {
            "says": _("Proof of origin: {proofs}").format(proofs=_(" or ").join(map(proof_name, each.proofs))),
            "kind": label("certificate"),
            "authority": pack_text(each.title),
            "law": view.sources.rows(each.citations),
        }
        for each in used.values()
    ]
