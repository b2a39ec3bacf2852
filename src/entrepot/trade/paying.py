"""The payment of an order begins: by a quote that still holds."""

from __future__ import annotations

from typing import NamedTuple

from entrepot.trade.objects import NotAllowed
from entrepot.trade.orders import Order, owned_by, payable
from entrepot.trade.payments import commands
from entrepot.trade.payments.commands import STRICT, Means, Policy
from entrepot.trade.payments.due import due_of
from entrepot.trade.payments.state import Payment
from entrepot.trade.ports import Transaction
from entrepot.trade.quotes import QuotePort
from entrepot.trade.refunding import give_money_back
from entrepot.trade.requoting import check_quote


class Paying(NamedTuple):
    """An order with its payment; without one where a new quote must be accepted first."""

    order: Order
    payment: Payment | None


def ask_provider_again(tx: Transaction, number: str) -> Payment:
    """Ask the provider again for what it refused: refunds, a cancellation, a capture. Raises NotAllowed and NotFound.

    The payment of an order that was cancelled meanwhile is cancelled instead of captured.
    """
    payment: Payment = tx.get(number)
    if not payment.trouble:
        raise NotAllowed("nothing_refused", "The provider has refused nothing of {payment}.", payment=number)
    for refund, each in payment.refunds.items():
        if each.status == "failed":
            payment = commands.retry_refund(tx, number, refund, key=f"{refund}/again/{each.attempt}")
    if payment.trouble == "capture_failed":
        order: Order | None = tx.find(payment.order)
        attempts = payment.attempts.get("capture", 0)
        if order is not None and order.state == "cancelled":
            give_money_back(tx, order.id, reason="cancelled")
        else:
            commands.capture(tx, number, key=f"capture/again/{attempts}")
    elif payment.trouble == "cancel_failed":
        commands.cancel(tx, number, key=f"cancel/again/{payment.attempts['cancel']}")
    found: Payment = tx.get(number)
    return found


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
