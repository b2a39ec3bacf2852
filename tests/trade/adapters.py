"""Every adapter of the books, for the tests that all of them pass."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from entrepot.trade.memory import MemoryBooks
from entrepot.trade.ports import Books
from trade.tally import KINDS, Clock

HASH_KEY = b"the key of the tests".ljust(32, b".")
DATA_KEY = bytes(range(32))


def memory(clock: Clock, _request: pytest.FixtureRequest) -> Books:
    """The books in memory."""
    return MemoryBooks(KINDS, now=clock, random=os.urandom, hash_key=HASH_KEY)


def sqlite(clock: Clock, request: pytest.FixtureRequest) -> Books:
    """The books in SQLite."""
    request.getfixturevalue("sqlite_tables")
    return in_database(clock)


def postgresql(clock: Clock, request: pytest.FixtureRequest) -> Books:
    """The books in PostgreSQL."""
    request.getfixturevalue("postgresql_tables")
    return in_database(clock)


#: Each makes empty books.
ADAPTERS: dict[str, Callable[[Clock, pytest.FixtureRequest], Books]] = {
    "memory": memory,
    "sqlite": sqlite,
    "postgresql": postgresql,
}


def in_database(clock: Clock) -> Books:
    """The books in the database of this process."""
    from entrepot.store.trade.books import Keys, StoreBooks

    return StoreBooks(KINDS, Keys(DATA_KEY, HASH_KEY), now=clock, random=os.urandom)


@contextmanager
def database(settings: Mapping[str, Any]) -> Iterator[None]:
    """Let this process use another database."""
    from django.db import connections

    before = connections.settings["default"]
    _use({**before, **settings})
    try:
        yield
    finally:
        connections.close_all()
        _use(before)


def empty_tables() -> None:
    """Empty the tables of trade."""
    from django.db import connection

    from entrepot.store import booking_models, ledger_models, models

    models.MarketOffer.objects.all().delete()
    models.HealthEntry.objects.all().delete()
    models.HealthRead.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM store_markettext")
    for name in (*vars(booking_models), *vars(ledger_models)):
        table = getattr(models, name, None)
        if isinstance(table, type) and table is not models.LedgerHead:
            table.objects.all().delete()  # type: ignore[attr-defined]  # each is a model
    models.LedgerHead.objects.update(size=0, frontier=b"", chain=bytes(32), epoch=0)


def _use(settings: Mapping[str, Any]) -> None:
    from django.db import connections

    connections["default"].close()
    connections.settings["default"] = settings
    del connections["default"]
