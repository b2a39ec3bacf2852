"""Settle a month with a peer: compute it from the orders of this node, compare it, and tell the other node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from entrepot.trade.node_steps import next_step
from entrepot.trade.nodes import settlement
from entrepot.trade.nodes.common_orders import CommonOrder
from entrepot.trade.nodes.messages import MessageType, NodeMessage
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.nodes.records import sent_reference
from entrepot.trade.nodes.sending import send
from entrepot.trade.nodes.settlement import Settlement, SettlementLine, Statement
from entrepot.trade.ports import Books, Transaction

#: Orders that are read at once.
PAGE = 500


def statement(tx: Transaction, peer: Peer, message: NodeMessage, body: Statement, node: Node) -> Mapping[str, Any]:  # noqa: ARG001  # the signature of a handler
    """Handle `settlement.statement`: keep it; a step computes what this node has, and compares."""
    found = settlement.tell(tx, peer.id, body)
    next_step(tx, found.id, "settle", message.id)
    return {"settlement": found.status}


def settle(books: Books, node: Node, kind: MessageType, peer: str, period: str, currency: str) -> Settlement:
    """Compute the settlement of a month, compare it with what the other node has told, and tell what this node has.

    `kind`: the type `settlement.statement`. The same content is told once. Raises TradeError.
    """
    settlement.check_period(period, currency)
    other: Peer = books.read(peer)
    lines = settlement.lines_of(orders_of(books, peer), period, currency, node.did, other.did)
    told = settlement.statement_of(lines, period, currency)
    return books.run(partial(_settled, node=node, kind=kind, peer=peer, lines=lines, told=told))


def settle_again(books: Books, node: Node, kind: MessageType, number: str) -> Settlement:
    """As `settle`, for a settlement that is known."""
    found: Settlement = books.read(number)
    return settle(books, node, kind, found.peer, found.period, found.currency)


def _settled(
    tx: Transaction, node: Node, kind: MessageType, peer: str, lines: Sequence[SettlementLine], told: Statement
) -> Settlement:
    found = settlement.compute(tx, peer, node.did, lines, told)
    found = settlement.compare(tx, found.id, lines)
    send(tx, node, peer, kind, told, key=_key_of(tx, found.id, told))
    return found


def _key_of(tx: Transaction, number: str, told: Statement) -> str:
    """The key of a statement: what was told already is not told again, unless it expired before it was delivered."""
    key, again = f"{number}/statement/{told.digest}", 1
    while (known := tx.lookup(sent_reference(key))) is not None and tx.get(known).code == "expired":
        again += 1
        key = f"{number}/statement/{told.digest}/{again}"
    return key


def orders_of(books: Books, peer: str) -> Iterator[CommonOrder]:
    """All orders with a peer, the newest first."""
    before = ""
    while page := books.list_objects("xo_", owner=peer, before=before, limit=PAGE):
        yield from page
        before = page[-1].id


def currencies_of(books: Books, peer: str, period: str) -> list[str]:
    """The currencies in which a month has something to settle with a peer."""
    return sorted(
        {
            each.currency
            for each in orders_of(books, peer)
            if any(entry.at.startswith(f"{period}-") for entry in each.entries)
        }
    )
