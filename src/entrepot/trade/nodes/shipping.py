"""Parcels and releases: the exporter's node tells of its parcels, the importer's of what its customs decides.

The importer's node has a shipment of its own for each parcel: its customs reads waybill and crossing from it.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.ids import is_id
from entrepot.trade.nodes.bodies import Contact, ReleaseState, ShipmentState
from entrepot.trade.nodes.common_orders import ASKED, EXPORTER, IMPORTER, RECEIVED, REJECTED, CommonOrder
from entrepot.trade.nodes.commons import common_of, note_conflict, refused
from entrepot.trade.nodes.messages import NodeMessage
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.nodes.receiving import check_economy
from entrepot.trade.objects import NotAllowed
from entrepot.trade.offer_form import clean
from entrepot.trade.orders import Order
from entrepot.trade.placing import DEFAULT_TERMS
from entrepot.trade.ports import Transaction
from entrepot.trade.shipments import CROSSING, Shipment, waybill_reference
from entrepot.trade.shipping import (
    MAX_CARRIER,
    MAX_WAYBILL,
    ask_declaration,
    check_packages,
    read_crossing,
    read_mass,
    report,
)
from entrepot.trade.status import CLEARED, CUSTOMS_STATES, TRANSPORT_STATES

#: The `reporter` of a shipment whose states another node reports.
NODE_REPORTS = "node"
#: Characters of a name or an address, and of a time.
MAX_FIELD, MAX_TIME = 500, 40
_ENDED = frozenset({"cancelled", "returned", "delivered", "lost"})
_SENT_AGAIN = _ENDED - {"delivered"}


def contact(tx: Transaction, peer: Peer, message: NodeMessage, body: Contact, node: Node) -> Mapping[str, Any]:  # noqa: ARG001  # the signature of a handler
    """Handle `order.contact`: keep it, encrypted, for the seller who packs the parcel."""
    found = common_of(tx, peer, message, EXPORTER)
    if not found.order:
        return {"contact": "not_needed"}
    order: Order = tx.get(found.order)
    parcel = any(not each.goods.service for each in order.lines)
    if not parcel or found.contact == RECEIVED or order.state not in ("placed", "requote"):
        return {"contact": found.contact or "not_needed"}
    values = {name: value for name, value in msgspec.to_builtins(body).items() if value}
    for name, value in values.items():
        if len(value) > MAX_FIELD:
            raise refused("part_unknown", order=found.id, part=f"{name} of more than {MAX_FIELD} characters")
    until = (tx.time + DEFAULT_TERMS.retention).date()
    reference = tx.put_personal(found.id, "order", values, retain_until=until)
    tx.append(found.id, "common.contact", {"state": RECEIVED})
    tx.append(order.id, "order.corrected", {"personal": reference})
    return {"contact": RECEIVED}


def shipment(tx: Transaction, peer: Peer, message: NodeMessage, body: ShipmentState, node: Node) -> Mapping[str, Any]:  # noqa: ARG001  # the signature of a handler
    """Handle `shipment.state`: create the parcel that is not known yet, and report its state."""
    found = common_of(tx, peer, message, IMPORTER)
    if found.status == ASKED:
        raise refused("order_not_yet", order=found.id)
    if found.status == REJECTED or not _is_time(body.changed):
        raise refused("part_unknown", order=found.id, part="parcel" if found.status == REJECTED else "such time")
    if body.status not in TRANSPORT_STATES or not is_id(body.shipment, "sh_"):
        raise refused("part_unknown", order=found.id, part=f"state {body.status[:40]!r}")
    order: Order = tx.get(found.order)
    _check_pieces(tx, found, order, body)
    own = found.shipments.get(body.shipment) or _create(tx, found, order, body)
    if own is None:
        return {"shipment": "conflict"}
    _name_crossing(tx, own, order, body)
    if body.status != "created":
        _report(tx, found, own, body)
    state: Shipment = tx.get(own)
    return {"shipment": state.status}


def _is_time(text: str) -> bool:
    """Whether a carrier may have reported it as the time of a state: RFC 3339, or nothing."""
    try:
        return not text or (len(text) <= MAX_TIME and dt.datetime.fromisoformat(text).tzinfo is not None)
    except ValueError:
        return False


def _check_pieces(tx: Transaction, found: CommonOrder, order: Order, body: ShipmentState) -> None:
    """All parcels together have no more pieces than the order; those that were lost or came back can be sent again."""
    sent: Counter[int] = Counter()
    for number, own in found.shipments.items():
        state: Shipment = tx.get(own)
        if number != body.shipment and state.status not in _SENT_AGAIN:
            sent.update({each.line: each.quantity for each in state.pieces})
    quantities = {each.number: each.quantity for each in order.lines}
    for each in body.pieces:
        sent[each.line] += each.quantity
        if not 0 < each.quantity <= sent[each.line] <= quantities.get(each.line, 0):
            raise refused("part_unknown", order=found.id, part=f"{each.quantity} pieces of line {each.line}")


def _create(tx: Transaction, found: CommonOrder, order: Order, body: ShipmentState) -> str | None:
    """The shipment of a parcel; None if its waybill belongs to another one."""
    carrier, waybill = clean("carrier", body.carrier, MAX_CARRIER), clean("waybill", body.waybill, MAX_WAYBILL)
    if tx.lookup(waybill_reference(carrier, waybill)) is not None:
        note_conflict(tx, found.id, "waybill_taken")
        return None
    check_packages(body.packages)
    crossing = {name: getattr(body, name) for name in CROSSING if getattr(body, name)}
    payload = {
        "order": order.id,
        "owners": [order.seller, order.buyer.party],
        "carrier": carrier,
        "waybill": waybill,
        "pieces": msgspec.to_builtins(body.pieces),
        "packages": body.packages,
        "gross_mass_kg": read_mass(body.gross_mass_kg),
        "by": found.peer,
        "reporter": NODE_REPORTS,
        **read_crossing(crossing),
    }
    own = tx.new_id("sh_")
    # The order of the two nodes knows its parcel before the order here follows it.
    tx.append(found.id, "common.shipment", {"shipment": body.shipment, "own": own})
    tx.append(own, "shipment.created", payload)
    return own


def _name_crossing(tx: Transaction, own: str, order: Order, body: ShipmentState) -> None:
    """The border crossing, where it is named after the waybill: customs is told then."""
    named = read_crossing({name: getattr(body, name) for name in CROSSING})
    state: Shipment = tx.get(own)
    known = {name: getattr(state, name) for name in CROSSING}
    if len(named) < len(CROSSING) or named == known:
        return
    with suppress(TradeError):  # it left long ago, or nothing of the order is declared
        tx.append(own, "shipment.crossing_named", {**named, "by": body.shipment})
        if order.buyer.identity and order.state == "placed":
            ask_declaration(tx, order.id, by=order.seller)


def _report(tx: Transaction, found: CommonOrder, own: str, body: ShipmentState) -> None:
    try:
        report(tx, own, body.status, time=body.changed, proof=body.proof[:MAX_WAYBILL])
    except NotAllowed:
        state: Shipment = tx.get(own)
        if state.status != body.status:
            note_conflict(tx, found.id, f"shipment_{body.status}")


def release(tx: Transaction, peer: Peer, message: NodeMessage, body: ReleaseState, node: Node) -> Mapping[str, Any]:  # noqa: ARG001  # the signature of a handler
    """Handle `release.state`: keep what customs decided; parcels that wait for a release are forwarded."""
    found = common_of(tx, peer, message, EXPORTER)
    check_economy(peer, body.economy)
    if body.status not in CUSTOMS_STATES or not is_id(body.declaration, "de_"):
        raise refused("part_unknown", order=found.id, part=f"state {body.status[:40]!r}")
    known = found.releases.get(body.declaration)
    if known is not None and (known.at > body.at or known == body):
        return {"release": known.status}
    tx.append(found.id, "common.release", msgspec.to_builtins(body))
    if found.order and body.status in CLEARED:
        clear_parcels(tx, tx.get(found.order))
    return {"release": body.status}


def clear_parcels(tx: Transaction, order: Order) -> None:
    """Tell the carrier that customs has released the parcels of an order. Those of a cancelled one stay."""
    for number, state in order.shipments.items():
        if state not in _ENDED and order.state != "cancelled" and not tx.get(number).reporter:
            tx.send("carrier", "clear", {"shipment": number}, key=f"{order.id}/clear/{number}")


def shown_status(found: CommonOrder) -> str:
    """What customs of the importer's economy has decided last; "" before it."""
    return max(found.releases.values(), key=lambda each: each.at).status if found.releases else ""
