"""The messages about orders of two nodes: their types, with what each does where it is received."""

from __future__ import annotations

from typing import Final

from entrepot.trade.nodes import (
    accepting,
    bodies,
    booking_states,
    documents,
    goodwill,
    ordering,
    owing,
    returning,
    service_accepting,
    service_cancelling,
    service_objecting,
    services,
    settling,
    shipping,
)
from entrepot.trade.nodes.messages import MessageType, Version
from entrepot.trade.nodes.settlement import Statement

_DELIVERY_STATUS: Final = {
    1: Version(bodies.DeliveryState, bodies.ServiceState.first, bodies.read_first),
    2: Version(bodies.ServiceState),
}
#: All of them; in the registry of the node they stand beside those of the other parts.
MESSAGES: Final = (
    MessageType(
        "order.confirm", "order", {1: Version(bodies.Confirm)}, accepting.confirm, failed=ordering.confirm_failed
    ),
    MessageType("order.accepted", "order", {1: Version(bodies.Accepted)}, ordering.accepted),
    MessageType("order.rejected", "order", {1: Version(bodies.Rejected)}, ordering.rejected),
    MessageType("order.cancel", "order", {1: Version(bodies.Cancel)}, accepting.cancel),
    MessageType("order.cancelled", "order", {1: Version(bodies.Cancelled)}, ordering.cancelled),
    MessageType("order.cancel_refused", "order", {1: Version(bodies.CancelRefused)}, ordering.cancel_refused),
    MessageType("order.account", "order", {1: Version(bodies.Account)}, owing.account, goes_on=True),
    MessageType(
        "order.goodwill",
        "order",
        {1: Version(bodies.GoodwillGiven)},
        goodwill.pay,
        answered=goodwill.answered,
        failed=goodwill.failed,
        goes_on=True,
    ),
    MessageType("order.contact", "order", {1: Version(bodies.Contact)}, shipping.contact, personal=True),
    MessageType("shipment.state", "order", {1: Version(bodies.ShipmentState)}, shipping.shipment),
    MessageType("release.state", "order", {1: Version(bodies.ReleaseState)}, shipping.release),
    MessageType("return.state", "order", {1: Version(bodies.ReturnState)}, returning.state),
    MessageType("return.received", "order", {1: Version(bodies.ReturnReceived)}, returning.received),
    MessageType(
        "documents.deliver", "documents", {1: Version(bodies.DeliveredDocument)}, documents.deliver, personal=True
    ),
    MessageType("delivery.status", "delivery", _DELIVERY_STATUS, services.state, goes_on=True),
    MessageType(
        "delivery.cancel",
        "order",
        {1: Version(bodies.CancelDelivery)},
        service_cancelling.cancel,
        answered=service_cancelling.answered,
        failed=service_cancelling.failed,
        goes_on=True,
    ),
    MessageType(
        "delivery.object",
        "order",
        {1: Version(bodies.ObjectToDelivery)},
        service_objecting.record,
        answered=service_objecting.ANSWERS.answered,
        failed=service_objecting.ANSWERS.failed,
        goes_on=True,
    ),
    MessageType(
        "delivery.accept",
        "order",
        {1: Version(bodies.AcceptDelivery)},
        service_accepting.record,
        answered=service_accepting.ANSWERS.answered,
        failed=service_accepting.ANSWERS.failed,
        goes_on=True,
    ),
    MessageType("booking.state", "order", {1: Version(bodies.BookingTold)}, booking_states.state, goes_on=True),
    MessageType("settlement.statement", "order", {1: Version(Statement)}, settling.statement, goes_on=True),
    MessageType("delivery.grant", "delivery", {1: Version(bodies.DeliveryGrant)}, services.grant, personal=True),
)
TYPES: Final = {each.name: each for each in MESSAGES}
