"""A buyer objects to a service that another node delivers, or reports that its provider did not come.

    importer's node                               exporter's node
    the buyer says why
    delivery.object ────────────────────────────> recorded as from a buyer there, or not: the answer says why
    paid back <──────────────── delivery.status   what its operator decides, or its terms give

The exporter's node applies the rules that its own buyers have: until when one can object, and from when on a provider
counts as missing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from entrepot.model.errors import TradeError
from entrepot.trade.delivery import commands
from entrepot.trade.delivery.deliveries import OBJECTIONS
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.node_steps import next_step
from entrepot.trade.nodes.bodies import ObjectToDelivery, ServiceState
from entrepot.trade.nodes.common_orders import EXPORTER
from entrepot.trade.nodes.commons import common_of, refused
from entrepot.trade.nodes.messages import NodeMessage
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.nodes.service_answers import ASKED, REFUSED, ServiceAnswers
from entrepot.trade.nodes.service_cancelling import WHOLE, delivery_of, told_of
from entrepot.trade.offer_form import one_of
from entrepot.trade.orders import Order
from entrepot.trade.ports import Transaction
from entrepot.trade.service_requests import ServiceObjection

TOLD: Final = "told"
#: Why a buyer says that nothing was delivered before it is over.
MISSING: Final = "provider_missing"
REASONS: Final = (*OBJECTIONS, MISSING)
#: Why the other node does not record it.
REFUSALS: Final = ("late", "early", "not_over", "not_known", "peer_revoked", "not_delivered")
ANSWERS: Final = ServiceAnswers("order.service_objection", "objections", TOLD, REFUSALS)
#: Codes of the errors of the commands, as such a reason; all others mean that it is not over, or over for good.
_CODES: Final = {"objection_late": "late", "no_show_early": "early"}


def reasons_now(told: ServiceState, now: dt.datetime) -> tuple[str, ...]:
    """Why the buyer of a service can object to it now; empty where it cannot. The other node decides."""
    if told.status == "delivered" or (told.status == "no_show" and told.refund_percent < WHOLE):
        return OBJECTIONS
    begun = told.status in ("waiting", "ready") and told.starts and not told.sessions
    missing = begun and now >= dt.datetime.fromisoformat(told.starts) + commands.WAIT
    return (MISSING,) if missing else ()


def ask(tx: Transaction, number: str, delivery: str, reason: str, *, by: str) -> Order:
    """Object to a service of an order of another node, as its buyer. Raises TradeError, NotFound.

    `reason`: one of `REASONS`. An objection that is on its way, or was recorded, stays as it is.
    """
    one_of("reason", reason, REASONS)
    order, told = told_of(tx, number, delivery, by)
    known = order.objections.get(delivery)
    if told.status == "objected" or (known is not None and known.status in (ASKED, TOLD)):
        return order
    if reason not in reasons_now(told, tx.time):
        raise TradeError(
            "objection_not_now",
            "You can object to {delivery} once it was delivered, or say that its provider did not come, a quarter of "
            "an hour after its start. Before, cancel it.",
            "reason",
            delivery=delivery,
        )
    ANSWERS.record(tx, number, delivery, ServiceObjection(line=told.line, status=ASKED, reason=reason))
    time = timestamp(tx.time)
    next_step(tx, order.common, "object_to_service", f"{delivery}/{time}", delivery=delivery, event=time)
    asked: Order = tx.get(number)
    return asked


def record(tx: Transaction, peer: Peer, message: NodeMessage, body: ObjectToDelivery, node: Node) -> Mapping[str, Any]:  # noqa: ARG001  # the signature of a handler
    """Handle `delivery.object`: as from a buyer of this node."""
    service = delivery_of(tx, common_of(tx, peer, message, EXPORTER), body.delivery, body.line)
    if body.reason not in REASONS:
        raise refused("part_unknown", order=message.about, part=f"reason {body.reason[:40]!r}")
    missed = service.status == "no_show" and service.why == MISSING
    if service.status == "objected" or (body.reason == MISSING and missed):
        return {"delivery": service.id, "status": TOLD, "why": ""}
    try:
        if body.reason == MISSING:
            commands.report_no_show(tx, service.id, by=peer.id)
        else:
            commands.object_to(tx, service.id, body.reason, by=peer.id)
    except TradeError as error:
        ended = service.status in ("accepted", "cancelled", "no_show")
        why = _CODES.get(error.code, "late" if ended else "not_over")
        return {"delivery": service.id, "status": REFUSED, "why": why}
    return {"delivery": service.id, "status": TOLD, "why": ""}
