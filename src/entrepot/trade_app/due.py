"""What ends by itself: orders that were not paid in time, and returns whose goods did not come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from entrepot.model.errors import TradeError
from entrepot.trade.cancelling import expire_order
from entrepot.trade.ports import Books
from entrepot.trade.returning import lapse_return

#: For each kind of object, its states that may end so, and the command that ends one whose time has come.
ENDING: tuple[tuple[str, tuple[str, ...], Callable[..., Any]], ...] = (
    ("or_", ("created", "requote", "awaiting_payment"), expire_order),
    ("re_", ("asked", "approved"), lapse_return),
)
#: Objects that are read at a time.
PAGE = 100


def end_due(books: Books) -> int:
    """End what is due. Returns how many objects changed. Called from time to time."""
    changed = 0
    for prefix, statuses, command in ENDING:
        for status in statuses:
            for each in _all(books, prefix, status):
                try:
                    after = books.run(partial(command, number=each.id))
                except TradeError:
                    continue  # it has another state since it was read
                changed += after.status != each.status
    return changed


def _all(books: Books, prefix: str, status: str) -> Iterator[Any]:
    """All objects with a status, page by page, so that what ends meanwhile does not shift the pages."""
    before = ""
    while page := books.list_objects(prefix, status=status, before=before, limit=PAGE):
        yield from page
        before = page[-1].id
