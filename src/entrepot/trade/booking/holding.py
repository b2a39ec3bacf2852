"""Hold a time, move it, and let it go: the commands of a buyer before and after the payment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.booking.assets import Asset
from entrepot.trade.booking.bookings import Booking
from entrepot.trade.booking.opening import open_times
from entrepot.trade.booking.prices import Priced, lines_of
from entrepot.trade.booking.zones import MINUTE, Zones, local_minute, moment, seconds
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.occupied import Occupied, Span
from entrepot.trade.orders import Order
from entrepot.trade.ports import NotFound, Transaction, key_reused

#: How long a time is held for a buyer who has not ordered it yet.
HOLD = dt.timedelta(minutes=15)


class Time(msgspec.Struct, frozen=True):
    """A time that is asked for, UTC: from `since` up to, not including, `until`."""

    since: dt.datetime
    until: dt.datetime

    @property
    def minutes(self) -> int:
        """How many minutes pass in it."""
        return (self.until - self.since) // MINUTE


def hold(
    tx: Transaction,
    asset: str,
    time: Time,
    zones: Zones,
    *,
    by: str,
    key: str = "",
    lines: tuple[Priced, ...] = (),
) -> Booking:
    """Hold a time of any free unit of an asset for a buyer. The same `key` holds it once. Raises TradeError, NotFound.

    `lines`: what the time is sold as, where the asset has no prices by time (a visit).
    """
    reference = request_reference(by, tx.keyed_hash(key)) if key else ""
    if reference and (known := tx.lookup(reference)) is not None:
        return _held_before(tx.get(known), asset, time)
    found = active_asset(tx, asset)
    zone = zones(found.details.zone)
    check_time(found, zone, time, tx.time)
    sold = lines if not found.details.bands else lines_of(found.details.bands, zone, time.since, time.until)
    taken = _take(tx, found, time)
    payload: dict[str, Any] = {
        "asset": asset,
        "seller": found.seller,
        "party": by,
        **taken,
        "lines": msgspec.to_builtins(sold),
        "expires": timestamp(tx.time + HOLD),
    } | ({"request": reference} if reference else {})
    held: Booking = tx.append(tx.new_id("bk_"), "booking.held", payload)
    return held


def request_reference(by: str, key_hash: str) -> str:
    """The reference of a booking that a buyer holds with a key, by the keyed hash of the key."""
    return f"booking:{by}:{key_hash}"


def taken_span(asset: Asset, time: Time) -> Span:
    """What a booking of a time looks at: the time with the buffer after it, on all units."""
    free_from = time.until + asset.details.limits.buffer * MINUTE
    return Span(asset.id, seconds(time.since), seconds(free_from))


def _held_before(first: Booking, asset: str, time: Time) -> Booking:
    if (first.asset, moment(first.since), moment(first.until)) != (asset, time.since, time.until):
        raise key_reused()
    return first


def active_asset(tx: Transaction, number: str) -> Asset:
    """An asset that can be booked. Raises NotFound, TradeError."""
    asset = tx.find(number) if number.startswith("as_") else None
    if not isinstance(asset, Asset):
        raise NotFound(number)
    if asset.status != "active":
        raise TradeError(
            "asset_not_active", "{asset} is {status}: it cannot be booked.", "asset", asset=number, status=asset.status
        )
    return asset


def check_time(asset: Asset, zone: dt.tzinfo, time: Time, now: dt.datetime) -> None:
    """Raise TradeError for a time that an asset is not open at, or that its limits do not allow."""
    limits = asset.details.limits
    limits.check_length(time.minutes, "until")
    if local_minute(time.since, zone)[1] % limits.step:
        raise TradeError(
            "step_invalid", "A booking begins at a multiple of {step} minutes after midnight.", "since",
            step=limits.step,
        )  # fmt: skip
    if time.since < now + limits.notice * MINUTE:
        raise TradeError(
            "too_soon", "This time has to be booked at least {notice} minutes before.", "since", notice=limits.notice
        )
    if time.since > now + dt.timedelta(days=limits.horizon):
        raise TradeError("too_far", "Bookings are possible {days} days ahead.", "since", days=limits.horizon)
    if (time.since, time.until) not in open_times(asset.details.opening, zone, time.since, time.until):
        raise TradeError(
            "not_open",
            "It is not open from {since} to {until}.",
            "since",
            since=time.since.astimezone(zone).isoformat(" ", "minutes"),
            until=time.until.astimezone(zone).isoformat(" ", "minutes"),
        )


def _take(tx: Transaction, asset: Asset, time: Time, moved: str = "") -> dict[str, Any]:
    """The first free unit at a time, and until when it is occupied. Holds that are over lapse. Raises TradeError.

    `moved`: the booking whose own time is not in its way.
    """
    free_from = time.until + asset.details.limits.buffer * MINUTE
    span = taken_span(asset, time)
    others = {number: each for number, each in tx.occupied(span).items() if number != moved}
    unit = free_unit(asset.details.units, others)
    if not unit:
        others = _without_lapsed(tx, others)
        unit = free_unit(asset.details.units, others)
    if not unit:
        raise TradeError("time_taken", "This time is taken. Choose another one.", "since")
    return {
        "unit": unit,
        "since": timestamp(time.since),
        "until": timestamp(time.until),
        "free_from": timestamp(free_from),
    }


def free_unit(units: int, taken: Mapping[str, Occupied]) -> int:
    """The first unit that nothing occupies, from 1; 0 if there is none."""
    used = {each.unit for each in taken.values()}
    return next((unit for unit in range(1, units + 1) if unit not in used), 0)


def _without_lapsed(tx: Transaction, others: Mapping[str, Occupied]) -> dict[str, Occupied]:
    """Let holds lapse that are over, so that their time is free before the background worker comes by."""
    now, kept = seconds(tx.time), {}
    for number, each in others.items():
        if 0 < each.expires <= now:
            tx.append(number, "booking.lapsed", {"reason": "not_ordered"})
        else:
            kept[number] = each
    return kept


def owned_booking(tx: Transaction, number: str, by: str) -> Booking:
    """A booking of its buyer or its seller. Raises NotFound for one of somebody else."""
    booking = tx.find(number) if number.startswith("bk_") else None
    if not isinstance(booking, Booking) or by not in (booking.seller, booking.party):
        raise NotFound(number)
    return booking


def change_time(tx: Transaction, number: str, time: Time, zones: Zones, *, by: str) -> Booking:
    """Move a booking to another time of its asset, on any unit. Raises TradeError, NotFound.

    What is ordered or paid can only move to a time that is sold as the same: nothing would be paid or given back. A
    buyer can move it as long as a cancellation would give all back.
    """
    booking = owned_booking(tx, number, by)
    if booking.status not in ("held", "booked"):
        raise TradeError(
            "booking_state", "{booking} is {status}: its time cannot be changed.", booking=number, status=booking.status
        )
    asset = active_asset(tx, booking.asset)
    zone = zones(asset.details.zone)
    check_time(asset, zone, time, tx.time)
    lines = booking.lines
    if asset.details.bands:
        lines = lines_of(asset.details.bands, zone, time.since, time.until)
    elif time.minutes != (moment(booking.until) - moment(booking.since)) // MINUTE:
        raise TradeError("length_fixed", "The other time has to be as long as this one.", "until")
    if booking.order and sorted(lines, key=str) != sorted(booking.lines, key=str):
        raise TradeError(
            "price_differs",
            "The other time has another price: cancel this booking, and book the other time.",
            "since",
        )
    _check_change(tx, booking, by)
    payload = {**_take(tx, asset, time, number), "lines": msgspec.to_builtins(lines), "by": by}
    changed: Booking = tx.append(number, "booking.changed", payload)
    return changed


def _check_change(tx: Transaction, booking: Booking, by: str) -> None:
    """Raise TradeError where a buyer would get less back by cancelling: moving it first must not avoid that."""
    if booking.status != "booked" or by != booking.party:
        return
    left = (moment(booking.since) - tx.time) // dt.timedelta(hours=1)
    order: Order = tx.get(booking.order)
    terms = [line.goods.delivery for line in order.lines if line.booking == booking.id]
    percent = min((each.refund_percent(max(left, 0)) for each in terms if each is not None), default=100)
    if percent < 100 or left < 0:
        raise TradeError(
            "too_late_to_change",
            "It is too late to move this booking: a cancellation pays back {percent} % now.",
            "since",
            percent=percent,
        )


def lapse(tx: Transaction, number: str) -> Booking:
    """End a hold that was not ordered in time. Nothing changes before its time."""
    booking: Booking = tx.get(number)
    if booking.status != "held" or booking.order or timestamp(tx.time) < booking.expires:
        return booking
    ended: Booking = tx.append(number, "booking.lapsed", {"reason": "not_ordered"})
    return ended
