"""The books in SQLite and PostgreSQL: concurrent commands, several processes, and erased bytes."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from files_on_disk import read_files

pytest.importorskip("django", reason="the server is not installed")

from django.db import connection, connections, transaction

from entrepot.store.trade.books import Keys, StoreBooks
from entrepot.trade.ledger.entries import Insufficient
from entrepot.trade.ports import AlreadyRecorded, Arrival, Lookup, ReferenceTaken, Transaction
from sizes import size
from trade.adapters import DATA_KEY, HASH_KEY
from trade.tally import KINDS, START, Clock, Tally, counted, moves, opened, taken

TODAY = START.date()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    request.getfixturevalue(f"{request.param}_tables")
    return str(request.param)


def new_books(clock: Clock | None = None) -> StoreBooks:
    """The books as a process opens them: with nothing in memory."""
    return StoreBooks(KINDS, Keys(DATA_KEY, HASH_KEY), now=clock or Clock(), random=os.urandom)


def at_the_same_time(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run some work in threads. What it raises is its result."""

    def run(number: int) -> Any:
        try:
            return work(number)
        except Exception as error:  # noqa: BLE001  # the test looks at it
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(min(count, 40)) as pool:  # PostgreSQL has 60 connections here
        return list(pool.map(run, range(count)))


def test_concurrent_commands_sell_exactly_the_stock(database: str) -> None:
    # Two objects: two processes, which do not share what they keep in memory.
    processes = [new_books(), new_books()]
    stock, orders = size(30, 100), size(40, 500)
    number = processes[0].run(opened(stock=stock))
    found = at_the_same_time(orders, lambda each: processes[each % 2].run(taken(number, 1)))
    refused = [each for each in found if isinstance(each, Exception)]
    assert {type(each) for each in refused} == {Insufficient}
    assert len(refused) == orders - stock
    assert processes[0].balance(f"stock/{number}", number) == 0
    assert processes[1].read(number).count == stock
    assert [position for position, _ in processes[0].events(limit=1000)] == list(range(1, stock + 2))


def together(
    books: StoreBooks, commands: Sequence[Callable[[Transaction], Any]], lookups: Sequence[Lookup] = ()
) -> list[Any]:
    """Run commands in one transaction, each from a thread of its own. What one raises is its result.

    `lookups`: one of each command.
    """
    before = books._group._execute
    sizes = []

    def execute(items: Sequence[Any]) -> None:
        sizes.append(len(items))
        before(items)

    books._group._execute = execute
    books._group._led = True  # all of them wait
    with ThreadPoolExecutor(len(commands)) as pool:

        def run(place: int) -> Any:
            try:
                return books.run(commands[place], lookups=lookups[place : place + 1])
            except Exception as error:  # noqa: BLE001  # the test looks at it
                return error
            finally:
                connections.close_all()

        futures = [pool.submit(run, place) for place in range(len(commands))]
        while len(books._group._waiting) < len(commands):
            pass
        books._group._pass_on()
        results = [future.result() for future in futures]
    books._group._execute = before
    assert sizes == [len(commands)]
    return results


def test_commands_that_wait_are_committed_together_and_a_refused_one_harms_no_other(database: str) -> None:
    books = new_books()
    number = books.run(opened())
    commands = [counted(number) if each != 7 else lambda tx: [counted(number)(tx), 1 // 0] for each in range(20)]
    found = together(books, commands)
    assert [type(each) for each in found if isinstance(each, Exception)] == [ZeroDivisionError]
    assert books.read(number).count == 19
    assert len(books.events()) == 20


def test_a_group_sees_what_is_stored_and_not_yet_in_memory(database: str) -> None:
    books = new_books()
    numbers = [books.run(opened(stock=each)) for each in range(8)]
    for each in numbers[:4]:
        books.run(counted(each, 1, key=f"key of {each}", note=f"number:{each}"))
    fresh = new_books()  # nothing is in its memory
    found = together(fresh, [counted(each, 5, key=f"key of {each}") for each in numbers])
    assert [type(each) for each in found] == [AlreadyRecorded] * 4 + [Tally] * 4
    fresh = new_books()
    found = together(fresh, [taken(each, 2) for each in numbers])
    assert [type(each) for each in found] == [Insufficient] * 2 + [Tally] * 6
    fresh = new_books()
    found = together(fresh, [counted(numbers[7], note=f"number:{each}") for each in numbers])
    assert [type(each) for each in found] == [ReferenceTaken] * 4 + [Tally] * 4
    assert [each.count for each in map(books.read, numbers)] == [1, 1, 3, 3, 7, 7, 7, 11]


def _receive(arrival: Arrival, tx: Transaction) -> bool:
    return tx.received(arrival.sender, arrival.key)


def test_messages_that_come_together_are_received_once(database: str) -> None:
    books = new_books()
    arrivals = [Arrival("nonce/pn_1", f"{each % 6}") for each in range(12)]
    assert books.run(lambda tx: tx.received("nonce/pn_1", "0"))
    found = together(books, [partial(_receive, each) for each in arrivals], arrivals)
    # Each key is new to one of the two commands that ask for it, and the first one was received before.
    assert sorted(each.key for each, new in zip(arrivals, found, strict=True) if new) == ["1", "2", "3", "4", "5"]
    assert all(books.was_received(*each) for each in arrivals)


def test_what_another_process_appends_is_seen(database: str) -> None:
    one, other = new_books(), new_books()
    number = one.run(opened(stock=10))
    for turn in range(6):
        (one, other)[turn % 2].run(taken(number, 1))
    with pytest.raises(Insufficient) as refused:
        one.run(taken(number, 5))
    assert refused.value.balance == 4
    assert other.run(lambda tx: tx.get(number)).count == 6
    # The rows were written anew, and a process that keeps what it read before would not see it.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE store_balance SET amount = 3 WHERE account = %s", [f"stock/{number}"])
        cursor.execute("UPDATE store_ledgerhead SET epoch = epoch + 1")
    assert one.run(lambda tx: tx.balance(f"stock/{number}", number)) == 3


def test_within_a_transaction_of_the_caller_a_command_is_committed_with_it(database: str) -> None:
    books = new_books()
    number = books.run(opened())

    @transaction.atomic
    def fail() -> None:
        assert books.run(counted(number, 5)).count == 5
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert books.read(number).count == 0
    with transaction.atomic():
        books.run(counted(number, 5))
        books.run(counted(number, 5))
    assert books.run(counted(number, 1)).count == 11
    assert [position for position, _ in books.events()] == [1, 2, 3, 4]


def test_an_acknowledged_command_is_on_the_disk(database: str) -> None:
    books = new_books()
    seen: list[str] = []

    def command(tx: Transaction) -> None:
        opened()(tx)
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous" if database == "sqlite" else "SHOW synchronous_commit")
            seen.append(cursor.fetchone()[0])

    if database == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off")
    books.run(command)
    assert seen == [2 if database == "sqlite" else "on"]  # 2: FULL


def test_rows_and_events_agree_with_a_large_number_of_events(database: str) -> None:
    books = new_books()
    number = books.run(opened(stock=1000))

    def command(tx: Transaction) -> None:
        for _ in range(600):
            tx.append(number, "tally.counted", {"by": 1}, postings=moves(f"stock/{number}", "sold", number, 1))

    books.run(command)
    assert books.read(number).count == 600
    assert (books.balance("sold", number), len(books.events(limit=1000))) == (600, 601)
    with connection.cursor() as cursor:
        cursor.execute("SELECT level, place FROM store_ledgernode ORDER BY level, place")
        assert cursor.fetchall() == [(8, 0), (8, 1)]


def put(clock: Clock, books: StoreBooks, count: int) -> list[str]:
    """Store personal data of some people, some of them long."""
    references = []
    for number in range(count):
        clock.time += dt.timedelta(milliseconds=1)
        values = {"name": f"Sok Dara {number}", "street": f"ផ្លូវ {number} " * (1 + number % 9 * 12)}
        subject = f"us_{number % 10}"
        references.append(
            books.run(lambda tx, s=subject, v=values: tx.put_personal(s, "delivery", v, retain_until=TODAY))  # type: ignore[misc]
        )
    return references


def contents() -> dict[str, bytes]:
    """The encrypted bytes of each reference."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reference, content FROM store_personalrecord")
        return {reference: bytes(content) for reference, content in cursor.fetchall()}


def test_erased_data_leaves_no_trace_in_the_files_of_sqlite(
    sqlite_tables: None, sqlite_settings: dict[str, Any]
) -> None:
    clock = Clock()
    books = new_books(clock)
    references = put(clock, books, 300)
    before = contents()
    file = Path(sqlite_settings["NAME"])
    # Encrypted bytes may continue in another page: parts of them are searched for.
    parts = {each: [before[each][:60], before[each][-60:], before[each][12:40]] for each in references}
    gone = {each for place, each in enumerate(references) if place % 10 in (3, 7)}
    late = dt.date(2026, 4, 1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE store_personalrecord SET retain_until = %s WHERE subject = 'us_7'", [late])
    books.run(lambda tx: tx.erase_personal("us_3"))
    kept = books.run(lambda tx: tx.erase_personal("us_7"))
    assert len(kept) == 30
    assert books.erase_expired(late) == 30
    on_disk = b"".join(each.read_bytes() for each in file.parent.iterdir() if each.name.startswith(file.name))
    assert b"Sok Dara" not in on_disk
    assert "ផ្លូវ".encode() not in on_disk
    for each in references:
        found = [part in on_disk for part in parts[each]]
        assert found == [each not in gone] * 3, each
    assert len(books.run(lambda tx: tx.personal_of("us_4"))) == 30


def test_personal_data_is_never_in_the_files_of_postgresql_unencrypted(
    postgresql_tables: None, postgresql_settings: dict[str, Any]
) -> None:
    clock = Clock()
    books = new_books(clock)
    references = put(clock, books, 20)
    erased = [contents()[each] for each in references[3::10]]
    books.run(lambda tx: tx.erase_personal("us_3"))
    books.erase_expired(TODAY)
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute("SHOW data_directory")
        folder = Path(cursor.fetchone()[0])
        cursor.execute("SELECT pg_relation_filepath('store_personalrecord'), pg_relation_filepath('store_ledgerevent')")
        tables = [folder / each for each in cursor.fetchone()]
    for file, content in read_files(folder):
        assert b"Sok Dara" not in content, file
        if file in tables:
            assert not any(each[:60] in content for each in erased)
    assert set(contents()) == {each for place, each in enumerate(references) if place % 10 != 3}


def test_the_events_of_payments_that_need_somebody_have_an_index(sqlite_tables: None) -> None:
    from django.db import connection

    from entrepot.trade.payments.troubles import KINDS

    query = "SELECT position FROM store_ledgerevent e WHERE e.position > %s AND e.position < %s AND e.kind = %s"
    for kind in KINDS:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {query} ORDER BY e.position DESC LIMIT 9", [0, 2**53, kind])
            plan = str(cursor.fetchall())
        assert "events_of_trouble" in plan, plan
