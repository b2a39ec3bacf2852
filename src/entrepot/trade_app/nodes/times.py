"""Times of services across nodes: what this node answers of its calendars, and what it asks for its own buyers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from entrepot.model.errors import TradeError
from entrepot.trade.booking.assets import Asset
from entrepot.trade.booking.bookings import Booking
from entrepot.trade.booking.free import MAX_SEARCH
from entrepot.trade.booking.prices import Priced
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.nodes import asset_times, times
from entrepot.trade.nodes.asset_times import (
    AssetHeld,
    AssetHoldAsked,
    AssetTimesAsked,
    AssetTimesTold,
    AssetTimeTold,
    has_asset_times,
)
from entrepot.trade.nodes.bodies import SoldTold
from entrepot.trade.nodes.messages import MessageType
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.nodes.time_messages import ASSET_FREE, ASSET_HOLD, TIME_FREE, TIME_HOLD
from entrepot.trade.nodes.times import FreeTimeTold, HoldAsked, TimeHeld, TimesAsked, TimesTold
from entrepot.trade.offers import Offer
from entrepot.trade.ports import NotFound
from entrepot.trade_app.books import open_books
from entrepot.trade_app.services import bookings

#: Asks a node something and waits for its answer. Raises TradeError.
Ask: TypeAlias = Callable[[Peer, MessageType, Any], Any]
WEEK = dt.timedelta(days=7)
#: Lengths of a time that a page offers to choose from.
LENGTHS = 24


def services() -> dict[str, Callable[[Any, Peer], Any]]:
    """What the handlers of messages about times call, by the type of the message."""
    return {
        "time.free": lambda body, _peer: free(body),
        "time.hold": hold,
        "asset.free": lambda body, _peer: asset_free(body),
        "asset.hold": asset_hold,
    }


def free(asked: TimesAsked) -> TimesTold:
    """The free times of an offer of this node. Raises TradeError."""
    offer, asset = _sold_by_time(asked.offer, bookings.asset_of_visit)
    minutes, start = _fixed(offer), _start(asked.since)
    _asset, found = bookings.search(asset.id, start.isoformat(), (start + WEEK).isoformat(), minutes, times.MAX_TIMES)
    told = tuple(FreeTimeTold(since=timestamp(each.since), until=timestamp(each.until)) for each in found)
    return TimesTold(offer=offer.id, zone=asset.details.zone, minutes=minutes, times=told)


def hold(asked: HoldAsked, peer: Peer) -> TimeHeld:
    """Hold a time of an offer of this node for the buyer of another one. Raises TradeError."""
    offer, asset = _sold_by_time(asked.offer, bookings.asset_of_visit)
    _check_holds(asked.key, peer)
    held = _hold(asset, asked, peer, _fixed(offer))
    return TimeHeld(
        booking=held.id,
        unit=held.unit,
        since=held.since,
        until=held.until,
        expires=held.expires,
        zone=asset.details.zone,
    )


def _check_holds(key: str, peer: Peer) -> None:
    """Raise TradeError for a key that is none, and where a node holds too many times."""
    if not 1 <= len(key) <= times.MAX_KEY:
        raise TradeError("field_invalid", "{value!r} is not a value of {field}.", "key", value="", field="key")
    holds = open_books().list_objects("bk_", owner=peer.id, status="held", limit=times.MAX_HOLDS + 1)
    if sum(not each.order for each in holds) >= times.MAX_HOLDS:
        raise TradeError("too_many_holds", "{name} holds too many times that it has not ordered.", name=peer.name)


def asset_free(asked: AssetTimesAsked) -> AssetTimesTold:
    """The free times of the asset that an offer of this node sells. Raises TradeError."""
    offer, asset = _sold_by_time(asked.offer, bookings.asset_of_offer)
    limits, start, fixed = asset.details.limits, _start(asked.since), _fixed(offer)
    minutes = fixed or asked.minutes or limits.shortest
    limits.check_length(minutes, "minutes")
    until = start + min(WEEK + dt.timedelta(minutes=minutes), MAX_SEARCH)
    _found, free_ = bookings.search(asset.id, start.isoformat(), until.isoformat(), minutes, times.MAX_TIMES)
    told = tuple(
        AssetTimeTold(
            since=timestamp(each.since),
            until=timestamp(each.until),
            units=each.units,
            lines=_sold(each.lines or (Priced(offer.id, 1),)),
        )
        for each in free_
    )
    return AssetTimesTold(
        offer=offer.id,
        zone=asset.details.zone,
        minutes=minutes,
        shortest=fixed or limits.shortest,
        longest=fixed or limits.longest,
        step=limits.step,
        times=told,
    )


def asset_hold(asked: AssetHoldAsked, peer: Peer) -> AssetHeld:
    """Hold a time of the asset of an offer of this node for the buyer of another one. Raises TradeError."""
    offer, asset = _sold_by_time(asked.offer, bookings.asset_of_offer)
    _check_holds(asked.key, peer)
    minutes = _fixed(offer) or asked.minutes
    asset.details.limits.check_length(minutes, "minutes")
    held = _hold(asset, asked, peer, minutes)
    return AssetHeld(
        booking=held.id,
        unit=held.unit,
        since=held.since,
        until=held.until,
        expires=held.expires,
        zone=asset.details.zone,
        lines=_sold(held.lines),
    )


def _sold(lines: Iterable[Priced]) -> tuple[SoldTold, ...]:
    return tuple(SoldTold(offer=each.offer, quantity=each.quantity) for each in lines)


def _fixed(offer: Offer) -> int:
    """How many minutes a time of an offer has, where the offer says it; 0 where its buyer chooses."""
    return offer.goods.delivery.minutes if offer.goods.delivery else 0


def _start(since: str) -> dt.datetime:
    """From when free times are searched: a full minute, as times begin; what is over is not free. Raises TradeError."""
    start = dt.datetime.fromisoformat(_moment(since)) if since else dt.datetime.now(dt.UTC)
    return start.replace(second=0, microsecond=0)


def _hold(asset: Asset, asked: HoldAsked | AssetHoldAsked, peer: Peer, minutes: int) -> Booking:
    """Hold a time of an asset for a buyer of another node. Raises TradeError."""
    try:
        return bookings.hold(peer.id, asset.id, _moment(asked.since), "", minutes, asked.key)
    except NotFound:  # it has ended meanwhile
        raise _no_times(asked.offer) from None


def _sold_by_time(number: str, asset_of: Callable[[Offer], Asset | None]) -> tuple[Offer, Asset]:
    """An offer of this node that is sold by time, and the asset whose times they are. Raises TradeError."""
    try:
        offer = open_books().read(number) if number.startswith("of_") else None
    except NotFound:
        offer = None
    if not isinstance(offer, Offer) or offer.status != "active" or (asset := asset_of(offer)) is None:
        raise _no_times(number)
    return offer, asset


def _no_times(number: str) -> TradeError:
    return TradeError("offer_without_times", "The offer {offer} has no times that can be booked.", offer=number[:60])


def _moment(text: str) -> str:
    if not times.is_moment(text):
        raise _not_a_time(text)
    return text


def _not_a_time(text: str) -> TradeError:
    return TradeError("field_invalid", "{value!r} is not a value of {field}.", "since", value=text[:40], field="since")


def ask_free(ask: Ask, offer: Offer, since: str = "") -> TimesTold:
    """The free times of a copy, asked of its node. Raises TradeError."""
    peer, there = _peer(offer), _there(offer)
    told: TimesTold = ask(peer, TIME_FREE, TimesAsked(offer=there, since=since))
    if not times.is_told(told) or told.offer != there:
        raise times.not_asked_for()
    bookings.zone_of(told.zone)
    return told


def ask_hold(ask: Ask, organization: str, offer: Offer, since: str, key: str) -> Booking:
    """Hold a time of a copy for a buyer here, at its node. Raises TradeError."""
    peer, own_key = _peer(offer), _key_there(organization, key)
    told: TimeHeld = ask(peer, TIME_HOLD, HoldAsked(offer=_there(offer), since=_moment(since), key=own_key))
    bookings.zone_of(told.zone)
    keep = partial(times.keep_hold, number=offer.id, told=told, since=since, by=organization, key=key)
    return open_books().run(keep)


def read_since(text: str) -> str:
    """A moment as messages have it, from one with any offset; "" stays. Raises TradeError.

    >>> read_since("2026-03-01T09:30+07:00")
    '2026-03-01T02:30:00.000Z'
    """
    try:
        found = dt.datetime.fromisoformat(text) if text else None
        if found is not None and found.tzinfo is None:
            raise ValueError  # a local time: whose calendar it is, the other node knows
        return _moment(timestamp(found.astimezone(dt.UTC))) if found is not None else ""
    except (ValueError, OverflowError):
        raise _not_a_time(text) from None


class TimeThere(NamedTuple):
    """A free time at another node, on so many units. `lines`: what it is sold as, by the copies of the offers here."""

    since: str
    until: str
    units: int
    lines: tuple[Priced, ...]


class FreeThere(NamedTuple):
    """Free times at another node. `zone`: of its calendar; `minutes`: how long each is, and `lengths` that can be.

    `elsewhere`: how many more are free there, of which a part is sold as an offer that is not in the market here.
    """

    zone: str
    minutes: int
    lengths: tuple[int, ...]
    times: tuple[TimeThere, ...]
    elsewhere: int = 0


def free_there(ask: Ask, offer: Offer, since: str = "", minutes: int = 0) -> FreeThere:
    """The free times of a copy, asked of its node, that can be ordered here. Raises TradeError.

    `minutes`: how long, where the offer does not say it; 0 for the shortest.
    """
    if not has_asset_times(offer):
        told = ask_free(ask, offer, since)
        sold = (Priced(offer.id, 1),)
        found = tuple(TimeThere(each.since, each.until, 1, sold) for each in told.times)
        return FreeThere(told.zone, told.minutes, (told.minutes,), found)
    peer, there = _peer(offer), _there(offer)
    answer: AssetTimesTold = ask(peer, ASSET_FREE, AssetTimesAsked(offer=there, since=since, minutes=minutes))
    if not asset_times.is_told(answer) or answer.offer != there:
        raise times.not_asked_for()
    bookings.zone_of(answer.zone)
    books = open_books()
    sold_as = [(each, asset_times.copied(books.lookup, peer.id, each.lines)) for each in answer.times]
    offers = {sold.offer for _each, lines in sold_as for sold in lines or ()}
    active = {number for number in offers if books.read(number).status == "active"}
    shown = tuple(
        TimeThere(each.since, each.until, each.units, lines)
        for each, lines in sold_as
        if lines and active.issuperset(sold.offer for sold in lines)
    )
    most = min(answer.longest, answer.shortest + (LENGTHS - 1) * answer.step)
    lengths = {*range(answer.shortest, most + 1, answer.step), answer.longest, answer.minutes}
    elsewhere = len(answer.times) - len(shown)
    return FreeThere(answer.zone, answer.minutes, tuple(sorted(lengths)), shown, elsewhere)


def hold_there(ask: Ask, organization: str, offer: Offer, since: str, key: str, minutes: int = 0) -> Booking:
    """Hold a time of a copy for a buyer here, at its node. `minutes`: as `free_there`. Raises TradeError."""
    if not has_asset_times(offer):
        return ask_hold(ask, organization, offer, since, key)
    peer, own_key = _peer(offer), _key_there(organization, key)
    length = _fixed(offer) or minutes
    if not 0 < length <= asset_times.MAX_MINUTES:
        raise TradeError(
            "field_invalid", "{value!r} is not a value of {field}.", "minutes", value=length, field="minutes"
        )
    asked = AssetHoldAsked(offer=_there(offer), since=_moment(since), minutes=length, key=own_key)
    told: AssetHeld = ask(peer, ASSET_HOLD, asked)
    bookings.zone_of(told.zone)
    keep = partial(asset_times.keep_hold, number=offer.id, told=told, asked=asked, by=organization, key=key)
    return open_books().run(keep)


def _key_there(organization: str, key: str) -> str:
    """The key under which the other node holds a time once: it tells neither the buyer nor the buyer's key."""
    hashed: str = open_books().run(lambda tx: tx.keyed_hash(f"node-hold:{organization}:{key}"))
    return hashed


def _there(offer: Offer) -> str:
    """The id of the offer of a copy at its node."""
    return offer.origin.offer if offer.origin else ""


def _peer(offer: Offer) -> Peer:
    sold = times.has_times(offer) or has_asset_times(offer)
    if not sold or offer.origin is None or offer.status != "active":
        raise _no_times(offer.id)
    found: Peer = open_books().read(offer.origin.peer)
    return found
