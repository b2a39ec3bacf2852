"""What happens with a booking after the payment: check-in, metered use, its end; and its cancellation."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from entrepot.model.errors import TradeError
from entrepot.model.literals import decimal_of
from entrepot.trade.booking.assets import Asset
from entrepot.trade.booking.bookings import Booking
from entrepot.trade.booking.holding import owned_booking
from entrepot.trade.booking.zones import MINUTE, moment
from entrepot.trade.ports import AlreadyRecorded, NotFound, Transaction, key_reused

#: Decimals of a metered quantity, and what it is below.
MAX_DECIMALS, MAX_USED = 6, Decimal(10**9)
#: How long after its end a booking is finished by itself.
GRACE = dt.timedelta(hours=24)
REASONS = ("changed_mind", "booked_by_mistake", "not_available", "other")


def sold_booking(tx: Transaction, number: str, seller: str) -> Booking:
    """A booking of its seller. Raises NotFound for that of another one."""
    booking = owned_booking(tx, number, seller)
    if booking.seller != seller:
        raise NotFound(number)
    return booking


def check_in(tx: Transaction, number: str, *, by: str) -> Booking:
    """The buyer has come: recorded by either side, once, from shortly before the beginning until the end."""
    booking = owned_booking(tx, number, by)
    if booking.status == "checked_in":
        return booking
    asset: Asset = tx.get(booking.asset)
    first = moment(booking.since) - asset.details.check_in * MINUTE
    if booking.status == "booked" and not first <= tx.time < moment(booking.until):
        raise TradeError(
            "check_in_time",
            "This booking can be checked in from {first} to {last} (UTC).",
            first=f"{first:%Y-%m-%d %H:%M}",
            last=f"{moment(booking.until):%Y-%m-%d %H:%M}",
        )
    changed: Booking = tx.append(number, "booking.checked_in", {"by": by})
    return changed


def finish(tx: Transaction, number: str, *, by: str) -> Booking:
    """The use has ended; what is left of the time is free for others. Once."""
    booking = owned_booking(tx, number, by)
    if booking.status == "finished":
        return booking
    if booking.status == "booked" and tx.time < moment(booking.until):
        raise TradeError("not_checked_in", "{booking} is not checked in: cancel it instead.", booking=number)
    changed: Booking = tx.append(number, "booking.finished", {"by": by})
    return changed


def finish_ended(tx: Transaction, number: str) -> Booking:
    """Finish a booking whose time ended a day ago, and let a hold lapse. Nothing changes before its time."""
    booking: Booking = tx.get(number)
    if booking.status in ("booked", "checked_in") and moment(booking.until) + GRACE <= tx.time:
        changed: Booking = tx.append(number, "booking.finished", {"by": ""})
        return changed
    return booking


def no_show(tx: Transaction, number: str, *, by: str) -> Booking:
    """The seller records that nobody came; only after the end of the time."""
    booking = sold_booking(tx, number, by)
    if booking.status == "no_show":
        return booking
    if booking.status == "booked" and tx.time < moment(booking.until):
        raise TradeError("not_ended", "The time of {booking} has not ended yet.", booking=number)
    changed: Booking = tx.append(number, "booking.no_show", {"by": by})
    return changed


def cancel(tx: Transaction, number: str, reason: str, *, by: str) -> Booking:
    """Cancel a booking; its time is free at once, and its deliveries end: what is paid back is in their terms.

    A hold that is in an order ends with its order. Raises TradeError.
    """
    booking = owned_booking(tx, number, by)
    if booking.status == "cancelled":
        return booking
    if reason not in REASONS:
        raise TradeError("reason_unknown", "{reason!r} is not a reason. Use one of: {known}.", "reason", reason=reason,
                         known=", ".join(REASONS))  # fmt: skip
    if booking.status == "held" and booking.order:
        raise TradeError("booking_ordered", "{booking} is in {order}: cancel the order.", booking=number,
                         order=booking.order)  # fmt: skip
    changed: Booking = tx.append(number, "booking.cancelled", {"reason": reason, "by": by})
    return changed


def record_use(tx: Transaction, number: str, quantity: str, unit: str, *, by: str, key: str) -> Booking:
    """Record metered use of a booking, such as 12.5 KWH. The same `key` records it once. Raises TradeError.

    Records are never changed: a wrong one is corrected by another one, which may be negative. The total is not.
    """
    booking = sold_booking(tx, number, by)
    asset: Asset = tx.get(booking.asset)
    if unit not in asset.details.meters:
        raise TradeError(
            "unit_not_metered",
            "{unit!r} is not metered here. Use one of: {known}.",
            "unit",
            unit=unit,
            known=", ".join(asset.details.meters) or "-",
        )
    amount = decimal_of(quantity)
    exact = amount is not None and amount.is_finite() and amount == round(amount, MAX_DECIMALS)
    if amount is None or not exact or not amount or abs(amount) >= MAX_USED:
        raise TradeError(
            "quantity_invalid", "{value!r} is not a quantity. Write a decimal number such as 12.5.", "quantity",
            value=quantity,
        )  # fmt: skip
    if booking.usage_order:
        raise TradeError("usage_ordered", "The metered use of {booking} is in {order} already.", booking=number,
                         order=booking.usage_order)  # fmt: skip
    payload: dict[str, Any] = {"quantity": f"{amount:f}", "unit": unit, "by": by}
    recorded = f"{number}/use/{tx.keyed_hash(key)}"
    try:
        total = Decimal(booking.used.get(unit, "0")) + amount
        if total < 0:
            raise TradeError("use_negative", "The total of {unit} would be below 0.", "quantity", unit=unit)
        changed: Booking = tx.append(number, "booking.used", payload, key=recorded)
    except AlreadyRecorded as error:
        if {name: error.event.payload[name] for name in ("quantity", "unit")} != {
            name: payload[name] for name in ("quantity", "unit")
        }:
            raise key_reused() from None
        return booking
    return changed
