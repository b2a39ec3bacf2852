"""Group commit: rows of concurrent requests are written in one transaction, which is synced to the disk once.

The first request writes for all that wait. No request gets its response before the transaction with its rows has been
committed. If the database is locked, full or unreachable, all waiting requests fail together: they do not wait for the
same lock one after the other, and the next request tries again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock

from django.db import transaction
from django.db.models import Model, QuerySet

from entrepot.store.failures import failure_reason

#: Requests that are written in one transaction at most.
MAX_REQUESTS = 64

#: Called within the transaction; returns the rows to insert. A row comes after the rows that it refers to.
Rows = Callable[[], Sequence[Model]]


class _Item:
    """The rows of one request, whether they have been processed, and the error if it failed."""

    __slots__ = ("done", "error", "rows")

    def __init__(self, rows: Rows) -> None:
        self.rows, self.done = rows, False
        self.error: BaseException | None = None


_writer = Lock()
_waiting: deque[_Item] = deque()


def commit_together(rows: Rows) -> None:
    """Insert rows in a transaction, perhaps with those of other requests; return once it is committed.

    Raises what `rows` raises, and database errors. `rows` may be called twice: if one request of a group fails, the
    transaction is rolled back and each request is tried alone.
    """
    item = _Item(rows)
    _waiting.append(item)
    with _writer:
        while not item.done:
            _process([_waiting.popleft() for _ in range(min(len(_waiting), MAX_REQUESTS))])
    if item.error is not None:
        raise item.error


def _process(items: list[_Item]) -> None:
    """Write all items in one transaction; if one of them fails by its own fault, write each alone."""
    if len(items) > 1 and _process_group(items):
        return
    for place, item in enumerate(items):
        try:
            _insert([item])
        except BaseException as error:  # noqa: BLE001  # raised in the request that it belongs to
            item.error = error
            if failure_reason(error) is not None:
                _fail([*items[place:], *_remove_waiting()], error)
                return
        item.done = True


def _remove_waiting() -> list[_Item]:
    """Remove and return the items that wait at this moment."""
    return [_waiting.popleft() for _ in range(len(_waiting))]


def _fail(items: list[_Item], error: BaseException) -> None:
    """Fail all items with the same error: the database accepts no writes."""
    for item in items:
        item.error, item.done = error, True


def _process_group(items: list[_Item]) -> bool:
    """Whether all items are done: written in one transaction, or failed together. If False, nothing was written."""
    try:
        _insert(items)
    except Exception as error:  # noqa: BLE001  # each item is tried alone, which shows whose error it is
        if failure_reason(error) is None:
            return False
        _fail([*items, *_remove_waiting()], error)
        return True
    except BaseException as error:
        _fail(items, error)  # they are no longer in the queue: their requests would wait for ever
        raise
    for item in items:
        item.done = True
    return True


def _insert(items: list[_Item]) -> None:
    """One transaction, and one statement for all rows of a table."""
    with transaction.atomic():
        tables: dict[type[Model], list[Model]] = {}
        for item in items:
            for row in item.rows():
                tables.setdefault(type(row), []).append(row)
        for table, rows in tables.items():
            QuerySet[Model](table).bulk_create(rows)
