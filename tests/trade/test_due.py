"""Orders that were not paid in time and returns whose goods did not come end by themselves."""

from __future__ import annotations

import pytest

from entrepot.trade_app import due
from entrepot.trade_app.due import end_due
from trade.market import Market
from trade.test_returning import asked, delivered


def test_what_is_due_ends_and_nothing_else(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "PAGE", 2)
    unpaid = [market.order() for _ in range(5)]
    paid = market.pay(market.order())
    order, _ = delivered(market)
    waiting = asked(market, order)
    assert end_due(market.books) == 0
    market.clock.pass_days(1)
    assert end_due(market.books) == 5
    assert {market.read(each).status for each in unpaid} == {"cancelled"}
    assert (market.read(paid).status, market.books.read(waiting.id).status) == ("paid", "asked")
    market.clock.pass_days(45)
    assert end_due(market.books) == 1
    assert market.books.read(waiting.id).status == "lapsed"
    assert end_due(market.books) == 0
