"""Orders: placed from quotes, paid, declared, shipped; what is refused, with a code and a sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import pytest

from entrepot.model.errors import TradeError
from entrepot.trade.checkout import read_asked
from entrepot.trade.identity import is_resident_number
from entrepot.trade.placing import place_orders
from entrepot.trade.ports import NotFound
from trade.market import CASHEW, COFFEE, CONTACT, OTHER_BUYER, OTHER_SELLER, Market

#: The number of another person, with its check character by ISO 7064 MOD 11-2 worked out by hand.
OTHER_NUMBER = "110105199001010010"


def refused(code: str, command: Callable[[], Any], *parts: str) -> TradeError:
    """A command is refused with a code and a sentence that has these parts."""
    with pytest.raises(TradeError) as error:
        command()
    assert error.value.code == code, error.value
    assert "{" not in error.value.message
    assert error.value.message.endswith((".", "?"))
    for part in parts:
        assert part in error.value.message
    return error.value


def test_an_order_locks_in_its_quote_and_what_the_buyer_pays(market: Market) -> None:
    order = market.order(2)
    # By hand: 2 x 68.00 + 12.00 + 2.00 for carriage = 150.00; VAT 13 % at 70 % of it: 13.65.
    amounts = order.quote.amounts
    assert (amounts.goods, amounts.shipping, amounts.insurance) == (13600, 1400, 0)
    assert (amounts.duties, amounts.taxes, amounts.total) == (0, 1365, 16365)
    stored = market.quotes.find(order.quote.id)
    assert stored is not None
    assert (order.quote.hash, order.quote.law_hash) == (stored.hash, stored.document.law.hash)
    assert (order.quote.option, order.quote.law_date) == ("retail", "2026-03-01")
    assert order.quote.limited == 15000
    assert order.lines[0].goods.titles["vi"] == "Cà phê rang"
    assert order.status == "created"


def test_customs_and_transport_decide_the_status_and_stock_and_limit_follow(market: Market) -> None:
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


def test_each_change_of_an_order_names_its_cause(market: Market) -> None:
    order = market.pay(market.order())
    market.ship(order)
    market.release(market.declare(order))
    events = {event.id: event for _, event in market.books.events(limit=1000)}
    changes = [each for each in events.values() if each.stream == order.id and each.kind == "order.customs_changed"]
    assert [each.payload["status"] for each in changes][-1] == "released"
    assert all(events[each.cause].kind.startswith("declaration.") for each in changes)


def test_the_state_of_an_order_follows_from_its_own_stream(market: Market) -> None:
    from entrepot.trade.kinds import KINDS

    order = market.pay(market.order(2))
    market.ship(order)
    market.release(market.declare(order))
    state = None
    for _, event in market.books.events(stream=order.id, limit=1000):
        state = KINDS["or_"].apply(state, event)
    assert state == market.read(order)


def test_no_personal_data_is_in_an_event(market: Market) -> None:
    market.pay(market.order())
    written = msgspec.json.encode([event for _, event in market.books.events(limit=1000)]).decode()
    for value in (CONTACT["identity_number"], CONTACT["telephone"], CONTACT["name"], "建国路"):
        assert value not in written


def test_the_same_key_places_the_orders_once(market: Market) -> None:
    offer = market.offer(stock=5)
    checkout = market.checkout({offer.id: 2})
    first = market.books.run(lambda tx: place_orders(tx, checkout, market.quotes, key="k"))
    again = market.checkout({offer.id: 2})
    assert market.books.run(lambda tx: place_orders(tx, again, market.quotes, key="k")) == first
    assert market.books.balance(f"stock/{offer.id}", offer.id) == 3
    other = market.checkout({offer.id: 1})
    refused(
        "idempotency_key_reused", lambda: market.books.run(lambda tx: place_orders(tx, other, market.quotes, key="k"))
    )
    # The key of another buyer is another key.
    assert market.place({offer.id: 1}, by=OTHER_BUYER, key="k")[0].id != first[0].id


def test_stock_is_not_oversold_and_the_error_says_what_is_left(market: Market) -> None:
    offer = market.offer(stock=3)
    market.place({offer.id: 2})
    error = refused("no_stock", lambda: market.place({offer.id: 2}), "1 left", "2 were ordered")
    assert error.param == "items[0].quantity"
    assert market.books.balance(f"stock/{offer.id}", offer.id) == 1


def test_an_offer_that_is_not_counted_has_no_stock(market: Market) -> None:
    offer = market.offer({name: value for name, value in COFFEE.items() if name != "stock"})
    (order,) = market.place({offer.id: 40})
    assert order.stock == "none"
    assert market.books.balance(f"stock/{offer.id}", offer.id) == 0


def test_orders_are_placed_together_or_not_at_all(market: Market) -> None:
    coffee, cashew = market.offer(stock=10), market.offer(CASHEW, stock=1)
    events = len(market.books.events(limit=1000))
    refused("no_stock", lambda: market.place({coffee.id: 1, cashew.id: 2}))
    assert len(market.books.events(limit=1000)) == events
    assert market.books.balance(f"stock/{coffee.id}", coffee.id) == 10


def test_the_annual_limit_is_told_before_the_payment_with_what_remains(market: Market) -> None:
    # By hand: 26,000.00 a year; 15 pieces at 68.00 with 12.00 + 14 x 2.00 for carriage: 1,060.00.
    offer = market.offer(stock=10_000)
    error = refused(
        "limit_annual", lambda: market.place({offer.id: 15}, year_to_date="24940.01"), "1059.99", "26000.00"
    )
    assert error.param == "items"
    (order,) = market.place({offer.id: 15}, year_to_date="24940.00")
    refused("limit_annual", lambda: market.place({offer.id: 1}, year_to_date="24940.00"), "0.00")
    assert order.limit is not None


def test_another_person_has_another_limit_and_one_person_has_one(market: Market) -> None:
    assert is_resident_number("11010519491231002X")
    offer = market.offer(stock=10_000)
    (first,) = market.place({offer.id: 1})
    (other,) = market.place({offer.id: 1}, contact={**CONTACT, "identity_number": OTHER_NUMBER})
    assert other.buyer.identity != first.buyer.identity
    (second,) = market.place(
        {offer.id: 1}, contact={**CONTACT, "identity_number": " 11010519491231002x", "name": "Zhang"}
    )
    assert first.buyer.identity == second.buyer.identity
    assert first.limit is not None
    assert market.books.balance(first.limit.account.available, "limit:CNY") == -16000


def test_a_single_item_above_the_single_limit_bears_full_tax(market: Market) -> None:
    offer = market.offer(price="6000.00", shipping="0", shipping_further="0")
    (order,) = market.place({offer.id: 1})
    assert order.quote.option == "retail_above_limit"
    assert order.limit is not None
    assert order.limit.amount == 600000


def test_the_year_of_a_limit_ends_by_the_time_of_china(market: Market) -> None:
    market.clock.time = dt.datetime(2026, 12, 31, 16, 0, tzinfo=dt.UTC)
    order = market.order()
    assert order.limit is not None
    assert order.limit.year == 2027


def test_goods_released_in_the_next_year_count_for_that_year(market: Market) -> None:
    market.clock.time = dt.datetime(2026, 12, 31, 12, 0, tzinfo=dt.UTC)
    order = market.pay(market.order())
    market.ship(order)
    market.clock.time = dt.datetime(2027, 1, 2, 12, 0, tzinfo=dt.UTC)
    market.release(market.declare(order))
    limit = market.read(order).limit
    assert limit is not None
    assert (limit.year, limit.state) == (2027, "used")
    old = msgspec.structs.replace(limit.account, year=2026)
    assert market.books.balance(old.available, old.unit) == market.books.balance(old.reserved, old.unit) == 0
    assert market.books.balance(limit.account.available, old.unit) == -limit.amount


# What is refused -----------------------------------------------------------------------------------------------------


def shown(market: Market, items: dict[str, int], **changes: Any) -> dict[str, str]:
    """A quote that a buyer was shown."""
    stored = market.checkout(items, **changes).parts[0].stored
    return {"id": stored.id, "hash": stored.hash}


def test_an_order_is_placed_by_the_quote_that_was_shown(market: Market) -> None:
    offer = market.offer()
    quote = shown(market, {offer.id: 2})
    (order,) = market.place({offer.id: 2}, quotes=[quote])
    assert (order.quote.id, order.state) == (quote["id"], "placed")


def test_a_quote_of_somebody_else_is_not_found(market: Market) -> None:
    offer = market.offer()
    quote = shown(market, {offer.id: 2}, by=OTHER_BUYER)
    there = refused("quote_not_found", lambda: market.place({offer.id: 2}, quotes=[quote]))
    nowhere = refused("quote_not_found", lambda: market.place({offer.id: 2}, quotes=[{"id": "qt_0", "hash": "x"}]))
    assert there.message.replace(quote["id"], "") == nowhere.message.replace("qt_0", "")


def test_an_expired_or_altered_quote_is_refused(market: Market) -> None:
    offer = market.offer()
    quote = shown(market, {offer.id: 2})
    refused("quote_altered", lambda: market.place({offer.id: 2}, quotes=[{**quote, "hash": "0" * 64}]))
    market.clock.pass_days(31)
    refused("quote_expired", lambda: market.place({offer.id: 2}, quotes=[quote]), "Ask for a new one")


def test_a_quote_of_other_amounts_or_goods_is_refused(market: Market) -> None:
    offer, other = market.offer(), market.offer()
    quote = shown(market, {other.id: 2})
    refused("quote_differs", lambda: market.place({offer.id: 2}, quotes=[quote]), "lines[0].reference")
    quote = shown(market, {offer.id: 3})
    refused("amount_differs", lambda: market.place({offer.id: 2}, quotes=[quote]), "lines[0].amount")


def test_an_amount_off_by_a_cent_is_refused(market: Market) -> None:
    offer = market.offer()
    assert market.place({offer.id: 2}, total="163.65")
    for wrong in ("163.64", "163.66", "163.650001", "x"):
        refused("amount_differs", partial(market.place, {offer.id: 2}, total=wrong), "163.65")


def test_a_quote_in_another_currency_is_refused(market: Market) -> None:
    offer = market.offer(currency="USD", price="10.00", shipping="0", shipping_further="0")
    refused("currency_differs", lambda: market.place({offer.id: 1}), "USD", "CNY")


def test_an_offer_that_changed_is_not_ordered_at_its_old_price(market: Market) -> None:
    from entrepot.trade.selling import update_offer
    from trade.market import DECIMALS, SELLER

    offer = market.offer()
    checkout = market.checkout({offer.id: 1})
    market.books.run(lambda tx: update_offer(tx, offer.id, {"price": "70.00"}, DECIMALS.get, seller=SELLER))
    refused("offer_changed", lambda: market.books.run(lambda tx: place_orders(tx, checkout, market.quotes, key="k")))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"identity_number": ""}, "identity_missing"),
        ({"telephone": " "}, "identity_missing"),
        ({"address": ""}, "contact_missing"),
        ({"identity_number": "110105194912310021"}, "identity_invalid"),
        ({"identity_type": "2"}, "identity_type"),
        # No message for customs, label or invoice can have these.
        ({"address": "北京市\a1号"}, "field_invalid"),
        ({"consignee": "A\0B"}, "field_invalid"),
        ({"name": "A\u202eB"}, "field_invalid"),
    ],
)
def test_a_buyer_without_what_customs_asks_for_is_told_so(market: Market, change: dict[str, str], code: str) -> None:
    offer = market.offer()
    error = refused(code, lambda: market.place({offer.id: 1}, contact={**CONTACT, **change}))
    assert error.param == f"contact.{next(iter(change))}"
    if given := "".join(change.values()).strip():
        assert given not in error.message or code == "identity_type"


def test_a_payer_who_is_not_the_buyer_is_refused(market: Market) -> None:
    order = market.order()
    other = {**CONTACT, "name": "李雷"}
    refused("payer_not_buyer", lambda: market.begin_payment(order, payer=other))
    assert market.read(order).status == "created"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"items": []}, "items_count"),
        ({"items": [{"offer": "of_1", "quantity": 0}]}, "quantity_invalid"),
        ({"items": [{"offer": "of_1", "quantity": 1.5}]}, "request_invalid"),
        ({"item": []}, "request_invalid"),
        ({"ship_to": {}}, "request_invalid"),
    ],
)
def test_a_request_that_is_wrong_names_the_place(change: dict[str, Any], code: str) -> None:
    request = {"items": [{"offer": "of_1", "quantity": 1}], "ship_to": {"country": "CN"}, "contact": {}}
    refused(code, lambda: read_asked({**request, **change}))


def test_an_offer_that_does_not_exist_or_is_paused_is_refused(market: Market) -> None:
    from entrepot.trade.selling import act
    from trade.market import SELLER

    refused("offer_not_found", lambda: market.place({"of_0": 1}))
    offer = market.offer()
    market.books.run(lambda tx: act(tx, offer.id, "pause", seller=SELLER))
    refused("offer_not_active", lambda: market.place({offer.id: 1}), "paused")


def test_a_conditional_option_needs_its_assertions_which_are_kept_with_who_made_them(market: Market) -> None:
    # Garlic that is not on an edition of the list that was seen: customs of China is asked by nobody.
    offer = market.offer(hs_code="0703.20", titles={"en": "Garlic"})
    checkout = market.checkout
    error = refused("assertions_missing", lambda: checkout({offer.id: 1}, option="retail"), "positive_list")
    assert error.param == "assertions"
    (order,) = market.place({offer.id: 1}, option="retail", assertions=["positive_list"])
    (made,) = order.quote.assertions
    assert (made.id, made.by) == ("positive_list", "us_1")


@pytest.mark.parametrize("incoterm", ["CIF", "DAP", "DDP"])
def test_a_price_that_includes_freight_is_not_declared_at_retail_but_sold_to_a_business(
    market: Market, incoterm: str
) -> None:
    # By hand: 3 x 68.00 = 204.00 in all; of it 16.00 are freight: 12.00 and 2 x 2.00.
    offer = market.offer(incoterm=incoterm)
    refused("incoterm_at_retail", lambda: market.place({offer.id: 3}), incoterm)
    (order,) = market.place({offer.id: 3}, kind="business")
    amounts = order.quote.amounts
    assert (amounts.goods, amounts.shipping, amounts.total) == (18800, 1600, 20400)


def test_a_service_is_ordered_without_an_address_and_without_stock(market: Market) -> None:
    service = {
        "titles": {"en": "Software"},
        "service": "software",
        "ship_from": "VN",
        "price": "100",
        "currency": "CNY",
    }
    offer = market.offer(service)
    (order,) = market.place({offer.id: 1}, contact={"name": "Zhang"})
    assert (order.quote.amounts.total, order.stock, order.limit) == (10000, "none", None)
    assert market.pay(order).status == "paid"


def test_charges_that_customs_collects_itself_are_not_paid_with_the_order(market: Market) -> None:
    offer = market.offer()
    (order,) = market.place({offer.id: 100}, kind="business")
    duties = [each for each in order.quote.charges if each.amount]
    assert duties
    assert not any(each.in_order for each in duties)
    assert order.quote.amounts.charges == 0


def test_an_option_that_is_closed_or_unknown_is_refused(market: Market) -> None:
    offer = market.offer()
    refused("option_closed", lambda: market.place({offer.id: 1}, option="ordinary"))
    refused("option_unknown", lambda: market.place({offer.id: 1}, option="free"), "retail")


def test_a_quote_with_an_assertion_is_not_used_without_it(market: Market) -> None:
    offer = market.offer(hs_code="0703.20", titles={"en": "Garlic"})
    asserted: dict[str, Any] = {"option": "retail", "assertions": ["positive_list"]}
    quote = shown(market, {offer.id: 1}, **asserted)
    assert market.place({offer.id: 1}, quotes=[quote], **asserted)[0].quote.id == quote["id"]
    refused("assertions_missing", lambda: market.place({offer.id: 1}, quotes=[quote], option="retail"))


def test_an_order_is_paid_once(market: Market) -> None:
    order = market.order()
    first, again = market.begin_payment(order), market.begin_payment(order)
    assert first.payment is not None
    assert again.payment is not None
    assert first.payment.id == again.payment.id
    refused("order_not_payable", lambda: market.begin_payment(order, key="another"))


def test_other_sellers_are_not_found(market: Market) -> None:
    from entrepot.trade.shipping import create_shipment

    order = market.pay(market.order())
    with pytest.raises(NotFound):
        market.books.run(lambda tx: create_shipment(tx, order.id, "ZTO", "WB1", by=OTHER_SELLER))
