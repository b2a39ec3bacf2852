"""together: what several requests keep at the same moment is put there in one transaction, which is synced once.

Whoever comes first writes for all who wait; nobody is answered before the transaction that holds his rows has ended.
Writers of one process so never wait for each other by asking again and again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from threading import Lock

from django.db import transaction
from django.db.models import Model, QuerySet

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


def together(rows: Rows) -> None:
    """Puts rows there in a transaction, perhaps with those of others; returns once it is committed.

    Raises what `rows` raises, and what the database says of them. `rows` may be called twice: where one of several
    fails, all is taken back, and each is tried alone.
    """
    item = _Item(rows)
    _waiting.append(item)
    with _turn:
        while not item.done:
            _run([_waiting.popleft() for _ in range(min(len(_waiting), MOST))])
    if item.error is not None:
        raise item.error


def _run(items: list[_Item]) -> None:
    """Puts all of them there together; where that fails, each alone."""
    if len(items) > 1 and _all_at_once(items):
        return
    for item in items:
        try:
            _put([item])
        except BaseException as error:  # noqa: BLE001  # it is raised where it belongs
            item.error = error
        item.done = True


def _all_at_once(items: list[_Item]) -> bool:
    """Whether all of them were put there in one transaction; otherwise nothing was."""
    try:
        _put(items)
    except Exception:  # noqa: BLE001  # whose it is shows when each is tried alone
        return False
    except BaseException as error:
        for item in items:  # they are out of the queue: nobody else would tell those who wait
            item.error, item.done = error, True
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
