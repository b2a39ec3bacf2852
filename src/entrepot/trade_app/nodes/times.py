"""Times of services across nodes: what this node answers of its calendars, and what it asks for its own buyers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from entrepot.model.errors import TradeError
from entrepot.trade.booking.assets import Asset
from entrepot.trade.booking.bookings import Booking
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.nodes import times
from entrepot.trade.nodes.messages import MessageType
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.nodes.time_messages import TIME_FREE, TIME_HOLD
from entrepot.trade.nodes.times import FreeTimeTold, HoldAsked, TimeHeld, TimesAsked, TimesTold
from entrepot.trade.offers import Offer
from entrepot.trade.ports import NotFound
from entrepot.trade_app.books import open_books
from entrepot.trade_app.services import bookings

#: Asks a node something and waits for its answer. Raises TradeError.
Ask: TypeAlias = Callable[[Peer, MessageType, Any], Any]
WEEK = dt.timedelta(days=7)


def services() -> dict[str, Callable[[Any, Peer], Any]]:
    """What the handlers of messages about times call, by the type of the message."""
    return {"time.free": lambda body, _peer: free(body), "time.hold": hold}


def free(asked: TimesAsked) -> TimesTold:
    """The free times of an offer of this node. Raises TradeError."""
    offer, asset = _calendar(asked.offer)
    minutes = offer.goods.delivery.minutes if offer.goods.delivery else 0
    start = dt.datetime.fromisoformat(_moment(asked.since)) if asked.since else dt.datetime.now(dt.UTC)
    start = start.replace(second=0, microsecond=0)  # times begin at full minutes, and what is over is not free
    _asset, found = bookings.search(asset.id, start.isoformat(), (start + WEEK).isoformat(), minutes, times.MAX_TIMES)
    told = tuple(FreeTimeTold(since=timestamp(each.since), until=timestamp(each.until)) for each in found)
    return TimesTold(offer=offer.id, zone=asset.details.zone, minutes=minutes, times=told)


def hold(asked: HoldAsked, peer: Peer) -> TimeHeld:
    """Hold a time of an offer of this node for the buyer of another one. Raises TradeError."""
    offer, asset = _calendar(asked.offer)
    if not 1 <= len(asked.key) <= times.MAX_KEY:
        raise TradeError("field_invalid", "{value!r} is not a value of {field}.", "key", value="", field="key")
    holds = open_books().list_objects("bk_", owner=peer.id, status="held", limit=times.MAX_HOLDS + 1)
    if sum(not each.order for each in holds) >= times.MAX_HOLDS:
        raise TradeError("too_many_holds", "{name} holds too many times that it has not ordered.", name=peer.name)
    minutes = offer.goods.delivery.minutes if offer.goods.delivery else 0
    try:
        held = bookings.hold(peer.id, asset.id, _moment(asked.since), "", minutes, asked.key)
    except NotFound:  # it has ended meanwhile
        raise _no_times(asked.offer) from None
    return TimeHeld(
        booking=held.id,
        unit=held.unit,
        since=held.since,
        until=held.until,
        expires=held.expires,
        zone=asset.details.zone,
    )


def _calendar(number: str) -> tuple[Offer, Asset]:
    """An offer of this node that is sold by time, and its calendar. Raises TradeError."""
    try:
        offer = open_books().read(number) if number.startswith("of_") else None
    except NotFound:
        offer = None
    if not isinstance(offer, Offer) or offer.status != "active" or (asset := bookings.asset_of_visit(offer)) is None:
        raise _no_times(number)
    return offer, asset


def _no_times(number: str) -> TradeError:
    return TradeError("offer_without_times", "The offer {offer} has no times that can be booked.", offer=number[:60])


def _moment(text: str) -> str:
    if not times.is_moment(text):
        raise TradeError(
            "field_invalid", "{value!r} is not a value of {field}.", "since", value=text[:40], field="since"
        )
    return text


def ask_free(ask: Ask, offer: Offer, since: str = "") -> TimesTold:
    """The free times of a copy, asked of its node. Raises TradeError."""
    peer = _peer(offer)
    there = offer.origin.offer if offer.origin else ""
    told: TimesTold = ask(peer, TIME_FREE, TimesAsked(offer=there, since=since))
    if not times.is_told(told) or told.offer != there:
        raise TradeError("node_answer", "The other node does not answer with the time that was asked for.")
    bookings.zone_of(told.zone)
    return told


def ask_hold(ask: Ask, organization: str, offer: Offer, since: str, key: str) -> Booking:
    """Hold a time of a copy for a buyer here, at its node. Raises TradeError."""
    peer, books = _peer(offer), open_books()
    own_key = books.run(lambda tx: tx.keyed_hash(f"node-hold:{organization}:{key}"))
    there = offer.origin.offer if offer.origin else ""
    told: TimeHeld = ask(peer, TIME_HOLD, HoldAsked(offer=there, since=_moment(since), key=own_key))
    bookings.zone_of(told.zone)
    keep = partial(times.keep_hold, number=offer.id, told=told, since=since, by=organization, key=key)
    return books.run(keep)


def _peer(offer: Offer) -> Peer:
    if not times.has_times(offer) or offer.origin is None or offer.status != "active":
        raise _no_times(offer.id)
    found: Peer = open_books().read(offer.origin.peer)
    return found
