"""Begin a transaction of the ledger: lock its end, and learn what has been written since.

On PostgreSQL the beginning is one message, with what the commands will look up, and the end is another one with all
rows and the COMMIT: while a message travels nobody else can write. Python is not needed for the commit, so the lock is
free again as soon as the transaction is on the disk.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from entrepot.store.trade import sql
from entrepot.store.trade.reading import MAX_CAUGHT_UP, Head, Kept, NewEvent, Rows
from entrepot.trade.ports import Lookup

#: Milliseconds that a transaction of PostgreSQL waits for the ledger.
LOCK_TIMEOUT = 10_000
#: Each statement sees what was committed before it: those after the lock see all.
_BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED"
#: PostgreSQL: acknowledged is on the disk, also where the server's own setting is another one.
_SETTINGS = ("SET LOCAL synchronous_commit = on", f"SET LOCAL lock_timeout = {LOCK_TIMEOUT}")
#: SQLite: the transaction has the only lock from its beginning (BEGIN IMMEDIATE).
_HEAD = "SELECT size, frontier, chain, epoch FROM store_ledgerhead WHERE id = 1"
#: The event at which the memory ends shows by its chain that it is the same ledger; its content is not needed.
_NEW = (
    "SELECT position, CASE WHEN position > %s THEN content END, chain FROM store_ledgerevent "
    "WHERE position >= %s ORDER BY position LIMIT %s"
)


def open_ledger(cursor: Any, rows: Rows, lookups: Sequence[Lookup], *, begin: bool) -> Head:
    """Lock the ledger until the end of the transaction, and bring what is kept in memory up to date. Returns its end.

    `lookups`: what will be looked up. `begin`: the transaction begins here: only within
    Django's, before its first statement. Both concern PostgreSQL only: SQLite has no round trips.
    """
    kept = rows.kept
    if cursor.db.vendor == "sqlite":
        head = lock_ledger(cursor)
        kept.catch_up(head, _reader(cursor, kept))
        return head
    script = sql.Script(cursor)
    if begin:
        # Psycopg would send its BEGIN alone. It commits and rolls back a transaction also in this mode.
        cursor.db.connection.autocommit = True
        script.execute(_BEGIN)
    _lock(script)
    known = kept.head
    if known is not None:
        script.execute(_NEW, _new_after(known))
    if lookups:
        rows.ask_for(script, lookups)
    ((size, frontier, chain, epoch),), *others = script.send()
    head = Head(size, bytes(frontier), bytes(chain), epoch)
    new = others.pop(0) if known is not None else []
    kept.catch_up(head, lambda: new)
    if lookups:
        rows.take(lookups, others)
    return head


def lock_ledger(cursor: Any) -> Head:
    """Lock the ledger until the end of the transaction. Returns its end."""
    if cursor.db.vendor == "sqlite":
        ((size, frontier, chain, epoch),) = sql.select(cursor, _HEAD)
    else:
        script = sql.Script(cursor)
        _lock(script)
        (((size, frontier, chain, epoch),),) = script.send()
    return Head(size, bytes(frontier), bytes(chain), epoch)


def _lock(script: sql.Script) -> None:
    for each in _SETTINGS:
        script.execute(each)
    script.execute(f"{_HEAD} FOR UPDATE")


def _reader(cursor: Any, kept: Kept) -> Callable[[], Sequence[NewEvent]]:
    """Reads the events since those that are kept, if they are asked for."""
    return lambda: sql.select(cursor, _NEW, *_new_after(kept.head)) if kept.head is not None else ()


def _new_after(known: Head) -> tuple[int, int, int]:
    return known.size, known.size, MAX_CAUGHT_UP + 2
