"""Times of assets across nodes: rooms, bays, vehicles, and visits with a deposit, at prices by local time.

    buyer's node                                  seller's node
    asset.free  ────────────────────────────────> which times of the asset of an offer are free, and as what they sell
    asset.hold  ────────────────────────────────> a time is held for a quarter of an hour: a booking
    order.confirm, whose lines name the booking ─> accepted: held as long as the order; booked once it is paid
    booking.state <────────────────────────────── checked in, used, finished, what is kept (`booking_states`)

The deposit is paid with the order and held at the buyer's node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.booking.bookings import Booking
from entrepot.trade.booking.prices import Priced
from entrepot.trade.booking.zones import MINUTE, moment
from entrepot.trade.nodes.bodies import SoldTold
from entrepot.trade.nodes.times import (
    MAX_TIMES,
    MAX_ZONE,
    FreeTimeTold,
    TimeHeld,
    append_hold,
    check_held,
    hold_reference,
    is_moment,
    not_asked_for,
)
from entrepot.trade.offers import Offer, copy_reference
from entrepot.trade.ports import Transaction, key_reused

#: Minutes of a time, prices of it, and units of each, at most.
MAX_MINUTES, MAX_PRICES, MAX_UNITS = 44_640, 20, 1_000_000


class AssetTimesAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`asset.free`: the free times of the asset that an offer of the node that is asked sells, for a week.

    `since`: from when (RFC 3339), "" from now on; `minutes`: how long, 0 for the shortest.
    """

    offer: str
    since: str = ""
    minutes: int = 0


class AssetTimeTold(FreeTimeTold, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A time that can be held, RFC 3339, UTC, on so many units. `lines`: what it is sold as."""

    units: int
    lines: tuple[SoldTold, ...]


class AssetTimesTold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer to `asset.free`. `zone`: the time zone of the calendar (IANA).

    `minutes`: how long each time is; `shortest`, `longest`, `step`: how long a time can be, in minutes.
    """

    offer: str
    zone: str
    minutes: int
    shortest: int
    longest: int
    step: int
    times: tuple[AssetTimeTold, ...]


class AssetHoldAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`asset.hold`: hold a time of the asset of an offer, for so many minutes. The same `key` holds it once."""

    offer: str
    since: str
    minutes: int
    key: str


class AssetHeld(TimeHeld, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer to `asset.hold`. `booking`: at the node that holds it; it lapses at `expires` if it is not ordered.

    `lines`: what it is sold as, by the offers of that node.
    """

    lines: tuple[SoldTold, ...]


def has_asset_times(offer: Offer) -> bool:
    """Whether the copy of an offer sells times of an asset that can be asked for: also visits with a deposit."""
    terms = offer.goods.delivery
    if offer.origin is None or terms is None:
        return False
    return terms.kind == "booking" or (
        terms.kind == "visit" and terms.resource.startswith("as_") and bool(terms.deposit)
    )


def is_told(told: AssetTimesTold) -> bool:
    """Whether an answer has times and lengths where they belong."""
    times = [text for each in told.times for text in (each.since, each.until)]
    lengths = (told.minutes, told.shortest, told.longest, told.step)
    return (
        len(told.times) <= MAX_TIMES
        and len(told.zone) <= MAX_ZONE
        and all(map(is_moment, times))
        and all(0 < each <= MAX_MINUTES for each in lengths)
        and told.shortest <= told.longest
        and all(0 < each.units <= MAX_UNITS and _are_sold(each.lines) for each in told.times)
    )


def _are_sold(lines: tuple[SoldTold, ...]) -> bool:
    names = {each.offer for each in lines}
    return len(names) == len(lines) <= MAX_PRICES and all(0 < each.quantity <= MAX_UNITS for each in lines)


def copied(lookup: Callable[[str], str | None], peer: str, lines: Iterable[SoldTold]) -> tuple[Priced, ...] | None:
    """What is sold, by the copies of the offers here; None where this node has no copy of one of them."""
    found = [(lookup(copy_reference(peer, each.offer)), each.quantity) for each in lines]
    known = tuple(Priced(number, quantity) for number, quantity in found if number is not None)
    return known if len(known) == len(found) else None


def keep_hold(tx: Transaction, number: str, told: AssetHeld, asked: AssetHoldAsked, *, by: str, key: str) -> Booking:
    """Keep a time that the other node holds for a buyer here. `number`: the copy of the offer. Raises TradeError."""
    reference = hold_reference(tx, by, key)
    length = asked.minutes * MINUTE
    if (known := tx.lookup(reference)) is not None:
        found: Booking = tx.get(known)
        same = (found.asset, moment(found.since), moment(found.until) - moment(found.since))
        if same != (number, moment(asked.since), length):
            raise key_reused()
        return found
    offer: Offer = tx.get(number)
    check_held(told, asked.since, length, tx.time)
    if not _are_sold(told.lines):
        raise not_asked_for()
    lines = copied(tx.lookup, offer.seller, told.lines)
    if not lines or any(tx.get(each.offer).status != "active" for each in lines):
        raise TradeError(
            "price_elsewhere",
            "A part of this time is sold as an offer that is not in the market here, so it cannot be ordered here. The "
            "other node holds it until {expires}; then it is free again, and nothing is charged. Choose another time.",
            expires=told.expires,
        )
    return append_hold(tx, offer, told, lines, by, reference)


__all__ = [
    "AssetHeld", "AssetHoldAsked", "AssetTimeTold", "AssetTimesAsked", "AssetTimesTold", "copied", "has_asset_times",
    "is_told", "keep_hold",
]  # fmt: skip
