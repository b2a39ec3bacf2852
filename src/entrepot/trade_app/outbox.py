"""The outbox of this node, for its operator."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import NamedTuple

from entrepot.trade import discarding, interventions
from entrepot.trade.interventions import DISCARDED, RETRIED
from entrepot.trade.objects import NotAllowed
from entrepot.trade.outbox import Message, OutboxQueue, check_not_held
from entrepot.trade.ports import Books, NotFound, Transaction
from entrepot.trade_app.books import open_books, open_database


def open_outbox() -> OutboxQueue:
    """The outbox; missing tables are created. Raises StoreError."""
    open_database()
    from entrepot.store.outbox import DatabaseOutbox  # noqa: PLC0415  # it needs the settings

    return DatabaseOutbox()


class Operator(NamedTuple):
    """Who acts on a message: the organization that operates the platform, and the person; "" for a command."""

    organization: str
    person: str = ""


def command_line() -> Operator:
    """Who acts by a command on the machine of the node."""
    open_database()
    from entrepot.store.people import organizations  # noqa: PLC0415  # it needs the settings

    return Operator(organizations.operator().id)


def retry(number: int, now: dt.datetime, by: Operator) -> Message:
    """Let a message be sent now. Raises NotFound, NotPossible, StoreError."""
    return retry_from(open_books(), number, now, by)


def retry_from(books: Books, number: int, now: dt.datetime, by: Operator) -> Message:
    """As `retry`, in some books."""
    found = _message(books.outbox, number, now)
    books.run(lambda tx: interventions.record(tx, found, RETRIED, by=by.organization, person=by.person))
    return books.outbox.retry(number, now)


def discard(number: int, now: dt.datetime, by: Operator) -> Message:
    """Give a message up for good, with what follows from it. Raises NotFound, NotPossible, StoreError."""
    return discard_from(open_books(), number, now, by)


def discard_from(books: Books, number: int, now: dt.datetime, by: Operator) -> Message:
    """As `discard`, in some books."""
    found = _message(books.outbox, number, now)

    def command(tx: Transaction) -> None:
        discarding.discard(tx, found)
        interventions.record(tx, found, DISCARDED, by=by.organization, person=by.person)

    # First what follows, which can be repeated: a process that ends here leaves a message that can be discarded again.
    with suppress(NotAllowed):  # it is recorded as discarded already
        books.run(command)
    return books.outbox.discard(number, now)


def _message(queue: OutboxQueue, number: int, now: dt.datetime) -> Message:
    found = queue.listed(before=number + 1, limit=1)
    if not found or found[0].id != number:
        raise NotFound(f"There is no message {number}.")
    check_not_held(found[0], now)
    return found[0]
