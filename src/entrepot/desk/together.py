"""together: what several requests keep at the same moment is put there in one transaction, which is synced once.

Whoever comes first writes for all who wait; nobody is answered before the transaction that holds his rows has ended.
Writers of one process so never wait for each other by asking again and again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock

from django.db import transaction

#: What is put there in one transaction at most.
MOST = 64


class _Item:
    """What one request keeps: done or not, and what was raised."""

    __slots__ = ("done", "error", "put")

    def __init__(self, put: Callable[[], None]) -> None:
        self.put, self.done = put, False
        self.error: BaseException | None = None


_turn = Lock()
_waiting: deque[_Item] = deque()


def together(put: Callable[[], None]) -> None:
    """Runs `put` in a transaction, perhaps with those of others; returns once it is committed. Raises what it raises.

    `put` only writes rows, and may run twice: where one of several raises, all is taken back, and each runs alone.
    """
    item = _Item(put)
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
            with transaction.atomic():
                item.put()
        except BaseException as error:  # noqa: BLE001  # it is raised where it belongs
            item.error = error
        item.done = True


def _all_at_once(items: list[_Item]) -> bool:
    """Whether all of them were put there in one transaction; otherwise nothing was."""
    try:
        with transaction.atomic():
            for item in items:
                item.put()
    except Exception:  # noqa: BLE001  # whose it is shows when each runs alone
        return False
    except BaseException as error:
        for item in items:  # they are out of the queue: nobody else would tell those who wait
            item.error, item.done = error, True
        raise
    for item in items:
        item.done = True
    return True
