"""What ends by itself: orders that were not paid in time, and returns whose goods did not come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from entrepot.model.errors import TradeError
from entrepot.trade.cancelling import expire_order
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.ports import Books
from entrepot.trade.returning import lapse_return


def _order_is_late(order: Any, now: dt.datetime) -> bool:
    return str(order.expires) <= timestamp(now)


def _return_is_late(found: Any, now: dt.datetime) -> bool:
    # The day may have ended somewhere: the command itself knows the day of the law that counts.
    return "" < str(found.arrive_until) < (now + dt.timedelta(hours=14)).date().isoformat()


#: For each kind of object, its states that may end so, whether the time of one may have come, and the command that ends
#: it. The command runs for these only: each is a transaction of the ledger.
ENDING: tuple[tuple[str, tuple[str, ...], Callable[[Any, dt.datetime], bool], Callable[..., Any]], ...] = (
    ("or_", ("created", "requote", "awaiting_payment"), _order_is_late, expire_order),
    ("re_", ("asked", "approved"), _return_is_late, lapse_return),
)
#: Objects that are read at a time.
PAGE = 100


def end_due(books: Books) -> int:
    """End what is due. Returns how many objects changed. Called from time to time."""
    changed, now = 0, books.run(lambda tx: tx.time)
    for prefix, statuses, is_late, command in ENDING:
        for status in statuses:
            for each in _all(books, prefix, status):
                if not is_late(each, now):
                    continue
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
