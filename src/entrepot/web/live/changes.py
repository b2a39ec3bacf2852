"""The text of a stream: the events of the ledger for one organization, as they are appended (`text/event-stream`).

    id: 1042
    event: changed
    data: {"type":"order.payment_changed","subject":"or_…"}

Only which objects changed, and how, is sent: the page is loaded again with the rights of its reader.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

import msgspec

from entrepot.trade.ledger.events import Event

#: Seconds between two looks at the ledger, and between two lines that keep the connection open: that the browser is
#: gone is noticed when something is sent, and its place is free then.
LOOK, KEEP = 1.0, 5.0
#: Events that one look reads.
MOST = 50
#: Milliseconds after which the browser opens a stream again that has ended.
RETRY = 3_000

#: The events after a position, and the size of the ledger.
Read = Callable[[int], Sequence[tuple[int, Event]]]
Size = Callable[[], int]


def follow(  # the clock is an argument for the tests
    read: Read,
    size: Size,
    after: int,
    *,
    seconds: float,
    stopping: Callable[[], bool],
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[str]:
    """The pieces of a stream that begins after a position of the ledger, for so many seconds."""
    end, heard, known = clock() + seconds, clock(), after
    yield f"retry: {RETRY}\n\n"
    while clock() < end and not stopping():
        if (now := size()) > known:
            found = read(after)
            for position, event in found:
                after = position
                yield said(position, event.kind, event.stream)
            known = now if len(found) < MOST else after
            heard = clock() if found else heard
        if clock() - heard >= KEEP:
            heard = clock()
            yield ": \n\n"
        sleep(LOOK)


def said(position: int, kind: str, subject: str) -> str:
    r"""One message.

    >>> said(7, "order.placed", "or_1")
    'id: 7\nevent: changed\ndata: {"type":"order.placed","subject":"or_1"}\n\n'
    """
    data = msgspec.json.encode({"type": kind, "subject": subject}).decode()
    return f"id: {position}\nevent: changed\ndata: {data}\n\n"
