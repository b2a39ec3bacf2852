"""Offers: read from requests and rows of tables, created, changed, stocked; what is wrong is named by its field."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.model.errors import TradeError
from entrepot.trade.kinds import KINDS
from entrepot.trade.ledger.events import check_value
from entrepot.trade.objects import NotAllowed
from entrepot.trade.offer_form import FIELDS, OfferForm, RowFault, read_offer, read_row
from entrepot.trade.ports import NotFound
from entrepot.trade.selling import act, change_stock, create_offer, update_offer
from trade.market import COFFEE, DECIMALS, OTHER_SELLER, SELLER, Market
from trade.test_orders import refused


def test_an_offer_is_created_with_its_stock_and_the_same_key_creates_it_once(market: Market) -> None:
    form = read_offer(COFFEE, DECIMALS.get)
    first = market.books.run(lambda tx: create_offer(tx, form, seller=SELLER, key="k" * 255))
    assert market.books.run(lambda tx: create_offer(tx, form, seller=SELLER, key="k" * 255)) == first
    assert (first.goods.hs_code, first.prices.price, first.prices.shipping) == ("090121", 6800, 1200)
    assert market.books.balance(f"stock/{first.id}", first.id) == 100
    other = read_offer({**COFFEE, "price": "1.00"}, DECIMALS.get)
    refused(
        "idempotency_key_reused",
        lambda: market.books.run(lambda tx: create_offer(tx, other, seller=SELLER, key="k" * 255)),
    )


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"prise": "1"}, "unknown_field", "prise"),
        ({"currency": "XXX"}, "currency_unknown", "currency"),
        ({"price": "1.005"}, "amount_invalid", "price"),
        ({"price": "-1"}, "amount_invalid", "price"),
        ({"price": None}, "field_missing", "price"),
        ({"price": "1,50"}, "number_invalid", "price"),
        ({"price": True}, "number_invalid", "price"),
        ({"hs_code": "09"}, "field_invalid", "hs_code"),
        ({"hs_code": ""}, "goods_or_service", "hs_code"),
        ({"service": "software"}, "goods_or_service", "hs_code"),
        ({"ship_from": "Vietnam"}, "field_invalid", "ship_from"),
        ({"ship_from": ""}, "field_missing", "ship_from"),
        ({"supply": "bond"}, "field_invalid", "supply"),
        ({"supply": "bonded"}, "field_missing", "warehouse"),
        ({"incoterm": "FOD"}, "field_invalid", "incoterm"),
        ({"titles": {}}, "field_missing", "titles"),
        ({"titles": {"1": "x"}}, "field_invalid", "titles"),
        ({"titles": {"zh": "x" * 251}}, "field_too_long", "titles.zh"),
        ({"titles": {"zh": "a\0b"}}, "field_invalid", "titles.zh"),
        ({"titles": "Coffee"}, "field_invalid", "titles"),
        ({"stock": "1.5"}, "stock_invalid", "stock"),
        ({"stock": -1}, "stock_invalid", "stock"),
        ({"net_mass_kg": "0"}, "number_invalid", "net_mass_kg"),
        ({"measures": {"mass": "1"}}, "unknown_field", "measures.mass"),
        ({"tax_registrations": "a b;c"}, "field_invalid", "tax_registrations"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(change: dict[str, Any], code: str, param: str) -> None:
    error = refused(code, lambda: read_offer({**COFFEE, **change}, DECIMALS.get))
    assert error.param == param


_ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.lists(st.text(max_size=3), max_size=2), st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2),
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(FIELDS), _ODD, max_size=5))
def test_any_request_is_an_offer_that_the_ledger_can_keep_or_an_error(change: dict[str, Any]) -> None:
    try:
        form = read_offer({**COFFEE, **change}, DECIMALS.get)
    except TradeError:
        return
    check_value(msgspec.to_builtins(form.goods))
    check_value(msgspec.to_builtins(form.prices))


def test_a_row_of_a_table_has_columns_with_the_names_of_the_fields() -> None:
    row = {
        "title_zh": "烘焙咖啡", "title_vi": "Cà phê", "title_km": "", "hs_code": "0901.21", "ship_from": "vn",
        "country_of_origin": "VN", "price": "68.00", "currency": "cny", "stock": "20", "net_mass_kg": "0.50",
        "registration_cn_food": "C-VNM-1", "reference": "A-1", "barcode": "",
    }  # fmt: skip
    found = read_row(row, DECIMALS.get)
    assert isinstance(found, OfferForm)
    assert found.goods.titles == {"zh": "烘焙咖啡", "vi": "Cà phê"}
    assert (found.goods.registrations, found.goods.ship_from, found.stock) == ({"cn_food": "C-VNM-1"}, "VN", 20)
    assert found.goods.measures == {"net_mass_kg": "0.50"}


def test_a_fault_of_a_row_is_a_value_with_its_column() -> None:
    row = {"title_zh": "x" * 300, "hs_code": "090121", "ship_from": "VN", "price": "1", "currency": "CNY"}
    fault = read_row(row, DECIMALS.get)
    assert isinstance(fault, RowFault)
    assert (fault.code, fault.column) == ("field_too_long", "title_zh")
    unknown = read_row({**row, "title_zh": "x", "colour": "red"}, DECIMALS.get)
    assert isinstance(unknown, RowFault)
    assert (unknown.code, unknown.column) == ("unknown_field", "colour")


def test_an_update_changes_what_is_sold_from_now_on_and_not_what_was_sold(market: Market) -> None:
    offer = market.offer()
    (order,) = market.place({offer.id: 1})
    changed = market.books.run(
        lambda tx: update_offer(tx, offer.id, {"price": "70.00", "stock": 10}, DECIMALS.get, seller=SELLER)
    )
    assert (changed.prices.price, changed.goods, changed.version) == (7000, offer.goods, 2)
    assert market.books.balance(f"stock/{offer.id}", offer.id) == 10
    assert market.read(order).lines[0].price == 6800
    unchanged = market.books.run(lambda tx: update_offer(tx, offer.id, {"price": "70.0"}, DECIMALS.get, seller=SELLER))
    assert unchanged.version == 2


def test_stock_is_added_and_taken_and_never_below_what_is_reserved(market: Market) -> None:
    offer = market.offer(stock=3)
    market.place({offer.id: 2})
    market.books.run(lambda tx: change_stock(tx, offer.id, 4, seller=SELLER))
    refused("no_stock", lambda: market.books.run(lambda tx: change_stock(tx, offer.id, -6, seller=SELLER)), "5 left")
    uncounted = market.offer({name: value for name, value in COFFEE.items() if name != "stock"})
    refused("stock_not_counted", lambda: market.books.run(lambda tx: change_stock(tx, uncounted.id, 1, seller=SELLER)))


def test_an_offer_is_paused_resumed_and_ended_once(market: Market) -> None:
    offer = market.offer()

    def change(action: str) -> str:
        return market.books.run(lambda tx: act(tx, offer.id, action, seller=SELLER)).status

    seen = [change(each) for each in ("pause", "resume", "end")]
    assert seen == ["paused", "active", "ended"]
    with pytest.raises(NotAllowed) as error:
        market.books.run(lambda tx: act(tx, offer.id, "resume", seller=SELLER))
    assert error.value.code == "offer_state"


def test_an_offer_of_another_seller_is_not_found(market: Market) -> None:
    offer = market.offer()
    for command in (
        lambda tx: act(tx, offer.id, "end", seller=OTHER_SELLER),
        lambda tx: change_stock(tx, offer.id, 1, seller=OTHER_SELLER),
        lambda tx: update_offer(tx, offer.id, {}, DECIMALS.get, seller=OTHER_SELLER),
    ):
        with pytest.raises(NotFound):
            market.books.run(command)


def test_an_offer_follows_from_its_own_stream(market: Market) -> None:
    offer = market.offer()
    market.books.run(lambda tx: update_offer(tx, offer.id, {"price": "70.00"}, DECIMALS.get, seller=SELLER))
    state = None
    for _, event in market.books.events(stream=offer.id):
        state = KINDS["of_"].apply(state, event)
    assert state == market.books.read(offer.id)
