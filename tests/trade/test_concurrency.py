"""Orders in SQLite and PostgreSQL: concurrent ones oversell nothing and exceed no limit; states follow from events."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

pytest.importorskip("django", reason="the server is not installed")

from django.db import connections

from entrepot.model.errors import TradeError
from entrepot.store.trade.books import Keys, StoreBooks
from entrepot.trade.audit.replay import Replay
from entrepot.trade.kinds import KINDS
from entrepot.trade.placing import place_orders
from entrepot.trade.ports import Books
from entrepot.trade_app.due import end_due
from trade.adapters import DATA_KEY, HASH_KEY
from trade.market import COFFEE, Market
from trade.tally import Clock
from trade.test_returning import answered, asked, received

DATABASES = ["sqlite", "postgresql"]
THREADS = 32


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    request.getfixturevalue(f"{request.param}_tables")
    return str(request.param)


def books(clock: Clock) -> Books:
    """The books of a process, which share nothing with those of another one but the database."""
    return StoreBooks(KINDS, Keys(DATA_KEY, HASH_KEY), now=clock, random=os.urandom)


def outcomes(count: int, place: Callable[[int], object]) -> Counter[str]:
    """How often orders that are placed at the same time are placed, or refused with a code."""

    def run(each: int) -> str:
        try:
            place(each)
        except TradeError as error:
            return error.code
        finally:
            connections.close_all()
        return "placed"

    with ThreadPoolExecutor(min(count, THREADS)) as pool:
        return Counter(pool.map(run, range(count)))


def placing(offer: Mapping[str, Any], clock: Clock) -> tuple[Market, str, Callable[[int], object]]:
    """A market with an offer, and a function that places an order of one piece through one of two processes."""
    processes = [books(clock), books(clock)]
    market = Market(processes[0], clock)
    number = market.offer(offer).id
    checkout = market.checkout({number: 1})

    def place(each: int) -> object:
        return processes[each % 2].run(lambda tx: place_orders(tx, checkout, market.quotes, key=f"k{each}"))

    return market, number, place


def sells_exactly_what_there_is(count: int, stock: int) -> None:
    market, offer, place = placing({**COFFEE, "price": "1.00", "shipping": "0", "stock": stock}, Clock())
    assert outcomes(count, place) == {"placed": stock, "no_stock": count - stock}
    assert market.books.balance(f"stock/{offer}", offer) == 0
    assert sum(market.books.balances("reserved/").values()) == stock
    assert len(market.books.list_objects("or_", limit=2 * count)) == stock


def one_person_stays_within_the_limit(count: int, price: str, allowed: int) -> None:
    given = {name: value for name, value in COFFEE.items() if name != "stock"}
    market, _, place = placing({**given, "price": price, "shipping": "0"}, Clock())
    assert outcomes(count, place) == {"placed": allowed, "limit_annual": count - allowed}
    left = {account: amount for (account, _), amount in market.books.balances("limit/").items()}
    assert min(left.values()) == -allowed * round(100 * float(price))
    assert sum(left.values()) == 0


def test_concurrent_orders_sell_exactly_what_there_is(database: str) -> None:
    sells_exactly_what_there_is(40, 10)


def test_concurrent_orders_of_one_person_stay_within_the_annual_limit(database: str) -> None:
    # CNY 26,000 a year: five orders of 5,000.00 fit, the sixth does not.
    one_person_stays_within_the_limit(24, "5000.00", 5)


def test_the_same_request_at_the_same_time_places_its_orders_once(database: str) -> None:
    market, offer, place = placing({**COFFEE, "stock": 10}, Clock())
    assert outcomes(12, lambda _: place(0)) == {"placed": 12}
    assert len(market.books.list_objects("or_")) == 1
    assert market.books.balance(f"stock/{offer}", offer) == 9


@pytest.mark.long
def test_500_concurrent_orders_for_100_pieces_sell_exactly_100(database: str) -> None:
    sells_exactly_what_there_is(500, 100)


@pytest.mark.long
def test_500_concurrent_orders_of_one_person_never_exceed_the_limit(database: str) -> None:
    # 52 orders of 500.00 are exactly CNY 26,000.
    one_person_stays_within_the_limit(500, "500.00", 52)


def test_an_order_passes_all_its_steps_and_is_rebuilt_from_the_events(database: str) -> None:
    clock = Clock()
    market = Market(books(clock), clock)
    order = market.pay(market.order(2))
    market.ship(order)
    declaration = market.release(market.declare(order))
    market.report(order, "delivered")
    found = answered(market, declaration, asked(market, market.read(order)), "399")
    assert received(market, found).status == "completed"
    market.send()
    expired = market.order()
    clock.pass_days(1)
    assert end_due(market.books) == 1
    assert [market.read(each).status for each in (order, expired)] == ["delivered", "cancelled"]
    replay = Replay(KINDS)
    for position, event in market.books.events(limit=10_000):
        replay.apply(position, event)
    assert {number: market.books.read(number) for number in replay.states} == replay.states
    balances = {place: amount for place, amount in replay.balances.items() if amount}
    assert {place: amount for place, amount in market.books.balances("").items() if amount} == balances
