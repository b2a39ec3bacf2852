"""The payment of an order begins: by a quote that still holds."""

from __future__ import annotations

from typing import NamedTuple

from entrepot.trade.orders import Order, owned_by, payable
from entrepot.trade.payments import commands
from entrepot.trade.payments.commands import STRICT, Means, Policy
from entrepot.trade.payments.due import due_of
from entrepot.trade.payments.state import Payment
from entrepot.trade.ports import Transaction
from entrepot.trade.quotes import QuotePort
from entrepot.trade.requoting import check_quote


class Paying(NamedTuple):
    """An order with its payment; without one where a new quote must be accepted first."""

    order: Order
    payment: Payment | None


def pay_order(
    tx: Transaction, number: str, means: Means, quotes: QuotePort, *, by: str, key: str, policy: Policy = STRICT
) -> Paying:
    """Begin to pay an order. The same `key` begins once. Raises TradeError, and NotFound for somebody else's order.

    Where the law changed or the quote expired, no payment begins: the order waits for the acceptance of a new quote.
    """
    owned_by(tx.get(number), by)
    order = check_quote(tx, number, quotes)
    if order.state == "requote":
        return Paying(order, None)
    if not payable(order) and order.paying and not tx.received(f"pay/{number}", key):
        return Paying(order, tx.get(order.paying))
    payment = commands.start_payment(tx, due_of(order, policy), means, key=f"{number}:{key}", policy=policy)
    tx.received(f"pay/{number}", key)
    return Paying(tx.get(number), payment)
