"""How bookings and deliveries follow each other: neither goes on when the other has ended."""

from __future__ import annotations

import datetime as dt

from entrepot.trade.booking.bookings import Booking
from entrepot.trade.booking.deposits import give_back
from entrepot.trade.booking.zones import moment
from entrepot.trade.delivery import commands
from entrepot.trade.delivery.deliveries import ENDED, Delivery, line_reference
from entrepot.trade.ledger.events import Event, timestamp
from entrepot.trade.orders import Order
from entrepot.trade.ports import Transaction


def follow_booking(tx: Transaction, _before: Booking | None, after: Booking, event: Event) -> None:
    """The deliveries of a booking: its check-in begins them, its end finishes them, its cancellation pays back."""
    if event.kind in ("booking.cancelled", "booking.no_show"):
        give_back(tx, after)
    step = _STEPS.get(event.kind)
    if step is not None and after.order:
        for delivery in deliveries_of(tx, after):
            step(tx, after, delivery, event)


def deliveries_of(tx: Transaction, booking: Booking) -> list[Delivery]:
    """The deliveries of a booking that have not ended: one for each of its prices."""
    order = tx.find(booking.order)
    if not isinstance(order, Order):
        return []
    numbers = [tx.lookup(line_reference(order.id, line.number)) for line in order.lines if line.booking == booking.id]
    found: list[Delivery] = [tx.get(number) for number in numbers if number is not None]
    return [each for each in found if each.status not in ENDED]


def _check_in(tx: Transaction, booking: Booking, delivery: Delivery, _event: Event) -> None:
    # A visit begins when its two sides are connected.
    if delivery.kind == "booking":
        commands.begin_session(tx, delivery.id, booking.id)


def _finish(tx: Transaction, booking: Booking, delivery: Delivery, event: Event) -> None:
    if delivery.kind != "booking":
        return
    if booking.checked_in:
        seconds = int((moment(event.time) - moment(booking.checked_in)).total_seconds())
        commands.end_session(tx, delivery.id, booking.id, seconds=seconds, reason="finished")
    if delivery.status != "closed":  # what the law prohibits was not delivered: it can only be cancelled
        commands.finish(tx, delivery.id, evidence=event.id)


def _move(tx: Transaction, booking: Booking, delivery: Delivery, event: Event) -> None:
    until = moment(booking.ends) + (commands.OVERRUN if delivery.kind == "visit" else dt.timedelta())
    payload = {"starts": booking.starts, "until": timestamp(until), "by": event.payload.get("by", "")}
    tx.append(delivery.id, "delivery.moved", payload, cause=event.id)


def _cancel(tx: Transaction, _booking: Booking, delivery: Delivery, event: Event) -> None:
    if event.payload.get("by"):  # without it the order was cancelled, which pays all back
        commands.cancel(tx, delivery.id, by=event.payload["by"])


def _no_show(tx: Transaction, _booking: Booking, delivery: Delivery, event: Event) -> None:
    if event.payload.get("by"):
        commands.report_no_show(tx, delivery.id, by=event.payload["by"])


_STEPS = {
    "booking.changed": _move,
    "booking.checked_in": _check_in,
    "booking.finished": _finish,
    "booking.cancelled": _cancel,
    "booking.no_show": _no_show,
}


def follow_delivery(tx: Transaction, after: Delivery, event: Event) -> None:
    """The booking of a delivery that was cancelled, or that nobody came to: its time is free again."""
    kind = {"delivery.cancelled": "booking.cancelled", "delivery.no_show": "booking.no_show"}.get(event.kind)
    if kind is None or not after.booking:
        return
    booking = tx.find(after.booking)
    if isinstance(booking, Booking) and booking.status == "booked":
        payload = {"reason": after.why, "by": event.payload.get("by", "")}
        tx.append(booking.id, kind, payload, cause=event.id)
