"""The words of states: how they map to other vocabularies, and how the status of an order follows from three lines.

An order has three lines of states that are independent of each other: its payment, its declaration to customs, and its
transport. The status of the order is one word for them. Nothing sets it: `order_status` computes it each time an event
changes one of the lines.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple


class Word(NamedTuple):
    """A status of an order, and what it is called elsewhere; "" where there is no such word.

    `says`: what it means; `customs`: receipt codes of China's unified import system (edition 202205); `schema_org`:
    OrderStatus; `payment_intent`: the status of a Stripe PaymentIntent; `transport`: UN/ECE Recommendation 24;
    `epcis`: CBV 2.0 business steps; `ucp`: Universal Commerce Protocol, v2026-08-25.
    """

    word: str
    says: str
    customs: str
    schema_org: str
    payment_intent: str
    transport: str
    epcis: str
    ucp: str


#: The statuses of an order, in the order in which a sale that meets no obstacle passes them. The mappings are ours; the
#: meaning of each receipt code is in the message specification of the unified system, which decides.
WORDS: tuple[Word, ...] = (
    Word("created", "Placed; no payment has begun.", "", "OrderPaymentDue", "requires_payment_method", "", "",
         "checkout incomplete"),
    Word("requote", "The law changed or the quote expired before the payment: a new quote must be accepted.", "",
         "OrderPaymentDue", "requires_payment_method", "", "", "checkout requires_escalation"),
    Word("awaiting_payment", "The buyer has to do something to pay.", "", "OrderPaymentDue", "requires_action", "", "",
         "checkout requires_escalation or ready_for_complete"),
    Word("authorized", "The payment is authorized and not captured.", "", "OrderProcessing", "requires_capture", "",
         "", "checkout complete_in_progress"),
    Word("paid", "The payment is captured.", "", "OrderProcessing", "succeeded", "", "",
         "checkout completed, order line processing"),
    Word("documents_sent", "Order, payment and waybill are on their way to customs.", "312, 412, 512 at 2 or 3",
         "OrderProcessing", "succeeded", "", "packing", "event processing"),
    Word("documents_stored", "Customs has stored order, payment and waybill.", "120 on 312, 412 and 512",
         "OrderProcessing", "succeeded", "", "packing", "event processing"),
    Word("declared", "The list is declared.", "622 at 2, 3, then 120", "OrderProcessing", "succeeded",
         "5 process begun", "holding", "event customs_declared"),
    Word("held", "Customs examines the list or inspects the goods.", "300 or 500", "OrderProblem", "succeeded",
         "20 delayed", "holding, inspecting", "event customs_held"),
    Word("refused", "Customs refused a document; it can be corrected and sent again.", "100, 4 or a negative code",
         "OrderProblem", "succeeded", "17 clearance refused", "holding", "event customs_refused"),
    Word("assessed", "The examination is closed; the tax bill follows.", "399 on 622", "OrderProcessing", "succeeded",
         "5 process begun", "holding", "event customs_declared"),
    Word("returned_abroad", "Customs decided that the goods go back abroad.", "700", "OrderProblem", "succeeded",
         "17 clearance refused", "returned", "adjustment cancellation completed + refund"),
    Word("detained", "Customs detains the goods.", "501, 502, 503, 599", "OrderProblem", "succeeded",
         "17 clearance refused", "holding", "event customs_held"),
    Word("released", "Customs released the goods.", "800", "OrderProcessing", "succeeded",
         "12 cleared by customs, 39 released from bond", "departing", "event customs_released"),
    Word("shipped", "The goods are on their way to the buyer.", "", "OrderInTransit", "succeeded", "24, 31",
         "shipping, in_transit", "event shipped, in_transit"),
    Word("delivering", "The service is being delivered.", "", "OrderProcessing", "succeeded", "", "",
         "event processing"),
    Word("delivered", "The buyer has the goods, or the service.", "513 with S", "OrderDelivered", "succeeded", "21",
         "receiving", "event delivered"),
    Word("closed", "Delivered, and customs has closed the declaration, or the buyer has accepted the service.", "899",
         "OrderDelivered", "succeeded", "14 process completed", "", ""),
    Word("cancel_asked", "A cancellation is applied for at customs.", "623 sent", "OrderProblem", "succeeded", "",
         "holding", "adjustment cancellation pending"),
    Word("cancelled", "Cancelled; what was paid is refunded.", "624 at 399", "OrderCancelled",
         "canceled, or refund succeeded", "7 booking cancelled", "void_shipping",
         "adjustment cancellation completed + refund"),
    Word("return_asked", "A return is applied for.", "625 sent", "OrderProblem", "succeeded", "", "",
         "adjustment return pending"),
    Word("returned", "All goods were returned.", "626 at 399", "OrderReturned", "refund pending, then succeeded", "",
         "returned", "adjustment return completed + refund"),
)  # fmt: skip

#: What an order is by itself, apart from the three lines.
ORDER_STATES = ("placed", "requote", "cancelling", "cancelled")
#: The states of a payment.
PAYMENT_STATES = (
    "created", "requires_action", "authorized", "captured", "failed", "expired", "cancelled", "deposit_returned",
    "partially_refunded", "refunded", "disputed",
)  # fmt: skip
#: The states of a declaration.
CUSTOMS_STATES = (
    "created", "documents_sent", "documents_stored", "declared", "held", "refused", "assessed", "detained",
    "returned_abroad", "released", "closed", "cancel_asked", "cancelled",
)  # fmt: skip
#: The states of a shipment.
TRANSPORT_STATES = (
    "created", "shipped", "in_transit", "delivery_failed", "delivered", "undeliverable", "returned", "lost",
    "cancelled",
)  # fmt: skip
#: The states of the delivery of a service.
DELIVERY_STATES = (
    "closed", "waiting", "ready", "started", "delivered", "accepted", "objected", "cancelled", "no_show",
)  # fmt: skip
#: The states of a return.
RETURN_STATES = ("asked", "received", "approved", "completed", "refused", "lapsed", "withdrawn")

#: The word of an order for the state of its payment, where neither customs nor transport has begun.
_BY_PAYMENT = {
    "created": "awaiting_payment",
    "requires_action": "awaiting_payment",
    "failed": "awaiting_payment",
    "expired": "awaiting_payment",
    "cancelled": "awaiting_payment",
    "authorized": "authorized",
}
#: Customs has the last word on the goods: these stand before everything else; the first that a declaration has.
_OBSTACLES = ("returned_abroad", "detained", "refused", "held", "cancel_asked")
#: A declaration that is under way, from its beginning.
_UNDER_WAY = ("documents_sent", "documents_stored", "declared", "assessed")
#: The states of a declaration whose goods customs has released.
CLEARED = frozenset({"released", "closed"})
_ON_THE_WAY = frozenset({"shipped", "in_transit", "delivery_failed", "delivered", "undeliverable", "returned", "lost"})
#: The states of a delivery of a service that needs nothing more of its provider, and of one that is settled.
_DELIVERED = frozenset({"delivered", "accepted", "objected", "no_show"})
_FINISHED = frozenset({"accepted", "no_show"})
_RETURN_OPEN = frozenset({"asked", "received", "approved"})
#: Returns that came to nothing.
RETURN_ENDED = frozenset({"refused", "lapsed", "withdrawn"})
_PAID = frozenset({"captured", "deposit_returned", "partially_refunded", "refunded", "disputed"})
#: No payment is under way: another one may begin.
_UNPAID = frozenset({None, "failed", "expired", "cancelled"})


def order_status(
    state: str,
    payment: str | None,
    customs: Collection[str] = (),
    transport: Collection[str] = (),
    returns: Collection[str] = (),
    deliveries: Collection[str] = (),
    *,
    all_returned: bool = False,
) -> str:
    """The status of an order, from its own state and those of its payment and of its other objects.

    `payment`: the state of its last payment; None if it has none. `all_returned`: every piece was returned.

    >>> order_status("placed", "captured", ["held"], ["created"]), order_status("placed", "captured", ["released"])
    ('held', 'released')
    >>> order_status("placed", "captured", ["released"], ["delivered"]), order_status("placed", "captured")
    ('delivered', 'paid')
    """
    if state == "cancelled":
        return "cancelled"
    if any(each in _RETURN_OPEN for each in returns):
        return "return_asked"
    if all_returned:
        return "returned"
    # A list that was cancelled is void: another one may be declared for the same order.
    declared = [each for each in customs if each != "cancelled"]
    for word in _OBSTACLES:
        if word in declared:
            return word
    if state == "cancelling":
        return "cancel_asked"
    if word := _delivery_word(deliveries):
        return word
    parcels = [each for each in transport if each != "cancelled"]
    if all(each in CLEARED for each in declared) and (word := _transport_word(declared, parcels)):
        return word
    under_way = [_UNDER_WAY.index(each) for each in declared if each in _UNDER_WAY]
    if under_way and all(each != "created" for each in declared):
        return _UNDER_WAY[min(under_way)]
    return "requote" if state == "requote" else _payment_word(payment)


def _transport_word(declared: Sequence[str], parcels: Sequence[str]) -> str:
    """The word where customs does not stand in the way; "" if nothing is on its way and nothing was released."""
    if parcels and all(each == "delivered" for each in parcels):
        return "closed" if declared and all(each == "closed" for each in declared) else "delivered"
    if any(each in _ON_THE_WAY for each in parcels):
        return "shipped"
    return "released" if declared else ""


def _delivery_word(deliveries: Collection[str]) -> str:
    """The word of an order of services; "" if nothing of it was delivered.

    >>> _delivery_word(["ready"]), _delivery_word(["started", "ready"]), _delivery_word(["accepted", "delivered"])
    ('', 'delivering', 'delivered')
    """
    live = [each for each in deliveries if each != "cancelled"]
    if deliveries and not live:
        return "cancelled"
    if live and all(each in _DELIVERED for each in live):
        return "closed" if all(each in _FINISHED for each in live) else "delivered"
    return "delivering" if any(each == "started" or each in _DELIVERED for each in live) else ""


def _payment_word(payment: str | None) -> str:
    if payment is None:
        return "created"
    return "paid" if payment in _PAID else _BY_PAYMENT[payment]


def is_paid(payment: str | None) -> bool:
    """Whether the buyer has paid: the payment is captured, and perhaps partly paid back or disputed since."""
    return payment in _PAID


def can_be_paid(payment: str | None) -> bool:
    """Whether a payment can begin: there is none, or the last one ended without money."""
    return payment in _UNPAID


def is_on_the_way(transport: str) -> bool:
    """Whether a shipment has left the seller: it is on its way, has arrived, or was lost."""
    return transport in _ON_THE_WAY


#: Why an order needs somebody, by the state of one of its objects.
ATTENTION = {
    ("payment", "failed"): "payment_failed",
    ("payment", "expired"): "authorization_expired",
    ("payment", "disputed"): "payment_disputed",
    ("customs", "refused"): "customs_refused",
    ("customs", "held"): "customs_held",
    ("customs", "detained"): "customs_detained",
    ("customs", "returned_abroad"): "customs_returned_abroad",
    ("transport", "delivery_failed"): "delivery_failed",
    ("transport", "undeliverable"): "undeliverable",
    ("transport", "returned"): "goods_came_back",
    ("transport", "lost"): "goods_lost",
    ("delivery", "closed"): "delivery_closed",
    ("delivery", "waiting"): "delivery_waiting",
    ("delivery", "objected"): "delivery_objected",
    ("return", "lapsed"): "return_lapsed",
}
