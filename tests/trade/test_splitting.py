"""A checkout is divided into orders where one order, one list, one parcel asks for it; each says why."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from entrepot.trade.offers import Goods, Offer, Prices
from entrepot.trade.orders import Order
from entrepot.trade.quotes import check_known, made_for
from entrepot.trade.reasons import SENTENCES, Reason
from entrepot.trade.splitting import MAX_LINES, Item, Part, costs, divide, divide_by_value, merged
from trade.market import CASHEW, OTHER_SELLER, Market
from trade.test_orders import refused


def item(number: int, quantity: int = 1, price: int = 1000, seller: str = "og_1", **goods: Any) -> Item:
    """An item of an invented offer."""
    prices = Prices(currency="CNY", price=price, shipping=500, shipping_further=100)
    return Item(
        Offer(
            id=f"of_{number}",
            status="active",
            seller=seller,
            goods=Goods(titles={}, ship_from=goods.pop("ship_from", "VN"), **goods),
            prices=prices,
            created="",
        ),
        quantity,
        f"items[{number}]",
    )


def codes(part: Part | Order) -> list[str]:
    return [each.code for each in part.reasons]


def test_what_travels_together_is_one_order_without_a_reason() -> None:
    (part,) = divide([item(1), item(2), item(1, 3)])
    assert (codes(part), [(each.offer.id, each.quantity) for each in part.items]) == ([], [("of_1", 4), ("of_2", 1)])


def test_each_difference_divides_and_is_named() -> None:
    for code, other in {
        "split.seller": item(2, seller="og_2"),
        "split.supply": item(2, supply="bonded"),
        "split.warehouse": item(2, warehouse="NINGBO"),
        "split.ship_from": item(2, ship_from="TH"),
        "split.incoterm": item(2, incoterm="CIF"),
        "split.service": item(2, service="software"),
    }.items():
        parts = divide([item(1), other, item(3)])
        assert [len(part.items) for part in parts] == [2, 1]
        assert all(codes(part) == [code] for part in parts)
        assert SENTENCES[code]


def test_a_list_has_at_most_99_lines() -> None:
    parts = divide([item(number) for number in range(1, 2 * MAX_LINES + 3)])
    assert [len(part.items) for part in parts] == [99, 99, 2]
    assert codes(parts[0]) == ["split.lines"]


@given(
    st.lists(
        st.tuples(st.integers(1, 12), st.integers(1, 40), st.integers(1, 400_000)), min_size=1, max_size=6,
        unique_by=lambda each: each[0],
    )
)  # fmt: skip
def test_parts_within_a_limit_have_all_pieces_and_are_within_it_or_of_one_piece(
    drawn: list[tuple[int, int, int]],
) -> None:
    single = 500_000
    part = Part(merged([item(number, quantity, price) for number, quantity, price in drawn]))

    def value(items: object) -> int:
        return sum(each.amount for each in items) + costs(items).shipping  # type: ignore[attr-defined,arg-type]  # a part's items

    parts = divide_by_value(part, value, single, Reason("split.single_limit", {}, (), ""), most=1000)
    pieces: dict[str, int] = {}
    for found in parts:
        assert value(found.items) <= single or sum(each.quantity for each in found.items) == 1
        for each in found.items:
            pieces[each.offer.id] = pieces.get(each.offer.id, 0) + each.quantity
    assert pieces == {f"of_{number}": quantity for number, quantity, _ in drawn}


def test_goods_of_two_sellers_are_two_orders_of_one_checkout_each_with_its_quote() -> None:
    market = Market()
    coffee, cashew = market.offer(), market.offer(CASHEW, seller=OTHER_SELLER)
    first, second = market.place({coffee.id: 2, cashew.id: 1})
    assert first.checkout == second.checkout
    assert (first.siblings, first.quote.id) == (second.siblings, "qt_1")
    assert codes(first) == codes(second) == ["split.seller", "split.ship_from"]
    # Each has its own carriage: 12.00 + 2.00, and 12.00.
    assert (first.quote.amounts.shipping, second.quote.amounts.shipping) == (1400, 1200)


def test_direct_and_bonded_goods_are_declared_on_two_lists() -> None:
    market = Market()
    direct, bonded = market.offer(), market.offer(supply="bonded", warehouse="NINGBO-1")
    first, second = market.place({direct.id: 1, bonded.id: 1})
    assert (first.supply, second.supply, second.warehouse) == ("direct", "bonded", "NINGBO-1")
    assert codes(first) == ["split.supply", "split.warehouse"]


def test_an_order_above_the_single_limit_is_divided_into_orders_within_it() -> None:
    market = Market()
    # By hand: 1,700.00 a piece with free carriage: two are 3,400.00, three 5,100.00 and above CNY 5,000.
    offer = market.offer(price="1700.00", shipping="0", shipping_further="0")
    orders = market.place({offer.id: 5})
    assert [order.pieces for order in orders] == [2, 2, 1]
    assert all(order.quote.option == "retail" for order in orders)
    assert {each.code: each.values["single"] for order in orders for each in order.reasons} == {
        "split.single_limit": "5000.00"
    }


def test_a_dear_piece_travels_alone_with_full_tax() -> None:
    market = Market()
    dear = market.offer(price="6000.00", shipping="0", shipping_further="0")
    cheap = market.offer(price="100.00", shipping="0", shipping_further="0")
    orders = market.place({cheap.id: 3, dear.id: 1})
    assert sorted((order.quote.option, order.pieces) for order in orders) == [("retail", 3), ("retail_above_limit", 1)]


def test_orders_whose_quote_was_not_shown_wait_for_the_buyer() -> None:
    market = Market()
    coffee, cashew = market.offer(), market.offer(CASHEW, seller=OTHER_SELLER)
    shown = market.checkout({coffee.id: 2}).parts[0].stored
    orders = market.place({coffee.id: 2, cashew.id: 1}, quotes=[{"id": shown.id, "hash": shown.hash}])
    assert [(order.status, order.why) for order in orders] == [("created", ""), ("requote", "order_divided")]
    assert market.begin_payment(orders[1]).payment is None


def test_an_assertion_belongs_to_the_orders_whose_procedures_have_its_condition(market: Market) -> None:
    offer = market.offer(hs_code="0703.20", titles={"en": "Garlic"})
    stored = market.checkout({offer.id: 1}, option="retail", assertions=["positive_list"]).parts[0].stored
    options = {each.id: each for each in stored.document.options}
    retail, ordinary = options["retail"], options["ordinary"]
    assert made_for(retail, ["positive_list", "positive_list", "other"]) == ["positive_list"]
    assert made_for(ordinary, ["positive_list"]) == []
    check_known([ordinary, retail], ["positive_list"])
    refused("assertion_unknown", lambda: check_known([ordinary], ["positive_list"]))


def test_an_assertion_for_one_order_of_a_checkout_is_not_asked_of_another(market: Market) -> None:
    # Coffee is on the editions of the list that were seen, durian is on none: only coffee has the condition of today.
    coffee = market.offer()
    durian = market.offer(
        hs_code="0810.60", titles={"en": "Durian"}, country_of_origin="TH", ship_from="TH", supply="bonded",
        warehouse="W1", record_number="B-1",
    )  # fmt: skip
    both, made = {coffee.id: 1, durian.id: 1}, ["positive_list", "positive_list_of_today"]
    first, second = market.place(both, option="retail", assertions=made)
    assert [each.id for each in first.quote.assertions] == made
    assert [each.id for each in second.quote.assertions] == ["positive_list"]
    refused("assertion_unknown", lambda: market.checkout({durian.id: 1}, option="retail", assertions=made), "of_today")
