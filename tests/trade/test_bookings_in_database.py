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
from entrepot.store.trade.foresight import Work
from entrepot.store.trade.sql import Script
from entrepot.trade.booking.bookings import Booking
from entrepot.trade.booking.holding import Time, change_time, hold, request_reference, taken_span
from entrepot.trade.kinds import KINDS
from entrepot.trade.ports import Lookup
from trade.adapters import DATA_KEY, HASH_KEY
from trade.booking import HOUR, MONDAY, bay
from trade.market import BUYER, Market
from trade.tally import Clock
from trade.test_ledger_messages import group, messages

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
        start, process = starts[each % len(starts)], processes[each % 2]
        time, by = Time(start, start + HOUR), f"us_{each}"
        # Every third says before what it will look up, as the API does.
        known: list[Lookup] = [taken_span(asset, time), request_reference(by, process.keyed_hash(f"{each}"))]
        try:
            process.run(
                lambda tx: hold(tx, asset.id, time, ZoneInfo, by=by, key=f"{each}"), lookups=() if each % 3 else known
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


def test_holds_that_say_what_they_look_up_need_no_reading_between(postgresql_tables: None) -> None:
    clock = Clock()
    own = books(clock)
    asset = bay(Market(own, clock), units=2)
    times = [Time(MONDAY + each * HOUR, MONDAY + (each + 1) * HOUR) for each in range(3)]

    def work(each: int, lookups: bool) -> Work:
        time, by = times[each // 4], f"us_{each}"
        known: list[Lookup] = [taken_span(asset, time), request_reference(by, own.keyed_hash("k"))]
        return Work(lambda tx: hold(tx, asset.id, time, ZoneInfo, by=by, key="k"), known if lookups else [])

    with messages() as sent:
        found = group(own, [work(each, lookups=True) for each in range(8)])
    # Two units at each of two times: the other four are told that it is taken.
    assert Counter(type(each).__name__ for each in found) == {"Booking": 4, "TradeError": 4}
    assert len(sent) == 2  # to begin, and to write
    # A second request with the same key gets the same booking, from the rows.
    fresh = books(clock)
    again = group(fresh, [work(each, lookups=True) for each in range(8)])
    assert [each for each in again if isinstance(each, Booking)] == [
        each for each in found if isinstance(each, Booking)
    ]
    with messages() as sent:
        group(own, [work(each, lookups=False) for each in range(8, 12)])
    assert len(sent) == 3


def test_values_are_quoted_in_a_message(postgresql_tables: None) -> None:
    given = ["it's 100 %s; -- \\ 中文 ฿", b"\x00\xff%s", None, 7, 2**40, dt.datetime(2026, 3, 1, tzinfo=dt.UTC)]
    with connection.cursor() as cursor:
        script = Script(cursor)
        script.execute("SELECT 1")
        script.execute("SELECT %s::text, %s::bytea, %s::text, %s, %s, %s", given)
        (first, (row,)) = script.send()
    assert first == [(1,)]
    assert [bytes(each) if isinstance(each, memoryview) else each for each in row] == given
