"""Services at a time across nodes: the times of the seller's calendar are asked for, one is held, then it is ordered.

    buyer's node                                  seller's node
    time.free   ────────────────────────────────> which times of an offer are free
    time.hold   ────────────────────────────────> a time is held for a quarter of an hour: a booking
    order.confirm, whose line names the booking ─> accepted: held as long as the order; booked once it is paid

The buyer's node keeps a booking of its own, which names that of the seller's node (`remote`). Only the seller's node
counts its units: a time that was not ordered in time is free again there, and the order is rejected.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.booking.bookings import Booking
from entrepot.trade.booking.ordering import used_lines
from entrepot.trade.booking.prices import Priced
from entrepot.trade.booking.zones import MINUTE, moment
from entrepot.trade.ids import is_id
from entrepot.trade.ledger.events import is_timestamp, timestamp
from entrepot.trade.nodes.bodies import ServiceState
from entrepot.trade.nodes.terms import OrderTerms, TermsLine
from entrepot.trade.offers import Offer
from entrepot.trade.ports import Transaction, key_reused

#: Times of one answer, and holds of one node that are in no order, at most.
MAX_TIMES, MAX_HOLDS = 60, 50
#: How long the hold of another node that is in no order lasts at most.
MAX_HOLD = dt.timedelta(days=1)
#: Characters of the name of a time zone, and of a key.
MAX_ZONE, MAX_KEY = 60, 80
#: States of a delivery that end its booking before its time.
_ENDED: Final = {"cancelled": "booking.cancelled", "no_show": "booking.no_show"}


class TimesAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`time.free`: the free times of an offer of the node that is asked, for a week.

    `since`: from when (RFC 3339); "" from now on.
    """

    offer: str
    since: str = ""


class FreeTimeTold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A time that can be held, RFC 3339, UTC."""

    since: str
    until: str


class TimesTold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer to `time.free`. `zone`: the time zone of the calendar (IANA); `minutes`: how long each time is."""

    offer: str
    zone: str
    minutes: int
    times: tuple[FreeTimeTold, ...]


class HoldAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`time.hold`: hold a time of an offer. The same `key` holds it once."""

    offer: str
    since: str
    key: str


class TimeHeld(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answer to `time.hold`. `booking`: at the node that holds it; it lapses at `expires` if it is not ordered."""

    booking: str
    unit: int
    since: str
    until: str
    expires: str
    zone: str


def has_times(offer: Offer) -> bool:
    """Whether the times of the copy of an offer can be asked for: a visit in a calendar, without a deposit."""
    terms = offer.goods.delivery
    return (
        offer.origin is not None
        and terms is not None
        and terms.kind == "visit"
        and terms.resource.startswith("as_")
        and not terms.deposit
    )


def fault(tx: Transaction, peer: str, line: TermsLine, offer: Offer, terms: OrderTerms) -> str | None:
    """Why the time of a line cannot be ordered, as a code; None if it can, or the offer is not sold by time."""
    if not line.booking:
        delivered = offer.goods.delivery
        return "needs_time" if delivered is not None and delivered.kind == "booking" else None
    found = tx.find(line.booking) if is_id(line.booking, "bk_") else None
    if not isinstance(found, Booking) or found.party != peer:
        return "time_lost"
    held = found.status == "held" and not found.order and found.expires > timestamp(tx.time)
    unpaid = found.status == "finished" and bool(found.used) and not found.usage_order
    sold = found.lines if held else used_lines(found, tx.get(found.asset)) if unpaid else ()
    asked = sorted((each.offer, each.quantity) for each in terms.lines if each.booking == line.booking)
    same = asked == sorted((each.offer, each.quantity) for each in sold)
    return None if same and offer.id in {each.offer for each in sold} else "time_lost"


def is_moment(text: str) -> bool:
    """Whether a text is a time as in events that has a week before and after it in every zone.

    >>> is_moment("2026-03-01T08:30:00.000Z"), is_moment("9999-12-31T00:00:00.000Z"), is_moment("soon")
    (True, False, False)
    """
    return is_timestamp(text) and "1971" <= text[:4] <= "9000"


def lapses(expires: str, now: dt.datetime) -> bool:
    """Whether a hold of another node ends by itself soon, and has not ended."""
    return timestamp(now) < expires <= timestamp(now + MAX_HOLD)


def is_told(told: TimesTold) -> bool:
    """Whether an answer has times where they belong."""
    times = [text for each in told.times for text in (each.since, each.until)]
    return len(told.times) <= MAX_TIMES and all(map(is_moment, times)) and len(told.zone) <= MAX_ZONE


def keep_hold(tx: Transaction, number: str, told: TimeHeld, since: str, *, by: str, key: str) -> Booking:
    """Keep a time that the other node holds for a buyer here. `number`: the copy of the offer. Raises TradeError."""
    reference = hold_reference(tx, by, key)
    if (known := tx.lookup(reference)) is not None:
        found: Booking = tx.get(known)
        if (found.asset, moment(found.since)) != (number, moment(since)):
            raise key_reused()
        return found
    offer: Offer = tx.get(number)
    terms = offer.goods.delivery
    check_held(told, since, terms.minutes * MINUTE if terms is not None else None, tx.time)
    return append_hold(tx, offer, told, (Priced(offer.id, 1),), by, reference)


def hold_reference(tx: Transaction, by: str, key: str) -> str:
    """The name under which the hold of a buyer here is found again: the same key holds it once."""
    return f"booking:{by}:{tx.keyed_hash(key)}"


def check_held(told: TimeHeld, since: str, length: dt.timedelta | None, now: dt.datetime) -> None:
    """Raise TradeError for an answer that is not the time that was asked for."""
    right = (
        is_id(told.booking, "bk_")
        and 1 <= told.unit < 10**6
        and len(told.zone) <= MAX_ZONE
        and all(map(is_moment, (told.since, told.until, told.expires)))
        and moment(told.since) == moment(since)
        and moment(told.until) - moment(told.since) == length
        and lapses(told.expires, now)
    )
    if not right:
        raise not_asked_for()


def not_asked_for() -> TradeError:
    """The error for an answer about times that does not fit the question."""
    return TradeError("node_answer", "The other node does not answer with the time that was asked for.")


def append_hold(
    tx: Transaction, offer: Offer, told: TimeHeld, lines: tuple[Priced, ...], by: str, reference: str
) -> Booking:
    """The booking here of a time that the other node holds, sold as `lines`."""
    payload: dict[str, Any] = {
        "asset": offer.id,
        "unit": told.unit,
        "seller": offer.seller,
        "party": by,
        "since": told.since,
        "until": told.until,
        "free_from": told.until,
        "lines": msgspec.to_builtins(lines),
        "expires": told.expires,
        "remote": told.booking,
        "zone": told.zone,
        "request": reference,
    }
    held: Booking = tx.append(tx.new_id("bk_"), "booking.held", payload)
    return held


def follow(tx: Transaction, number: str, told: ServiceState) -> None:
    """The other node has moved a time that is booked, or it is not used any more: so is it here."""
    found = tx.find(number)
    if not isinstance(found, Booking) or not found.remote or found.status != "booked":
        return
    if told.status in _ENDED:
        tx.append(number, _ENDED[told.status], {"reason": "other"})
    elif is_moment(told.starts) and told.starts != found.since:
        _move(tx, found, told.starts)


def _move(tx: Transaction, found: Booking, since: str) -> None:
    """Move a booking to another time, as long as it was."""
    until = timestamp(moment(since) + (moment(found.until) - moment(found.since)))
    payload = {
        "unit": found.unit,
        "since": since,
        "until": until,
        "free_from": until,
        "lines": msgspec.to_builtins(found.lines),
        "by": found.seller,
    }
    tx.append(found.id, "booking.changed", payload)
