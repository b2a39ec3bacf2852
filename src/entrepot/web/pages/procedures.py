"""The import procedures beside the one that a page shows: those that are available, and why the others are not."""

from __future__ import annotations

from typing import Any

from entrepot.language.remarks import condition, total_text
from entrepot.language.translate import _, pack_text
from entrepot.language.unavailable import causes
from entrepot.model.quote import Option
from entrepot.web.pages.quote_context import QuoteView

#: The field of the form that a procedure's buyer, channel or transport is.
FIELD_OF_CHANGE = {"buyer": "for", "channel": "channel", "transport": "transport"}


def available(view: QuoteView, shown: Option | None) -> list[dict[str, Any]]:
    """The open and the conditional procedures beside the one shown, with their amounts and what they need."""
    others = [each for each in view.quote.options if each.status != "closed" and (shown is None or each.id != shown.id)]
    others.sort(key=lambda each: each.status != "open")
    return [
        {
            "title": pack_text(each.title),
            "status": each.status,
            "landed": total_text(each, view.quote.currency),
            "needs": [
                {
                    "says": _("requires: {says}").format(says=condition(one, each.regime, view.law)),
                    "suppose": view.url_with(one.id),
                }
                for one in each.conditions
                if one.state == "asked"
            ],
            "law": view.sources.rows(each.citations),
        }
        for each in others
    ]


def unavailable(view: QuoteView, shown: Option | None) -> list[dict[str, Any]]:
    """The closed procedures: why each is not available to this sale, without a price.

    `shown`: the procedure whose figures the page shows; it is left out if only a fact of the sale is missing for it.
    """
    found = []
    for option in view.quote.options:
        missing = (
            shown is not None and option.id == shown.id and all(each.state != "failed" for each in option.conditions)
        )
        if option.status != "closed" or missing:
            continue
        because = [
            {
                "says": each.says,
                "suppose": view.url_with(**{FIELD_OF_CHANGE[field]: value}) if field else "",
                "law": view.sources.rows(each.condition.citations) if each.condition is not None else [],
            }
            for each in causes(option, view.quote, view.sale, view.law)
            for field, value in [each.change]
        ]
        found.append({"title": pack_text(option.title), "causes": because})
    return found


def bans(view: QuoteView, shown: Option | None) -> list[dict[str, Any]]:
    """The prohibitions that close the procedure shown, where no procedure can be used; otherwise none."""
    if shown is None or any(each.status != "closed" for each in view.quote.options):
        return []
    return [
        {
            "says": _("prohibited: {says}").format(says=pack_text(each.says)),
            "authority": pack_text(each.authority),
            "law": view.sources.rows(each.citations),
        }
        for each in shown.requirements
        if each.kind == "prohibition"
    ]


def conditions(view: QuoteView, option: Option) -> dict[str, Any]:
    """The conditions of the procedure that is shown, and its law."""
    return {
        "title": pack_text(option.title),
        "conditions": [
            {
                "says": condition(each, option.regime, view.law),
                "state": each.state,
                "law": view.sources.rows(each.citations),
            }
            for each in option.conditions
        ],
        "law": view.sources.rows(option.citations),
    }
