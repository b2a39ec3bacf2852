"""Who sees the tables of this node one after the other cannot compute from all what each holds back."""

from __future__ import annotations

import pytest

from entrepot.measure.transactions import ALL_PRODUCTS
from entrepot.trade_app.statistics import collect, own, synthetic
from entrepot.trade_app.statistics.making import VALUATIONS, as_json, make

LINES = list(synthetic.draw(400, year=2025))


@pytest.fixture(autouse=True)
def _node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect, "economy", lambda: "VN")
    monkeypatch.setattr(collect, "ledger_lines", lambda _most: LINES)
    monkeypatch.setattr(collect, "rate_to", lambda _currency: lambda _unit, _day: None)


def test_all_tables_hold_the_same_figures_back() -> None:
    tables = [own.own_table("2025", valuation=each, by_product=each == "CIF") for each in VALUATIONS]
    held = [{key for key in each.controlled.held_back if key.product == ALL_PRODUCTS} for each in tables]
    assert all(each == held[0] for each in held)
    alone = make(LINES, "VN", "2025", "CNY", lambda _unit, _day: None, 2).controlled.held_back
    assert held[0] > set(alone), "products must hold more back, or nothing is tested"
    for each in tables:
        assert not each.controlled.figures.keys() & each.controlled.held_back.keys()


def test_where_products_are_refused_they_hold_nothing_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "MOST_WITH_PRODUCTS", len(LINES) - 1)
    monkeypatch.setattr(collect, "ledger_lines", lambda most: LINES if most >= len(LINES) else pytest.fail("products"))
    found = own.own_table("2025", valuation="price")
    assert {key.product for key in found.table.figures} == {ALL_PRODUCTS}
    with pytest.raises(pytest.fail.Exception, match="products"):
        own.own_table("2025", by_product=True)


def test_products_are_shown_where_they_are_asked_for() -> None:
    assert {key.product for key in own.own_table("2025").table.figures} == {ALL_PRODUCTS}
    found = own.own_table("2025", by_product=True)
    assert as_json(found, product="09")["product"] == "09"
