"""Read the whole ledger as it is at one moment, while others go on writing: to verify, rebuild or export it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from entrepot.store.trade import sql, times
from entrepot.store.trade.reading import Head
from entrepot.trade.audit.verify import StoredEvent, StoredObject
from entrepot.trade.ledger.merkle import leaf_hash
from entrepot.trade.occupied import Occupied

#: Rows that are read at a time.
STEP = 2_000


@contextmanager
def snapshot() -> Iterator[Any]:
    """A cursor that sees the database as it is now, and takes no lock that a writer waits for."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # Not Django's transaction, which would begin with the lock of writers.
            cursor.execute("BEGIN DEFERRED")
            try:
                yield cursor
            finally:
                cursor.execute("ROLLBACK")
            return
        with transaction.atomic():
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield cursor


def read_head(cursor: Any) -> Head:
    """The end of the ledger."""
    size, frontier, chain, epoch = sql.select(
        cursor, "SELECT size, frontier, chain, epoch FROM store_ledgerhead WHERE id = 1"
    )[0]
    return Head(size, sql.as_bytes(frontier), sql.as_bytes(chain), epoch)


def stored_events(cursor: Any, after: int = 0) -> Iterator[StoredEvent]:
    """The events after a position, in order."""
    query = (
        'SELECT position, id, stream, kind, "key", content, chain FROM store_ledgerevent '
        "WHERE position > %s ORDER BY position LIMIT %s"
    )
    while rows := sql.select(cursor, query, after, STEP):
        for position, number, stream, kind, key, content, chain in rows:
            yield StoredEvent(position, number, stream, kind, key or "", sql.as_bytes(content), sql.as_bytes(chain))
        after = rows[-1][0]


def stored_objects(cursor: Any) -> Iterator[StoredObject]:
    """The rows of objects, by id."""
    after = ""
    query = "SELECT id, kind, status, state, position FROM store_tradeobject WHERE id > %s ORDER BY id LIMIT %s"
    while rows := sql.select(cursor, query, after, STEP):
        yield from (StoredObject(*row) for row in rows)
        after = rows[-1][0]


def stored_balances(cursor: Any) -> dict[tuple[str, str], int]:
    """All balances."""
    rows = sql.select(cursor, "SELECT account, unit, amount FROM store_balance")
    return {(account, unit): amount for account, unit, amount in rows}


def stored_references(cursor: Any) -> dict[str, str]:
    """All references, with their objects."""
    return dict(sql.select(cursor, "SELECT reference, object FROM store_tradereference"))


def stored_times(cursor: Any) -> dict[str, Occupied]:
    """All times of units that objects occupy."""
    return times.all_times(cursor)


def stored_owners(cursor: Any) -> tuple[set[tuple[str, str]], set[tuple[str, int]]]:
    """To whom objects and events belong: by owner and id, and by owner and position."""
    objects = sql.select(cursor, "SELECT owner, object FROM store_tradeobjectowner")
    events = sql.select(cursor, "SELECT owner, position FROM store_ledgereventowner")
    return set(objects), set(events)


def stored_nodes(cursor: Any) -> dict[tuple[int, int], bytes]:
    """The hashes of full subtrees."""
    rows = sql.select(cursor, "SELECT level, place, hash FROM store_ledgernode")
    return {(level, place): sql.as_bytes(value) for level, place, value in rows}


def stored_checkpoints(cursor: Any) -> dict[int, str]:
    """The signed notes, by their size."""
    return dict(sql.select(cursor, "SELECT size, note FROM store_ledgercheckpoint"))


class StoredHashes:
    """The hashes from which proofs are made. Implements `merkle.Hashes`."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def hashes(self, level: int, start: int, end: int) -> Sequence[bytes]:
        """The hashes of a level from `start` up to, not including, `end`."""
        if level:
            query = "SELECT hash FROM store_ledgernode WHERE level = %s AND place >= %s AND place < %s ORDER BY place"
            return [sql.as_bytes(value) for (value,) in sql.select(self._cursor, query, level, start, end)]
        query = "SELECT content FROM store_ledgerevent WHERE position > %s AND position <= %s ORDER BY position"
        return [leaf_hash(sql.as_bytes(content)) for (content,) in sql.select(self._cursor, query, start, end)]
