"""Settle a month with a peer: compute it from the orders of this node, compare it, and tell the other node."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from entrepot.trade.ledger.events import MAX_INTEGER
from entrepot.trade.node_steps import next_step
from entrepot.trade.nodes import settlement
from entrepot.trade.nodes.common_orders import CommonOrder, month_with
from entrepot.trade.nodes.messages import MessageType, NodeMessage
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.peers import REVOKED, Peer
from entrepot.trade.nodes.records import DELIVERED, sent_reference
from entrepot.trade.nodes.sending import send
from entrepot.trade.nodes.settlement import MonthRead, Settlement, Statement
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

    `kind`: the type `settlement.statement`. The same content is told once; a node that was revoked is told nothing.
    Raises TradeError.
    """
    settlement.check_period(period, currency)
    other: Peer = books.read(peer)
    through = _last_event(books)
    orders = list(orders_of(books, peer, period))
    lines = settlement.lines_of(orders, period, currency, node.did, other.did)
    month = MonthRead(lines, _currencies(orders), through)
    told = settlement.statement_of(lines, period, currency)
    return books.run(partial(_settled, node=node, kind=kind, peer=peer, month=month, told=told))


def settle_again(books: Books, node: Node, kind: MessageType, number: str) -> Settlement:
    """As `settle`, for a settlement that is known."""
    found: Settlement = books.read(number)
    return settle(books, node, kind, found.peer, found.period, found.currency)


def paid(books: Books, node: Node, number: str, reference: str) -> Settlement:
    """Record that an agreed settlement was paid; its sellers can be paid out then. Raises TradeError.

    A month that has other entries by now is settled again first: they are not paid yet.
    """
    found: Settlement = books.read(number)
    other: Peer = books.read(found.peer)
    orders = list(orders_of(books, found.peer, found.period))
    lines = settlement.lines_of(orders, found.period, found.currency, node.did, other.did)
    claims = settlement.claims_of(orders, found.period, found.currency)
    digest = settlement.digest_of(lines)
    return books.run(partial(settlement.record_paid, number=number, reference=reference, claims=claims, digest=digest))


def advance(books: Books, number: str, by: str) -> Settlement:
    """Let the sellers of a month be paid out before the other node has paid. Raises TradeError."""
    found: Settlement = books.read(number)
    claims = settlement.claims_of(orders_of(books, found.peer, found.period), found.period, found.currency)
    return books.run(partial(settlement.advance, number=number, claims=claims, by=by))


def _settled(
    tx: Transaction, node: Node, kind: MessageType, peer: str, month: MonthRead, told: Statement
) -> Settlement:
    found = settlement.compute(tx, peer, node.did, month, told)
    found = settlement.compare(tx, found.id, month.lines)
    other: Peer = tx.get(peer)
    if other.status == REVOKED:
        return found
    send(tx, node, peer, kind, told, key=_key_of(tx.lookup, tx.get, found.id, told.digest))
    return found


def _key_of(lookup: Callable[[str], str | None], get: Callable[[str], Any], number: str, digest: str) -> str:
    """The key of a statement: what was told already is not told again, unless it expired before it was delivered."""
    key, again = f"{number}/statement/{digest}", 1
    while (known := lookup(sent_reference(key))) is not None and get(known).code == "expired":
        again += 1
        key = f"{number}/statement/{digest}/{again}"
    return key


def orders_of(books: Books, peer: str, period: str) -> Iterator[CommonOrder]:
    """The orders with a peer that have entries of a month, the newest first."""
    before = ""
    while page := books.list_objects("xo_", owner=month_with(peer, period), before=before, limit=PAGE):
        yield from page
        before = page[-1].id


def currencies_of(books: Books, peer: str, period: str) -> list[str]:
    """The currencies in which a month has something to settle with a peer."""
    return list(_currencies(orders_of(books, peer, period)))


def _currencies(orders: Iterable[CommonOrder]) -> tuple[str, ...]:
    return tuple(sorted({each.currency for each in orders}))


def open_currencies(books: Books, peer: str, period: str) -> list[str]:
    """As `currencies_of`; none where the month is settled, and nothing came since: then no order is read."""
    known = books.list_objects("ns_", owner=month_with(peer, period), limit=PAGE)
    # A month that was settled by hand in one currency is still open in the others that it had then.
    whole = {each.currency for each in known}.issuperset(name for each in known for name in each.currencies)
    if known and whole and all(_is_settled(books, each) for each in known):
        through = min(each.through for each in known)
        if not _has_entries_after(books, through, peer, period):
            return []
    return currencies_of(books, peer, period)


def _is_settled(books: Books, found: Settlement) -> bool:
    """Whether both nodes agree on a settlement, and the other one has what this one told."""
    if found.status not in (settlement.AGREED, settlement.PAID):
        return False
    key = _key_of(books.lookup, books.read, found.id, found.digest)
    known = books.lookup(sent_reference(key))
    return known is not None and books.read(known).status == DELIVERED


def _has_entries_after(books: Books, through: int, peer: str, period: str) -> bool:
    """Whether an order with a peer got an entry of a month after a position of the ledger."""
    owner = month_with(peer, period)
    while page := books.events(after=through, owner=owner, kind="common.entries", limit=PAGE):
        if any(str(entry["at"]).startswith(f"{period}-") for _, event in page for entry in event.payload["entries"]):
            return True
        through = page[-1][0]
    return False


def _last_event(books: Books) -> int:
    """The position of the last event of the ledger; 0 where it is empty."""
    found = books.events(before=MAX_INTEGER, limit=1)
    return found[0][0] if found else 0
