"""What happened at the node is taken over: the order of the shop gets the statuses, parcels, payments and refunds.

An event only says that something happened. The state is always read from the node, so that events may come twice, late
or in another order; a state that was read before another one never replaces it (`version`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from entrepot.client import Client
from entrepot_oscar.configuration import configuration
from entrepot_oscar.models import Carried, Handover, NodeLine, NodeOrder
from entrepot_oscar.shop import (
    OrderNote,
    PaymentEvent,
    PaymentEventQuantity,
    PaymentEventType,
    ShippingEvent,
    ShippingEventQuantity,
    ShippingEventType,
)
from entrepot_oscar.statuses import path_to

#: How often a state is read again because another worker was faster.
_TRIES = 5
#: States of a shipment that is on its way, or was.
_SHIPPED = frozenset({"shipped", "in_transit", "delivery_failed", "delivered", "undeliverable", "returned", "lost"})
#: Statuses of an order of the node after which nothing more is expected.
_ENDED = frozenset({"cancelled", "returned", "closed"})
_log = logging.getLogger("entrepot_oscar")
_from_node: ContextVar[bool] = ContextVar("entrepot_from_node", default=False)


@contextmanager
def taking_over() -> Iterator[None]:
    """What is written within is from the node: it is not sent to it."""
    token = _from_node.set(True)
    try:
        yield
    finally:
        _from_node.reset(token)


def is_from_node() -> bool:
    """Whether what is written now is from the node."""
    return _from_node.get()


@dataclass(frozen=True, slots=True)
class Seen:
    """An order of the node with its objects, as they were read."""

    order: Mapping[str, Any]
    payments: Sequence[Mapping[str, Any]]
    shipments: Sequence[Mapping[str, Any]]
    returns: Sequence[Mapping[str, Any]]


def read(client: Client, number: str) -> Seen:
    """Read an order of the node and its objects. Raises ApiError."""
    trade = client.trade
    order = trade.order(number)
    return Seen(
        order,
        [trade.payment(each["id"]) for each in order["payments"]],
        [trade.shipment(each["id"]) for each in order["shipments"]],
        [trade.return_(each["id"]) for each in order["returns"]],
    )


def refresh(client: Client, number: str) -> bool:
    """Take over the state of an order of the node; whether it was. Raises ApiError."""
    for _ in range(_TRIES):
        # Before it is read: what happens after this is another reason to read it again.
        NodeOrder.objects.filter(number=number).update(stale=False)
        try:
            node_order = NodeOrder.objects.get(number=number)
            seen = read(client, number)
        except BaseException:
            NodeOrder.objects.filter(number=number).update(stale=True)
            raise
        if _take(node_order, seen):
            return True
    NodeOrder.objects.filter(number=number).update(stale=True)
    return False


def _take(node_order: NodeOrder, seen: Seen) -> bool:
    """Take over a state, unless another one was taken over since the order was read from the database."""
    order = seen.order
    parts = [each["id"] for name in ("payments", "declarations", "shipments", "returns") for each in order[name]]
    with transaction.atomic(), taking_over():
        taken = NodeOrder.objects.filter(pk=node_order.pk, version=node_order.version).update(
            version=F("version") + 1,
            status=order["status"],
            attention=", ".join(order["attention"])[:250],
            parts=" ".join(parts),
            ended=order["status"] in _ENDED,
            refreshed=timezone.now(),
        )
        if not taken:
            return False
        for shipment in seen.shipments:
            _take_shipment(node_order, shipment)
        for given in seen.returns:
            _take_return(node_order, given)
        for payment in seen.payments:
            _take_payment(node_order, payment, seen.returns)
        set_statuses(node_order.handover)
    return True


def _take_shipment(node_order: NodeOrder, shipment: Mapping[str, Any]) -> None:
    pieces = {each["line"]: each["quantity"] for each in shipment["pieces"]}
    notes = f"{shipment['carrier']} {shipment['waybill']}"
    if shipment["status"] in _SHIPPED:
        _carry_shipping(node_order, f"{shipment['id']}:shipped", "shipped", pieces, notes)
    if shipment["status"] == "delivered":
        _carry_shipping(node_order, f"{shipment['id']}:delivered", "delivered", pieces, notes)


def _take_return(node_order: NodeOrder, given: Mapping[str, Any]) -> None:
    if given["status"] in ("received", "completed"):
        pieces = {each["line"]: each["quantity"] for each in given["lines"]}
        _carry_shipping(node_order, f"{given['id']}:returned", "returned", pieces, given["reason"])


def _carry_shipping(node_order: NodeOrder, reference: str, kind: str, pieces: Mapping[int, int], notes: str) -> None:
    """Write a shipping event of the shop, once for a reference."""
    _, created = Carried.objects.get_or_create(reference=reference)
    if not created:
        return
    event_type = _type(ShippingEventType, configuration().events[kind])
    event = ShippingEvent.objects.create(order=node_order.handover.order, event_type=event_type, notes=notes)
    for line, quantity in _lines_of(node_order, pieces, event_type):
        ShippingEventQuantity.objects.create(event=event, line=line, quantity=quantity)
    Carried.objects.filter(reference=reference).update(shipping_event=event)


def _type(model: Any, name: str) -> Any:
    found = model.objects.filter(name=name).first()
    return found if found is not None else model.objects.create(name=name)


def _lines_of(node_order: NodeOrder, pieces: Mapping[int, int], event_type: Any = None) -> list[tuple[Any, int]]:
    """The lines of the shop that pieces of the node are of, and how many of each.

    `event_type`: pieces for which the shop has such an event already are left out: somebody wrote it there by hand.
    """
    left, found = dict(pieces), {}
    for each in NodeLine.objects.filter(node_order=node_order).select_related("line"):
        line, known = found.get(each.line_id, (each.line, 0))
        most = line.quantity - known - (line.shipping_event_quantity(event_type) if event_type else 0)
        taken = max(min(left.get(each.number, 0), each.quantity, most), 0)
        left[each.number] = left.get(each.number, 0) - taken
        found[each.line_id] = (line, known + taken)
    return [(line, quantity) for line, quantity in found.values() if quantity]


def _take_payment(node_order: NodeOrder, payment: Mapping[str, Any], returns: Sequence[Mapping[str, Any]]) -> None:
    captured = Decimal(payment["amount_captured"])
    if captured:
        pieces = _all_pieces(node_order)
        if _carry_payment(node_order, f"{payment['id']}:captured", "paid", captured, payment["id"], pieces):
            source = _source(node_order)
            if source is not None:
                source.debit(captured, reference=payment["id"])
    returned = _returned_pieces(returns)
    for each in payment["refunds"]:
        if each["status"] != "succeeded":
            continue
        amount = Decimal(each["amount"])
        pieces = returned if each["reason"] == "return" else {}
        if _carry_payment(node_order, each["id"], "refunded", amount, each["id"], pieces):
            source = _source(node_order)
            if source is not None:
                source.refund(amount, reference=each["id"])


def _source(node_order: NodeOrder) -> Any:
    return node_order.handover.order.sources.order_by("pk").first()


def _all_pieces(node_order: NodeOrder) -> dict[int, int]:
    found: dict[int, int] = {}
    for each in NodeLine.objects.filter(node_order=node_order):
        found[each.number] = found.get(each.number, 0) + each.quantity
    return found


def _returned_pieces(returns: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    """The pieces that were returned and paid back."""
    found: dict[int, int] = {}
    for each in returns:
        if Decimal(each["amount_refunded"]):
            for line in each["lines"]:
                found[line["line"]] = found.get(line["line"], 0) + line["quantity"]
    return found


def _carry_payment(
    node_order: NodeOrder, reference: str, kind: str, amount: Decimal, number: str, pieces: Mapping[int, int]
) -> bool:
    """Write a payment event of the shop, once for a reference; whether it was written now."""
    _, created = Carried.objects.get_or_create(reference=reference)
    if not created:
        return False
    event_type = _type(PaymentEventType, configuration().events[kind])
    event = PaymentEvent.objects.create(
        order=node_order.handover.order, event_type=event_type, amount=amount, reference=number
    )
    for line, quantity in _lines_of(node_order, pieces):
        left = line.quantity - line.payment_event_quantity(event_type)
        if min(quantity, left) > 0:
            PaymentEventQuantity.objects.create(event=event, line=line, quantity=min(quantity, left))
    Carried.objects.filter(reference=reference).update(payment_event=event)
    return True


def set_statuses(handover: Handover) -> None:
    """Set the statuses of an order of the shop and of its lines, along the pipelines of the shop."""
    order = handover.order
    order.refresh_from_db()
    statuses = [each.status for each in handover.orders.all() if each.status]
    _move(order, _combined(statuses, _counts(order, None)), getattr(settings, "OSCAR_ORDER_STATUS_PIPELINE", {}))
    by_line: dict[int, list[str]] = {}
    for each in NodeLine.objects.filter(node_order__handover=handover).select_related("node_order"):
        by_line.setdefault(each.line_id, []).append(each.node_order.status)
    for line in order.lines.all():
        counts = _counts(order, line)
        # An order is on its way where one of its parcels is: of this line nothing may be in it.
        words = [_before(each) if not counts.shipped else each for each in by_line.get(line.pk, [])]
        found = _combined(words, counts)
        _move(line, found, getattr(settings, "OSCAR_LINE_STATUS_PIPELINE", {}))


def _before(status: str) -> str:
    return "released" if status in ("shipped", "delivered", "closed") else status


@dataclass(frozen=True, slots=True)
class Counts:
    """Pieces of an order or a line: all, and those that were shipped, delivered and returned."""

    all: int
    shipped: int
    delivered: int
    returned: int


def _counts(order: Any, line: Any) -> Counts:
    names = configuration().events
    quantities = ShippingEventQuantity.objects.filter(event__order=order)
    if line is not None:
        quantities = quantities.filter(line=line)
    done = {
        each["event__event_type__name"]: each["pieces"]
        for each in quantities.values("event__event_type__name").annotate(pieces=Sum("quantity"))
    }
    pieces = line.quantity if line is not None else order.lines.aggregate(all=Sum("quantity"))["all"] or 0
    return Counts(pieces, *(done.get(names[name], 0) for name in ("shipped", "delivered", "returned")))


def _combined(statuses: Sequence[str], counts: Counts) -> str:
    """The status of the shop for several orders of the node; "" where it stays."""
    mapped = configuration().statuses
    ranked = list(dict.fromkeys(mapped.values()))
    live = [status for status in statuses if status != "cancelled"]
    if not live:
        return mapped["cancelled"] if statuses else ""
    found = [mapped[status] for status in live if status in mapped]
    if mapped["refused"] in found:
        return mapped["refused"]
    if not found or mapped["held"] in found:
        return mapped["held"] if found else ""
    if counts.returned and counts.returned == counts.all:
        return mapped["returned"]
    for name, pieces in (("delivered", counts.delivered), ("shipped", counts.shipped)):
        if pieces:
            return mapped[name] if pieces >= counts.all else mapped[f"partially_{name}"]
    return min(found, key=ranked.index)


def _move(thing: Any, status: str, pipeline: Mapping[str, Sequence[str]]) -> None:
    """Move an order or a line of the shop to a status, step by step."""
    if not status or thing.status == status:
        return
    steps = path_to(pipeline, thing.status, status)
    if steps is None:
        _log.warning("%s stays %s: its pipeline has no way to %s", thing, thing.status, status)
        return
    for each in steps:
        thing.set_status(each)


def need_attention(order: Any) -> None:
    """Move an order to the status for what somebody of the shop must look at."""
    order.refresh_from_db()
    _move(order, configuration().statuses["refused"], getattr(settings, "OSCAR_ORDER_STATUS_PIPELINE", {}))


def note(order: Any, says: str) -> None:
    """A note on an order of the shop, for its staff."""
    OrderNote.objects.create(order=order, note_type=OrderNote.SYSTEM, message=says)
