"""What ends by itself: orders that were not paid, returns whose goods did not come, times and terms that are over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from entrepot.model.errors import TradeError
from entrepot.trade.booking.bookings import Booking
from entrepot.trade.booking.holding import lapse
from entrepot.trade.booking.using import GRACE, finish_ended
from entrepot.trade.booking.zones import seconds
from entrepot.trade.cancelling import expire_order
from entrepot.trade.delivery.commands import end_due as end_delivery
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.nodes.booking_states import end_deposit
from entrepot.trade.ports import Books, Transaction
from entrepot.trade.returning import lapse_return

#: For each kind of object, the command that ends what is due of it (`Kind.due`). It does nothing before its time.
ENDING: Mapping[str, Callable[..., Any]] = {
    "or_": expire_order,
    "re_": lapse_return,
    "dl_": end_delivery,
    "bk_": end_deposit,
}
#: Objects that are read at a time.
PAGE = 100


def end_due(books: Books) -> int:
    """End what is due. Returns how many objects changed. Called from time to time."""
    now = books.run(lambda tx: tx.time)
    return end_times(books, now) + sum(_end(books, number) for _at, number in due_until(books, "end", now))


def due_until(books: Books, what: str, until: dt.datetime, since: str = "") -> Iterator[tuple[str, str]]:
    """What is due until a moment: the moments and the objects. What ends meanwhile does not shift the pages."""
    after = ("", "")
    while page := books.due(what, timestamp(until), since=since, after=after, limit=PAGE):
        yield from page
        after = page[-1]


def _end(books: Books, number: str) -> bool:
    """End what is due of one object. One that cannot end now, or has ended since it was read, stays as it is."""
    before = books.read(number)
    try:
        after = books.run(partial(ENDING[f"{number.partition('_')[0]}_"], number=number))
    except TradeError:
        return False
    return bool(after != before)


def end_times(books: Books, now: dt.datetime) -> int:
    """Let holds lapse that were not ordered, and finish bookings whose time is over. Returns how many changed."""
    changed = 0
    while due := books.ended_times(seconds(now), seconds(now - GRACE), PAGE):
        ended = [_ends(books, number) for number in due]
        changed += sum(ended)
        if not all(ended):
            break  # what is left has another state since it was read, or waits for its order
    return changed


def _ends(books: Books, number: str) -> bool:
    """End the time of one booking, if it can be: one that cannot does not keep anything else from ending."""
    try:
        return books.run(partial(_end_time, number=number))
    except TradeError:
        return False


def _end_time(tx: Transaction, number: str) -> bool:
    before: Booking = tx.get(number)
    after = lapse(tx, number) if before.status == "held" else finish_ended(tx, number)
    return after.status != before.status
