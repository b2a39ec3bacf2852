"""treating: what each line would pay under each tariff treatment: the duty, what it saves, what it takes."""

from __future__ import annotations

from typing import Any

from entrepot.language import translate
from entrepot.language.law_text import name_of
from entrepot.language.remarks import lacks, saved_by
from entrepot.language.translate import LABELS, _, label, money, of_pack
from entrepot.model.codes import dotted
from entrepot.model.quote import Charge, Option, OptionLine, RateDetails, Treatment
from entrepot.web.pages.quote_context import Telling

#: So many lines of a sale are told on its page; the API has all.
TOLD = 20


def lines(telling: Telling, option: Option) -> list[dict[str, Any]]:
    """Each line with its treatments, of those that have any; of a sale of several lines also what each owes."""
    several = len(option.lines) > 1
    return [
        {
            "number": line.reference or str(number),
            "several": several,
            "name": f"{dotted(line.code)} {name_of(telling.law, telling.world, line.code)}".strip(),
            "value": money(line.customs_value, telling.quote.currency),
            "treatments": [_treatment(telling, line, each) for each in _every(line)],
            "charges": [_charge(telling, each) for each in line.charges if each.reason] if several else [],
        }
        for number, line in enumerate(option.lines[:TOLD], 1)
        if line.treatment or line.treatments or several
    ]


def beyond(option: Option) -> str:
    """How many lines are not told here, and where they are; empty where all are told."""
    many = len(option.lines) - TOLD
    if many <= 0:
        return ""
    return translate.plural(many, "{n} more line is in the quote's JSON.", "{n} more lines are in the quote's JSON.")


def _every(line: OptionLine) -> list[Treatment]:
    return ([line.treatment] if line.treatment else []) + list(line.treatments)


def _charge(telling: Telling, charge: Charge) -> tuple[str, str]:
    known = charge.amount is not None
    return of_pack(charge.name), money(charge.amount, telling.quote.currency) if known else label("unknown")


def _treatment(telling: Telling, line: OptionLine, each: Treatment) -> dict[str, Any]:
    chosen = each is line.treatment
    return {
        "title": of_pack(LABELS.get(each.title, each.title)),
        "chosen": chosen,
        "rate": "—" if each.rate_details.rate_type == "none" else rate(each.rate_details),
        "duty": money(each.duty, telling.quote.currency),
        "needs": _needs(telling, line, each, chosen=chosen),
        "conditions": [(of_pack(one.says), one.state) for one in each.conditions],
        "law": telling.sources.rows(each.citations),
    }


def rate(details: RateDetails) -> str:
    """A rate as the law writes it, its numbers as people write them."""
    if details.rate_type == "percentage":
        return translate.formula(details.text)
    return label(details.text.removeprefix("text:"))


def _needs(telling: Telling, line: OptionLine, each: Treatment, *, chosen: bool) -> list[dict[str, str]]:
    """What a treatment takes, what it would save, and the address that supposes it."""
    if chosen and each.duty is not None:
        return [{"says": _("applied"), "suppose": ""}]
    if each.duty is None:
        return [
            {
                "says": lacks(each, _("only for part of the line, or within a quota: the page of the law shows it")),
                "suppose": "",
            }
        ]
    said = []
    saved = saved_by(each, line)
    if saved is not None:
        text = _("saves {amount}").format(amount=money(str(saved), telling.quote.currency))
        said.append({"says": text, "suppose": ""})
    for one in each.conditions:
        if one.state not in ("asked", "failed"):
            continue
        if one.id == "proof_of_origin" and each.proofs:
            needs = _("needs a proof of origin ({ids})").format(ids=_(", ").join(each.proofs))
            said.append({"says": needs, "suppose": telling.supposing(proof=each.proofs[0])})
        else:
            suppose = telling.supposing(asserted=one.id) if one.state == "asked" else ""
            said.append({"says": _("needs: {says}").format(says=of_pack(one.says)), "suppose": suppose})
    return said or [{"says": _("open, no better"), "suppose": ""}]
