"""telling: a quote as its page shows it: the landed price, the ways in, what is owed, the papers, the doubts."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from entrepot.language import translate
from entrepot.language.law_text import name_of
from entrepot.language.remarks import condition, nearest, remarks, sum_of, without_total
from entrepot.language.translate import _, label, money, of_pack
from entrepot.law.compiled import Law, World
from entrepot.model.codes import dotted
from entrepot.model.quote import Charge, Option, Quote
from entrepot.web.pages import price_bar, sale_form, treatments
from entrepot.web.pages.citations import layers
from entrepot.web.pages.quote_context import Telling

ORDER = {"open": 0, "conditional": 1, "closed": 2}


def told(quote: Quote, sale: Mapping[str, Any], law: Law, world: World, *, linked: bool) -> dict[str, Any]:
    """All that the page of a quote shows. `law`: the one that the quote was made by.

    `linked`: what is lacking leads to the form that supposes it.
    """
    translate.use_law(law)
    telling = Telling(quote, sale, law, world, sale_form.query_of(sale) if linked else None)
    best = quote.best
    shown = best or nearest(quote)
    return {
        "quote": quote,
        "head": _head(telling),
        "bar": price_bar.bar(best, quote.currency) if best is not None else None,
        "owed": _owed(telling, best.charges) if best is not None else [],
        "ways": _ways(telling),
        "lines": treatments.lines(telling, shown) if shown is not None else [],
        "beyond": treatments.beyond(shown) if shown is not None else "",
        "way_told": of_pack(shown.title) if shown is not None and best is None else "",
        "papers": _papers(telling, shown) if shown is not None else [],
        "doubts": _doubts(telling),
        "foot": _foot(telling),
        "sources": telling.sources.told,  # last: by now all are numbered
    }


def _head(telling: Telling) -> dict[str, Any]:
    """From where to where, what, the total, how sure it is."""
    quote, sale, best = telling.quote, telling.sale, telling.quote.best
    head: dict[str, Any] = {
        "from": translate.place(sale["ship_from"]["country"]),
        "to": translate.place(sale["ship_to"]["country"]),
        "sold": sold(telling.law, telling.world, sale["lines"]),
        "buyer": _("to {buyer}").format(buyer=label((sale.get("buyer") or {}).get("kind") or "consumer")),
        "law": _("law of {day}").format(day=translate.day(quote.law.date)),
        "outcome": quote.assessment.outcome,
        "trust": quote.assessment.trust,
        "total": "",
        "instead": without_total(quote) if best is None else "",
    }
    if best is not None:
        amount = money(best.amount_landed, quote.currency)
        head["total"] = _("at least {amount}").format(amount=amount) if best.at_least else amount
        head["there"] = _("landed in {place}").format(place=head["to"])
        head["way"] = _("by {way}").format(way=of_pack(best.title))
        if best.amount_recoverable and best.amount_recoverable.strip("0."):
            recovered = money(best.amount_recoverable, quote.currency)
            head["recovered"] = _("{amount} of it is tax that a registered business recovers").format(amount=recovered)
    return head


def sold(law: Law, world: World, lines: Any) -> str:
    """What a sale sells, in a few words."""
    if len(lines) != 1:
        return translate.plural(len(lines), "{n} line", "{n} lines")
    code = "".join(sign for sign in str(lines[0].get("hs_code") or lines[0].get("service") or "") if sign not in ". -")
    name = name_of(law, world, code)
    return f"{dotted(code)} {name}".strip() if code.isdigit() else name


def _owed(telling: Telling, charges: tuple[Charge, ...]) -> list[dict[str, Any]]:
    """Each charge with its sum written out, and the law under it."""
    currency = telling.quote.currency
    return [
        {
            "name": of_pack(each.name),
            "kind": label(each.kind),
            "amount": money(each.amount, currency) if each.amount is not None else label("unknown"),
            "how": sum_of(each),
            "base": money(each.taxable_amount, currency) if each.taxable_amount else "",
            "rate": treatments.rate(each.rate_details) if each.rate_details.rate_type != "unknown" else "",
            "remark": _(", ").join(remarks(each, _is_business(telling))),
            "law": telling.sources.rows(each.citations),
        }
        for each in charges
        if each.reason
    ]


def _is_business(telling: Telling) -> bool:
    return (telling.sale.get("buyer") or {}).get("kind") == "business"


def _ways(telling: Telling) -> list[dict[str, Any]]:
    """Every way in: the best first, then open, conditional and closed ones, with pictures on one scale."""
    quote = telling.quote
    best = quote.best.regime if quote.best is not None else None
    options = sorted(quote.options, key=lambda option: (option.regime != best, ORDER[option.status]))
    landed = [Decimal(option.amount_landed) for option in options if option.amount_landed is not None]
    most = max(landed, default=None)
    return [_way(telling, option, most, best=option.regime == best) for option in options]


def _way(telling: Telling, option: Option, most: Decimal | None, *, best: bool) -> dict[str, Any]:
    parts, currency = option.amount_subtotals, telling.quote.currency
    landed = money(option.amount_landed, currency)
    figures: list[tuple[str, str]] = []
    if parts is not None:
        every = ((_("duties"), parts.duties), (_("taxes"), parts.taxes), (_("fees"), parts.fees))
        figures = [(name, money(amount, currency)) for name, amount in every]
    return {
        "id": option.regime,
        "title": of_pack(option.title),
        "status": option.status,
        "best": best,
        "landed": f"≥ {landed}" if option.at_least and parts is not None else landed,
        "figures": figures,
        "bar": price_bar.bar(option, currency, most),
        "obstacles": _obstacles(telling, option),
        "conditions": [
            {
                "says": condition(each, option.regime, telling.law),
                "state": each.state,
                "law": telling.sources.rows(each.citations),
            }
            for each in option.conditions
        ],
        # What the best way owes is told at length already.
        "owed": [] if best else _owed(telling, option.charges),
        "law": telling.sources.rows(option.citations),
        "warnings": [translate.reason(each) for each in option.warnings],
    }


def _obstacles(telling: Telling, option: Option) -> list[dict[str, str]]:
    """Why a way is closed, or what it waits for and the address that supposes it."""
    if option.status == "open":
        return []
    if option.status == "conditional":
        needs = _("needs: {says}")
        return [
            {"says": needs.format(says=of_pack(each.says)), "suppose": telling.supposing(asserted=each.id)}
            for each in option.conditions
            if each.state == "asked"
        ]
    failed = [each for each in option.conditions if each.state == "failed"]
    said = [condition(each, option.regime, telling.law) for each in failed if each.id == "mandatory"]
    unmet = [condition(each, option.regime, telling.law) for each in failed if each.id != "mandatory"]
    said += [_("not met: {says}").format(says=each) for each in unmet]
    banned = [each for each in option.requirements if each.kind == "prohibition"]
    said += [_("prohibited: {says}").format(says=of_pack(each.says)) for each in banned]
    if not said:
        lacks = ("rate.", "measure.", "exchange.")
        said = [translate.reason(each) for each in option.warnings if each.code.startswith(lacks)]
    return [{"says": each, "suppose": ""} for each in said or [label("closed")]]


def _papers(telling: Telling, option: Option) -> list[dict[str, Any]]:
    """The papers and permissions as a checklist, by the authority that asks for them."""
    wanted: dict[str, list[dict[str, Any]]] = {}
    for each in sorted(option.requirements, key=lambda each: each.authority):
        if each.kind != "prohibition":
            row = {"says": of_pack(each.says), "kind": label(each.kind), "law": telling.sources.rows(each.citations)}
            wanted.setdefault(of_pack(each.authority), []).append(row)
    return [{"authority": authority, "papers": papers} for authority, papers in wanted.items()]


def _doubts(telling: Telling) -> list[dict[str, str]]:
    """What was assumed and stands open, or why there is no answer, each with the field of the form that says more."""
    found = []
    for each in telling.quote.assessment.reasons:
        name = sale_form.field_of(each.param or "") if telling.query is not None else ""
        suppose = ""
        if each.code == "condition.asked" and "id" in each.values:
            suppose = telling.supposing(asserted=each.values["id"])
        found.append({"says": translate.reason(each), "field": "" if suppose else name, "suppose": suppose})
    return found


def _foot(telling: Telling) -> list[str]:
    """Which rate of exchange and which law."""
    quote, law = telling.quote, telling.quote.law
    said = []
    if (exchange := quote.exchange) is not None:
        digits = exchange.rate.rstrip("0").rstrip(".") if "." in exchange.rate else exchange.rate
        source = label(exchange.source) if exchange.source != "the caller" else _("as given")
        day = f", {translate.day(exchange.date)}" if exchange.date else ""
        said.append(f"1 {exchange.currency} = {translate.number(digits)} {quote.currency} ({source}{day})")
    name = _("law of {place} ({pack} {hash})")
    place = translate.place_of_law(telling.law.title)
    said.append(name.format(place=place, pack=law.pack, hash=law.hash[:8]))
    spell = _("unchanged from {since} until {until}") if law.until else _("unchanged since {since}")
    said.append(spell.format(since=translate.day(law.since), until=translate.day(law.until)))
    return said + layers(law.layers, telling.law.title)
