"""A booking in an order: its items at the checkout, and how it follows the order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from decimal import Decimal
from typing import Any, Protocol

from entrepot.model.errors import TradeError
from entrepot.trade.booking.assets import Asset
from entrepot.trade.booking.bookings import Booking
from entrepot.trade.booking.deposits import paid_with
from entrepot.trade.booking.prices import Priced
from entrepot.trade.booking.zones import MINUTE, moment
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.objects import NotAllowed
from entrepot.trade.offers import Offer
from entrepot.trade.orders import Order
from entrepot.trade.ports import NotFound, Transaction


class BookedLine(Protocol):
    """A line of an order that may be of a booking."""

    @property
    def booking(self) -> str:
        """The booking, "" for other lines."""


def bookings_in(lines: Iterable[BookedLine]) -> list[str]:
    """The bookings of some lines, each once."""
    return [each for each in dict.fromkeys(line.booking for line in lines) if each]


def items_of_booking(
    read: Callable[[str], Any], number: str, by: str, place: str, named: tuple[str, int] = ("", 0)
) -> tuple[Priced, ...]:
    """What a checkout sells of a booking: its time, or its metered use once it has ended. Raises TradeError.

    `named`: the offer and the quantity that the request names, if it does: for a booking that is sold as it.
    """
    try:
        booking = read(number)
        if not isinstance(booking, Booking) or booking.party != by:
            raise NotFound(number)
    except NotFound:
        raise TradeError(
            "booking_not_found", "There is no booking {booking!r}.", f"{place}.booking", booking=number
        ) from None
    used = booking.status == "finished"
    lines = (
        booking.lines if not used else booking.metered if booking.remote else used_lines(booking, read(booking.asset))
    )
    if not lines and booking.status == "held" and sells(read, named[0], booking):
        lines = (Priced(named[0], 1),)
    if not lines or (named[0] and lines != (Priced(*named),)):
        raise TradeError(
            "booking_differs",
            "{booking} was held for another offer or quantity.",
            f"{place}.booking",
            booking=number,
        )
    return lines


def sells(read: Callable[[str], Any], number: str, booking: Booking) -> bool:
    """Whether an offer sells the time of a booking that has no price of its own: a visit in this calendar, as long."""
    try:
        offer = read(number)
    except NotFound:
        return False
    terms = offer.goods.delivery if isinstance(offer, Offer) and offer.seller == booking.seller else None
    length = (moment(booking.until) - moment(booking.since)) // MINUTE
    return terms is not None and (terms.kind, terms.resource, terms.minutes) == ("visit", booking.asset, length)


def used_lines(booking: Booking, asset: Asset) -> tuple[Priced, ...]:
    """The metered use of a booking as it is sold: full units of the offer of each meter; a part of one is free."""
    meters = asset.details.meters
    found = [Priced(meters[unit], int(Decimal(total))) for unit, total in booking.used.items() if unit in meters]
    return tuple(each for each in found if each.quantity > 0)


def put_in_order(tx: Transaction, number: str, order: str, expires: str, *, by: str, place: str) -> None:
    """Put a held booking into an order that is being placed: it is held as long as the order. Raises TradeError."""
    booking = tx.find(number)
    if not isinstance(booking, Booking) or booking.party != by:
        raise TradeError("booking_not_found", "There is no booking {booking!r}.", place, booking=number)
    if booking.status == "finished" and booking.used and not booking.usage_order:
        tx.append(number, "booking.usage_ordered", {"order": order})
        return
    if booking.status != "held" or booking.order or booking.expires <= timestamp(tx.time):
        raise TradeError(
            "booking_not_held",
            "{booking} is no longer held, or is already in an order. Hold the time again.",
            place,
            booking=number,
        )
    tx.append(number, "booking.ordered", {"order": order, "expires": expires})


def confirm_bookings(tx: Transaction, order: Order, cause: str) -> None:
    """The order is paid: its times are booked, and their deposits held."""
    for number in bookings_in(order.lines):
        booking: Booking = tx.get(number)
        if booking.status == "held" and booking.order == order.id:
            tx.append(number, "booking.booked", {"order": order.id, **paid_with(order, number)}, cause=cause)


def release_bookings(tx: Transaction, order: str, lines: Iterable[BookedLine], reason: str, cause: str) -> None:
    """The order is cancelled: its times are free again, unless they were used already."""
    for number in bookings_in(lines):
        booking: Booking = tx.get(number)
        if booking.usage_order == order:
            tx.append(number, "booking.usage_released", {}, cause=cause)
        if booking.order != order or not booking.live:
            continue
        kind = "booking.lapsed" if booking.status == "held" else "booking.cancelled"
        with suppress(NotAllowed):
            tx.append(number, kind, {"reason": reason}, cause=cause)
