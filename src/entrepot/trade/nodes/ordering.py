"""The importer's node: the text of an order, and what the exporter's node answers to it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import msgspec

from entrepot.trade import return_rules
from entrepot.trade.cancelling import live_declaration
from entrepot.trade.customs import ask_cancellation
from entrepot.trade.declarations import LIST, Declaration
from entrepot.trade.following import end
from entrepot.trade.limits import legal_day
from entrepot.trade.node_steps import next_step
from entrepot.trade.nodes.bodies import Accepted, Cancelled, CancelRefused, Rejected
from entrepot.trade.nodes.common_orders import ASKED, IMPORTER, CommonOrder
from entrepot.trade.nodes.commons import common_of, note_conflict, refused, service
from entrepot.trade.nodes.messages import NodeMessage
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.nodes.terms import OrderTerms, TermsLine, canonical
from entrepot.trade.objects import NotAllowed
from entrepot.trade.orders import Order
from entrepot.trade.payments import commands
from entrepot.trade.payments.state import Payment
from entrepot.trade.ports import Transaction


def terms_of(tx: Transaction, order: Order, peer: Peer, node: Node, fee: int) -> OrderTerms:
    """The text of an order of offers of another node. `fee`: what this node keeps of the price of the goods."""
    amounts = order.quote.amounts
    origins = [each.origin for each in order.lines if each.origin is not None]
    lines = tuple(
        TermsLine(
            number=line.number,
            offer=origin.offer,
            version=origin.version,
            quantity=line.quantity,
            price=line.price,
            amount=line.amount,
            booking=tx.get(line.booking).remote if line.booking else "",
        )
        for line, origin in zip(order.lines, origins, strict=True)
    )
    return OrderTerms(
        order=order.common,
        importer=node.did,
        exporter=peer.did,
        seller=origins[0].seller,
        buyer=tx.keyed_hash(f"node-buyer:{peer.id}:{order.buyer.party}"),
        buyer_kind=order.buyer.kind,
        ship_to=order.ship_to.country,
        ship_to_state=order.ship_to.state,
        incoterm=order.lines[0].goods.incoterm,
        lines=lines,
        currency=amounts.currency,
        goods=amounts.goods,
        shipping=amounts.shipping,
        insurance=amounts.insurance,
        fee=fee,
        procedure=order.quote.option,
        law_date=order.quote.law_date,
        law_hash=order.quote.law_hash,
        declared=bool(order.buyer.identity),
        placed=order.created,
        expires=order.expires,
        test=peer.test,
    )


def accepted(tx: Transaction, peer: Peer, message: NodeMessage, body: Accepted, node: Node) -> None:
    """Handle `order.accepted`: the agreement is complete, and what the buyer has authorized is taken."""
    found = common_of(tx, peer, message, IMPORTER)
    if body.digest != found.digest or found.terms is None:
        raise refused("order_differs", order=found.id, digest=found.digest)
    if not service(node, "verify")(peer, body.signature, canonical(found.terms)):
        raise refused("signature_invalid", order=found.id, name=peer.name)
    if found.status != ASKED:
        return
    tx.append(found.id, "common.accepted", {"exporter": msgspec.to_builtins(body.signature)})
    order: Order = tx.get(found.order)
    capture_authorized(tx, order)
    if order.paid and any(not each.goods.service for each in order.lines):
        next_step(tx, found.id, "contact", message.id)


def capture_authorized(tx: Transaction, order: Order) -> None:
    """Take what the buyer of an order has authorized, where it waits for that."""
    if order.state != "placed" or order.payment != "authorized":
        return
    payment: Payment = tx.get(order.paying)
    if payment.capture == "manual" and payment.capturable:
        commands.capture(tx, payment.id, key=f"{order.id}/capture")


def rejected(tx: Transaction, peer: Peer, message: NodeMessage, body: Rejected, node: Node) -> None:  # noqa: ARG001  # the signature of a handler
    """Handle `order.rejected`: the order ends, and what was paid goes back."""
    found = common_of(tx, peer, message, IMPORTER)
    if found.status == ASKED:
        reject(tx, found, body.reason[:60], {name[:40]: value[:200] for name, value in body.values.items()})


def reject(tx: Transaction, found: CommonOrder, reason: str, values: Mapping[str, str]) -> None:
    """End an order that the exporter's node does not accept, or cannot be asked for."""
    tx.append(found.id, "common.rejected", {"reason": reason, "values": dict(list(values.items())[:10])})
    order: Order = tx.get(found.order)
    if order.state in ("placed", "requote", "cancelling"):
        end(tx, order, {"reason": "exporter_rejected", "by": ""})


def confirm_failed(tx: Transaction, peer: Peer, record: Any, code: str, why: str) -> None:  # noqa: ARG001  # as MessageType
    """What follows where `order.confirm` was refused or not taken before it expired: the order ends."""
    found: CommonOrder | None = tx.find(record.about)
    if found is not None and found.status == ASKED:
        reject(tx, found, code, {})


def cancelled(tx: Transaction, peer: Peer, message: NodeMessage, body: Cancelled, node: Node) -> None:  # noqa: ARG001  # the signature of a handler
    """Handle `order.cancelled`: the order ends here too; customs is asked first where its list is declared."""
    found = common_of(tx, peer, message, IMPORTER)
    if not found.live:
        return
    tx.append(found.id, "common.cancelled", {"reason": body.reason[:60]})
    order: Order = tx.get(found.order)
    if order.state == "cancelled":
        return
    services = body.reason == "services_cancelled"
    reason = {"reason": body.reason if services else "exporter_cancelled", "by": ""}
    declaration = live_declaration(tx, order)
    if declaration is None or not _needs_customs(tx, order, declaration):
        end(tx, order, reason)
        return
    if order.state == "placed":
        tx.append(order.id, "order.cancel_asked", reason)
    if declaration.cancellation not in ("asked", "approved"):
        ask_cancellation(tx, declaration, "not_available", cause=found.id)


def _needs_customs(tx: Transaction, order: Order, declaration: Declaration) -> bool:
    """Whether customs is asked to cancel the list of an order, and can be."""
    listed = declaration.messages.get(LIST)
    state = listed.state if listed else ""
    if state in return_rules.RELEASED:
        return False
    found = return_rules.decide_reversal(state, on=legal_day(order.ship_to.country, tx.time), applicant="seller")
    return found.allowed and bool(found.application)


def cancel_refused(tx: Transaction, peer: Peer, message: NodeMessage, body: CancelRefused, node: Node) -> None:  # noqa: ARG001  # the signature of a handler
    """Handle `order.cancel_refused`: the order goes on."""
    found = common_of(tx, peer, message, IMPORTER)
    order: Order = tx.get(found.order)
    if order.state != "cancelling":
        return
    with suppress(NotAllowed):
        reason = "exporter_terms" if body.reason == "terms" else "exporter_shipped"
        tx.append(order.id, "order.cancel_refused", {"reason": reason})
        return
    note_conflict(tx, found.id, "cancel_refused")
