"""A seller pays a part of the price of the goods back, and the buyer keeps them."""

from __future__ import annotations

from functools import partial

import pytest

from entrepot.trade.orders import Order
from entrepot.trade.payments.state import Payment
from entrepot.trade.ports import NotFound
from entrepot.trade.refunding import goods_left, refund_goodwill
from trade.market import BUYER, OTHER_SELLER, SELLER, Market
from trade.test_orders import refused
from trade.test_returning import answered, asked, delivered, received


def goodwill(market: Market, order: Order, amount: int, *, key: str = "g", by: str = SELLER, why: str = "") -> Payment:
    reason = why or "goodwill"
    return market.books.run(lambda tx: refund_goodwill(tx, order.id, amount, reason, by=by, key=key))


def test_a_part_of_the_goods_is_paid_back_once_and_taxes_stay(market: Market) -> None:
    # Three pieces at 68.00 are 204.00; the seller pays 50.00 back and keeps 154.00 of the goods.
    order = market.pay(market.order(3))
    seller, customs = (market.books.balance(each, "CNY") for each in (f"seller/{SELLER}", "customs/CN"))
    payment = goodwill(market, order, 5000, why="damaged")
    assert goodwill(market, order, 5000, why="damaged") == payment
    (refund,) = payment.refunds.values()
    assert (refund.amount, refund.reason, refund.status) == (5000, "damaged", "pending")
    assert goods_left(payment, order) == 15400
    market.send()
    paid: Payment = market.books.read(payment.id)
    assert (paid.status, paid.refunded) == ("partially_refunded", 5000)
    assert market.books.balance("customs/CN", "CNY") == customs
    returned_fee = sum(each.amount for each in refund.shares if each.account == "platform/fees")
    assert market.books.balance(f"seller/{SELLER}", "CNY") == seller - 5000 + returned_fee
    assert market.read(order).status == "paid"
    refused("refund_amount", lambda: goodwill(market, order, 15401, key="more"))
    assert goodwill(market, order, 15400, key="rest").refunding == 20400


def test_only_the_seller_of_a_paid_order_pays_back_an_amount_for_a_reason(market: Market) -> None:
    order = market.order(1)
    refused("not_paid", lambda: goodwill(market, order, 100))
    order = market.pay(order)
    refused("not_the_seller", lambda: goodwill(market, order, 100, by=BUYER))
    with pytest.raises(NotFound):
        goodwill(market, order, 100, by=OTHER_SELLER)
    refused("reason_unknown", lambda: goodwill(market, order, 100, why="because"))
    for amount in (0, -1, 6801):
        refused("refund_amount", partial(goodwill, market, order, amount))


def test_what_was_paid_back_as_a_goodwill_is_not_paid_back_again_with_a_return(market: Market) -> None:
    # 68.00 of goods, of which 20.00 were paid back: the return of the piece pays 48.00 and its tax.
    order, declaration = delivered(market, 1)
    taxes = order.quote.amounts.taxes
    goodwill(market, order, 2000)
    found = received(market, answered(market, declaration, asked(market, order), "399"))
    assert [(each.goods, each.taxes) for each in found.refunds] == [(4800, taxes)]
    market.send()
    payment: Payment = market.books.read(max(order.payments))
    assert payment.refunded == 6800 + taxes
    assert goods_left(payment, order) == 0
