"""A buyer accepts a service that another node delivered, before the term of its seller ends.

    importer's node                               exporter's node
    the buyer accepts
    delivery.accept ────────────────────────────> accepted as by a buyer there, or not: the answer says why
                    <──────────────── delivery.status   accepted

Also an objection ends in this way: the buyer accepts after all. No money moves: what is accepted is not paid back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from entrepot.model.errors import TradeError
from entrepot.trade.delivery import commands
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.node_steps import next_step
from entrepot.trade.nodes.bodies import AcceptDelivery, ServiceState
from entrepot.trade.nodes.common_orders import EXPORTER
from entrepot.trade.nodes.commons import common_of
from entrepot.trade.nodes.messages import NodeMessage
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.nodes.service_answers import ASKED, REFUSED, ServiceAnswers
from entrepot.trade.nodes.service_cancelling import delivery_of, told_of
from entrepot.trade.orders import Order
from entrepot.trade.ports import Transaction
from entrepot.trade.service_requests import ServiceAcceptance

ACCEPTED: Final = "accepted"
#: Why the other node does not record it.
REFUSALS: Final = ("not_over", "ended", "not_known", "peer_revoked", "not_delivered")
ANSWERS: Final = ServiceAnswers("order.service_acceptance", "acceptances", ACCEPTED, REFUSALS)


def may_accept(order: Order, delivery: str, told: ServiceState) -> bool:
    """Whether the buyer of a service of another node can accept it now. The other node decides."""
    objected, asked = order.objections.get(delivery), order.acceptances.get(delivery)
    waits = objected is not None and objected.status == ASKED
    return told.status in ("delivered", "objected") and not waits and (asked is None or asked.status == REFUSED)


def ask(tx: Transaction, number: str, delivery: str, *, by: str) -> Order:
    """Accept a service of an order of another node, as its buyer. Raises TradeError, NotFound.

    One that is accepted, or for which that was asked, stays as it is.
    """
    order, told = told_of(tx, number, delivery, by)
    known = order.acceptances.get(delivery)
    if told.status == "accepted" or (known is not None and known.status in (ASKED, ACCEPTED)):
        return order
    if not may_accept(order, delivery, told):
        raise TradeError(
            "acceptance_not_now",
            "You can accept {delivery} once it was delivered. An objection that is on its way is answered first.",
            "delivery",
            delivery=delivery,
        )
    ANSWERS.record(tx, number, delivery, ServiceAcceptance(line=told.line, status=ASKED))
    time = timestamp(tx.time)
    next_step(tx, order.common, "accept_service", f"{delivery}/{time}", delivery=delivery, event=time)
    asked: Order = tx.get(number)
    return asked


def record(tx: Transaction, peer: Peer, message: NodeMessage, body: AcceptDelivery, node: Node) -> Mapping[str, Any]:  # noqa: ARG001  # the signature of a handler
    """Handle `delivery.accept`: as from a buyer of this node. One that its term has accepted stays so."""
    service = delivery_of(tx, common_of(tx, peer, message, EXPORTER), body.delivery, body.line)
    try:
        commands.accept(tx, service.id, by=peer.id)
    except TradeError:
        why = "ended" if service.status in ("cancelled", "no_show") else "not_over"
        return {"delivery": service.id, "status": REFUSED, "why": why}
    return {"delivery": service.id, "status": ACCEPTED, "why": ""}
