"""The outbox of this node, for its operator."""

from __future__ import annotations

import datetime as dt

from entrepot.trade import discarding
from entrepot.trade.outbox import Message, OutboxQueue, check_not_held
from entrepot.trade.ports import Books, NotFound
from entrepot.trade_app.books import open_books, open_database


def open_outbox() -> OutboxQueue:
    """The outbox; missing tables are created. Raises StoreError."""
    open_database()
    from entrepot.store.outbox import DatabaseOutbox  # noqa: PLC0415  # it needs the settings

    return DatabaseOutbox()


def discard(number: int, now: dt.datetime) -> Message:
    """Give a message up for good, with what follows from it. Raises NotFound, NotPossible, StoreError."""
    return discard_from(open_books(), number, now)


def discard_from(books: Books, number: int, now: dt.datetime) -> Message:
    """As `discard`, in some books."""
    queue = books.outbox
    found = queue.listed(before=number + 1, limit=1)
    if not found or found[0].id != number:
        raise NotFound(f"There is no message {number}.")
    check_not_held(found[0], now)
    # First what follows, which can be repeated: a process that ends here leaves a message that can be discarded again.
    books.run(lambda tx: discarding.discard(tx, found[0]))
    return queue.discard(number, now)
