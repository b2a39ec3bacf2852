"""What the shop does with an order is told to the node: parcels, goods that are back, a cancellation.

The staff of a shop writes events of an order on Oscar's dashboard. An event of the plugin's types becomes a job.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models.signals import post_save
from django.utils import timezone
from oscar.apps.order.signals import order_status_changed

from entrepot.client import Client, InvalidRequest
from entrepot_oscar.configuration import configuration
from entrepot_oscar.following import is_from_node
from entrepot_oscar.models import Carried, Handover, Job, NodeLine, NodeOrder

#: Oscar writes the quantities of an event one after another: the job waits for all of them.
_AFTER = dt.timedelta(seconds=5)
#: Reasons of a return that the node knows; else "other".
_REASONS = frozenset({"changed_mind", "damaged", "wrong_goods", "not_as_described", "too_late"})


class NotPossible(Exception):
    """What the shop did cannot be told to the node. The text says what to do."""


def connect() -> None:
    """Listen to what the shop does."""
    from entrepot_oscar.shop import ShippingEventQuantity

    post_save.connect(_event_written, sender=ShippingEventQuantity, dispatch_uid="entrepot-oscar")
    order_status_changed.connect(_status_changed, dispatch_uid="entrepot-oscar")


def _event_written(instance: Any, created: bool, raw: bool = False, **_more: Any) -> None:  # of Django
    """An event of the shop has a line more."""
    if raw or not created or is_from_node():
        return
    event = instance.event
    names = configuration().events
    kind = next((each for each in ("shipped", "delivered", "returned") if names[each] == event.event_type.name), "")
    if kind and Handover.objects.filter(order_id=event.order_id).exists():
        Job.objects.get_or_create(
            key=f"{kind}/{event.pk}",
            defaults={
                "order_id": event.order_id,
                "kind": kind,
                "body": {"event": event.pk},
                "due": timezone.now() + _AFTER,
            },
        )


def _status_changed(order: Any, new_status: str, **_more: Any) -> None:
    """The shop cancels an order."""
    if is_from_node() or new_status != configuration().statuses["cancelled"]:
        return
    if Handover.objects.filter(order=order).exists():
        Job.objects.get_or_create(
            key=f"cancel/{order.pk}", defaults={"order": order, "kind": "cancel", "due": timezone.now()}
        )


def _event_of(job: Job) -> Any:
    from entrepot_oscar.shop import ShippingEvent

    return ShippingEvent.objects.get(pk=job.body["event"])


def _pieces_by_order(event: Any) -> dict[NodeOrder, dict[int, int]]:
    """The pieces of an event of the shop as lines of orders of the node. Raises NotPossible where there are none."""
    found: dict[NodeOrder, dict[int, int]] = {}
    for quantity in event.line_quantities.all():
        left = quantity.quantity
        for each in NodeLine.objects.filter(line=quantity.line).select_related("node_order"):
            taken = min(left, each.quantity - _told(each, event))
            if taken > 0:
                pieces = found.setdefault(each.node_order, {})
                pieces[each.number] = pieces.get(each.number, 0) + taken
                left -= taken
    if not found:
        raise NotPossible("The node has no order with these pieces: the order was not placed there.")
    return found


def _told(line: NodeLine, event: Any) -> int:
    """The pieces of a line of the node that earlier events of the same type took, where the line was divided."""
    earlier = sum(
        each.quantity
        for each in line.line.shipping_event_quantities.filter(
            event__event_type=event.event_type, event__pk__lt=event.pk
        )
    )
    before = sum(each.quantity for each in NodeLine.objects.filter(line=line.line, pk__lt=line.pk))
    return min(max(earlier - before, 0), line.quantity)


def ship(client: Client, job: Job) -> None:
    """Tell the node of a parcel that the shop sends with a carrier of its own. Raises NotPossible and ApiError."""
    event = _event_of(job)
    carrier, _, waybill = event.notes.strip().partition(" ")
    if not waybill.strip():
        raise NotPossible(
            "A parcel needs a carrier and the number of its waybill: write them into the notes of the event, for "
            "example “ZTO 75812345678901”."
        )
    for node_order, pieces in _pieces_by_order(event).items():
        made = client.trade.create_shipment(
            {
                "order": node_order.number,
                "carrier": carrier,
                "waybill": waybill.strip(),
                "pieces": [{"line": line, "quantity": quantity} for line, quantity in sorted(pieces.items())],
            }
        )
        Carried.objects.get_or_create(reference=f"{made['id']}:shipped", defaults={"shipping_event": event})
        if made["status"] == "created":
            client.trade.report_shipment(made["id"], "shipped")
        NodeOrder.objects.filter(pk=node_order.pk).update(stale=True)


def deliver(client: Client, job: Job) -> None:
    """Tell the node that parcels of the shop's own carrier were delivered. Raises ApiError and NotPossible."""
    event = _event_of(job)
    reported = False
    for node_order in _pieces_by_order(event):
        for each in client.trade.order(node_order.number)["shipments"]:
            shipment = client.trade.shipment(each["id"])
            named = not event.notes.strip() or shipment["waybill"] in event.notes
            if shipment["reporter"] == "seller" and named:
                Carried.objects.get_or_create(reference=f"{each['id']}:delivered", defaults={"shipping_event": event})
                if shipment["status"] != "delivered":
                    client.trade.report_shipment(each["id"], "delivered")
                reported = True
        NodeOrder.objects.filter(pk=node_order.pk).update(stale=True)
    if not reported:
        raise NotPossible("The node has no parcel of the shop for these pieces. Its own carrier reports its parcels.")


def give_back(client: Client, job: Job) -> None:
    """Tell the node that pieces are back: it asks customs where it must, and pays back. Raises ApiError."""
    event = _event_of(job)
    word = event.notes.strip()
    reason = word if word in _REASONS else "other"
    for node_order, pieces in _pieces_by_order(event).items():
        lines = [{"line": line, "quantity": quantity} for line, quantity in sorted(pieces.items())]
        asked = client.trade.apply_for_return(
            {"order": node_order.number, "lines": lines, "reason": reason},
            idempotency_key=f"oscar/{node_order.number}/returned/{event.pk}",
        )
        Carried.objects.get_or_create(reference=f"{asked['id']}:returned", defaults={"shipping_event": event})
        if asked["status"] in ("asked", "approved"):
            client.trade.receive_return(asked["id"])
        NodeOrder.objects.filter(pk=node_order.pk).update(stale=True)


def cancel(client: Client, job: Job) -> None:
    """Cancel the orders of the node. Raises ApiError and NotPossible."""
    said = []
    for each in NodeOrder.objects.filter(handover__order=job.order, ended=False):
        try:
            client.trade.cancel_order(each.number)
        except InvalidRequest as error:
            said.append(error.message)
        NodeOrder.objects.filter(pk=each.pk).update(stale=True)
    if said:
        raise NotPossible(" ".join(said))
