"""Orders: placed from quotes, paid, declared, shipped; what is refused, with a code and a sentence."""

from __future__ import annotations

from trade.market import Market


def test_an_order_passes_from_the_quote_to_the_delivery() -> None:
    market = Market()
    order = market.order(2)
    # By hand: 2 x 68.00 + 12.00 + 2.00 for carriage = 150.00; VAT 13 % at 70 % of it: 13.65.
    amounts = order.quote.amounts
    assert (amounts.goods, amounts.shipping, amounts.taxes, amounts.total) == (13600, 1400, 1365, 16365)
    assert order.status == "created"
    assert market.pay(order).status == "paid"


def test_customs_and_transport_decide_the_status_and_stock_and_limit_follow() -> None:
    market = Market()
    offer = market.offer(stock=5)
    (order,) = market.place({offer.id: 2})
    assert order.limit is not None
    account = order.limit.account
    stock, unit = f"stock/{offer.id}", account.unit
    assert market.books.balance(stock, offer.id) == 3
    assert market.books.balance(account.available, unit) == -15000
    market.pay(order)
    market.ship(order)
    declaration = market.declare(order)
    seen = [market.read(order).status]
    for document in ("order", "payment", "waybill"):
        market.answer(declaration, document, "120")
    seen.append(market.read(order).status)
    for code in ("3", "120", "300", "399"):
        market.answer(declaration, "list", code)
        seen.append(market.read(order).status)
    assert market.books.balance(account.reserved, unit) == 15000
    market.answer(declaration, "list", "800")
    seen.append(market.read(order).status)
    assert market.books.balance(account.reserved, unit) == 0
    assert market.books.balance(account.used, unit) == 15000
    for state in ("shipped", "in_transit", "delivered"):
        market.report(order, state)
        seen.append(market.read(order).status)
    market.answer(declaration, "list", "899")
    seen.append(market.read(order).status)
    assert seen == [
        "paid", "documents_stored", "declared", "declared", "held", "assessed", "released", "shipped", "shipped",
        "delivered", "closed",
    ]  # fmt: skip
    assert market.books.balance(f"reserved/{order.id}", offer.id) == 0
    assert market.books.balance(f"sold/{offer.id}", offer.id) == 2
    assert market.books.balance(stock, offer.id) == 3
