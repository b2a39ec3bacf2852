"""The template context of a quote: the landed price, the procedures, charges, documents and open points."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from entrepot.language import translate
from entrepot.language.law_text import name_of
from entrepot.language.remarks import (
    candidate_name,
    condition,
    fact_title,
    if_confirmed,
    nearest,
    open_facts,
    remarks,
    sum_of,
    total_text,
    without_total,
)
from entrepot.language.translate import _, label, money, pack_text
from entrepot.law.compiled import Law, World
from entrepot.model.codes import dotted
from entrepot.model.quote import Candidate, Charge, Option, Quote
from entrepot.web.pages import price_bar, sale_form, treatments
from entrepot.web.pages.citations import layer_texts
from entrepot.web.pages.quote_context import QuoteView

STATUS_ORDER = {"open": 0, "conditional": 1, "closed": 2}


def page_context(quote: Quote, sale: Mapping[str, Any], law: Law, world: World, *, linked: bool) -> dict[str, Any]:
    """The whole template context of a quote. `law`: the law that the quote was assessed under.

    `linked`: missing conditions and proofs link to the form that supposes them.
    """
    translate.use_law(law)
    view = QuoteView(quote, sale, law, world, sale_form.query_of(sale) if linked else None)
    best = quote.best
    shown, totalled = best or nearest(quote), best or quote.best_conditional
    return {
        "quote": quote,
        "head": _head(view),
        "bar": price_bar.bar(totalled, quote.currency) if totalled is not None else None,
        "owed": _charges(view, totalled.charges) if totalled is not None else [],
        "open_facts": _open_facts(view, shown) if shown is not None else [],
        "ways": _procedures(view),
        "lines": treatments.line_treatments(view, shown) if shown is not None else [],
        "beyond": treatments.more_lines_text(shown) if shown is not None else "",
        "way_told": pack_text(shown.title) if shown is not None and best is None else "",
        "papers": _documents(view, shown) if shown is not None else [],
        "doubts": _reasons(view),
        "foot": _footer(view),
        "sources": view.sources.entries,  # last: the entries above have numbered them all
    }


def _head(view: QuoteView) -> dict[str, Any]:
    """The sale, the total and the outcome."""
    quote, sale, best = view.quote, view.sale, view.quote.best
    head: dict[str, Any] = {
        "from": translate.place(sale["ship_from"]["country"]),
        "to": translate.place(sale["ship_to"]["country"]),
        "sold": goods_name(view.law, view.world, sale["lines"]),
        "buyer": _("to {buyer}").format(buyer=label((sale.get("buyer") or {}).get("kind") or "consumer")),
        "law": _("law of {day}").format(day=translate.day(quote.law.date)),
        "outcome": quote.assessment.outcome,
        "trust": quote.assessment.trust,
        "total": "",
        "instead": without_total(quote) if best is None else "",
    }
    if (waiting := quote.best_conditional) is not None:
        head["outcome"] = "conditional"
        head["instead"] = if_confirmed(waiting, quote.currency, view.law)
        head["way"] = _("under {way}").format(way=pack_text(waiting.title))
    if best is not None:
        head["total"] = total_text(best, quote.currency)
        head["there"] = _("landed in {place}").format(place=head["to"])
        head["way"] = _("under {way}").format(way=pack_text(best.title))
        if best.amount_recoverable and best.amount_recoverable.strip("0."):
            recovered = money(best.amount_recoverable, quote.currency)
            head["recovered"] = _("includes {amount} of tax that a registered business recovers").format(
                amount=recovered
            )
    return head


def _open_facts(view: QuoteView, option: Option) -> list[dict[str, Any]]:
    """The facts that would change the landed amount: their values, each with its amount and its address."""
    return [
        {
            "title": fact_title(settles),
            "values": [
                {
                    "name": candidate_name(each),
                    "amount": translate.figure(each, "amount_landed", view.quote.currency),
                    "suppose": _suppose(view, each),
                }
                for each in values
            ],
        }
        for settles, values in open_facts(option).items()
    ]


def _suppose(view: QuoteView, each: Candidate) -> str:
    """The address of the form with the value of an open fact; empty where it is no single value of a field."""
    field = {"lines[0].hs_code": "what", "ship_to.state": "state"}.get(each.settles)
    return view.url_with(**{field: each.value}) if field and each.value else ""


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
    return f"{dotted(code)} {name}".strip() if code.isdigit() else name


def _charges(view: QuoteView, charges: tuple[Charge, ...]) -> list[dict[str, Any]]:
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


def _procedures(view: QuoteView) -> list[dict[str, Any]]:
    """Every procedure: the best first, then open, conditional and closed ones; their bars have one scale."""
    quote = view.quote
    best = quote.best.regime if quote.best is not None else None
    options = sorted(quote.options, key=lambda option: (option.regime != best, STATUS_ORDER[option.status]))
    landed = [Decimal(option.amount_landed) for option in options if option.amount_landed is not None]
    most = max(landed, default=None)
    return [_procedure(view, option, most, best=option.regime == best) for option in options]


def _procedure(view: QuoteView, option: Option, most: Decimal | None, *, best: bool) -> dict[str, Any]:
    parts, currency = option.amount_subtotals, view.quote.currency
    landed = translate.figure(option, "amount_landed", currency)
    figures: list[tuple[str, str]] = []
    if parts is not None:
        names = (("duties", _("duties")), ("taxes", _("taxes")), ("fees", _("fees")))
        figures = [(title, translate.figure(parts, name, currency)) for name, title in names]
    return {
        "id": option.regime,
        "title": pack_text(option.title),
        "status": option.status,
        "best": best,
        "landed": f"≥ {landed}" if option.at_least and (option.amount_landed or option.amount_landed_high) else landed,
        "figures": figures,
        "bar": price_bar.bar(option, currency, most),
        "obstacles": _obstacles(view, option),
        "conditions": [
            {
                "says": condition(each, option.regime, view.law),
                "state": each.state,
                "law": view.sources.rows(each.citations),
            }
            for each in option.conditions
        ],
        # The charges of the best procedure are listed above already.
        "owed": [] if best else _charges(view, option.charges),
        "law": view.sources.rows(option.citations),
        "warnings": [translate.reason(each) for each in option.warnings],
    }


def _obstacles(view: QuoteView, option: Option) -> list[dict[str, str]]:
    """Why a procedure is closed, or which conditions it needs, each with the address that supposes it."""
    if option.status == "open":
        return []
    if option.status == "conditional":
        needs = _("requires: {says}")
        return [
            {"says": needs.format(says=pack_text(each.says)), "suppose": view.url_with(asserted=each.id)}
            for each in option.conditions
            if each.state == "asked"
        ]
    failed = [each for each in option.conditions if each.state == "failed"]
    texts = [condition(each, option.regime, view.law) for each in failed if each.id == "mandatory"]
    unmet = [condition(each, option.regime, view.law) for each in failed if each.id != "mandatory"]
    texts += [_("not met: {says}").format(says=each) for each in unmet]
    banned = [each for each in option.requirements if each.kind == "prohibition"]
    texts += [_("prohibited: {says}").format(says=pack_text(each.says)) for each in banned]
    if not texts:
        missing_data = ("rate.", "measure.", "exchange.")
        texts = [translate.reason(each) for each in option.warnings if each.code.startswith(missing_data)]
    return [{"says": each, "suppose": ""} for each in texts or [label("closed")]]


def _documents(view: QuoteView, option: Option) -> list[dict[str, Any]]:
    """The documents and permits, by the authority that requires them."""
    documents: dict[str, list[dict[str, Any]]] = {}
    for each in sorted(option.requirements, key=lambda each: each.authority):
        if each.kind != "prohibition":
            row = {"says": pack_text(each.says), "kind": label(each.kind), "law": view.sources.rows(each.citations)}
            documents.setdefault(pack_text(each.authority), []).append(row)
    return [{"authority": authority, "papers": papers} for authority, papers in documents.items()]


def _reasons(view: QuoteView) -> list[dict[str, str]]:
    """What was assumed or is not known, or why there is no total, each with the field of the form to fill in."""
    reasons = []
    for each in view.quote.assessment.reasons:
        name = sale_form.field_of(each.param or "") if view.query is not None else ""
        suppose = ""
        if each.code == "condition.asked" and "id" in each.values:
            suppose = view.url_with(asserted=each.values["id"])
        reasons.append({"says": translate.reason(each), "field": "" if suppose else name, "suppose": suppose})
    return reasons


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
    place = translate.place_of_law(view.law.title)
    parts.append(name.format(place=place, pack=law.pack, hash=law.hash[:8]))
    period = _("unchanged from {since} until {until}") if law.until else _("unchanged since {since}")
    parts.append(period.format(since=translate.day(law.since), until=translate.day(law.until)))
    return parts + layer_texts(law.layers, view.law.title)
