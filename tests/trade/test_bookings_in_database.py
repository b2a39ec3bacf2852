"""Bookings in SQLite and PostgreSQL: however many ask at the same time, a unit has one booking at a time."""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

pytest.importorskip("django", reason="the server is not installed")

from django.db import IntegrityError, connection, connections, transaction

from entrepot.model.errors import TradeError
from entrepot.store.trade import ledger
from entrepot.store.trade.books import Keys, StoreBooks
from entrepot.trade.booking.bookings import Booking
from entrepot.trade.booking.holding import Time, change_time, hold
from entrepot.trade.kinds import KINDS
from trade.adapters import DATA_KEY, HASH_KEY
from trade.booking import HOUR, MONDAY, bay
from trade.market import BUYER, Market
from trade.tally import Clock

#: PostgreSQL has 60 connections here.
THREADS = 32


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    request.getfixturevalue(f"{request.param}_tables")
    return str(request.param)


def books(clock: Clock) -> StoreBooks:
    """The books of a process, which share nothing with those of another one but the database."""
    return StoreBooks(KINDS, Keys(DATA_KEY, HASH_KEY), now=clock, random=os.urandom)


def books_each_slot_once(asked: int, days: int, units: int) -> None:
    """Let `asked` buyers ask for the slots of ten hours a day at the same time, through two processes."""
    clock = Clock()
    processes = [books(clock), books(clock)]
    market = Market(processes[0], clock)
    asset = bay(market, units=units, weekly=[{"since": "08:00", "until": "18:00"}])
    starts = [MONDAY + dt.timedelta(days=day) + hour * HOUR for day in range(days) for hour in range(10)]
    slots = len(starts) * units

    def ask(each: int) -> str:
        start = starts[each % len(starts)]
        try:
            processes[each % 2].run(
                lambda tx: hold(tx, asset.id, Time(start, start + HOUR), ZoneInfo, by=f"us_{each}", key=f"{each}")
            )
        except TradeError as error:
            return error.code
        finally:
            connections.close_all()
        return "held"

    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = Counter(pool.map(ask, range(asked)))
    assert outcomes == {"held": slots, "time_taken": asked - slots}
    found: list[Booking] = list(processes[1].list_objects("bk_", limit=2 * asked))
    assert len(found) == slots
    by_unit = sorted((each.unit, each.since, each.until) for each in found)
    for (unit, _, until), (other, since, _) in pairwise(by_unit):
        assert unit != other or until <= since
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM store_bookedtime")
        assert cursor.fetchone()[0] == slots


def test_concurrent_bookings_take_each_slot_once(database: str) -> None:
    books_each_slot_once(120, days=1, units=2)


@pytest.mark.long
def test_2400_concurrent_bookings_of_120_slots_take_exactly_120(database: str) -> None:
    books_each_slot_once(2400, days=4, units=3)


def test_moves_and_new_bookings_at_the_same_time_never_meet(database: str) -> None:
    clock = Clock()
    processes = [books(clock), books(clock)]
    market = Market(processes[0], clock)
    asset = bay(market)
    first = market.books.run(lambda tx: hold(tx, asset.id, Time(MONDAY, MONDAY + HOUR), ZoneInfo, by=BUYER))

    def work(each: int) -> str:
        start = MONDAY + (each % 5) * HOUR
        time = Time(start, start + HOUR)
        try:
            if each % 2:
                processes[0].run(lambda tx: change_time(tx, first.id, time, ZoneInfo, by=BUYER))
            else:
                processes[1].run(lambda tx: hold(tx, asset.id, time, ZoneInfo, by=f"us_{each}"))
        except TradeError as error:
            return error.code
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(THREADS) as pool:
        assert set(pool.map(work, range(60))) == {"done", "time_taken"}
    live = [each for each in processes[1].list_objects("bk_") if each.live]
    assert len({each.since for each in live}) == len(live) <= 5
    rows = processes[0].ended_times(0, 2**40)
    assert sorted(rows) == sorted(each.id for each in live)
    assert ledger.rebuild(KINDS) == len(processes[0].list_objects("bk_")) + 2  # with the asset and its offer
    assert processes[0].ended_times(0, 2**40) == rows


def test_postgresql_refuses_two_rows_that_meet_whoever_writes_them(postgresql_tables: None) -> None:
    columns = "object, resource, unit, since, until, expires"
    insert = f"INSERT INTO store_bookedtime ({columns}) VALUES (%s, 'as_1', %s, %s, %s, 0)"
    with connection.cursor() as cursor:
        for values in (("bk_1", 1, 0, 60), ("bk_2", 1, 60, 120), ("bk_3", 2, 30, 90)):
            cursor.execute(insert, values)
        with pytest.raises(IntegrityError, match="booked_times_apart"), transaction.atomic():
            cursor.execute(insert, ("bk_4", 1, 119, 130))
