"""A buyer cancels one service of an order of two nodes, by the terms of its seller, and keeps the others.

    importer's node                               exporter's node
    the buyer asks, and sees what is paid back
    delivery.cancel ────────────────────────────> cancelled by the terms, or not: the answer says why
    paid back <──────────────── delivery.status   what goes back, as when the seller cancels

The exporter's node decides: it knows whether the service has begun. It cancels only where its terms give at least what
the buyer was shown, so nobody loses money to a message that was late.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.booking.bookings import Booking
from entrepot.trade.booking.following import deliveries_of
from entrepot.trade.delivery import commands
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.node_steps import next_step
from entrepot.trade.nodes.bodies import CancelDelivery, ServiceState
from entrepot.trade.nodes.common_orders import EXPORTER, CommonOrder
from entrepot.trade.nodes.commons import common_of, note_conflict, refused
from entrepot.trade.nodes.messages import NodeMessage
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.orders import Order, is_of_other_node
from entrepot.trade.ports import NotFound, Transaction
from entrepot.trade.service_requests import ServiceCancellation

ASKED, REFUSED, CANCELLED = "asked", "refused", "cancelled"
#: In which a service can be cancelled by its buyer: nothing of it was used.
_BEFORE: Final = ("waiting", "ready", "closed")
#: Why a service is not cancelled.
REASONS: Final = ("begun", "less", "ended", "not_known", "peer_revoked", "not_delivered")
#: Percent.
WHOLE: Final = 100


def percent_now(order: Order, told: ServiceState, now: dt.datetime) -> int | None:
    """What the buyer of a service of another node is paid back who cancels it now, in percent; None if it cannot be.

    Of a time that is sold at several prices, the least that the terms of one of them give: all of it is cancelled.
    """
    if order.state != "placed" or told.status not in _BEFORE or told.sessions:
        return None
    terms = [each.goods.delivery for each in order.lines_with(told.line)]
    given = [commands.refund_at(each, told.starts, now) for each in terms if each is not None]
    if not given or len(given) < len(terms):
        return None
    return WHOLE if told.status == "closed" else min(given)


def ask(tx: Transaction, number: str, delivery: str, *, by: str, percent: int | None = None) -> Order:
    """Ask the other node to cancel a service of an order, as its buyer. One that is asked for stays as it is.

    `percent`: what the buyer was shown that is paid back at least; None for what it is now. Raises TradeError and
    NotFound.
    """
    order, told = told_of(tx, number, delivery, by)
    known = order.cancellations.get(delivery)
    if told.status == "cancelled" or (known is not None and known.status in (ASKED, CANCELLED)):
        return order
    now = percent_now(order, told, tx.time)
    if now is None:
        raise TradeError(
            "service_begun",
            "The service {delivery} has begun or ended, or its order is being cancelled: it cannot be cancelled by "
            "itself.",
            "delivery",
            delivery=delivery,
        )
    if percent is not None and percent > now:
        raise TradeError(
            "refund_changed",
            "By now {now} % of the price is paid back, not {percent} %. Look at it again, then cancel.",
            "refund_percent",
            now=now,
            percent=percent,
        )
    _record(tx, number, delivery, ServiceCancellation(line=told.line, status=ASKED, percent=now))
    time = timestamp(tx.time)
    next_step(tx, order.common, "cancel_service", f"{delivery}/{time}", delivery=delivery, event=time)
    asked: Order = tx.get(number)
    return asked


def told_of(tx: Transaction, number: str, delivery: str, by: str) -> tuple[Order, ServiceState]:
    """An order of a buyer here, and what the other node has told of a service of it. Raises TradeError, NotFound."""
    order: Order = tx.get(number)
    if order.buyer.party != by:
        raise NotFound(number)
    if not order.common or not is_of_other_node(order.seller):
        raise TradeError(
            "service_here",
            "This node delivers the services of {order}: use the delivery {delivery} itself.",
            "delivery",
            order=number,
            delivery=delivery[:60],
        )
    common: CommonOrder = tx.get(order.common)
    if delivery not in common.deliveries:
        raise NotFound(delivery)
    return order, common.deliveries[delivery]


def _record(tx: Transaction, number: str, delivery: str, given: ServiceCancellation) -> None:
    payload = {"delivery": delivery, **msgspec.to_builtins(given)}
    tx.append(number, "order.service_cancellation", payload)


def refuse(tx: Transaction, number: str, delivery: str, reason: str, percent: int | None = None) -> None:
    """Record that a service is not cancelled. `reason`: one of `REASONS`; `percent`: what its terms give by now."""
    asked = tx.get(number).cancellations[delivery]
    changes = {"status": REFUSED, "reason": reason, "percent": asked.percent if percent is None else percent}
    _record(tx, number, delivery, msgspec.structs.replace(asked, **changes))


def cancel(tx: Transaction, peer: Peer, message: NodeMessage, body: CancelDelivery, node: Node) -> Mapping[str, Any]:  # noqa: ARG001  # the signature of a handler
    """Handle `delivery.cancel`: by the terms of the seller, if they give what the buyer was shown."""
    service = delivery_of(tx, common_of(tx, peer, message, EXPORTER), body.delivery, body.line)
    if not 0 <= body.percent <= WHOLE:
        raise refused("part_unknown", order=message.about, part=f"refund of {body.percent} %")
    if service.status != "cancelled":
        now = min(commands.refund_now(tx, each) for each in _cancelled_with(tx, service))
        if (reason := _obstacle(service, now, body.percent)) is not None:
            return {"delivery": service.id, "status": REFUSED, "reason": reason, "percent": now}
        service = commands.cancel(tx, service.id, by=peer.id)
    # Everything is paid back with an order that was cancelled.
    percent = WHOLE if service.why == "order_cancelled" else service.refund_percent
    return {"delivery": service.id, "status": CANCELLED, "reason": "", "percent": percent}


def _cancelled_with(tx: Transaction, service: Delivery) -> list[Delivery]:
    """The deliveries that end with one that is cancelled: itself, and those of the other prices of its time."""
    booking = tx.find(service.booking) if service.booking else None
    others = deliveries_of(tx, booking) if isinstance(booking, Booking) else []
    return [service, *(each for each in others if each.id != service.id)]


def delivery_of(tx: Transaction, found: CommonOrder, number: str, line: int) -> Delivery:
    """The delivery of a line of an order of this node's seller. Raises MessageRefused."""
    order: Order | None = tx.find(found.order) if found.order else None
    known = order is not None and number in order.deliveries
    service: Delivery | None = tx.get(number) if known else None
    if service is None or service.line != line:
        raise refused("part_unknown", order=found.id, part=f"service {number[:40]!r} in line {line}")
    return service


def _obstacle(service: Delivery, now: int, expected: int) -> str | None:
    """Why a service is not cancelled by its buyer, as a code."""
    if service.begun or service.status not in _BEFORE:
        return "begun" if service.begun else "ended"
    return "less" if now < expected else None


def answered(tx: Transaction, peer: Peer, record: Any, answer: Mapping[str, Any]) -> None:  # noqa: ARG001  # as MessageType
    """What the other node answers: it has cancelled the service, or says why not."""
    order, delivery = order_of(tx, record)
    asked = order.cancellations.get(delivery) if order is not None else None
    if order is None or asked is None or asked.status == CANCELLED:
        return
    given, reason = answer.get("percent"), answer.get("reason")
    percent = given if type(given) is int and 0 <= given <= WHOLE else asked.percent  # JSON's true is an int, too
    if answer.get("status") == CANCELLED:
        if percent < asked.percent:
            note_conflict(tx, order.common, "refund_less")
        _record(tx, order.id, delivery, ServiceCancellation(line=asked.line, status=CANCELLED, percent=percent))
    else:
        refuse(tx, order.id, delivery, reason if reason in REASONS else "ended", percent)


def failed(tx: Transaction, peer: Peer, record: Any, code: str, why: str) -> None:  # noqa: ARG001  # as MessageType
    """What follows where the other node did not take the message, or refuses it: the service goes on."""
    order, delivery = order_of(tx, record)
    asked = order.cancellations.get(delivery) if order is not None else None
    if order is not None and asked is not None and asked.status == ASKED:
        refuse(tx, order.id, delivery, "peer_revoked" if code == "peer_revoked" else "not_delivered")


def order_of(tx: Transaction, record: Any) -> tuple[Order | None, str]:
    """The order here of a message about one of its services, and the delivery.

    The key of the message is `xo_…/delivery.cancel/dl_…/time`.
    """
    common: CommonOrder | None = tx.find(record.about)
    return (tx.get(common.order) if common is not None and common.order else None), record.key.split("/")[2]
