"""The assets of a seller: what is booked by time, with its calendar of a week, its opening and its feed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language.translate import current_language, place
from entrepot.language.zones import UTC, all_zones, zones_of
from entrepot.store.people import organizations
from entrepot.trade.booking.asset_form import written
from entrepot.trade.booking.assets import KINDS, Asset
from entrepot.trade.offers import Offer
from entrepot.trade_app.services import bookings
from entrepot.web.http.actors import Actor, require_role
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.services import booking_words
from entrepot.web.pages.trade import words
from entrepot.web.pages.trade.requests import attempt, find, list_page
from entrepot.web.trade import calls

LISTED, OFFERS = 50, 100
WEEK = dt.timedelta(days=7)
#: Numbers of the form, and the limits that they are.
_LIMITS = ("shortest", "longest", "step", "buffer")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def list_assets(request: HttpRequest, language: str) -> HttpResponseBase:
    """The assets, and a form for another one."""
    actor = require_role(request, "viewer")
    notes: list[Note] = []
    if request.method == "POST":
        require_role(request, "clerk")
        if actor.kind != "seller":
            raise Http404
        if attempt(notes, _create, request, actor):
            return HttpResponseRedirect(address_of_page("assets/"))
    found, more = list_page(request, "as_", actor, LISTED)
    context = {
        "rows": [_row(each) for each in found],
        "more": found[-1].id if more else "",
        "notes": notes,
        "given": request.POST or {"shortest": "60", "longest": "480", "step": "60", "buffer": "0", "since": "08:00",
                                  "until": "18:00", "units": "1"},
        "days_given": request.POST.getlist("day") or ["1", "2", "3", "4", "5"],
        "days": booking_words.days(),
        "kinds": [(each, booking_words.asset_kind(each)) for each in KINDS],
        "zones": _zones(actor),
        "offers": _offers(actor),
        **nav_context(request, actor),
        "may_sell": "clerk" in actor.roles and actor.kind == "seller",
    }  # fmt: skip
    return render(request, "services/assets.html", context, status=422 if notes else 200)


def _zones(actor: Actor) -> dict[str, Any]:
    """The time zones to choose from: those of the economy of the organization first, then all."""
    row = organizations.find_organization(actor.organization)
    country = row.country if row is not None else ""
    own = zones_of(country)
    every = [UTC, *all_zones()]
    return {"place": place(country), "own": own, "others": every} if len(own) < len(all_zones()) else {"others": every}


def _row(asset: Asset) -> dict[str, Any]:
    details = asset.details
    return {
        "asset": asset,
        "title": words.title(details.titles),
        "kind": booking_words.asset_kind(details.kind),
        "status": words.status(asset.status),
        "look": words.look(asset.status),
    }


def _offers(actor: Actor) -> list[tuple[str, str]]:
    """The offers of the seller that are sold by the hour or the minute."""
    found: list[Offer] = list(calls.books().list_objects("of_", owner=actor.organization, limit=OFFERS))
    return [
        (each.id, f"{words.title(each.goods.titles)} · {booking_words.unit(each.goods.unit)}")
        for each in found
        if each.status == "active" and each.goods.service and each.goods.unit in ("HUR", "MIN")
    ]


def _create(request: HttpRequest, actor: Actor) -> None:
    """Create the asset of the form. Raises TradeError."""
    offer = text_of(request, "offer", 60)
    bands = []
    if offer:
        found = calls.find(offer, "of_", actor.organization)
        bands = [{"offer": offer, "unit": found.goods.unit}]
    given = {
        "titles": {current_language(): text_of(request, "title", 200)},
        "kind": text_of(request, "kind", 20),
        "zone": text_of(request, "zone", 60),
        "units": _whole(request, "units"),
        "capacity": text_of(request, "capacity", 200),
        "place": {"text": text_of(request, "place", 200)},
        "weekly": [_window(request)],
        "limits": {name: _whole(request, name) for name in _LIMITS},
        "bands": bands,
    }
    bookings.create_asset(actor.organization, given, text_of(request, "key", 60))


def _window(request: HttpRequest) -> dict[str, Any]:
    days = [int(each) for each in request.POST.getlist("day") if each in "1234567" and len(each) == 1]
    return {"since": text_of(request, "since", 5), "until": text_of(request, "until", 5), "days": days}


def _whole(request: HttpRequest, name: str) -> int:
    text = text_of(request, name, 8)
    return int(text) if text.isascii() and text.isdigit() else -1


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """One asset: its bookings of a week, and what its seller can change."""
    actor = require_role(request, "viewer")
    asset: Asset = find(number, "as_", actor)
    notes: list[Note] = []
    feed = ""
    if request.method == "POST":
        require_role(request, "clerk")
        if text_of(request, "action") == "feed":
            # The address is shown once: its secret is not stored.
            feed = request.build_absolute_uri(f"/calendars/{bookings.new_feed(actor.organization, number)}.ics")
        elif attempt(notes, _change, request, actor, asset):
            return HttpResponseRedirect(address_of_page(f"assets/{number}/"))
        asset = find(number, "as_", actor)
    zone = bookings.zone_of(asset.details.zone)
    start = booking_words.day_of(request.GET.get("on", ""), zone)
    found = bookings.bookings_at(asset, start, start + WEEK)
    context = {
        **_row(asset),
        "notes": notes,
        "feed": feed,
        "zone": asset.details.zone,
        "rows": [booking_words.row(each, zone, actor.organization) for each in found],
        "on": start.astimezone(zone).date().isoformat(),
        "before": (start - WEEK).astimezone(zone).date().isoformat(),
        "after": (start + WEEK).astimezone(zone).date().isoformat(),
        "weekly": [booking_words.window(each) for each in asset.details.opening.weekly],
        "closed": [(each.first, each.last, bool(each.windows)) for each in asset.details.opening.exceptions],
        "titles": {offer: words.title(_titles(offer)) for offer in {each.offer for each in asset.details.bands}},
        "address": request.build_absolute_uri(address_of_page(f"assets/{number}/book/")),
        **nav_context(request, actor),
        "may_change": "clerk" in actor.roles and asset.status != "ended",
    }
    return render(request, "services/asset.html", context, status=422 if notes else 200)


def _titles(offer: str) -> Any:
    return calls.books().read(offer).goods.titles


def _change(request: HttpRequest, actor: Actor, asset: Asset) -> None:
    """Do what a form asks for. Raises TradeError and NotFound."""
    action = text_of(request, "action")
    if action == "status":
        status = text_of(request, "status")
        if status not in bookings.ASSET_STATUSES:
            raise Http404
        bookings.update_asset(actor.organization, asset.id, {"status": status})
    elif action == "close":
        exceptions = written(asset.details)["exceptions"]
        given = {"first": text_of(request, "first", 10), "last": text_of(request, "last", 10), "windows": []}
        bookings.update_asset(actor.organization, asset.id, {"exceptions": [*exceptions, given]})
    elif action == "open":
        exceptions = written(asset.details)["exceptions"]
        first = text_of(request, "first", 10)
        kept = [each for each in exceptions if each["first"] != first or each["windows"]]
        bookings.update_asset(actor.organization, asset.id, {"exceptions": kept})
    elif action == "hours":
        bookings.update_asset(actor.organization, asset.id, {"weekly": [_window(request)]})
    elif action == "end_feed":
        bookings.end_feed(actor.organization, asset.id)
    else:
        raise Http404
