"""The channel `carrier` of the outbox, and the notifications of the carrier.

book      book the parcel of a paid order; its waybill becomes the shipment of the order
clear     report to the carrier that customs has released the parcel
cancel    cancel a booking whose parcel was not picked up

None depends on an earlier one: what is cleared or cancelled has a waybill already, from the carrier or from the seller.
Each request looks at the order or the parcel as it is, so they need no order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from entrepot.model.errors import TradeError
from entrepot.trade.carrier import (
    Booked,
    Carrier,
    CarrierRefused,
    CarrierUnavailable,
    Consignee,
    Notified,
    Parcel,
    Tracked,
)
from entrepot.trade.nodes.common_orders import CommonOrder
from entrepot.trade.objects import NotAllowed
from entrepot.trade.offers import Goods
from entrepot.trade.orders import Order
from entrepot.trade.outbox import Backoff, Channel, Later, Message, Refused
from entrepot.trade.ports import Books, NotFound, Transaction
from entrepot.trade.screening.results import held
from entrepot.trade.shipments import CROSSING, Shipment, waybill_reference
from entrepot.trade.shipping import create_shipment, report

BACKOFF = Backoff(first=2, factor=2, most=1800, attempts=60)
SENDER = "carrier"


#: The states of a parcel that show that a request was done: one whose answer was lost is sent again.
_DONE = {"clear": frozenset({"in_transit", "delivery_failed", "delivered"}), "cancel": frozenset({"cancelled"})}


class Carriage(NamedTuple):
    """Where parcels are booked: the books, and the carrier."""

    books: Books
    carrier: Carrier


def channel(carriage: Carriage) -> Channel:
    """How the messages of the channel `carrier` are sent."""
    return Channel(partial(send, carriage), BACKOFF, in_order=False, slots=4)


def send(carriage: Carriage, message: Message) -> None:
    """Send one request to the carrier and record the answer. Raises Later and Refused."""
    try:
        if message.topic == "book":
            book(carriage, str(message.body["order"]), key=message.key)
            return
        shipment: Shipment = carriage.books.read(str(message.body["shipment"]))
        take(carriage, _asked(carriage.carrier, message.topic, shipment.waybill))
    except CarrierUnavailable as error:
        raise Later(str(error)) from None
    except CarrierRefused as error:
        raise Refused(f"The carrier refuses: {error} ({error.code})") from None
    except NotFound as error:
        raise Refused(f"{error} is not there any more.") from None


def _asked(carrier: Carrier, topic: str, waybill: str) -> Booked:
    """Ask for something. Where it was done already and the answer was lost, the parcel as it is now."""
    try:
        return {"clear": carrier.clear, "cancel": carrier.cancel}[topic](waybill)
    except CarrierRefused as error:
        if error.code != "not_allowed":
            raise
        found = carrier.track(waybill)
        if found.state not in _DONE[topic]:
            raise
        return found


def book(carriage: Carriage, number: str, *, key: str) -> Shipment | None:
    """Book the parcel of an order, once per `key`, and create its shipment. None if the order ended meanwhile.

    Raises Later for an order that waits for a check by the operator.
    """
    order: Order = carriage.books.read(number)
    if order.state != "placed" or not order.paid:
        return None
    if carriage.books.run(lambda tx: held(tx, number)):
        raise Later(f"{number} waits for a check by the operator of this node.")
    contact = carriage.books.run(lambda tx: tx.get_personal(order.buyer.personal))
    booked = carriage.carrier.book(_parcel(order, contact, held=_is_held(carriage, order)), key=key)
    try:
        return carriage.books.run(partial(_created, order, booked))
    except TradeError as error:
        # The order was cancelled between the booking and its answer: the parcel is not picked up.
        carriage.carrier.cancel(booked.waybill)
        raise Refused(str(error)) from None


def _created(order: Order, booked: Booked, tx: Transaction) -> Shipment:
    crossing = {name: getattr(booked, name) for name in CROSSING if getattr(booked, name)}
    mass = f"{booked.grams // 1000}.{booked.grams % 1000:03d}"
    return create_shipment(
        tx, order.id, booked.carrier_code, booked.waybill, by=order.seller, gross_mass_kg=mass, crossing=crossing
    )


def _is_held(carriage: Carriage, order: Order) -> bool:
    """Whether the parcel waits for a release by customs: of this node, or of the node of its buyer."""
    if not order.common:
        return bool(order.buyer.identity)
    common: CommonOrder = carriage.books.read(order.common)
    return common.terms is not None and common.terms.declared


def _parcel(order: Order, contact: Mapping[str, str], *, held: bool) -> Parcel:
    amounts = order.quote.amounts
    return Parcel(
        order_number=order.id,
        consignee=Consignee(
            name=contact.get("consignee") or contact["name"],
            telephone=contact.get("consignee_telephone") or contact["telephone"],
            address=contact["address"],
        ),
        grams=sum(_grams(each.goods) * each.quantity for each in order.lines),
        goods="; ".join(_title(each.goods) for each in order.lines)[:200],
        # What the buyer pays for freight is what the carrier is paid, and what the waybill says to customs.
        freight=amounts.shipping if amounts.currency == "CNY" else None,
        insured_fee=amounts.insurance if amounts.currency == "CNY" else 0,
        hold_for_customs=held,
    )


def _grams(goods: Goods) -> int:
    """The gross mass of a piece in grams, rounded up. Raises Refused where it is not known: a carrier asks for it."""
    mass = goods.measures.get("gross_mass_kg") or goods.measures.get("net_mass_kg")
    if not mass:
        raise Refused(f"The mass of {_title(goods)} is not known: give the measure gross_mass_kg of the offer.")
    return math.ceil(Decimal(mass) * 1000)


def _title(goods: Goods) -> str:
    return goods.titles.get("zh") or next(iter(goods.titles.values()), goods.hs_code)


def take(carriage: Carriage, booked: Booked) -> None:
    """Record what happened to a parcel, as the carrier told it when it was asked."""
    carriage.books.run(partial(_taken, booked))


def _taken(booked: Booked, tx: Transaction) -> None:
    number = tx.lookup(waybill_reference(booked.carrier_code, booked.waybill))
    if number is None:
        return
    for event in booked.events:
        _record(tx, number, booked.waybill, event)


def notified(carriage: Carriage, headers: Mapping[str, str], body: bytes) -> bool:
    """Record a notification of the carrier, once per id. False if it names no shipment that we know: it comes again.

    Raises NotificationRefused.
    """
    found = carriage.carrier.read_notification(headers, body)
    return carriage.books.run(partial(_notified, found))


def _notified(found: Notified, tx: Transaction) -> bool:
    order: Order | None = tx.find(found.order_number)
    number = next((each for each in (order.shipments if order else ()) if tx.get(each).waybill == found.waybill), None)
    if number is None:
        return False
    if tx.received(SENDER, found.id):
        _record(tx, number, found.waybill, found.event)
    return True


def _record(tx: Transaction, number: str, waybill: str, event: Tracked) -> None:
    """One thing that happened to a parcel, once per number; what cannot follow any more is left out."""
    if event.state == "created":
        return
    with suppress(NotAllowed):
        report(tx, number, event.state, time=event.time, key=f"track/{waybill}/{event.number}")
