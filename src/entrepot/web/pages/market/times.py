"""The free times of a service of another node: asked there when the page is opened, and one of them is held."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language.translate import N_, _, error_text
from entrepot.model.errors import EntrepotError, TradeError
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.nodes.asset_times import has_asset_times
from entrepot.trade.nodes.times import has_times
from entrepot.trade.offers import Offer
from entrepot.trade.ports import NotFound
from entrepot.trade_app.nodes import operating, times
from entrepot.trade_app.services import bookings
from entrepot.web.http.actors import require_role
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.services import booking_words
from entrepot.web.pages.services.bookings import deposit_of, prices_of
from entrepot.web.pages.trade import words
from entrepot.web.trade import calls

ELSEWHERE = N_(
    "At the other node, {count} more times are free. A part of each is sold as an offer that is not in the market "
    "here, so they cannot be ordered here."
)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """The times of a week; the one that is chosen is held, and leads to the checkout."""
    actor = require_role(request, "clerk" if request.method == "POST" else "viewer")
    offer = _find(number)
    notes: list[Note] = []
    if request.method == "POST":
        try:
            key = text_of(request, "key", 60) or calls.new_key()
            since, minutes = text_of(request, "since", 40), _minutes(text_of(request, "minutes", 6))
            held = times.hold_there(operating.ask, actor.organization, offer, since, key, minutes)
            return HttpResponseRedirect(address_of_page(f"orders/new/?booking={held.id}"))
        except EntrepotError as error:
            notes.append(Note(error_text(error), "bad"))
    context = {
        "offer": offer,
        "title": words.title(offer.goods.titles),
        **_times(request.GET, offer, notes),
        "deposit": deposit_of([offer.id]),
        "key": calls.new_key(),
        "notes": notes,
        "may_book": "clerk" in actor.roles,
        **nav_context(request, actor),
    }
    return render(request, "market/times.html", context, status=422 if notes else 200)


def _find(number: str) -> Offer:
    try:
        offer = calls.books().read(number) if number.startswith("of_") else None
    except NotFound:
        offer = None
    if not isinstance(offer, Offer) or offer.status != "active" or not (has_times(offer) or has_asset_times(offer)):
        raise Http404
    return offer


def _minutes(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _zone(name: str) -> dt.tzinfo:
    """The zone that an address names, as an answer of the other node had it; UTC where it names none."""
    try:
        return bookings.zone_of(name[:60]) if name else dt.UTC
    except TradeError:
        return dt.UTC


def _day(moment: dt.datetime, zone: dt.tzinfo) -> str:
    return moment.astimezone(zone).date().isoformat()


def _times(query: Mapping[str, Any], offer: Offer, notes: list[Note]) -> dict[str, Any]:
    """The free times from a day on, of the zone that was shown with it; from now on, if it is none or is past."""
    zone = _zone(query.get("zone", ""))
    start = max(booking_words.day_of(query.get("from", ""), zone), dt.datetime.now(dt.UTC))
    minutes = _minutes(query.get("minutes", ""))
    later: dict[str, Any] = {"later": _day(start + times.WEEK, zone), "minutes": minutes}
    try:
        told = times.free_there(operating.ask, offer, timestamp(start), minutes)
    except EntrepotError as error:
        notes.append(Note(error_text(error), "bad"))
        return later
    zone = bookings.zone_of(told.zone)
    priced = has_asset_times(offer)
    elsewhere = _(ELSEWHERE).format(count=told.elsewhere) if told.elsewhere else ""
    more = {
        "lengths": told.lengths if len(told.lengths) > 1 else (),
        "day": _day(start, zone),
        "priced": priced,
        "elsewhere": elsewhere,
    }
    later |= {"zone": told.zone, "minutes": told.minutes, "later": _day(start + times.WEEK, zone), **more}
    if not priced:
        return {**later, "times": booking_words.by_day((each.since for each in told.times), zone)}
    shown = [
        {
            "value": each.since,
            "since": words.local(each.since, zone),
            "until": words.local(each.until, zone),
            "prices": prices_of(each.lines),
        }
        for each in told.times
    ]
    return {**later, "times": shown}
