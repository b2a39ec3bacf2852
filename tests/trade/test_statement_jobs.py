"""The statements of a month sum to the ledger, and the month is queued by name."""

from __future__ import annotations

from entrepot.trade_app.statement_jobs import statements_of
from trade.market import SELLER, Market


def test_the_statements_of_a_month_are_those_of_each_currency_of_the_seller() -> None:
    market = Market()
    market.pay(market.order(2))
    month = f"{market.clock():%Y-%m}"
    (made,) = statements_of(market.books, SELLER, month)
    # Two bags at CNY 68: nothing else is the seller's but the freight of 12 and 2, where no carrier is named.
    assert (made.currency, made.totals["sale"], made.closing) == ("CNY", 13600, 13600 + 1400)
    assert statements_of(market.books, "og_9", month) == []
    (before,) = statements_of(market.books, SELLER, "2026-01")
    assert (before.lines, before.closing) == ((), 0)
