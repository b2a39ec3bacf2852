"""The orders of a checkout as one order of the protocol: quantities, what happened on the way, refunds and returns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from entrepot.connect.ucp.bodies import ADDRESS
from entrepot.connect.ucp.checkouts import LineShown, Parcel, totals
from entrepot.connect.ucp.names import VERSION
from entrepot.connect.ucp.sessions import Session
from entrepot.language.translate import _
from entrepot.trade.ledger.events import Event
from entrepot.trade.orders import Order
from entrepot.trade.shipments import Shipment

#: What a state of a shipment and of a declaration is called in an event; states that are not named are no events.
_TRANSPORT = {
    "shipped": "shipped",
    "in_transit": "in_transit",
    "delivery_failed": "failed_attempt",
    "delivered": "delivered",
    "undeliverable": "undeliverable",
    "returned": "returned_to_sender",
    "lost": "lost",
    "cancelled": "canceled",
}
_CUSTOMS = {
    "documents_sent": "processing",
    "declared": "customs_declared",
    "held": "customs_held",
    "detained": "customs_detained",
    "refused": "customs_refused",
    "released": "customs_released",
    "returned_abroad": "customs_returned_abroad",
}
#: States of a shipment whose pieces have left the seller.
_SENT = frozenset({"shipped", "in_transit", "delivery_failed", "delivered"})
_RETURNS = {
    "asked": "pending",
    "received": "pending",
    "approved": "pending",
    "completed": "completed",
    "refused": "failed",
    "lapsed": "failed",
    "withdrawn": "failed",
}


class OrderView(NamedTuple):
    """What an order is shown from. `events`: of its own stream, in order; `refunds`: of its payments."""

    order: Order
    parcel: Parcel
    shipments: Sequence[Shipment]
    events: Sequence[Event]
    refunds: Sequence[Mapping[str, Any]]
    returns: Sequence[Any]


def show_order(
    session: Session, lines: Sequence[LineShown], orders: Sequence[OrderView], url: str, capabilities: Mapping[str, Any]
) -> dict[str, Any]:
    """The order as JSON."""
    first = orders[0].order
    ids = {each.offer: each.id for each in lines}
    return {
        "ucp": {"version": VERSION, "status": "success", "capabilities": capabilities},
        "id": first.id,
        "label": ", ".join(each.order.id for each in orders),
        "checkout_id": session.id,
        "permalink_url": url,
        "currency": session.currency,
        "line_items": [_line(each, orders) for each in lines],
        "fulfillment": {
            "expectations": [_expectation(each, session, ids) for each in orders],
            "events": sorted(
                (found for each in orders for found in _events(each, ids, url)), key=lambda each: each["occurred_at"]
            ),
        },
        "adjustments": sorted(
            (found for each in orders for found in _adjustments(each, ids)), key=lambda each: each["occurred_at"]
        ),
        "totals": totals(lines, [each.parcel for each in orders]),
    } | ({"attribution": dict(session.attribution)} if session.attribution else {})


def _line(line: LineShown, orders: Sequence[OrderView]) -> dict[str, Any]:
    total = sent = 0
    for each in orders:
        for own in each.order.lines:
            if own.offer == line.offer and each.order.state != "cancelled":
                total += own.quantity - each.order.returned.get(str(own.number), 0)
                sent += sum(
                    piece.quantity
                    for shipment in each.shipments
                    if shipment.status in _SENT
                    for piece in shipment.pieces
                    if piece.line == own.number
                )
    sent = min(sent, total)
    status = "removed" if total == 0 else "fulfilled" if sent == total else "partial" if sent else "processing"
    return {
        "id": line.id,
        "item": {"id": line.offer, "title": line.title, "price": line.price},
        "quantity": {"original": line.quantity, "total": total, "fulfilled": sent},
        "totals": [{"type": "subtotal", "amount": line.amount}, {"type": "total", "amount": line.amount}],
        "status": status,
    }


def _pieces(order: Order, ids: Mapping[str, str]) -> list[dict[str, Any]]:
    """The lines of an order, by the ids of the checkout."""
    return [{"id": ids[each.offer], "quantity": each.quantity} for each in order.lines]


def _expectation(view: OrderView, session: Session, ids: Mapping[str, str]) -> dict[str, Any]:
    order = view.order
    address = {name: session.address[name] for name in ADDRESS if session.address.get(name)}
    return {
        "id": order.id,
        "line_items": _pieces(order, ids),
        "method_type": "digital" if order.lines[0].goods.service else "shipping",
        "destination": address or {"address_country": order.ship_to.country},
        "description": _("Standard shipping"),
    }


def _events(view: OrderView, ids: Mapping[str, str], url: str) -> Iterable[dict[str, Any]]:
    """What happened to the goods, from the events of the order."""
    shipments = {each.id: each for each in view.shipments}
    for event in view.events:
        status = str(event.payload.get("status", ""))
        if event.kind == "order.transport_changed" and status in _TRANSPORT:
            shipment = shipments.get(str(event.payload["object"]))
            found: dict[str, Any] = {"id": event.id, "occurred_at": event.time, "type": _TRANSPORT[status]}
            if shipment is None:
                yield found | {"line_items": _pieces(view.order, ids)}
                continue
            offers = {each.number: each.offer for each in view.order.lines}
            found["line_items"] = [
                {"id": ids[offers[piece.line]], "quantity": piece.quantity} for piece in shipment.pieces
            ]
            if shipment.waybill:
                found |= {"tracking_number": shipment.waybill, "carrier": shipment.carrier}
            yield found | {"tracking_url": url}
        elif event.kind == "order.customs_changed" and status in _CUSTOMS:
            yield {
                "id": event.id,
                "occurred_at": event.time,
                "type": _CUSTOMS[status],
                "line_items": _pieces(view.order, ids),
            }


def _adjustments(view: OrderView, ids: Mapping[str, str]) -> Iterable[dict[str, Any]]:
    """Cancellations, returns and refunds. Amounts that go back to the buyer are negative."""
    order = view.order
    for event in view.events:
        if event.kind in ("order.cancelled", "order.cancel_asked"):
            done = event.kind == "order.cancelled"
            yield {
                "id": event.id,
                "type": "cancellation",
                "occurred_at": event.time,
                "status": "completed" if done else "pending",
                "line_items": [{**each, "quantity": -each["quantity"]} for each in _pieces(order, ids)],
            }
    offers = {each.number: each.offer for each in order.lines}
    for each in view.returns:
        yield {
            "id": each.id,
            "type": "return",
            "occurred_at": each.created,
            "status": _RETURNS.get(each.status, "pending"),
            "line_items": [{"id": ids[offers[line.line]], "quantity": -line.quantity} for line in each.lines],
        }
    for refund in view.refunds:
        yield {
            "id": refund["id"],
            "type": "refund",
            "occurred_at": refund["time"],
            "status": {"succeeded": "completed", "failed": "failed"}.get(refund["status"], "pending"),
            "totals": [{"type": "total", "amount": -refund["amount"]}],
        }
