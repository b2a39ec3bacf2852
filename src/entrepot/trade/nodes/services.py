"""Services across the border: the exporter's node delivers, and tells the importer's how far it is and where to go.

The link to a service opens it for whoever has it. It is stored encrypted, for the buyer, and is in no ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from entrepot.trade.delivery.refunds import parts, pay_line_back
from entrepot.trade.ids import is_id
from entrepot.trade.nodes import goodwill, times
from entrepot.trade.nodes.bodies import DeliveryGrant, ServiceState
from entrepot.trade.nodes.common_orders import IMPORTER, CommonOrder
from entrepot.trade.nodes.commons import common_of, note_conflict, refused
from entrepot.trade.nodes.messages import NodeMessage
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.orders import Order
from entrepot.trade.placing import DEFAULT_TERMS
from entrepot.trade.ports import NotFound, Transaction
from entrepot.trade.status import DELIVERY_STATES

#: Characters of a link at most.
MAX_LINK = 500
#: How far a delivery is: what was told later but lies before is not taken.
_PLACE = {word: at for at, word in enumerate(("closed", "waiting", "ready", "started", "delivered", "objected"))}
_ENDED = frozenset({"accepted", "cancelled", "no_show"})
#: In which a part of what was paid goes back, or went: a report that nobody came can be objected to.
_PAYS_BACK = frozenset({"cancelled", "no_show", "objected", "accepted"})
#: Percent.
WHOLE = 100


def state(tx: Transaction, peer: Peer, message: NodeMessage, body: ServiceState, node: Node) -> Mapping[str, Any]:  # noqa: ARG001  # the signature of a handler
    """Handle `delivery.status`: keep it; the order of the buyer follows."""
    found = common_of(tx, peer, message, IMPORTER)
    order = _check(tx, found, body)
    if body.status not in DELIVERY_STATES:
        raise refused("part_unknown", order=found.id, part=f"state {body.status[:40]!r}")
    if not 0 <= body.refund_percent <= WHOLE or (body.refund_percent and body.status not in _PAYS_BACK):
        raise refused("part_unknown", order=found.id, part=f"refund of {body.refund_percent} % while {body.status}")
    if body.starts and not times.is_moment(body.starts):
        raise refused("part_unknown", order=found.id, part=f"start at {body.starts[:40]!r}")
    known = found.deliveries.get(body.delivery)
    if known == body or (known is not None and _is_behind(body, known)):
        return {"delivery": known.status}
    tx.append(found.id, "common.delivery", msgspec.to_builtins(body))
    booking = next(each.booking for each in order.lines if each.number == body.line)
    if booking:
        times.follow(tx, booking, body)
    if order.deliveries.get(body.delivery) != body.status:
        payload = {"object": body.delivery, "status": body.status}
        tx.append(order.id, "order.delivery_changed", payload, cause=found.id)
    _pay_back(tx, found, body, known.refund_percent if known is not None else 0)
    return {"delivery": body.status}


def _pay_back(tx: Transaction, found: CommonOrder, body: ServiceState, before: int) -> None:
    """Pay the buyer back what the terms of the seller give: once, whatever is told again, and not less than wanted.

    What the two nodes owe each other follows from it as from any refund.
    """
    order: Order = tx.get(found.order)
    if body.refund_percent <= before or order.state == "cancelled":
        return
    key = f"delivery/{body.delivery}/{body.refund_percent}"
    given, wanted = pay_line_back(tx, order, body.line, body.refund_percent, before=before, key=key)
    # Else the bank of the buyer has taken a part back, or disputes it.
    if given < wanted - _given_before(found, order, body, before):
        note_conflict(tx, found.id, "refund_incomplete")


def _given_before(found: CommonOrder, order: Order, body: ServiceState, before: int) -> int:
    """How much of what a service gives back now its seller gave back before, in minor units.

    What was given without a return counts only as far as less than this service gives back is left of the price.
    """
    back = [(each.line, each.refund_percent) for each in found.deliveries.values() if each.delivery != body.delivery]
    earlier = sum(parts(order, line, percent)[0] for line, percent in [*back, (body.line, before)] if percent)
    now = parts(order, body.line, body.refund_percent)[0] - parts(order, body.line, before)[0]
    left = order.quote.amounts.goods - earlier - goodwill.paid_of(order)
    return min(max(now - left, 0), now)


def _check(tx: Transaction, found: CommonOrder, body: ServiceState | DeliveryGrant) -> Order:
    """The order of a delivery. Raises MessageRefused for a line that it does not have."""
    order: Order = tx.get(found.order)
    line = next((each for each in order.lines if each.number == body.line and each.goods.service), None)
    if line is None or not is_id(body.delivery, "dl_"):
        raise refused("part_unknown", order=found.id, part=f"service in line {body.line}")
    return order


def _is_behind(new: ServiceState, known: ServiceState) -> bool:
    """Whether a state lies before the one that is known: sessions and seconds only grow."""
    if new.refund_percent < known.refund_percent:
        return True
    if known.status in _ENDED:
        return new.status not in _ENDED
    if (new.sessions, new.seconds) < (known.sessions, known.seconds):
        return True
    return _PLACE.get(new.status, len(_PLACE)) < _PLACE["started"] <= _PLACE.get(known.status, 0)


def grant(tx: Transaction, peer: Peer, message: NodeMessage, body: DeliveryGrant, node: Node) -> Mapping[str, Any]:  # noqa: ARG001  # the signature of a handler
    """Handle `delivery.grant`: keep the link for the buyer. Its origin has to be that of the other node."""
    found = common_of(tx, peer, message, IMPORTER)
    order = _check(tx, found, body)
    if len(body.link) > MAX_LINK or not body.link.startswith(f"{peer.address}/"):
        raise refused("part_unknown", order=found.id, part=f"link that is on {peer.address}")
    values = {"link": body.link, "since": body.since, "until": body.until}
    until = (tx.time + DEFAULT_TERMS.retention).date()
    reference = tx.put_personal(order.buyer.party, "service link", values, retain_until=until)
    tx.append(found.id, "common.grant", {"delivery": body.delivery, "personal": reference})
    return {"grant": body.delivery}


def link_of(tx: Transaction, number: str, delivery: str, *, by: str) -> Mapping[str, str]:
    """Where the buyer of an order uses a service: `link`, `since`, `until`. Raises NotFound."""
    order: Order = tx.get(number)
    if order.buyer.party != by or not order.common:
        raise NotFound(number)
    found: CommonOrder = tx.get(order.common)
    if delivery not in found.grants:
        raise NotFound(delivery)
    return tx.get_personal(found.grants[delivery])
