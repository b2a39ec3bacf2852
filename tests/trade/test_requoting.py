"""A new quote of an order before its payment: where the law has changed, the quote has expired, or a year has begun."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import pytest

from entrepot.trade.objects import NotAllowed
from entrepot.trade.orders import Order
from entrepot.trade.ports import NotFound
from entrepot.trade.requoting import accept_quote, check_quote, new_quote
from trade.market import OTHER_BUYER, Market
from trade.test_orders import refused


def outdated(market: Market) -> Order:
    """An order whose law has changed since it was placed."""
    order = market.order(2)
    market.quotes.changed = "2"
    paying = market.begin_payment(order)
    assert paying.payment is None
    return paying.order


def test_an_order_is_not_paid_by_the_quote_of_another_law(market: Market) -> None:
    order = outdated(market)
    assert (order.status, order.why, order.payments) == ("requote", "law_changed", {})
    new = new_quote(order, market.quotes, market.clock())
    accepted = market.books.run(
        lambda tx: accept_quote(tx, order.id, new.id, new.hash, market.quotes, by=order.buyer.party)
    )
    assert (accepted.status, accepted.quote.law_hash) == ("created", order.quote.law_hash + "2")
    event = market.books.events(stream=order.id, limit=100)[-1][1]
    assert (event.kind, event.payload["previous"], event.payload["hash"]) == (
        "order.requoted",
        order.quote.hash,
        new.hash,
    )
    assert market.pay(accepted).status == "paid"
    assert accepted.limit is not None
    assert market.books.balance(accepted.limit.account.available, "limit:CNY") == -15000


def test_an_expired_quote_needs_a_new_one(market: Market) -> None:
    order = market.order(2)
    market.clock.pass_days(30)
    assert market.begin_payment(order).order.why == "quote_expired"


def test_a_new_quote_is_accepted_only_by_the_buyer_and_only_for_this_order(market: Market) -> None:
    order = outdated(market)
    new = new_quote(order, market.quotes, market.clock())

    def accept(number: str, digest: str, by: str) -> Callable[[], Order]:
        return lambda: market.books.run(lambda tx: accept_quote(tx, order.id, number, digest, market.quotes, by=by))

    with pytest.raises(NotFound):
        accept(new.id, new.hash, OTHER_BUYER)()
    refused("quote_altered", accept(new.id, order.quote.hash, order.buyer.party))
    other = new_quote(market.order(3), market.quotes, market.clock())
    refused("quote_differs", accept(other.id, other.hash, order.buyer.party))
    market.quotes.changed = "3"
    refused("law_changed", accept(new.id, new.hash, order.buyer.party))
    assert market.read(order).status == "requote"


def test_a_paid_order_keeps_its_quote_whatever_the_law_becomes(market: Market) -> None:
    order = market.pay(market.order(2))
    market.quotes.changed = "2"
    assert market.books.run(lambda tx: check_quote(tx, order.id, market.quotes)).status == "paid"
    new = new_quote(order, market.quotes, market.clock())
    refused(
        "order_not_payable",
        lambda: market.books.run(
            lambda tx: accept_quote(tx, order.id, new.id, new.hash, market.quotes, by=order.buyer.party)
        ),
    )


def test_no_event_gives_a_paid_order_another_quote(market: Market) -> None:
    order = market.pay(market.order())
    for kind in ("order.requote_needed", "order.requoted"):
        with pytest.raises(NotAllowed) as error:
            market.books.run(partial(_append, order.id, kind))
        assert error.value.code == "order_paid"
    assert market.read(order) == order


def _append(number: str, kind: str, tx: Any) -> object:
    return tx.append(number, kind, {"reason": "law_changed"})


def test_a_new_quote_takes_the_limit_that_the_order_has_already(market: Market) -> None:
    # Five orders of 5,000.00 leave CNY 1,000.00 of the year: one of them must not need its 5,000.00 twice.
    offer = market.offer(price="5000.00", shipping="0")
    orders = [market.place({offer.id: 1})[0] for _ in range(5)]
    market.quotes.changed = "2"
    new = new_quote(orders[0], market.quotes, market.clock())
    accepted = market.books.run(
        lambda tx: accept_quote(tx, orders[0].id, new.id, new.hash, market.quotes, by=orders[0].buyer.party)
    )
    assert accepted.limit is not None
    assert market.books.balance(accepted.limit.account.available, "limit:CNY") == -2_500_000


def requoted(market: Market, order: Order) -> Order:
    """The order with a new quote that its buyer has accepted."""
    new = new_quote(order, market.quotes, market.clock())
    return market.books.run(
        lambda tx: accept_quote(tx, order.id, new.id, new.hash, market.quotes, by=order.buyer.party)
    )


def test_after_new_year_a_new_quote_takes_of_the_limit_of_the_new_year_what_remains_of_it(market: Market) -> None:
    market.clock.time = dt.datetime(2026, 12, 31, 12, 0, tzinfo=dt.UTC)  # 20:00 in China
    offer = market.offer(price="5000.00", shipping="0")
    (old,) = market.place({offer.id: 1})
    market.clock.time = dt.datetime(2026, 12, 31, 17, 0, tzinfo=dt.UTC)  # 1 January in China
    for _ in range(5):
        market.place({offer.id: 1})
    # CNY 1,000.00 remain of 2027; the 5,000.00 that the order has reserved are of 2026.
    refused("limit_annual", lambda: requoted(market, old), "CNY 1000.00", "in 2027")
    assert market.read(old).limit == old.limit
    (small,) = market.place({market.offer(price="900.00", shipping="0").id: 1})
    assert small.limit is not None
    assert (small.limit.year, market.books.balance(small.limit.account.available, "limit:CNY")) == (2027, -2_590_000)


def test_what_was_bought_elsewhere_in_the_year_before_does_not_count_for_the_new_one(market: Market) -> None:
    market.clock.time = dt.datetime(2026, 12, 31, 12, 0, tzinfo=dt.UTC)
    (old,) = market.place({market.offer(price="1000.00", shipping="0").id: 1}, year_to_date="24000.00")
    refused("limit_annual", lambda: market.place({market.offer(price="2000.00").id: 1}, year_to_date="24000.00"))
    market.clock.time = dt.datetime(2026, 12, 31, 17, 0, tzinfo=dt.UTC)
    new = requoted(market, old)
    assert new.limit is not None
    assert (new.limit.year, new.limit.amount) == (2027, 100_000)
    # Of 2026 all is given back; the floor of 2027 is the whole limit.
    account = new.limit.account
    before = msgspec.structs.replace(account, year=2026)
    assert [market.books.balance(each.available, "limit:CNY") for each in (before, account)] == [0, -100_000]
    reserved = [
        each
        for _, event in market.books.events(stream=old.id)
        for each in event.postings
        if each.account == account.available
    ]
    assert [each.floor for each in reserved] == [-2_600_000]
