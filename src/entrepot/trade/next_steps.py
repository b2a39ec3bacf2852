"""What an order needs next, as messages to counterparts: the carrier after the payment, customs after the waybill.

    authorized ─> capture ─> book the parcel ─> match and declare ─> (customs releases) ─> clear ─> (delivered)

The registry of kinds calls `follow_order` after each event of an order, in the same transaction. So a step is neither
forgotten nor taken twice: the key of its message names the order and what led to it. What a counterpart answers comes
back as an event of the payment, the declaration or the shipment, which the order follows.
"""

from __future__ import annotations

from contextlib import suppress

from entrepot.trade import customs
from entrepot.trade.booking.ordering import confirm_bookings, release_bookings
from entrepot.trade.declarations import WAYBILL_STATUS, Declaration
from entrepot.trade.delivery.commands import end_with_order, open_deliveries
from entrepot.trade.ledger.events import Event
from entrepot.trade.nodes import order_steps
from entrepot.trade.objects import NotAllowed
from entrepot.trade.orders import Order, is_of_other_node
from entrepot.trade.payments import commands
from entrepot.trade.payments.state import Payment
from entrepot.trade.ports import Transaction
from entrepot.trade.refunding import give_money_back, refund_return

#: States of a payment of which something may still go back to the buyer.
_MONEY_LEFT = ("authorized", "captured", "deposit_returned", "partially_refunded")


def follow_order(tx: Transaction, _before: Order | None, after: Order, event: Event) -> None:
    """Take the next step of an order after one of its events. Of an order of two nodes each takes its own."""
    if after.common:
        order_steps.tell(tx, after, event)
    step = _STEPS.get(event.kind)
    if step is not None:
        step(tx, after, event)


def is_declared_on_a_list(order: Order) -> bool:
    """Whether an order is declared as cross-border e-commerce retail import: its buyer is identified to customs."""
    return bool(order.buyer.identity)


def _payment_changed(tx: Transaction, order: Order, event: Event) -> None:
    number, status = event.payload["object"], event.payload["status"]
    if order.state != "placed":
        # The money of a cancelled order goes back, also where it was taken after the cancellation.
        if order.state == "cancelled" and status in _MONEY_LEFT:
            _give_back(tx, order.id, "cancelled")
        return
    if is_of_other_node(order.buyer.party):
        if status == "captured":
            order_steps.prepare(tx, order)
            confirm_bookings(tx, order, event.id)
            open_deliveries(tx, order, cause=event.id)
        return
    if status == "authorized":
        if not order_steps.is_agreed(tx, order):
            return
        payment: Payment = tx.get(number)
        if payment.capture == "manual" and payment.capturable:
            commands.capture(tx, number, key=f"{order.id}/capture")
    elif status == "captured":
        confirm_bookings(tx, order, event.id)
        if is_of_other_node(order.seller):
            return  # the other node delivers
        if any(not each.goods.service for each in order.lines):
            tx.send("carrier", "book", {"order": order.id}, key=f"{order.id}/book")
        open_deliveries(tx, order, cause=event.id)


def _transport_changed(tx: Transaction, order: Order, event: Event) -> None:
    number, status = event.payload["object"], event.payload["status"]
    if not is_declared_on_a_list(order):
        return
    if status == "created" and order.state == "placed":
        tx.send("customs", "declare", {"order": order.id}, key=f"{order.id}/declare/{number}")
    elif status == "delivered" and (declaration := _released_declaration(tx, order)):
        customs.send_message(tx, declaration, WAYBILL_STATUS, cause=event.id)


def _customs_changed(tx: Transaction, order: Order, event: Event) -> None:
    status = event.payload["status"]
    if status in ("released", "closed"):
        if "delivered" in order.shipments.values() and (declaration := _released_declaration(tx, order)):
            # The receipt of the release came later than the report of the delivery.
            customs.send_message(tx, declaration, WAYBILL_STATUS, cause=event.id)
        for number, state in order.shipments.items():
            # Customs can release what it had refused, after the order was cancelled: then nothing is delivered.
            held = state not in ("cancelled", "returned", "delivered") and order.state != "cancelled"
            if held and not is_of_other_node(order.seller):
                tx.send("carrier", "clear", {"shipment": number}, key=f"{order.id}/clear/{number}")
    elif status == "returned_abroad":
        _give_back(tx, order.id, "returned_abroad")


def _return_changed(tx: Transaction, _order: Order, event: Event) -> None:
    # Goods and taxes go back when customs has approved and the goods are there; taxes that are not levied in any case.
    number = event.payload["object"]
    with suppress(NotAllowed):
        if event.payload["status"] == "completed":
            refund_return(tx, number)
        elif tx.get(number).untaxed:
            refund_return(tx, number, goods=False)


def _cancel_refused(tx: Transaction, order: Order, event: Event) -> None:
    """An order of another node goes on, whose parcel came while its cancellation was asked for."""
    parcels = [number for number, state in order.shipments.items() if state != "cancelled"]
    if is_of_other_node(order.seller) and is_declared_on_a_list(order) and parcels and not order.declarations:
        tx.send("customs", "declare", {"order": order.id}, key=f"{order.id}/declare/{event.id}")


def _corrected(tx: Transaction, order: Order, _event: Event) -> None:
    if is_of_other_node(order.buyer.party) and order.paid and order.state == "placed":
        order_steps.prepare(tx, order)


def _cancelled(tx: Transaction, order: Order, event: Event) -> None:
    release_bookings(tx, order.id, order.lines, order.why or "order_cancelled", event.id)
    _give_back(tx, order.id, "cancelled")
    for number in () if is_of_other_node(order.seller) else order.deliveries:  # those are of the other node
        end_with_order(tx, number)
    for number, state in order.shipments.items():
        if state == "created" and not is_of_other_node(order.seller):
            tx.send("carrier", "cancel", {"shipment": number}, key=f"{order.id}/cancel/{number}")


def _give_back(tx: Transaction, order: str, reason: str) -> None:
    """Pay an order back. What cannot be paid back now, such as after a chargeback, stays due.

    It does not undo what led to it: customs has decided, or the goods are back.
    """
    with suppress(NotAllowed):
        give_money_back(tx, order, reason=reason)


def _released_declaration(tx: Transaction, order: Order) -> Declaration | None:
    """The declaration whose customs does not know yet that the parcel was delivered."""
    for number, status in order.declarations.items():
        if status in ("released", "closed"):
            found: Declaration = tx.get(number)
            return None if WAYBILL_STATUS in found.messages else found
    return None


_STEPS = {
    "order.payment_changed": _payment_changed,
    "order.transport_changed": _transport_changed,
    "order.customs_changed": _customs_changed,
    "order.return_changed": _return_changed,
    "order.corrected": _corrected,
    "order.cancel_refused": _cancel_refused,
    "order.cancelled": _cancelled,
}
