"""Group commit: the work of concurrent requests is done in one transaction, which is synced to the disk once.

The first request does the work of all that wait. No request gets its response before the transaction with its rows has
been committed. If the database is locked, full or unreachable, all waiting requests fail together: they do not wait for
the same lock one after the other, and the next request tries again.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Lock
from typing import Any, Generic, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

from entrepot.store.failures import failure_reason, is_conflict

W = TypeVar("W")

#: Requests whose work is done in one transaction at most.
MAX_REQUESTS = 64
#: How often a transaction that conflicts with another is tried, and the seconds before the first repetition.
TRIES, FIRST_PAUSE = 5, 0.01

#: Called within the transaction; returns the rows to insert. A row comes after the rows that it refers to.
Rows = Callable[[], Sequence[Model]]


class Item(Generic[W]):
    """The work of one request, what came of it, and whether it is done. `error`: raised in its request.

    `turn`: released when the work is done, or when this request is to do the work of all (`leads`).
    """

    __slots__ = ("done", "error", "leads", "result", "turn", "work")

    def __init__(self, work: W) -> None:
        self.work, self.done, self.leads = work, False, False
        self.result: Any = None
        self.error: BaseException | None = None
        self.turn = Lock()
        self.turn.acquire()

    def finish(self) -> None:
        """Let the request continue."""
        self.done = True
        self.turn.release()


class Group(Generic[W]):
    """Does the work of concurrent requests together.

    `execute` does the work of some items in one transaction. It raises if the transaction failed: then nothing was
    written, and each item is tried alone, so that an error is raised in the request that it belongs to. An item that
    was refused without harm to the transaction gets its `error`, and the others are committed.

    `joins`: `execute` calls `join` once its transaction has begun.

    One request at a time leads: it does the work of all that wait. Each waits for its own item and not for the leader:
    one that is done continues while the next leader is at work already.
    """

    def __init__(self, execute: Callable[[Sequence[Item[W]]], None], *, joins: bool = False) -> None:
        self._execute, self._joins = execute, joins
        #: Protects the queue and `_led`, for a moment.
        self._mutex = Lock()
        self._waiting: deque[Item[W]] = deque()
        self._led = False
        #: The items of a group that others may still join.
        self._open: list[Item[W]] | None = None

    def submit(self, work: W) -> Any:
        """Do the work, perhaps together with that of others; return its result once it is committed.

        The work may be done several times, after a transaction that failed, and by the thread of another request.
        """
        item = Item(work)
        with self._mutex:
            self._waiting.append(item)
            item.leads, self._led = not self._led, True
        if not item.leads:
            self._wait(item)
        if not item.done:
            self._lead(item)
        if item.error is not None:
            raise item.error
        return item.result

    def join(self, items: Sequence[Item[W]]) -> Sequence[Item[W]]:
        """Add to the items of `execute` those that wait now. Returns what was added.

        Called within the transaction, once it has the lock that it waited for: those that came meanwhile need not wait
        for the next one. Items that are tried alone stay alone.
        """
        group = self._open
        if group is None or group is not items:
            return ()
        more = self._take(MAX_REQUESTS - len(group))
        group += more
        return more

    def _wait(self, item: Item[W]) -> None:
        """Wait until the item is done, or until it leads."""
        try:
            item.turn.acquire()
        except BaseException:  # the thread was interrupted, and nobody waits for the item any more
            with self._mutex, suppress(ValueError):
                self._waiting.remove(item)
            if item.leads:
                self._pass_on()
            raise

    def _lead(self, item: Item[W]) -> None:
        """Do the work of all that wait, until the item is done, and let another one lead."""
        try:
            while not item.done:
                self._process(self._take(MAX_REQUESTS))
        finally:
            self._pass_on()

    def _pass_on(self) -> None:
        """Let the first that waits lead."""
        with self._mutex:
            self._led = bool(self._waiting)
            if self._led:
                self._waiting[0].leads = True
                self._waiting[0].turn.release()

    def _take(self, most: int | None = None) -> list[Item[W]]:
        """Remove and return the items that wait at this moment, or some of them."""
        with self._mutex:
            count = len(self._waiting) if most is None else min(len(self._waiting), most)
            return [self._waiting.popleft() for _ in range(count)]

    def _process(self, items: list[Item[W]]) -> None:
        """Do all items in one transaction; if it fails by the fault of one of them, do each alone."""
        if (len(items) > 1 or self._joins) and self._process_group(items):
            return
        for place, item in enumerate(items):
            try:
                self._execute_alone(item)
            except BaseException as error:  # noqa: BLE001  # raised in the request that it belongs to
                item.error = error
                if failure_reason(error) is not None:
                    self._fail([*items[place:], *self._take()], error)
                    return
            item.finish()

    def _execute_alone(self, item: Item[W]) -> None:
        for attempt in range(TRIES):
            item.error = None
            try:
                self._execute([item])
            except Exception as error:
                if attempt == TRIES - 1 or not is_conflict(error):
                    raise
                # Not the same pause in all processes: they would conflict again.
                time.sleep(FIRST_PAUSE * 2**attempt * (0.5 + random.random()))  # noqa: S311  # not a secret
            else:
                return

    def _fail(self, items: list[Item[W]], error: BaseException) -> None:
        """Fail all items with the same error: the database accepts no writes."""
        for item in items:
            item.error = error
            item.finish()

    def _process_group(self, items: list[Item[W]]) -> bool:
        """Whether all items are done: in one transaction, or failed together. If False, nothing was written."""
        try:
            self._open = items
            try:
                self._execute(items)
            finally:
                self._open = None
        except Exception as error:  # noqa: BLE001  # each item is tried alone, which shows whose error it is
            if is_conflict(error) or failure_reason(error) is None:
                return False
            self._fail([*items, *self._take()], error)
            return True
        except BaseException as error:
            self._fail(items, error)  # they are no longer in the queue: their requests would wait for ever
            raise
        for item in items:
            item.finish()
        return True


def commit_together(rows: Rows) -> None:
    """Insert rows in a transaction, perhaps with those of other requests; return once it is committed.

    Raises what `rows` raises, and database errors. `rows` may be called twice: if one request of a group fails, the
    transaction is rolled back and each request is tried alone.
    """
    _inserts.submit(rows)


def _insert(items: Sequence[Item[Rows]]) -> None:
    """One transaction, and one statement for all rows of a table."""
    with transaction.atomic():
        tables: dict[type[Model], list[Model]] = {}
        for item in items:
            for row in item.work():
                tables.setdefault(type(row), []).append(row)
        for table, rows in tables.items():
            QuerySet[Model](table).bulk_create(rows)


_inserts: Group[Rows] = Group(_insert)
