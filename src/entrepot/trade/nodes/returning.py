"""Returns: the importer's node tells of one, the seller on the exporter's node has the goods back and tells that.

What the buyer is paid back follows on the importer's node as of any return, and with it what the nodes owe each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade import returning, stock
from entrepot.trade.ids import is_id
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.node_steps import next_step
from entrepot.trade.nodes.bodies import ReturnReceived, ReturnState
from entrepot.trade.nodes.common_orders import EXPORTER, IMPORTER, CommonOrder
from entrepot.trade.nodes.commons import common_of, note_conflict, refused
from entrepot.trade.nodes.messages import NodeMessage
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.orders import Order
from entrepot.trade.ports import NotFound, Transaction
from entrepot.trade.returns import Return
from entrepot.trade.status import RETURN_STATES

#: The order of the states of a return; one that was told later but lies before is not taken.
_PLACE = {state: at for at, state in enumerate(("asked", "approved", "received", "completed"))}


def state(tx: Transaction, peer: Peer, message: NodeMessage, body: ReturnState, node: Node) -> Mapping[str, Any]:  # noqa: ARG001  # the signature of a handler
    """Handle `return.state`: keep it for the seller, who waits for the goods."""
    found = common_of(tx, peer, message, EXPORTER)
    if body.status not in RETURN_STATES or not is_id(body.returned, "re_") or not found.order:
        raise refused("part_unknown", order=found.id, part=f"return {body.returned[:40]!r}")
    order: Order = tx.get(found.order)
    quantities = {each.number: each.quantity for each in order.lines}
    if not body.lines or any(not 0 < each.quantity <= quantities.get(each.line, 0) for each in body.lines):
        raise refused("part_unknown", order=found.id, part="line of the return")
    known = found.returns.get(body.returned)
    if known is not None and (known == body or _is_behind(body.status, known.status)):
        return {"return": known.status}
    tx.append(found.id, "common.return", msgspec.to_builtins(body))
    return {"return": body.status}


def _is_behind(new: str, known: str) -> bool:
    return new in _PLACE and known in _PLACE and _PLACE[new] < _PLACE[known]


def receive_goods(tx: Transaction, number: str, returned: str, *, restocked: bool, by: str) -> CommonOrder:
    """Record that the seller has the goods of a return back, and tell the importer's node. Raises TradeError, NotFound.

    `number`: the order of the seller, `or_…`; `restocked`: whether the pieces can be sold again.
    """
    order: Order = tx.get(number)
    if order.seller != by or not order.common:
        raise NotFound(number)
    found: CommonOrder = tx.get(order.common)
    if found.role != EXPORTER or returned not in found.returns:
        raise NotFound(returned)
    if returned in found.goods_back:
        return found
    told = found.returns[returned]
    if told.status in ("refused", "withdrawn"):
        raise TradeError("return_ended", "The return {number} is {status}.", number=returned, status=told.status)
    lines = {each.number: each for each in order.lines}
    pieces = [(lines[each.line], each.quantity) for each in told.lines]
    postings = stock.restock(pieces) if restocked and order.stock == "sold" else ()
    at = timestamp(tx.time)
    payload = {"returned": returned, "restocked": restocked, "at": at}
    changed: CommonOrder = tx.append(found.id, "common.goods_back", payload, postings=postings)
    told_next = {"return": returned, "at": at, "restocked": str(restocked)}
    next_step(tx, found.id, "goods_back", returned, **told_next)
    return changed


def received(tx: Transaction, peer: Peer, message: NodeMessage, body: ReturnReceived, node: Node) -> Mapping[str, Any]:  # noqa: ARG001  # the signature of a handler
    """Handle `return.received`: the goods are back, as of any return; what is paid back follows from it."""
    found = common_of(tx, peer, message, IMPORTER)
    number: Any = tx.find(body.returned) if is_id(body.returned, "re_") else None
    if not isinstance(number, Return) or number.order != found.order:
        raise refused("part_unknown", order=found.id, part=f"return {body.returned[:40]!r}")
    try:
        after = returning.receive_return(tx, number.id, restocked=False, time=body.at, key=f"{found.id}/{number.id}")
    except (TradeError, ValueError):
        note_conflict(tx, found.id, "return_received")
        return {"return": number.status}
    return {"return": after.status}
