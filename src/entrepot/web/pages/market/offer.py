"""An offer of the market: its pictures, what it costs the viewer in the end, and the form for the basket."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language import translate
from entrepot.language.translate import N_, _, label, money
from entrepot.model.codes import dotted
from entrepot.model.money import in_major
from entrepot.store.pavilions import PavilionRow
from entrepot.trade.nodes.asset_times import has_asset_times
from entrepot.trade.nodes.times import has_times
from entrepot.trade.offers import Offer
from entrepot.trade.ports import NotFound
from entrepot.trade.service_terms import Licence
from entrepot.trade_app import market as market_app
from entrepot.trade_app.services import bookings
from entrepot.web.pages.market import basket_lines, cards
from entrepot.web.pages.market.viewer import market_context, viewer_of
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.services import booking_words
from entrepot.web.pages.trade import words
from entrepot.web.trade import calls


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """One offer."""
    viewer = viewer_of(request)
    try:
        shown, pavilion = market_app.show(number, viewer, dt.datetime.now(dt.UTC))
    except NotFound:
        raise Http404 from None
    notes: list[Note] = []
    if request.method == "POST":
        done = _add(request, shown.offer, shown.stock, notes)
        if done is not None:
            return done
    context = {**_context(shown, pavilion), **_calendar(shown.offer), "notes": notes, **market_context(request, viewer)}
    return render(request, "market/offer.html", context, status=422 if notes else 200)


def _add(request: HttpRequest, offer: Offer, stock: int | None, notes: list[Note]) -> HttpResponseBase | None:
    """Put pieces into the basket. Returns where to go, or None with a note."""
    buys_now = text_of(request, "next", 20) == "checkout"
    pieces = basket_lines.pieces_of(text_of(request, "quantity", 20))
    if not pieces:
        notes.append(Note(_("Write how many pieces you want: a whole number from 1."), "bad"))
        return None
    wanted = basket_lines.read(request).get(offer.id, 0) + pieces
    if stock is not None and wanted > stock:
        says = _("{stock} pieces are left; with those in your basket you asked for {wanted}.")
        notes.append(Note(says.format(stock=translate.number(str(stock)), wanted=translate.number(str(wanted))), "bad"))
        return None
    try:
        basket_lines.add(request, offer.id, pieces)
    except basket_lines.Full:
        says = _("The basket has {most} offers, which is the most. Order those first.")
        notes.append(Note(says.format(most=basket_lines.MOST), "bad"))
        return None
    return HttpResponseRedirect(address_of_page("market/checkout/" if buys_now else "market/basket/"))


def _context(shown: market_app.Shown, pavilion: PavilionRow) -> dict[str, Any]:
    offer = shown.offer
    return {
        "offer": (card := cards.card(shown)),
        "pictures": [cards.picture(each) for each in offer.presentation.pictures],
        "description": translate.text_in_language(offer.presentation.descriptions),
        "other_titles": [
            translate.Text(says, code) for code, says in offer.goods.titles.items() if code != card["title"].language
        ],
        "stock": shown.stock,
        "stocked": offer.stocked,
        "is_service": bool(offer.goods.service),
        "times_there": has_times(offer) or has_asset_times(offer),
        "facts": _facts(offer),
        "pavilion": cards.pavilion(pavilion, 0),
    }


def _calendar(offer: Offer) -> dict[str, Any]:
    """The calendar of an offer that is sold by the time, with the next free times; nothing for other offers."""
    found = bookings.calendar_of(offer)
    if found is None:
        return {}
    asset, times = found
    zone = bookings.zone_of(asset.details.zone)
    shown = booking_words.by_day((each.since.isoformat() for each in times), zone)
    terms = offer.goods.delivery
    return {"calendar": asset, "times": shown, "minutes": terms.minutes if terms else 0, "key": calls.new_key()}


#: What becomes of the freight if all pieces of an order come back, by the seller's policy.
_FREIGHT = {"kept": N_("not paid back"), "paid_back": N_("paid back")}


def _facts(offer: Offer) -> list[tuple[str, str]]:
    """What is known of the goods, with its names in the reader's language."""
    goods, prices = offer.goods, offer.prices
    places = calls.decimals(prices.currency) or 0

    def amount(minor: int) -> str:
        return money(in_major(minor, places), prices.currency)

    carriage = N_("{first} for the first piece, {further} for each further one")
    facts = {
        _("Tariff code"): dotted(goods.hs_code) if goods.hs_code else "",
        _("Service"): words.service(goods.service),
        _("Origin"): translate.place(goods.country_of_origin) if goods.country_of_origin else "",
        _("Sent from"): translate.place(goods.ship_from),
        _("Shipping"): _(carriage).format(first=amount(prices.shipping), further=amount(prices.shipping_further))
        if prices.shipping or prices.shipping_further
        else "",
        _("Insurance"): amount(prices.insurance) if prices.insurance else "",
        _("Freight, if all pieces are returned"): _(_FREIGHT[goods.freight_on_return])
        if prices.shipping or prices.insurance
        else "",
        _("Incoterm"): goods.incoterm,
        _("Specification"): goods.specification,
        _("Proof of origin"): label(goods.proof_of_origin),
        _("Licence of the provider"): _licence(goods.delivery.licence) if goods.delivery else "",
        **_measures(goods.measures),
        _("Sold"): cards.node_of(offer),
        _("As reported by that node on"): translate.day(offer.origin.time[:10]) if offer.origin else "",
    }
    return [(name, value) for name, value in facts.items() if value]


def _licence(licence: Licence | None) -> str:
    """A licence and whether somebody has checked it.

    >>> _licence(Licence(number="88", authority="Department of Health", economy="VN"))
    '88, Department of Health (Viet Nam). Stated by the provider; not checked.'
    """
    if licence is None:
        return ""
    checked = _("Stated by the provider; not checked.")
    if licence.checked_by:
        checked = f"{_('Checked by the operator of the platform on')} {translate.day(licence.checked_on)}"
    return f"{licence.number}, {licence.authority} ({translate.place(licence.economy)}). {checked}"


def _measures(measures: Mapping[str, str]) -> dict[str, str]:
    return {label(name): translate.number(value) for name, value in measures.items()}
