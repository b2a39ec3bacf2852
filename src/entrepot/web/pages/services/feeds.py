"""Feeds that other programs read without a key: the calendar of an asset at a secret address, and vehicles as GBFS."""

from __future__ import annotations

import datetime as dt
import os
import re
from email.utils import parseaddr
from typing import Any

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods

from entrepot import mail_settings
from entrepot.connect.calendar import gbfs
from entrepot.connect.calendar.asset_calendar import asset_calendar
from entrepot.model.errors import StoreError
from entrepot.store.people import organizations
from entrepot.trade.booking.assets import Asset
from entrepot.trade.occupied import Span
from entrepot.trade_app.services import bookings
from entrepot.web.pages.trade import words
from entrepot.web.trade import calls

#: What a calendar shows: bookings of the last month, and of the next half year.
PAST, AHEAD = dt.timedelta(days=31), dt.timedelta(days=183)
#: Assets of one seller that are read for a feed.
ASSETS = 500
_SECRET = re.compile(r"[A-Za-z0-9_-]{32}\Z")


@require_http_methods(["GET", "HEAD"])
def calendar(request: HttpRequest, secret: str) -> HttpResponseBase:
    """`/calendars/<secret>.ics`: when an asset is open and taken, without the names of buyers."""
    asset = bookings.asset_of_feed(secret) if _SECRET.match(secret) else None
    if asset is None:
        raise Http404
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    found = bookings.bookings_at(asset, now - PAST, now + AHEAD)
    try:
        content = asset_calendar(asset, words.title(asset.details.titles), found, now - PAST, now + AHEAD)
    except StoreError:
        raise Http404 from None
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, max-age=300"
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_http_methods(["GET", "HEAD"])
def vehicles(request: HttpRequest, organization: str, name: str) -> HttpResponseBase:
    """`/gbfs/<organization>/<feed>.json`: the vehicles of a seller as GBFS 3.0."""
    now = dt.datetime.now(dt.UTC)
    found = gbfs.located(calls.books().list_objects("as_", owner=organization, limit=ASSETS))
    if not found or (name != "gbfs" and name not in gbfs.FEEDS):
        raise Http404
    response = HttpResponse(
        msgspec.json.encode(_vehicles(request, organization, name, found, now)), content_type="application/json"
    )
    response["Cache-Control"] = f"public, max-age={gbfs.LIFETIME}"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _vehicles(request: HttpRequest, organization: str, name: str, found: list[Asset], now: dt.datetime) -> Any:
    if name == "gbfs":
        return gbfs.manifest(request.build_absolute_uri(f"/gbfs/{organization}/"), now)
    if name == "system_information":
        email = parseaddr(mail_settings.read_mail(os.environ).sender)[1]
        return gbfs.system_information(organization, organizations.name_of(organization), email, found, now)
    if name == "station_information":
        return gbfs.station_information(found, now)
    second = int(now.timestamp())
    taken = {each.id: list(calls.books().occupied(Span(each.id, second, second + 1)).values()) for each in found}
    return (
        gbfs.station_status(found, taken, now) if name == "station_status" else gbfs.vehicle_status(found, taken, now)
    )
