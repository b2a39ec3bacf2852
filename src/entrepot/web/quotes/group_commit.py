"""together: group commit: rows that several requests keep at the same moment go into one transaction, synced once.

The first request writes for all that wait; none is answered before the transaction that holds its rows has ended.
Where the database is locked, full or gone, all that wait are told so at once: none waits for the same lock after
another one, and the next request tries anew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock

from django.db import transaction
from django.db.models import Model, QuerySet

from entrepot.store.failures import failure_reason

#: What is put there in one transaction at most.
MOST = 64

#: What is to be kept: called within the transaction, it gives the rows, those that others rest on first.
Rows = Callable[[], Sequence[Model]]


class _Item:
    """What one request keeps: done or not, and what was raised."""

    __slots__ = ("done", "error", "rows")

    def __init__(self, rows: Rows) -> None:
        self.rows, self.done = rows, False
        self.error: BaseException | None = None


_turn = Lock()
_waiting: deque[_Item] = deque()


def commit_together(rows: Rows) -> None:
    """Puts rows there in a transaction, perhaps with those of others; returns once it is committed.

    Raises what `rows` raises, and what the database says of them. `rows` may be called twice: where one of several
    has a fault, all is taken back, and each is tried alone.
    """
    item = _Item(rows)
    _waiting.append(item)
    with _turn:
        while not item.done:
            _run([_waiting.popleft() for _ in range(min(len(_waiting), MOST))])
    if item.error is not None:
        raise item.error


def _run(items: list[_Item]) -> None:
    """Puts all of them there together; where that fails for a fault of one of them, each alone."""
    if len(items) > 1 and _all_at_once(items):
        return
    for place, item in enumerate(items):
        try:
            _put([item])
        except BaseException as error:  # noqa: BLE001  # it is raised where it belongs
            item.error = error
            if failure_reason(error) is not None:
                _fail([*items[place:], *_taken()], error)
                return
        item.done = True


def _taken() -> list[_Item]:
    """Those that wait at this moment, taken out of the queue."""
    return [_waiting.popleft() for _ in range(len(_waiting))]


def _fail(items: list[_Item], error: BaseException) -> None:
    """Tells all of them the same: the database does not take anything."""
    for item in items:
        item.error, item.done = error, True


def _all_at_once(items: list[_Item]) -> bool:
    """Whether all of them are done: put there in one transaction, or failed alike; otherwise nothing was written."""
    try:
        _put(items)
    except Exception as error:  # noqa: BLE001  # whose it is shows when each is tried alone
        if failure_reason(error) is None:
            return False
        _fail([*items, *_taken()], error)
        return True
    except BaseException as error:
        _fail(items, error)  # they are out of the queue: nobody else would tell those who wait
        raise
    for item in items:
        item.done = True
    return True


def _put(items: list[_Item]) -> None:
    """One transaction, and one statement for all rows of a table."""
    with transaction.atomic():
        tables: dict[type[Model], list[Model]] = {}
        for item in items:
            for row in item.rows():
                tables.setdefault(type(row), []).append(row)
        for table, rows in tables.items():
            QuerySet[Model](table).bulk_create(rows)
