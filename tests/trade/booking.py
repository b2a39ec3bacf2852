"""A seller's cold store with a calendar, for the tests of bookings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from entrepot.trade.booking.asset_form import read_asset
from entrepot.trade.booking.assets import Asset, create_asset
from entrepot.trade.booking.bookings import Booking
from entrepot.trade.booking.holding import Time, hold
from entrepot.trade.checkout import prepare, read_asked
from entrepot.trade.orders import Order
from entrepot.trade.placing import place_orders
from trade.market import BUYER, CONTACT, SELLER, Market

#: Monday, 2 March 2026, eight o'clock in Bangkok.
MONDAY = dt.datetime(2026, 3, 2, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
#: The packs have no category for the use of a thing at its place: one of their own stands for it here.
STORAGE = {
    "titles": {"en": "Cold-store bay by the hour"},
    "service": "cloud_storage",
    "ship_from": "TH",
    "price": "30.00",
    "currency": "CNY",
    "unit": "HUR",
}
BAY: dict[str, Any] = {
    "titles": {"en": "Cold-store bay", "th": "ห้องเย็น"},
    "kind": "bay",
    "zone": "Asia/Bangkok",
    "weekly": [{"since": "08:00", "until": "18:00"}],
    "limits": {"shortest": 60, "longest": 600, "step": 60},
}


def bay(market: Market, *, seller: str = SELLER, priced: bool = True, **changes: Any) -> Asset:
    """A bay of a seller, which costs 30 an hour."""
    given: Mapping[str, Any] = {**BAY, **changes}
    if priced and "bands" not in given:
        given = {**given, "bands": [{"offer": market.offer(STORAGE, seller=seller).id}]}
    details = read_asset(given)
    return market.books.run(lambda tx: create_asset(tx, details, ZoneInfo, seller=seller))


def held(
    market: Market, asset: Asset, since: dt.datetime = MONDAY, hours: float = 1, *, by: str = BUYER, key: str = ""
) -> Booking:
    """Hold a time of an asset."""
    time = Time(since, since + hours * HOUR)
    return market.books.run(lambda tx: hold(tx, asset.id, time, ZoneInfo, by=by, key=key))


def ordered(market: Market, *items: str | Mapping[str, Any], by: str = BUYER) -> Order:
    """Place the order of bookings, by their ids, or of other items."""
    given = [{"booking": each} if isinstance(each, str) else each for each in items]
    request = {"items": given, "ship_to": {"country": "CN"}, "contact": CONTACT}
    checkout = prepare(read_asked(request), by, market.books.read, market.quotes, market.clock())
    (order,) = market.books.run(lambda tx: place_orders(tx, checkout, market.quotes, key=""))
    return order


def free_until(hours: int, percent: int = 100, **more: Any) -> dict[str, Any]:
    """Terms of delivery of an offer of times: what is paid back so many hours before the start."""
    return {"kind": "booking", "resource": "as_1", "cancellation": [{"hours": hours, "percent": percent}], **more}


def booked(market: Market, asset: Asset, since: dt.datetime = MONDAY, hours: float = 1, *, by: str = BUYER) -> str:
    """A paid booking."""
    booking = held(market, asset, since, hours, by=by)
    market.pay(ordered(market, booking.id, by=by))
    return booking.id
