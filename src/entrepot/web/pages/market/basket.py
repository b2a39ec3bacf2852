"""The basket: its lines, the orders that they become and why, and what each order costs delivered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language import translate
from entrepot.language.translate import N_, _
from entrepot.model.errors import EntrepotError
from entrepot.model.money import in_major
from entrepot.trade.splitting import Item, Part, divide
from entrepot.trade_app import market as market_app
from entrepot.trade_app.landed_prices import Landed, Viewer, landed_price_of
from entrepot.web.pages.market import basket_lines, cards
from entrepot.web.pages.market.viewer import market_context, viewer_of
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.trade import words
from entrepot.web.trade import calls


class Line(NamedTuple):
    """A line of the basket: the offer with its stock, and how many pieces."""

    shown: market_app.Shown
    pieces: int

    @property
    def fault(self) -> str:
        """Why it cannot be ordered; empty if it can."""
        if self.shown.offer.status != "active":
            return _("This offer is not sold at the moment. Remove it to order the others.")
        if self.shown.stock is not None and self.pieces > self.shown.stock:
            says = _("Only {stock} pieces are left.")
            return says.format(stock=translate.number(str(self.shown.stock)))
        return ""


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, language: str) -> HttpResponseBase:
    """The basket, with a form to change the quantities."""
    notes: list[Note] = []
    if request.method == "POST":
        _change(request, notes)
        if not notes:
            return HttpResponseRedirect(address_of_page("market/basket/"))
    viewer = viewer_of(request)
    lines = lines_of(request)
    context = {
        "lines": [_shown(each) for each in lines],
        "notes": notes,
        **orders_context(lines, viewer),
        **market_context(request, viewer),
    }
    return render(request, "market/basket.html", context, status=422 if notes else 200)


def lines_of(request: HttpRequest) -> list[Line]:
    """The lines of the basket whose offers exist."""
    found = basket_lines.read(request)
    shown = market_app.show_many(list(found), None, dt.datetime.now(dt.UTC))
    return [Line(each, found[each.offer.id]) for each in shown]


def orders_context(lines: Sequence[Line], viewer: Viewer | None) -> dict[str, Any]:
    """The orders that the lines become, and what is asked of all of them. Needs no account and stores nothing."""
    items = [Item(each.shown.offer, each.pieces, "") for each in lines if not each.fault]
    sellers = {each.shown.offer.id: each.shown.seller for each in lines}
    parts = divide(items) if items else []
    landed = [_landed(each, viewer) for each in parts]
    orders = [
        {
            "number": number,
            "seller": sellers[part.items[0].offer.id],
            "from": translate.place(part.items[0].offer.goods.ship_from),
            "items": [(translate.text_in_language(each.offer.goods.titles), each.quantity) for each in part.items],
            "landed": cards.landed(price),
        }
        for number, (part, price) in enumerate(zip(parts, landed, strict=True), 1)
    ]
    reasons = {each.code: words.reason_text(each) for part in parts for each in part.reasons}
    conditions = {number: says for price in landed if price for number, says in price.conditions}
    return {
        "orders": orders,
        "count": translate.plural(len(orders), N_("{n} order"), N_("{n} orders")),
        "reasons": list(reasons.values()),
        "conditions": list(conditions.items()),
        "ready": bool(items) and not any(each.fault for each in lines),
        "refused": any(price is not None and price.status == "refused" for price in landed),
    }


def _landed(part: Part, viewer: Viewer | None) -> Landed | None:
    if viewer is None:
        return None
    try:
        return landed_price_of(part.items, viewer)
    except EntrepotError as error:
        return Landed(status="refused", says=translate.error_text(error))


def _change(request: HttpRequest, notes: list[Note]) -> None:
    """Set the quantities of the form; what is not a number is named and changes nothing."""
    if removed := text_of(request, "remove", 60):
        if removed in basket_lines.read(request):  # not so where another tab removed it before
            basket_lines.put(request, removed, 0)
        return
    if text_of(request, "action") != "change":
        raise Http404
    wanted = {number: request.POST.get(f"pieces-{number}", "") for number in basket_lines.read(request)}
    given = {number: basket_lines.pieces_of(text) for number, text in wanted.items() if text}
    if None in given.values():
        notes.append(Note(_("Write a whole number of pieces; 0 removes the offer."), "bad"))
        return
    for number, pieces in given.items():
        basket_lines.put(request, number, pieces or 0)


def _shown(line: Line) -> dict[str, Any]:
    prices = line.shown.offer.prices
    places = calls.decimals(prices.currency) or 0
    amount = translate.money(in_major(prices.price * line.pieces, places), prices.currency)
    return {**cards.card(line.shown), "pieces": line.pieces, "amount": amount, "fault": line.fault}
