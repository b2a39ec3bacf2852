"""The lines of a ledger in the database: orders are read page by page, with their objects together."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("django", reason="the server is not installed")

from entrepot.measure.extract import lines_of
from entrepot.measure.lines import Known, Party
from entrepot.trade_app.statistics import collect
from measure.test_extract import facts
from trade.market import SELLER, Market
from trade.tally import Clock
from trade.test_bookings_in_database import books


@pytest.mark.usefixtures("sqlite_tables")
def test_the_lines_are_those_of_each_order_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    own: Any = books(clock)
    market = Market(own, clock)
    orders = [market.order(quantity) for quantity in range(1, 6)]
    for each in orders[1:]:
        market.pay(each)
    for each in orders[2:]:
        market.ship(each)
    market.report(orders[3], "shipped")
    known = Known(parties={SELLER: Party("VN", "S11")}, economy="CN")
    alone = [line for each in orders for line in lines_of(facts(own, each), known)]
    assert [each.quantity for each in alone] == [2, 3, 4, 5]  # the first one was not paid
    assert [bool(each.shipped) for each in alone] == [False, False, True, False]
    for page in (2, 500):
        monkeypatch.setattr(collect, "PAGE", page)
        # Orders of one moment have no order but that of their ids.
        assert list(collect.lines_in(own, known)) == sorted(alone, key=lambda each: each.id)
