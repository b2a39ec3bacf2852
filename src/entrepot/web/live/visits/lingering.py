"""Sessions whose room is empty: both sides have lost their connection. They end, unless somebody comes back in time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from entrepot.web.live.sockets.threads import Threads
from entrepot.web.live.visits.record import Record, Session

LOG = logging.getLogger("entrepot.web")
#: Seconds until another attempt to record an end that could not be recorded.
AGAIN = 10.0


@dataclass(frozen=True, slots=True)
class Kept:
    """A session that has not ended and whose connection is lost.

    `lost`: since when; it ends at that moment, for `reason`, if it is not back at `until`.
    """

    session: Session
    lost: float
    until: float
    reason: str


@dataclass(slots=True)
class _Entry:
    kept: Kept
    task: asyncio.Task[None]
    ending: bool = False


class Lingering:
    """The sessions of empty rooms, by their deliveries."""

    def __init__(self, record: Record, threads: Threads, clock: Callable[[], float] = time.time) -> None:
        self._record, self._threads, self._clock = record, threads, clock
        self._entries: dict[str, _Entry] = {}

    def keep(self, delivery: str, kept: Kept) -> None:
        """Keep a session; its end is recorded when its time is over."""
        self._entries[delivery] = _Entry(kept, asyncio.create_task(self._end(delivery, kept)))

    async def take(self, delivery: str) -> Kept | None:
        """The session of a room that is opened again; None if there is none, or it has just ended."""
        entry = self._entries.get(delivery)
        if entry is None:
            return None
        if entry.ending:
            await asyncio.wait({entry.task})
            return None
        del self._entries[delivery]
        entry.task.cancel()
        return entry.kept

    async def _end(self, delivery: str, kept: Kept) -> None:
        await asyncio.sleep(max(kept.until - self._clock(), 0))
        entry = self._entries[delivery]
        entry.ending = True
        while True:
            try:
                await self._threads.run(self._record.end, delivery, kept.session, seconds_of(kept), kept.reason)
            except Exception:
                LOG.exception("the end of a session could not be recorded")
                await asyncio.sleep(AGAIN)
            else:
                break
        self._entries.pop(delivery, None)


def seconds_of(kept: Kept) -> int:
    """How long a session was whose connection is lost.

    >>> seconds_of(Kept(Session("vs_1", 1000.0), lost=1060.4, until=1120.0, reason=""))
    60
    """
    return max(round(kept.lost - kept.session.began), 0)
