"""What one node owes the other for an order: the importer's node tells it entry by entry, the exporter's posts it.

The entries are what the ledger of the importer's node posted to the account of the other node (`node/pn_…`), by the
event that posted it. So both accounts follow from one list: their sum is zero as soon as the last message has arrived.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from entrepot.trade import accounts
from entrepot.trade.ids import is_id
from entrepot.trade.ledger.entries import Posting
from entrepot.trade.ledger.events import MAX_INTEGER, Event, is_timestamp
from entrepot.trade.node_steps import next_step
from entrepot.trade.nodes.bodies import Account, Entry
from entrepot.trade.nodes.common_orders import EXPORTER, CommonOrder
from entrepot.trade.nodes.commons import common_of, refused
from entrepot.trade.nodes.messages import NodeMessage
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.orders import Order, is_of_other_node
from entrepot.trade.payments.state import Payment
from entrepot.trade.ports import Transaction

_CURRENCY = re.compile(r"[A-Z]{3}\Z")


def follow_payment(tx: Transaction, _before: Payment | None, after: Payment, event: Event) -> None:
    """After an event of a payment on the importer's node: what it posted to the account of the other node."""
    if not event.postings:
        return
    order: Order | None = tx.find(after.order)
    if order is None or not order.common or not is_of_other_node(order.seller):
        return
    account = accounts.seller(order.seller)
    amount = sum(each.amount for each in event.postings if each.account == account)
    if not amount:
        return
    entry = Entry(number=event.id, amount=amount, at=event.time)
    payload = {"entries": [msgspec.to_builtins(entry)], "currency": after.currency}
    tx.append(order.common, "common.entries", payload, cause=event.id)
    next_step(tx, order.common, "account", event.id)


def account(tx: Transaction, peer: Peer, message: NodeMessage, body: Account, node: Node) -> Mapping[str, Any]:  # noqa: ARG001  # the signature of a handler
    """Handle `order.account`: post what is new of the entries, and let the order of the seller follow its payment."""
    found = common_of(tx, peer, message, EXPORTER)
    known = {each.number for each in found.entries}
    new = [each for each in body.entries if each.number not in known]
    if not new:
        return {"entries": 0}
    _check(tx, found, body, new)
    # Of an order whose text never came, there is no seller: an operator sees what stands on this account.
    owed_to = accounts.unsettled(found.terms.seller, peer.id) if found.terms else f"unassigned/{peer.id}"
    postings = _postings(peer.id, owed_to, body.currency, sum(each.amount for each in new))
    # Held until the settlement was paid: a seller is not paid out of money that has not arrived.
    payload = {"entries": msgspec.to_builtins(new), "currency": body.currency, "held": True, "apart": True}
    tx.append(found.id, "common.entries", payload, postings=postings)
    if found.order:
        _follow(tx, tx.get(found.id))
    return {"entries": len(new)}


def _check(tx: Transaction, found: CommonOrder, body: Account, new: Sequence[Entry]) -> None:
    """Raise MessageRefused for entries that the order cannot have, together with those that are posted already."""
    currency = found.terms.currency if found.terms is not None else found.currency or body.currency
    if body.currency != currency or not _CURRENCY.match(currency):
        raise refused("currency_differs", order=found.id, expected=currency[:3], given=body.currency[:3])
    total, owed = found.owed + sum(each.amount for each in new), _most(tx, found)
    if not 0 <= total <= owed:
        raise refused("entries_exceed", order=found.id, sum=total, owed=owed)
    if len({each.number for each in new}) < len(new) or any(not _is_entry(each) for each in new):
        raise refused("part_unknown", order=found.id, part="entry with this number and time")


def _most(tx: Transaction, found: CommonOrder) -> int:
    """What the entries of an order can sum to: the whole of its text, and what sellers can keep of its deposits."""
    if found.terms is None:
        return MAX_INTEGER
    order: Order | None = tx.find(found.order) if found.order else None
    return found.terms.owed + (order.deposit if order is not None else 0)


def _is_entry(entry: Entry) -> bool:
    """Whether an entry has the id of an event and a time of a month: what a settlement finds it by."""
    return is_id(entry.number, "ev_") and is_timestamp(entry.at)


def _postings(peer: str, owed_to: str, unit: str, amount: int) -> tuple[Posting, ...]:
    """The other node owes it, and this one owes it to the seller. Below 0: it is taken back.

    >>> [(each.account, each.amount) for each in _postings("pn_1", "unsettled/og_1/pn_1", "CNY", 8000)]
    [('node/pn_1', -8000), ('unsettled/og_1/pn_1', 8000)]
    """
    if not amount:
        return ()
    return Posting(accounts.seller(peer), unit, -amount), Posting(owed_to, unit, amount)


def _follow(tx: Transaction, found: CommonOrder) -> None:
    """The order of the seller: paid, partly paid back, or paid back."""
    order: Order = tx.get(found.order)
    status = paid_status(found.entries, found.terms.owed if found.terms else 0)
    if status and order.payments.get(found.id) != status:
        payload = {"object": found.id, "status": status}
        tx.append(order.id, "order.payment_changed", payload, cause=found.id)


def paid_status(entries: Iterable[Entry], owed: int) -> str:
    """The state of the payment of an order, as its entries tell it; "" while less than what is owed was paid.

    >>> paid = Entry(number="ev_1", amount=8000, at="2026-11-01T00:00:00.000Z")
    >>> back = Entry(number="ev_2", amount=-3000, at="2026-11-02T00:00:00.000Z")
    >>> paid_status([paid], 8000), paid_status([paid, back], 8000), paid_status([paid], 8001)
    ('captured', 'partially_refunded', '')
    """
    amounts = [each.amount for each in entries]
    if sum(each for each in amounts if each > 0) < owed:
        return ""
    if not any(each < 0 for each in amounts):
        return "captured"
    return "partially_refunded" if sum(amounts) else "refunded"
