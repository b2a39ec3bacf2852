"""What an order asks to be paid, and to whom each part of it belongs."""

from __future__ import annotations

from entrepot.model.money import half_up, split
from entrepot.trade import accounts
from entrepot.trade.accounts import Share
from entrepot.trade.objects import NotAllowed
from entrepot.trade.orders import Order, is_of_other_node, payable
from entrepot.trade.payments.commands import STRICT, Due, Policy

#: The account of a carrier that the node has no name for.
ANY_CARRIER = "any"


def due_of(order: Order, policy: Policy = STRICT) -> Due:
    """What an order asks to be paid. Raises NotAllowed if no payment of it can begin."""
    if not payable(order):
        raise NotAllowed(
            "order_not_payable", "{order} is {status}: it cannot be paid now.", order=order.id, status=order.status
        )
    amounts = order.quote.amounts
    identity = bool(order.buyer.identity)
    return Due(
        order=order.id,
        amount=amounts.total + order.deposit,
        currency=amounts.currency,
        shares=accounts.merged([*_sale(order, policy), *_charges(order, policy), *_deposits(order)]),
        owners=(order.seller, order.buyer.party),
        identity=identity,
        buyer=order.buyer.personal if identity else "",
    )


def _sale(order: Order, policy: Policy) -> tuple[Share, ...]:
    """The goods less the platform's fee, and freight with insurance."""
    amounts = order.quote.amounts
    return accounts.sale_shares(
        order.seller,
        amounts.goods,
        fee=half_up(amounts.goods * policy.fee_millionths, 1_000_000),
        shipping=amounts.shipping + amounts.insurance,
        # The carriage of another node's goods is that node's: its carrier brings them.
        carried_by="" if is_of_other_node(order.seller) else policy.carrier,
    )


def _deposits(order: Order) -> list[Share]:
    """Deposits are nobody's income: they are held for the buyer, each on an account of its booking."""
    return [Share("deposit", accounts.deposit(each), amount, order.seller) for each, amount in order.deposits.items()]


def _charges(order: Order, policy: Policy) -> list[Share]:
    """Duties, taxes and fees that are paid with the order, by who is owed them.

    Their amounts are in the quote's currency. Where the order has another one, their total there is divided in
    proportion.
    """
    paid = [each for each in order.quote.charges if each.in_order and each.amount]
    parts = split(order.quote.amounts.charges, [each.amount for each in paid]) if paid else []
    place = order.ship_to.country
    owed_to = {
        "seller": accounts.taxes(place),
        "carrier": accounts.carrier(policy.carrier or ANY_CARRIER),
    }
    return [
        Share("tax", owed_to.get(charge.collected_by, accounts.customs(place)), part, order.seller)
        for charge, part in zip(paid, parts, strict=True)
        if part
    ]
