"""The template context of a quote: the landed price, the procedures, charges, documents and open points."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from entrepot.goods.everyday_names import with_local_name
from entrepot.language import translate
from entrepot.language.economies import in_sentence
from entrepot.language.law_text import name_of
from entrepot.language.remarks import (
    if_confirmed,
    nearest,
    period_of_law,
    prohibited_by,
    remarks,
    sum_of,
    total_text,
    without_total,
)
from entrepot.language.translate import _, label, money, pack_text
from entrepot.law.compiled import Law, World
from entrepot.model.quote import Charge, Option, Quote, Reason
from entrepot.web.pages import documents, open_points, price_bar, procedures, sale_form, savings, treatments
from entrepot.web.pages.citations import layer_texts
from entrepot.web.pages.form_fields import Field
from entrepot.web.pages.quote_context import QuoteView


def page_context(
    quote: Quote, law: Law, sale: Mapping[str, Any], world: World, form: Mapping[str, Field] | None
) -> dict[str, Any]:
    """The whole template context of a quote. `law`: the law that the quote was assessed under.

    `form`: the fields of the form of the sale, by name, to show beside what they settle; None for a stored quote.
    """
    translate.use_law(law)
    view = QuoteView(quote, sale, law, world, sale_form.query_of(sale) if form is not None else None)
    banned = prohibited_by(quote)
    # Of prohibited goods neither another procedure nor a treatment is of use to the reader.
    shown, totalled = None if banned else quote.best or nearest(quote), quote.best or quote.best_conditional
    bans = procedures.bans(view, shown)
    facts = open_points.facts(view, shown, form or {}) if shown is not None and not bans else []
    points = open_points.open_points(view, form or {}, facts)
    return {
        "quote": quote,
        "head": _head(view),
        "prohibitions": [_prohibition(view, each) for each in banned],
        "link": _permanent_link(view),
        "savings": savings.savings(view, totalled) if totalled is not None else [],
        "bar": price_bar.bar(totalled, quote.currency) if totalled is not None else None,
        "bans": bans,
        "open_facts": facts,
        "owed": charges(view, totalled.charges) if totalled is not None else [],
        "lines": treatments.line_treatments(view, shown) if shown is not None else [],
        "beyond": treatments.more_lines_text(shown) if shown is not None else "",
        "way": procedures.conditions(view, shown) if shown is not None else None,
        "way_told": pack_text(shown.title) if shown is not None and quote.best is None else "",
        "steps": documents.steps(view, shown) if shown is not None else [],
        "points": points,
        "others": procedures.available(view, shown),
        "closed": [] if banned else procedures.unavailable(view, shown),
        "foot": _footer(view),
        "sources": view.sources.entries,  # last: the entries above have numbered them all
    }


def _prohibition(view: QuoteView, each: Reason) -> dict[str, Any]:
    """A prohibition of the goods, with its rows of law."""
    cited = (
        one.citations for option in view.quote.options for one in option.requirements if one.id == each.values["id"]
    )
    return {"says": translate.reason(each), "law": view.sources.rows(next(cited, ()))}


def _permanent_link(view: QuoteView) -> str:
    """The query of the address of this answer, with the date of its law: it gives the same answer on any day."""
    return "" if view.query is None else sale_form.query_string({**view.query, "on": view.quote.law.date})


def _head(view: QuoteView) -> dict[str, Any]:
    """The sale, the total and the outcome."""
    quote, sale, best = view.quote, view.sale, view.quote.best
    head: dict[str, Any] = {
        "from": translate.place(sale["ship_from"]["country"]),
        "to": translate.place(sale["ship_to"]["country"]),
        "sold": goods_name(view.law, view.world, sale["lines"]),
        "price": _price(view),
        "buyer": _("to {buyer}").format(buyer=label((sale.get("buyer") or {}).get("kind") or "consumer")),
        "law": _("law of {day}").format(day=translate.day(quote.law.date)),
        "outcome": quote.assessment.outcome,
        "trust": quote.assessment.trust,
        "total": "",
        "instead": without_total(quote) if best is None else "",
    }
    if (waiting := quote.best_conditional) is not None:
        head |= _conditional_head(view, waiting)
    if best is not None:
        head["total"] = total_text(best, quote.currency)
        head["after"] = _("landed in {place}").format(place=in_sentence(head["to"]))
        head["way"] = _("under {way}").format(way=pack_text(best.title))
        if best.amount_recoverable and best.amount_recoverable.strip("0."):
            recovered = money(best.amount_recoverable, quote.currency)
            head["recovered"] = _("includes {amount} of tax that a registered business recovers").format(
                amount=recovered
            )
    return head


def _conditional_head(view: QuoteView, waiting: Option) -> dict[str, Any]:
    """The head of a quote whose cheapest procedure waits for a confirmation: the total, and what it waits for."""
    asked = [each.id for each in waiting.conditions if each.state == "asked"]
    before, _total, after = if_confirmed(waiting, view.quote.currency, view.law).partition(
        total := total_text(waiting, view.quote.currency)
    )
    return {
        "outcome": "conditional",
        "before": before,
        "total": total,
        "after": after.strip(),
        "instead": "",
        "way": _("under {way}").format(way=pack_text(waiting.title)),
        "suppose": view.url_with(*asked) if asked else "",
    }


def _price(view: QuoteView) -> str:
    """The price of the sale in its own currency."""
    return money(str(sum(Decimal(str(line["amount"])) for line in view.sale["lines"])), view.sale["currency"])


def goods_name(law: Law, world: World, lines: Any) -> str:
    """The code and the name of the goods, or the number of lines."""
    if len(lines) != 1:
        return translate.plural(len(lines), "{n} line", "{n} lines")
    code = "".join(
        character
        for character in str(lines[0].get("hs_code") or lines[0].get("service") or "")
        if character not in ". -"
    )
    name = name_of(law, world, code)
    if code.isdigit():
        return with_local_name(code, name, translate.current_language())
    return name or str(lines[0].get("description") or "")


def charges(view: QuoteView, charges: tuple[Charge, ...]) -> list[dict[str, Any]]:
    """Each charge with its calculation and its law."""
    currency = view.quote.currency
    return [
        {
            "name": pack_text(each.name),
            "kind": label(each.kind),
            "amount": translate.figure(each, "amount", currency)
            if each.amount is not None or each.amount_low
            else label("unknown"),
            "how": sum_of(each),
            "base": money(each.taxable_amount, currency) if each.taxable_amount else "",
            "rate": treatments.rate(each.rate_details) if each.rate_details.rate_type != "unknown" else "",
            "remark": _(", ").join(remarks(each, _is_business(view))),
            "law": view.sources.rows(each.citations),
        }
        for each in charges
        if each.reason
    ]


def _is_business(view: QuoteView) -> bool:
    return (view.sale.get("buyer") or {}).get("kind") == "business"


def _footer(view: QuoteView) -> list[str]:
    """The exchange rate and the law."""
    quote, law = view.quote, view.quote.law
    parts = []
    if (exchange := quote.exchange) is not None:
        digits = exchange.rate.rstrip("0").rstrip(".") if "." in exchange.rate else exchange.rate
        source = label(exchange.source) if exchange.source != "the caller" else _("as entered")
        day = f", {translate.day(exchange.date)}" if exchange.date else ""
        parts.append(f"1 {exchange.currency} = {translate.number(digits)} {quote.currency} ({source}{day})")
    name = _("law of {place} ({pack} {hash})")
    place = in_sentence(translate.place_of_law(view.law.title))
    parts.append(name.format(place=place, pack=law.pack, hash=law.hash[:8]))
    return parts + period_of_law(quote) + layer_texts(law.layers, view.law.title)
