"""How a buyer pays on the pages: as the person whom the order names, with the payment provider of this node."""

from __future__ import annotations

from collections.abc import Sequence

from entrepot.model.errors import EntrepotError
from entrepot.trade.orders import Order
from entrepot.trade.payments.commands import Means
from entrepot.trade_app import payments_channel
from entrepot.web.trade import calls

#: The action of a form that places one order and begins its payment.
PLACE_AND_PAY = "place_and_pay"


def provider() -> str:
    """The payment provider of this node; empty if none is set up."""
    return payments_channel.settings().provider or ""


def pay(organization: str, order: Order, key: str) -> None:
    """Begin the payment of an order. Raises EntrepotError and NotFound."""
    personal = calls.books().run(lambda tx: tx.get_personal(order.buyer.personal))
    payer = {
        name: personal[name] for name in ("name", "identity_type", "identity_number", "telephone") if name in personal
    }
    means = Means(
        provider=provider(), currency=order.quote.amounts.currency, payer=payer if order.buyer.identity else {}
    )
    calls.pay_order(organization, order.id, means, key)


def pay_placed(organization: str, orders: Sequence[Order], key: str) -> None:
    """Begin the payment of the order that a form placed, if it is one. `key`: of the form.

    Where it cannot begin, the page of the order, which is shown next, asks for it again and says why.
    """
    if len(orders) != 1 or not provider():
        return
    try:
        pay(organization, orders[0], f"{key}.pay")
    except EntrepotError:
        return
