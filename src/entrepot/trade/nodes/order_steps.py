"""Which steps follow for the other node from an event of an order here: the registry of kinds calls it after each."""

from __future__ import annotations

from typing import Any

from entrepot.trade.ledger.events import Event
from entrepot.trade.node_steps import next_step
from entrepot.trade.nodes.common_orders import ACCEPTED, IMPORTER, CommonOrder
from entrepot.trade.orders import Order, is_of_other_node
from entrepot.trade.papers.documents import Document
from entrepot.trade.ports import Transaction


def tell(tx: Transaction, order: Order, event: Event) -> None:
    """Put in what the other node is told of an event of an order."""
    given = event.payload
    if is_of_other_node(order.seller):
        _tell_exporter(tx, order, event)
    elif event.kind == "order.transport_changed":
        next_step(tx, order.common, "shipment", event.id, shipment=given["object"], event=event.id)
    elif event.kind == "order.delivery_changed":
        next_step(tx, order.common, "delivery", event.id, delivery=given["object"], event=event.id)
        if given["status"] in ("waiting", "ready"):
            # Also where it waits for the consent of its buyer, who consents on the page of the link.
            next_step(tx, order.common, "grant", event.id, delivery=given["object"])
    elif event.kind == "order.cancelled":
        next_step(tx, order.common, "cancelled", event.id, reason=str(given.get("reason", "")))


def _tell_exporter(tx: Transaction, order: Order, event: Event) -> None:
    given = event.payload
    if event.kind == "order.placed":
        opened = {"role": IMPORTER, "peer": order.seller, "order": order.id}
        tx.append(order.common, "common.opened", opened, cause=event.id)
        next_step(tx, order.common, "confirm", event.id)
    elif event.kind == "order.cancelled":
        next_step(tx, order.common, "cancel", event.id, reason=str(given.get("reason", "")), event=event.id)
    elif event.kind == "order.customs_changed":
        next_step(tx, order.common, "release", event.id, declaration=given["object"], event=event.id)
    elif event.kind == "order.return_changed":
        next_step(tx, order.common, "return", event.id, **{"return": given["object"], "event": event.id})
    elif event.kind == "order.payment_changed" and given["status"] == "captured":
        contact(tx, order, event.id)


def contact(tx: Transaction, order: Order, why: str) -> None:
    """The buyer's address follows, where there is a parcel."""
    if any(not each.goods.service for each in order.lines):
        next_step(tx, order.common, "contact", why)


def is_agreed(tx: Transaction, order: Order) -> bool:
    """Whether money may be taken: an order of another node is accepted by that node first."""
    if not is_of_other_node(order.seller):
        return True
    found: CommonOrder | None = tx.find(order.common)
    return found is not None and found.status == ACCEPTED


def prepare(tx: Transaction, order: Order) -> None:
    """Book the parcel of a paid order of another node's buyer, as soon as its address is here."""
    live = any(each != "cancelled" for each in order.shipments.values())
    if order.buyer.personal and not live and any(not each.goods.service for each in order.lines):
        tx.send("carrier", "book", {"order": order.id}, key=f"{order.id}/book")


def follow_document(tx: Transaction, before: Document | None, after: Document, event: Event) -> None:
    """The importer's node gets each document that the seller issues for an order of the two nodes."""
    if before is not None or not after.key:
        return
    order: Any = tx.find(after.order)
    if isinstance(order, Order) and order.common and after.issuer == order.seller:
        next_step(tx, order.common, "document", event.id, document=after.id)
