"""The data of an order are corrected before it is declared: by whom, what, and at the same price."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from entrepot.trade import orders
from entrepot.trade.cancelling import cancel_order
from entrepot.trade.correcting import check_goods, correct_order
from entrepot.trade.orders import Order
from entrepot.trade.ports import NotFound
from trade.market import BUYER, CASHEW, CONTACT, OTHER_BUYER, OTHER_SELLER, SELLER, Market
from trade.test_declaring import office_of, shipped, work
from trade.test_orders import OTHER_NUMBER, refused

#: What makes the coffee of the market one that can be declared.
WHOLE = {"hs_code": "0901210000", "legal_unit": "KGM", "specification": "500克/袋", "unit": "BG"}


def contact(market: Market, order: Order, by: str = BUYER, **changed: str) -> Order:
    return market.books.run(lambda tx: correct_order(tx, order.id, by=by, contact=changed))


def goods(market: Market, order: Order, lines: Mapping[int, Mapping[str, Any]], by: str = SELLER) -> Order:
    checked = check_goods(market.read(order), lines, market.quotes)
    return market.books.run(lambda tx: correct_order(tx, order.id, by=by, checked=checked))


def contact_of(market: Market, order: Order) -> dict[str, str]:
    found = market.read(order)
    return dict(market.books.run(lambda tx: tx.get_personal(found.buyer.personal)))


def test_a_code_and_a_chinese_name_are_corrected_and_the_order_is_declared(market: Market) -> None:
    order = shipped(market, hs_code="0901.21", titles={"en": "Coffee"})
    office = office_of(market, SELLER)
    work(market, office)
    assert market.read(order).why == "declaration_code"
    market.clock.pass_days(1)
    goods(market, order, {1: {"hs_code": "0901.21.0000"}})
    work(market, office)
    assert market.read(order).why == "declaration_name"
    market.clock.pass_days(1)
    after = goods(market, order, {1: {"title_zh": "烘焙咖啡"}})
    assert (after.lines[0].goods.hs_code, after.lines[0].goods.titles) == (
        "0901210000",
        {"en": "Coffee", "zh": "烘焙咖啡"},
    )
    work(market, office)
    found = market.read(order)
    assert (found.attention, list(found.declarations.values())) == ((), ["created"])
    assert found.quote == order.quote
    events = [event for _, event in market.books.events(stream=order.id) if event.kind == "order.corrected"]
    assert [(each.payload["by"], each.payload["fields"]) for each in events] == [
        (SELLER, ["lines.1.hs_code"]),
        (SELLER, ["lines.1.title_zh"]),
    ]
    assert all(market.quotes.find(each.payload["quote"]) for each in events)


def test_what_would_cost_the_buyer_something_else_is_refused(market: Market) -> None:
    # A wine (22.04) bears the consumption tax of 10 % beside VAT: 80 / 0.9 = 88.89, of it 8.89 and 13 %: 11.56; 70 % of
    # the two is 14.31. The coffee has 13 % x 70 % of 80 = 7.28.
    order = market.order()
    error = refused(
        "correction_changes_price",
        lambda: goods(market, order, {1: {"hs_code": "2204210000", "measures": {"litres": "0.75"}}}),
        "14.31 CNY, not 7.28",
    )
    assert error.param == "lines"
    assert market.read(order) == order


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ({2: {"hs_code": "0901210000"}}, "correction_line"),
        ({1: {"price": "1.00"}}, "not_correctable"),
        ({1: {"country_of_origin": "BR"}}, "not_correctable"),
        ({1: {"hs_code": "coffee"}}, "field_invalid"),
        ({1: {"title_zh": "咖" * 251}}, "field_too_long"),
        ({1: {"measures": {"net_mass_kg": "-1"}}}, "number_invalid"),
    ],
)
def test_a_correction_that_cannot_be_read_says_why(market: Market, lines: Any, code: str) -> None:
    order = market.order()
    refused(code, lambda: goods(market, order, lines))


def test_a_contact_is_corrected_for_the_same_identity(market: Market) -> None:
    order = market.order()
    after = contact(market, order, name="张  炜", telephone="13900139000")
    assert contact_of(market, order) == {**CONTACT, "name": "张 炜", "telephone": "13900139000"}
    assert after.buyer.personal != order.buyer.personal
    assert (after.limit, after.buyer.identity) == (order.limit, order.buyer.identity)
    (event,) = (event for _, event in market.books.events(stream=order.id) if event.kind == "order.corrected")
    assert event.payload["fields"] == ["contact.name", "contact.telephone"]
    assert not any(each in str(event.payload) for each in ("炜", "13900139000"))
    refused("identity_differs", lambda: contact(market, order, identity_number=OTHER_NUMBER))
    refused("identity_invalid", lambda: contact(market, order, identity_number="1"))
    refused("identity_missing", lambda: contact(market, order, telephone=""))
    refused("not_correctable", lambda: contact(market, order, adress="x"), "address")
    # What is written as it is already is no correction.
    same = contact(market, order, identity_number="11010519491231002x")
    assert same == after


def test_an_address_is_corrected_until_the_parcel_has_its_waybill(market: Market) -> None:
    order = market.pay(market.order())
    contact(market, order, address="上海市浦东新区世纪大道1号")
    market.ship(order)
    refused("parcel_booked", lambda: contact(market, order, address="北京市朝阳区建国路1号"), "address")
    assert contact(market, order, name="张炜").status == "paid"


def test_who_may_correct_what(market: Market) -> None:
    order = market.order()
    refused("not_the_buyer", lambda: contact(market, order, SELLER, name="x"))
    refused("not_the_seller", lambda: goods(market, order, {1: WHOLE}, BUYER))
    for other in (OTHER_BUYER, OTHER_SELLER):
        with pytest.raises(NotFound):
            contact(market, order, other, name="x")
        with pytest.raises(NotFound):
            goods(market, order, {1: WHOLE}, other)


def test_two_corrections_at_once_do_not_undo_each_other(market: Market) -> None:
    order = market.order()
    first, second = (check_goods(order, {1: {name: WHOLE[name]}}, market.quotes) for name in ("hs_code", "legal_unit"))
    market.books.run(lambda tx: correct_order(tx, order.id, by=SELLER, checked=first))
    refused(
        "order_changed", lambda: market.books.run(lambda tx: correct_order(tx, order.id, by=SELLER, checked=second))
    )


def test_a_declared_order_is_not_corrected_but_for_the_code_that_customs_refused(market: Market) -> None:
    order = market.pay(market.order())
    market.ship(order)
    declaration = market.declare(order)
    refused("order_declared", lambda: goods(market, order, {1: WHOLE}))
    refused("order_declared", lambda: contact(market, order, name="张炜"))
    market.release(declaration, "120", "100")
    assert market.read(order).status == "refused"
    refused("order_declared", lambda: goods(market, order, {1: {"title_zh": "咖啡"}}))
    after = goods(market, order, {1: {"hs_code": "0901210000"}})
    assert after.lines[0].goods.hs_code == "0901210000"
    messages = market.books.read(declaration.id).messages
    assert {name: each.tries for name, each in messages.items()} == {"order": 1, "payment": 1, "waybill": 1, "list": 2}


def test_an_order_without_a_list_is_corrected_until_its_goods_leave(market: Market) -> None:
    offer = market.offer(CASHEW)
    (order,) = market.place({offer.id: 2}, kind="business", contact={"name": "Co", "telephone": "1", "address": "x"})
    market.pay(order)
    contact(market, order, telephone="2")
    goods(market, order, {1: {"title_zh": "腰果"}})
    market.ship(order)
    market.report(order, "shipped")
    refused("order_sent", lambda: contact(market, order, telephone="3"))


def test_a_cancelled_order_is_not_corrected(market: Market) -> None:
    order = market.order()
    market.books.run(lambda tx: cancel_order(tx, order.id, "changed_mind", by=BUYER))
    refused("order_state", lambda: contact(market, order, name="张炜"))


def test_the_corrections_of_an_order_fold_again_to_the_same_state(market: Market) -> None:
    order = market.pay(market.order())
    contact(market, order, name="张炜")
    goods(market, order, {1: WHOLE})
    market.ship(order)
    state: Order | None = None
    for _, event in market.books.events(stream=order.id, limit=100):
        state = orders.apply(state, event)
    assert state == market.read(order)
