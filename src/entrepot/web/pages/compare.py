"""The page that compares destinations: the same sale to several economies, with the totals beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from entrepot import app
from entrepot.language import translate
from entrepot.language.remarks import total_text, without_total
from entrepot.language.translate import _, money, pack_text
from entrepot.model.codes import dotted
from entrepot.model.errors import EntrepotError
from entrepot.model.quote import Option, Quote
from entrepot.web.pages import sale_form
from entrepot.web.pages.form_fields import economy_choices
from entrepot.web.pages.quote_view import goods_name
from entrepot.web.process import metrics

#: The field of the address with a further destination, and how many destinations are compared at most.
ALSO, MAX_DESTINATIONS = "also", 5
#: Fields that hold for one destination only, as rates do: they are not carried over to another.
OF_DESTINATION = ("state", "postal_code", "proof", "tax_class", "exchange_rate", "asserted")
#: Digits of a code that are the same in every economy.
COMMON_DIGITS = 6


@dataclass(slots=True)
class Row:
    """A destination: its total in the currency of the sale and in its own, or why there is none.

    `ends`: its lowest and highest value in the currency of the sale, if they are known and its procedure is open.
    """

    place: str
    query: str
    without: str = ""
    total: str = ""
    own: str = ""
    title: str = ""
    recovered: str = ""
    outcome: str = ""
    goods: str = ""
    ends: tuple[Decimal, Decimal | None] | None = None
    lowest: bool = False


@require_safe
def compare_page(request: HttpRequest, language: str) -> HttpResponse:
    """The totals of a sale to its destination and to others, each with a link to its answer."""
    form = sale_form.parse(request.GET)
    query = {**form.given, "asserted": form.asserted}
    if form.sale is None:
        return HttpResponseRedirect(f"/{language}/?{sale_form.query_string(query)}")
    known = sale_form.destinations()
    also = [code for code in dict.fromkeys(request.GET.getlist(ALSO)) if code in known and code != query["to"]]
    also = also[: MAX_DESTINATIONS - 1]
    rows = [_row(each) for each in (query, *(_to(query, code) for code in also))]
    _mark_lowest(rows)
    fields = [*form.given.items(), *(("asserted", each) for each in form.asserted), *((ALSO, code) for code in also)]
    context = {
        "sold": rows[0].goods,
        "from": translate.place(form.given["from"]),
        "price": money(str(form.sale["lines"][0]["amount"]), form.sale["currency"]),
        "buyer": _("to {buyer}").format(buyer=translate.label(form.given.get("for", "consumer"))),
        "day": translate.day(form.given["on"]) if "on" in form.given else "",
        "rows": rows,
        "notes": _notes(query, also),
        "fields": fields,
        "choices": [each for each in economy_choices(known) if each[0] not in (query["to"], *also)],
        "full": len(rows) == MAX_DESTINATIONS,
        "also": ALSO,
        "again": sale_form.query_string(query) if also else "",
    }
    return render(request, "compare.html", context)


def _to(query: Mapping[str, Any], code: str) -> dict[str, Any]:
    """The form of the same sale to another destination.

    A code of the tariff of one destination is no code of another's: its common digits are kept.
    """
    found = {name: value for name, value in query.items() if name not in OF_DESTINATION and not sale_form.is_rate(name)}
    if "what" in found and not _same_law(query["to"], code):
        found["what"] = dotted(sale_form.code_of(found["what"])[:COMMON_DIGITS])
    return {**found, "to": code}


def _same_law(one: str, other: str) -> bool:
    economies = app.library().world.economies
    return economies[one][2] == economies[other][2]


def _row(query: Mapping[str, Any]) -> Row:
    address = sale_form.query_string(query)
    row = Row(translate.place(query["to"]), address)
    form = sale_form.parse(QueryDict(address))
    row.goods = form.given.get("what", "") or form.given.get("service", "")
    if form.sale is None:
        row.without = next(iter(form.faults.values()), _("No amount can be calculated"))
        return row
    try:
        quote, law = app.quote_with_law(form.sale)
    except EntrepotError as error:
        row.without = translate.error_text(error)
        return row
    metrics.record_quote(quote.assessment.outcome)
    translate.use_law(law)
    row.outcome = quote.assessment.outcome
    row.goods = goods_name(law, app.library().world, form.sale["lines"])
    option = quote.best or quote.best_conditional
    if option is None:
        row.without = without_total(quote)
    else:
        _add_total(row, quote, option, form.sale["currency"])
    return row


def _add_total(row: Row, quote: Quote, option: Option, currency: str) -> None:
    """Adds the total, in the currency of the sale where the exchange rate is known."""
    row.title, row.total = pack_text(option.title), total_text(option, quote.currency)
    recovered = option.amount_recoverable
    if recovered and recovered.strip("0."):
        row.recovered = _("includes {amount} of tax that a registered business recovers").format(
            amount=money(recovered, quote.currency)
        )
    sold = option
    if currency != quote.currency:
        if quote.exchange is None or quote.exchange.currency != currency:
            return
        sold = _exchanged(option, Decimal(quote.exchange.rate), app.library().world.decimals[currency])
        row.own, row.total = row.total, f"≈ {total_text(sold, currency)}"
    low = sold.amount_landed or sold.amount_landed_low
    high = None if sold.at_least else sold.amount_landed or sold.amount_landed_high
    if quote.best is not None and low:
        row.ends = Decimal(low), Decimal(high) if high else None


def _exchanged(option: Option, rate: Decimal, decimals: int) -> Option:
    """An option with its total in the currency whose unit is `rate` units of the quote's."""
    unit = Decimal(1).scaleb(-decimals)
    names = ("amount_landed", "amount_landed_low", "amount_landed_high")
    found = {name: getattr(option, name) for name in names}
    return msgspec.structs.replace(
        option, **{name: str((Decimal(value) / rate).quantize(unit)) for name, value in found.items() if value}
    )


def _mark_lowest(rows: list[Row]) -> None:
    """Marks the total that is lower than all others, whatever the sale leaves open."""
    for row in rows:
        others = [each.ends for each in rows if each is not row]
        highest = row.ends[1] if row.ends else None
        if others and highest is not None:
            row.lowest = all(ends is not None and highest < ends[0] for ends in others)


def _notes(query: Mapping[str, Any], also: list[str]) -> list[str]:
    """What the sales to the other destinations have otherwise."""
    notes: list[str] = []
    code, others = sale_form.code_of(query.get("what", "")), [each for each in also if not _same_law(query["to"], each)]
    if others and len(code) > COMMON_DIGITS:
        text = _("The code {code} is of {place}: for the other tariffs its first six digits are used, {common}.")
        place, common = translate.place(query["to"]), dotted(code[:COMMON_DIGITS])
        notes.append(text.format(code=dotted(code), place=place, common=common))
    if also and any(query.get(name) for name in OF_DESTINATION):
        text = _("Entries and assumptions for {place} only, for example a certificate or a rate, are not carried over.")
        notes.append(text.format(place=translate.place(query["to"])))
    return notes


urlpatterns: list[URLPattern] = [path("compare/", compare_page)]
