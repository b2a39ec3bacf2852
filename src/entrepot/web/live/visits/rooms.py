"""The room type of video visits, and what a socket process does with the sessions that one before it left open."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings

from entrepot.connect.turn.credentials import ice_servers
from entrepot.turn_settings import read_turn
from entrepot.web.live.sockets.closing import BAD_MESSAGE, NOT_FOUND, Refused
from entrepot.web.live.sockets.rooms import Limits, RoomType, Visitor
from entrepot.web.live.sockets.threads import Threads
from entrepot.web.live.visits import ends
from entrepot.web.live.visits.lingering import Kept, Lingering
from entrepot.web.live.visits.record import BooksRecord, NoVisit, Record, Session
from entrepot.web.live.visits.room import GRACE, VisitRoom

AUDIENCE = "visit"
#: A description is some 10 kB, and a page sends some twenty candidates at once, then almost nothing.
LIMITS = Limits(message=64 << 10, messages=15, received=32 << 10, burst=10, waiting=512 << 10, peers=6, idle=75)
#: Seconds between two signs of life of the process.
BEAT = 5.0


class Visits:
    """The visits of a socket process. `alive`: a file whose time says until when the process before this one ran."""

    def __init__(
        self,
        record: Record,
        *,
        ice: Callable[[str], Sequence[Any]],
        alive: Path,
        grace: float = GRACE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._record, self._ice, self._alive, self._grace, self._clock = record, ice, alive, grace, clock
        self._ended_at = _time_of(alive)
        self._lingering: Lingering | None = None
        self._beating: asyncio.Task[None] | None = None

    def room_type(self) -> RoomType:
        """How the socket process opens rooms of visits."""
        return RoomType(AUDIENCE, self._open, choose, LIMITS, begin=self._begin)

    async def _begin(self, threads: Threads) -> None:
        """The sessions that a process before this one left open wait for those who come back."""
        lingering = self._lingering = Lingering(self._record, threads, self._clock)
        self._beating = asyncio.create_task(self._beat())
        for delivery, session in await threads.run(self._record.open_sessions):
            lingering.keep(delivery, self._interrupted(session))

    async def _open(self, delivery: str, threads: Threads) -> VisitRoom:
        lingering = self._lingering
        if lingering is None:
            lingering = self._lingering = Lingering(self._record, threads, self._clock)
        kept = await lingering.take(delivery)
        if kept is None:
            try:
                session = await threads.run(self._record.open_session, delivery)
            except NoVisit:
                raise Refused(NOT_FOUND) from None
            kept = self._interrupted(session) if session else None
        return VisitRoom(
            delivery,
            self._record,
            threads,
            ice=self._ice,
            keep=lingering.keep,
            kept=kept,
            grace=self._grace,
            clock=self._clock,
        )

    def _interrupted(self, session: Session) -> Kept:
        lost = max(self._ended_at, session.began)
        return Kept(session, lost, self._clock() + self._grace, ends.INTERRUPTED)

    async def _beat(self) -> None:
        while True:
            with suppress(OSError):  # the end of a session is then earlier than it was
                await asyncio.to_thread(self._alive.touch)
            await asyncio.sleep(BEAT)


def choose(visitor: Visitor, room: str) -> str:
    """The room of a visitor: that of the delivery."""
    if room:
        raise Refused(BAD_MESSAGE)
    return visitor.delivery


def _time_of(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def room_type() -> RoomType:
    """The visits of this node."""
    turn = read_turn(os.environ)
    visits = Visits(
        BooksRecord(),
        ice=lambda holder: ice_servers(turn, holder, time.time()),
        alive=settings.DATA / "sockets-alive",
    )
    return visits.room_type()
