"""The duty of each line under each tariff treatment, what each saves and what it needs."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from entrepot.language import translate
from entrepot.language.law_text import name_of
from entrepot.language.rate_words import short_rate_words
from entrepot.language.remarks import lacks, saved_by
from entrepot.language.translate import LABELS, _, label, money, pack_text
from entrepot.model.codes import dotted
from entrepot.model.quote import Charge, Option, OptionLine, RateDetails, Treatment
from entrepot.web.pages.quote_context import QuoteView

#: Lines of a sale that its page shows at most; the API has all.
MAX_LINES = 20


def line_treatments(view: QuoteView, option: Option) -> list[dict[str, Any]]:
    """Each line that has treatments; for a sale of several lines every line, with its charges."""
    several = len(option.lines) > 1
    return [
        {
            "number": line.reference or str(number),
            "several": several,
            "name": f"{dotted(line.code)} {name_of(view.law, view.world, line.code)}".strip(),
            "value": translate.figure(line, "customs_value", view.quote.currency),
            "treatments": [_treatment(view, line, charges, each) for each in _treatments_of(line)],
            "charges": [_charge(view, each) for each in charges if each.reason] if several else [],
        }
        for number, line in enumerate(option.lines[:MAX_LINES], 1)
        for charges in [option.line_charges(line)]
        if line.treatment or line.treatments or several
    ]


def more_lines_text(option: Option) -> str:
    """How many lines the page leaves out; empty if it shows all."""
    count = len(option.lines) - MAX_LINES
    if count <= 0:
        return ""
    return translate.plural(count, "{n} more line is in the quote's JSON.", "{n} more lines are in the quote's JSON.")


def _treatments_of(line: OptionLine) -> list[Treatment]:
    return ([line.treatment] if line.treatment else []) + list(line.treatments)


def _charge(view: QuoteView, charge: Charge) -> tuple[str, str]:
    known = charge.amount is not None or charge.amount_low
    amount = translate.figure(charge, "amount", view.quote.currency) if known else label("unknown")
    return pack_text(charge.name), amount


def _treatment(view: QuoteView, line: OptionLine, charges: Sequence[Charge], each: Treatment) -> dict[str, Any]:
    chosen = each is line.treatment
    return {
        "title": pack_text(LABELS.get(each.title, each.title)),
        "chosen": chosen,
        "rate": "—" if each.rate_details.rate_type == "none" else rate(each.rate_details),
        "duty": translate.figure(each, "duty", view.quote.currency),
        "needs": _needs(view, each, None if chosen else saved_by(each, line, charges), chosen=chosen),
        "conditions": [(pack_text(one.says), one.state) for one in each.conditions],
        "law": view.sources.rows(each.citations),
    }


def rate(details: RateDetails) -> str:
    """A rate with its units in words, and with numbers in the format of the language."""
    return short_rate_words(details.text.removeprefix("text:"))


def _needs(view: QuoteView, each: Treatment, saving: Decimal | None, *, chosen: bool) -> list[dict[str, str]]:
    """What a treatment needs and would save, each with the address that supposes it."""
    known = each.duty is not None or bool(each.duty_low)
    if chosen and known:
        return [{"says": _("applied"), "suppose": ""}]
    if not known:
        return [
            {
                "says": lacks(each, _("only for part of the line, or within a quota: see the law page")),
                "suppose": "",
            }
        ]
    needs = []
    if saving is not None:
        text = _("saves {amount}").format(amount=money(str(saving), view.quote.currency))
        needs.append({"says": text, "suppose": ""})
    for condition in each.conditions:
        if condition.state not in ("asked", "failed"):
            continue
        if condition.id == "proof_of_origin" and each.proofs:
            text = _("requires a proof of origin ({ids})").format(ids=_(", ").join(each.proofs))
            needs.append({"says": text, "suppose": view.url_with(proof=each.proofs[0])})
        else:
            suppose = view.url_with(condition.id) if condition.state == "asked" else ""
            needs.append({"says": _("requires: {says}").format(says=pack_text(condition.says)), "suppose": suppose})
    return needs or [{"says": _("available, not better"), "suppose": ""}]
