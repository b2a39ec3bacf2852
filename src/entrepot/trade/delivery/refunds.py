"""What is paid back of a delivery that ends early: a part of its line's price, and the same part of its taxes."""

from __future__ import annotations

from entrepot.model.money import half_up, split
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.orders import Order, is_of_other_node
from entrepot.trade.ports import Transaction
from entrepot.trade.refunding import goods_left, last_payment, refund_shares


def pay_back(tx: Transaction, delivery: Delivery, percent: int) -> int:
    """Pay so many percent of a delivery back. Returns the amount in minor units of the order's currency.

    Nothing is paid back of what was not paid, or is back already. The buyer of another node is paid back there: the
    amount is what the terms give of the price, which that node takes back from the seller.
    """
    order: Order = tx.get(delivery.order)
    if is_of_other_node(delivery.buyer):
        return max(parts(order, delivery.line, percent)[0] - delivery.refunded, 0)
    key, before = f"delivery/{delivery.id}", 0
    if delivery.refunded:  # of a buyer who objects to the report that it did not come
        key, before = f"{key}/objection", delivery.terms.no_show_percent
    return pay_line_back(tx, order, delivery.line, percent, before=before, key=key)[0]


def pay_line_back(
    tx: Transaction, order: Order, number: int, percent: int, *, before: int, key: str
) -> tuple[int, int]:
    """Pay so many percent of a line back, of which `before` percent are back already. What was paid, and was wanted.

    `key`: the same pays back once. Both amounts are in minor units of the order's currency.
    """
    payment = last_payment(tx, order)
    if payment is None or not percent:
        return 0, 0
    known, goods_taxes = parts(order, number, before), parts(order, number, percent)
    goods, taxes = (max(now - was, 0) for now, was in zip(goods_taxes, known, strict=True))
    wanted = goods + taxes
    # The provider may have paid a part back as a goodwill, or the buyer's bank may have taken a part back.
    goods = min(goods, goods_left(payment, order), payment.refundable)
    taxes = min(taxes, payment.refundable - goods)
    if goods + taxes:
        refund_shares(tx, payment, order, goods, taxes, key=key, reason="delivery")
    return goods + taxes, wanted


def parts(order: Order, number: int, percent: int) -> tuple[int, int]:
    """So many percent of the price of a line and of the taxes on it that were paid with the order, rounded half up."""
    at = next(index for index, each in enumerate(order.lines) if each.number == number)
    price = split(order.quote.amounts.goods, [each.amount for each in order.lines])[at]
    charges = [each for each in order.quote.charges if each.in_order]
    # Their amounts are in the currency of the quote; what was paid of them is in that of the order.
    total = split(order.quote.amounts.charges, [each.amount for each in charges]) if charges else []
    taxes = sum(
        split(paid, list(each.lines))[at] if any(each.lines) else 0 for each, paid in zip(charges, total, strict=True)
    )
    return half_up(price * percent, 100), half_up(taxes * percent, 100)
