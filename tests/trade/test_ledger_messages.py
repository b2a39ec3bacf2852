"""How often the books write to PostgreSQL and wait: each message is a round trip under the lock of the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

pytest.importorskip("django", reason="the server is not installed")

from django.db import IntegrityError, connection

from entrepot.store.group_commit import Item
from entrepot.store.trade.books import Keys, StoreBooks
from entrepot.store.trade.foresight import Work
from entrepot.trade.ports import NotFound
from trade.adapters import DATA_KEY, HASH_KEY
from trade.tally import KINDS, Clock, counted, opened, taken
from trade.test_books_in_database import new_books


@contextmanager
def messages() -> Iterator[list[str]]:
    """The statements that this thread sends; several that are sent together are one text."""
    found: list[str] = []

    def note(execute: Any, query: str, *given: Any) -> Any:
        found.append(query)
        return execute(query, *given)

    with connection.execute_wrapper(note):
        yield found


def group(books: StoreBooks, works: Sequence[Work]) -> list[Any]:
    """Run commands in one transaction. What one raises is its result."""
    items = [Item(each) for each in works]
    books._execute(items)
    return [each.error or each.result for each in items]


def test_a_group_is_one_message_to_begin_and_one_to_end(postgresql_tables: None) -> None:
    books = new_books()
    numbers = [books.run(opened(stock=5)) for _ in range(10)]
    for each in numbers:
        books.run(taken(each, 1))
    works = [Work(counted(each, key=f"k{each}"), (f"k{each}",)) for each in numbers]
    with messages() as sent:
        states = group(books, [*works, *(Work(taken(each, 1)) for each in numbers)])
    assert [each.count for each in states] == [2] * 10 + [3] * 10
    begin, end = sent
    assert begin.startswith("BEGIN")
    assert "FOR UPDATE" in begin
    assert end.endswith("; COMMIT")
    assert len(books.events(limit=100)) == 40


def test_what_is_not_in_memory_is_read_together(postgresql_tables: None) -> None:
    books = new_books()
    numbers = [books.run(opened(stock=5)) for _ in range(10)]
    fresh = new_books()
    works = [Work(taken(each, 2)) for each in numbers] + [Work(counted(each, key=f"k{each}")) for each in numbers]
    with messages() as sent:
        group(fresh, works)
    assert {books.read(each).count for each in numbers} == {3}
    assert len(sent) == 4  # the objects; then the balances that they need
    assert {books.balance(f"stock/{each}", each) for each in numbers} == {3}


def test_a_transaction_that_changes_nothing_ends_too(postgresql_tables: None) -> None:
    books = new_books()
    number = books.run(opened())
    assert books.run(lambda tx: tx.get(number)).count == 0
    refused = group(books, [Work(lambda tx: tx.get("ta_0"))] * 4)
    assert {type(each) for each in refused} == {NotFound}
    assert new_books().run(counted(number)).count == 1  # nobody holds the lock


def test_the_postings_of_another_process_are_added_and_not_read_again(database: str) -> None:
    one, other = new_books(), new_books()
    number = one.run(opened(stock=10))
    one.run(taken(number, 1))
    for _ in range(3):
        other.run(taken(number, 2))
    with messages() as sent:
        assert one.run(lambda tx: tx.balance(f"stock/{number}", number)) == 3
    assert not [each for each in sent if "store_balance" in each]
    assert one.run(taken(number, 3)).count == 10


def test_if_the_end_fails_nothing_is_written_and_the_next_transaction_works(database: str) -> None:
    # Two processes without randomness make the same id for an event.
    def same() -> StoreBooks:
        return StoreBooks(KINDS, Keys(DATA_KEY, HASH_KEY), now=Clock(), random=bytes)

    number = same().run(opened(stock=10))
    with pytest.raises(IntegrityError):
        same().run(opened(stock=10))
    books = new_books()
    assert [event.stream for _, event in books.events()] == [number]
    assert books.run(taken(number, 4)).count == 4
    assert books.balance(f"stock/{number}", number) == 6


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Each database."""
    request.getfixturevalue(f"{request.param}_tables")
    return str(request.param)
