"""The steps of an order of two nodes, taken by the worker: each looks at the order as it is, and writes a message.

What a step tells is read when it is taken, so a step that was taken late tells what is true then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.following import end
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.nodes import (
    bodies,
    booking_states,
    giving_back,
    goodwill,
    service_accepting,
    service_cancelling,
    service_objecting,
)
from entrepot.trade.nodes.common_orders import (
    ACCEPTED,
    CANCELLED,
    OPENED,
    REJECTED,
    SENT,
    CommonOrder,
)
from entrepot.trade.nodes.commons import note_conflict, service
from entrepot.trade.nodes.exchange import TYPES
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.ordering import reject, terms_of
from entrepot.trade.nodes.peers import OUT, REVOKED, Peer
from entrepot.trade.nodes.sending import send
from entrepot.trade.nodes.service_answers import ASKED, ServiceAnswers
from entrepot.trade.nodes.terms import canonical, digest_of
from entrepot.trade.orders import Order
from entrepot.trade.papers import issuing
from entrepot.trade.papers.documents import Document
from entrepot.trade.ports import NotFound, Transaction
from entrepot.trade.returns import Return
from entrepot.trade.service_terms import HEALTH
from entrepot.trade.shipments import CROSSING, Shipment

#: What of a buyer's personal data a parcel needs, and under which name it leaves.
_CONTACT = {"name": ("consignee", "name"), "telephone": ("consignee_telephone", "telephone")}
ADDRESS = ("name", "telephone", "address", "district")
#: Steps that need another capability than `order`.
_BESIDE = {"document": "documents", "delivery": "delivery", "grant": "delivery"}
Step = Callable[[Transaction, CommonOrder, Mapping[str, str], Node], None]


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """Personal data that are about to leave: what the service `transfer` of the node is asked.

    `peer`: to which node; `subject`: whose data, as a party, or the id of the common order where only the other node
    knows the person; `category`: `ordinary` or `health`; `ground`: on which the transfer rests; `about`: the common
    order; `fields`: the names of what leaves.
    """

    peer: Peer
    subject: str
    category: str
    ground: str
    about: str
    fields: tuple[str, ...]


def take(tx: Transaction, topic: str, body: Mapping[str, Any], node: Node) -> None:
    """Take a step. Raises TradeError where the other node cannot be told now, such as while it is suspended.

    A document or a service for which nothing is open is noted, and does not hold up the steps of the parcel behind it.
    """
    if topic == giving_back.STEP:
        giving_back.take(tx, str(body["common"]), node)
        return
    found: CommonOrder = tx.get(str(body["common"]))
    capability = _BESIDE.get(topic, "")
    peer: Peer = tx.get(found.peer)
    if not peer.allows(capability, OUT) and not (peer.was_open(capability) and _pays_back(tx, topic, body)):
        note_conflict(tx, found.id, f"{capability}_closed")
        return
    STEPS[topic](tx, found, {name: str(value) for name, value in body.items()}, node)


def _pays_back(tx: Transaction, topic: str, body: Mapping[str, Any]) -> bool:
    """Whether a step tells of money that goes back, or that a service ended as its buyer has asked.

    It is told after the capability was closed, as all that is owed.
    """
    found = tx.get(str(body["delivery"])) if topic == "delivery" else None
    return isinstance(found, Delivery) and (found.refund_percent > 0 or found.why == "buyer")


def _refused(tx: Transaction, node: Node, asked: Transfer) -> tuple[str, Mapping[str, str]] | None:
    """Why personal data may not leave, as a code and the values of its sentence; None if they may.

    The service `transfer` decides in this transaction, counts the person and keeps the log. Closed where there is none.
    """
    decide = node.services.get("transfer")
    if decide is None:
        return "transfer_undecided", {}
    found = decide(tx, asked)
    return None if found.allowed else (found.reason, found.values)


def _tell(tx: Transaction, node: Node, found: CommonOrder, name: str, body: bodies.Body, part: str = "") -> None:
    """Send a message about a common order. The same content is sent once: the key has its digest."""
    part = part or "1"
    send(tx, node, found.peer, TYPES[name], body, about=found.id, key=f"{found.id}/{name}/{part}")


def _confirm(tx: Transaction, found: CommonOrder, _body: Mapping[str, str], node: Node) -> None:
    """Sign the text and ask for its acceptance. Where the buyer's data may not leave, the order ends before that."""
    order: Order = tx.get(found.order)
    if found.status != OPENED or order.state not in ("placed", "requote"):
        return
    peer: Peer = tx.get(found.peer)
    if peer.status == REVOKED:
        reject(tx, found, "peer_revoked", {})
        return
    if (refused := _refused(tx, node, _of_buyer(order, peer))) is not None:
        tx.append(found.id, "common.rejected", {"reason": refused[0], "values": dict(refused[1])})
        end(tx, order, {"reason": "transfer_refused", "by": ""})
        return
    fee = int(node.services["fee"](order)) if "fee" in node.services else 0
    terms = terms_of(tx, order, peer, node, fee)
    signed = service(node, "sign")(canonical(terms), timestamp(tx.time))
    payload = {"terms": terms, "digest": digest_of(terms), "importer": signed}
    tx.append(found.id, "common.asked", msgspec.to_builtins(payload))
    _tell(tx, node, found, "order.confirm", bodies.Confirm(terms=terms, signature=signed))


def _of_buyer(order: Order, peer: Peer) -> Transfer:
    """What of a buyer leaves with an order: an address for a parcel; to a service its buyer comes, over the link."""
    health = any(each.goods.service in HEALTH for each in order.lines)
    goods = any(not each.goods.service for each in order.lines)
    return Transfer(
        peer=peer,
        subject=order.buyer.party,
        category="health" if health else "ordinary",
        ground="consent" if health else "contract_with_person",
        about=order.common,
        fields=ADDRESS if goods else ("participation",),
    )


def _accepted(tx: Transaction, found: CommonOrder, _body: Mapping[str, str], node: Node) -> None:
    if found.exporter is not None:
        _tell(tx, node, found, "order.accepted", bodies.Accepted(digest=found.digest, signature=found.exporter))


def _rejected(tx: Transaction, found: CommonOrder, _body: Mapping[str, str], node: Node) -> None:
    if found.status == REJECTED:
        _tell(tx, node, found, "order.rejected", bodies.Rejected(reason=found.reason, values=found.values))


def _cancel(tx: Transaction, found: CommonOrder, body: Mapping[str, str], node: Node) -> None:
    """The order of the buyer has ended, or its buyer asks for it."""
    order: Order = tx.get(found.order)
    final = order.state == "cancelled"
    if not found.live or (not final and order.state != "cancelling"):
        return
    reason = body.get("reason") or "other"
    asked = found.status != OPENED
    if final:
        tx.append(found.id, "common.cancelled", {"reason": reason})
    if asked:
        told = bodies.Cancel(reason=reason, final=final)
        _tell(tx, node, found, "order.cancel", told, "final" if final else body.get("event", "1"))


def _cancelled(tx: Transaction, found: CommonOrder, body: Mapping[str, str], node: Node) -> None:
    """The order of the seller has ended here."""
    if found.status != ACCEPTED:
        return
    reason = body.get("reason") or "other"
    tx.append(found.id, "common.cancelled", {"reason": reason})
    _tell(tx, node, found, "order.cancelled", bodies.Cancelled(reason=reason))


def _cancel_refused(tx: Transaction, found: CommonOrder, body: Mapping[str, str], node: Node) -> None:
    if found.status != CANCELLED:
        _tell(
            tx,
            node,
            found,
            "order.cancel_refused",
            bodies.CancelRefused(reason=body.get("reason") or "shipped"),
            body["event"],
        )


def _account(tx: Transaction, found: CommonOrder, _body: Mapping[str, str], node: Node) -> None:
    if found.status == OPENED or not found.entries or found.terms is None:
        return
    told = bodies.Account(currency=found.currency, entries=found.entries)
    _tell(tx, node, found, "order.account", told, str(len(found.entries)))


def _contact(tx: Transaction, found: CommonOrder, _body: Mapping[str, str], node: Node) -> None:
    """The address of the buyer, once the order is accepted and paid, for a parcel only."""
    order: Order = tx.get(found.order)
    if found.status != ACCEPTED or found.contact == SENT or not order.paid or order.state != "placed":
        return
    if _refused(tx, node, _of_buyer(order, tx.get(found.peer))) is not None:
        end(tx, order, {"reason": "transfer_refused", "by": ""})
        return
    given = tx.get_personal(order.buyer.personal)
    told = {name: next((given[each] for each in names if given.get(each)), "") for name, names in _CONTACT.items()}
    body = bodies.Contact(address=given["address"], district=given.get("district", ""), **told)
    tx.append(found.id, "common.contact", {"state": SENT})
    _tell(tx, node, found, "order.contact", body)


def _shipment(tx: Transaction, found: CommonOrder, body: Mapping[str, str], node: Node) -> None:
    parcel: Shipment = tx.get(body["shipment"])
    told = bodies.ShipmentState(
        shipment=parcel.id,
        status=parcel.status,
        carrier=parcel.carrier,
        waybill=parcel.waybill,
        pieces=tuple(bodies.ShipmentPiece(line=each.line, quantity=each.quantity) for each in parcel.pieces),
        packages=parcel.packages,
        gross_mass_kg=parcel.gross_mass_kg,
        changed=parcel.changed,
        proof=parcel.proof,
        **{name: getattr(parcel, name) for name in CROSSING},
    )
    _tell(tx, node, found, "shipment.state", told, f"{parcel.id}/{body['event']}")


def _release(tx: Transaction, found: CommonOrder, body: Mapping[str, str], node: Node) -> None:
    order: Order = tx.get(found.order)
    if found.terms is None or found.status == REJECTED:
        return
    number = body["declaration"]
    told = bodies.ReleaseState(
        declaration=number, economy=order.ship_to.country, status=order.declarations[number], at=timestamp(tx.time)
    )
    _tell(tx, node, found, "release.state", told, f"{number}/{body['event']}")


def _return(tx: Transaction, found: CommonOrder, body: Mapping[str, str], node: Node) -> None:
    asked: Return = tx.get(body["return"])
    told = bodies.ReturnState(
        returned=asked.id,
        status=asked.status,
        reason=asked.why or asked.reason,
        lines=tuple(bodies.ShipmentPiece(line=each.line, quantity=each.quantity) for each in asked.lines),
    )
    _tell(tx, node, found, "return.state", told, f"{asked.id}/{body['event']}")


def _goods_back(tx: Transaction, found: CommonOrder, body: Mapping[str, str], node: Node) -> None:
    told = bodies.ReturnReceived(returned=body["return"], restocked=body["restocked"] == "True", at=body["at"])
    _tell(tx, node, found, "return.received", told, body["return"])


def _document(tx: Transaction, found: CommonOrder, body: Mapping[str, str], node: Node) -> None:
    """A document of the exporter: what it says can name people, so the rules of data transfer decide."""
    document: Document = tx.get(body["document"])
    peer: Peer = tx.get(found.peer)
    if document.status != "issued" or not document.key:
        return
    refused = _refused(tx, node, _of_other_buyer(found, peer, "document"))
    if refused is not None:
        note_conflict(tx, found.id, refused[0])
        return
    try:
        credential = issuing.credential(tx, document)
    except NotFound:
        return
    told = bodies.DeliveredDocument(
        document=document.id,
        kind=document.kind,
        number=document.number,
        date=document.date,
        hash=document.hash,
        credential=credential,
    )
    _tell(tx, node, found, "documents.deliver", told, document.id)


def _of_other_buyer(found: CommonOrder, peer: Peer, field: str) -> Transfer:
    """What goes back to the node of a buyer, of which this node knows a reference only."""
    return Transfer(
        peer=peer, subject=found.id, category="ordinary", ground="contract_with_person", about=found.id,
        fields=(field,),
    )  # fmt: skip


def _delivery(tx: Transaction, found: CommonOrder, body: Mapping[str, str], node: Node) -> None:
    service_: Delivery = tx.get(body["delivery"])
    told = bodies.ServiceState(
        delivery=service_.id,
        line=service_.line,
        kind=service_.kind,
        service=service_.service,
        status=service_.status,
        starts=service_.starts,
        until=service_.until,
        sessions=service_.sessions,
        seconds=service_.seconds,
        refund_percent=service_.refund_percent,
    )
    _tell(tx, node, found, "delivery.status", told, f"{service_.id}/{body['event']}")


def _booking(tx: Transaction, found: CommonOrder, body: Mapping[str, str], node: Node) -> None:
    """A booking as it is now. A node of before follows a visit without a deposit by its delivery alone.

    Where there is more to follow, such a step waits until the messages that the node knows are read again.
    """
    kind, peer, booking = TYPES["booking.state"], tx.get(found.peer), tx.get(body["booking"])
    if kind.newest(peer.messages.get(kind.name, ())) is None and booking.deposit is None and not booking.used:
        return
    told = booking_states.told_of(tx, booking)
    _tell(tx, node, found, kind.name, told, f"{told.booking}/{body['event']}")


def _grant(tx: Transaction, found: CommonOrder, body: Mapping[str, str], node: Node) -> None:
    """The link by which the buyer of the other node uses a service. It is made when it is sent."""
    service_: Delivery = tx.get(body["delivery"])
    make = node.services.get("link")
    if make is None or service_.id in found.grants:
        return
    if (refused := _refused(tx, node, _of_other_buyer(found, tx.get(found.peer), "link"))) is not None:
        note_conflict(tx, found.id, refused[0])
        return
    link = make(tx, service_)
    if link is None:
        return
    told = bodies.DeliveryGrant(
        delivery=service_.id, line=service_.line, kind=service_.kind, link=link, since=service_.starts,
        until=service_.until,
    )  # fmt: skip
    _tell(tx, node, found, "delivery.grant", told, f"{service_.id}/{service_.epoch}")


def _cancel_service(tx: Transaction, found: CommonOrder, body: Mapping[str, str], node: Node) -> None:
    """The buyer asks to cancel a service. A node that cannot be asked any more is one that does not cancel it."""
    number = body["delivery"]
    asked = tx.get(found.order).cancellations.get(number)
    if asked is None or asked.status != service_cancelling.ASKED:
        return
    if reason := _not_asked(tx, found, "delivery.cancel", "ended"):
        service_cancelling.refuse(tx, found.order, number, reason)
        return
    told = bodies.CancelDelivery(delivery=number, line=asked.line, percent=asked.percent)
    _tell(tx, node, found, "delivery.cancel", told, f"{number}/{body['event']}")


def _object_to_service(tx: Transaction, found: CommonOrder, body: Mapping[str, str], node: Node) -> None:
    """The buyer objects to a service, or reports that its provider did not come."""
    said = _said_of_service(tx, found, body, service_objecting.ANSWERS, "delivery.object", "late")
    if said is not None:
        told = bodies.ObjectToDelivery(delivery=body["delivery"], line=said.line, reason=said.reason)
        _tell(tx, node, found, "delivery.object", told, f"{body['delivery']}/{body['event']}")


def _accept_service(tx: Transaction, found: CommonOrder, body: Mapping[str, str], node: Node) -> None:
    """The buyer accepts a service. Where the other node cannot be told, it is accepted when its term ends."""
    said = _said_of_service(tx, found, body, service_accepting.ANSWERS, "delivery.accept", "ended")
    if said is not None:
        told = bodies.AcceptDelivery(delivery=body["delivery"], line=said.line)
        _tell(tx, node, found, "delivery.accept", told, f"{body['delivery']}/{body['event']}")


def _said_of_service(
    tx: Transaction, found: CommonOrder, body: Mapping[str, str], answers: ServiceAnswers, message: str, otherwise: str
) -> Any:
    """What the buyer says of a service, as long as it waits; None if it does not, or if the other node is not asked."""
    number = body["delivery"]
    said = answers.said(tx.get(found.order), number)
    if said is None or said.status != ASKED:
        return None
    if reason := _not_asked(tx, found, message, otherwise):
        answers.refuse(tx, found.order, number, reason)
        return None
    return said


def _goodwill(tx: Transaction, found: CommonOrder, body: Mapping[str, str], node: Node) -> None:
    """The seller gives a part of the price back: the node signs it. What cannot be told is not given."""
    number = body["refund"]
    if tx.get(found.order).goodwills[number].status != goodwill.ASKED:
        return
    if reason := _not_asked(tx, found, goodwill.MESSAGE, "nothing_left"):
        goodwill.refuse(tx, found.order, number, reason)
        return
    _tell(tx, node, found, goodwill.MESSAGE, goodwill.sign(tx, found, number, node), number)


def _not_asked(tx: Transaction, found: CommonOrder, name: str, ended: str) -> str:
    """Why the other node is not asked about a service, as a code; "" if it is.

    `ended`: the code for an order that was cancelled in the meantime. Else the node is revoked, or does not know the
    message.
    """
    if not found.live:
        return ended
    kind, peer = TYPES[name], tx.get(found.peer)
    if peer.status == REVOKED:
        return "peer_revoked"
    return "not_known" if kind.newest(peer.messages.get(name, ())) is None else ""


STEPS: Mapping[str, Step] = {
    "confirm": _confirm,
    "accepted": _accepted,
    "rejected": _rejected,
    "cancel": _cancel,
    "cancelled": _cancelled,
    "cancel_refused": _cancel_refused,
    "cancel_service": _cancel_service,
    "object_to_service": _object_to_service,
    "accept_service": _accept_service,
    "goodwill": _goodwill,
    "account": _account,
    "contact": _contact,
    "shipment": _shipment,
    "release": _release,
    "return": _return,
    "goods_back": _goods_back,
    "document": _document,
    "delivery": _delivery,
    "grant": _grant,
    "booking": _booking,
}
