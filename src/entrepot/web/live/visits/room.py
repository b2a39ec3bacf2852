"""The room of one visit: who is in it, who waits, what is passed on, and when a session begins and ends.

    absent ─> waiting (buyer) ─> let in by the provider ─> both connected: the session begins ─> … ─> it ends

Exactly one buyer and one provider: a third person is refused. A tab that lost its connection takes its place again,
and the session goes on if both are back within `GRACE` seconds; otherwise it ended when the connection was lost.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec

from entrepot.web.live.sockets import closing as c
from entrepot.web.live.sockets.closing import Closing, Refused
from entrepot.web.live.sockets.rooms import Peer
from entrepot.web.live.sockets.threads import Threads
from entrepot.web.live.visits import ends, messages
from entrepot.web.live.visits.lingering import Kept, seconds_of
from entrepot.web.live.visits.messages import write
from entrepot.web.live.visits.record import NoVisit, Record, Session

LOG = logging.getLogger("entrepot.web")
#: Seconds that both sides have to come back.
GRACE = 60.0
OTHER = {"buyer": "provider", "provider": "buyer"}


@dataclass(slots=True)
class Side:
    """The buyer or the provider. `media`: how it is connected with the other; empty if it is not."""

    peer: Peer | None = None
    client: str = ""
    load: str = ""
    media: str = ""


class VisitRoom:
    """It is a `rooms.Room`.

    `ice`: the TURN server for a holder; `kept`: the session of before; `keep`: called with one that outlives the room.
    """

    def __init__(
        self,
        delivery: str,
        record: Record,
        threads: Threads,
        *,
        ice: Callable[[str], Sequence[Any]],
        keep: Callable[[str, Kept], None],
        kept: Kept | None = None,
        grace: float = GRACE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._delivery, self._record, self._threads = delivery, record, threads
        self._ice, self._keep, self._grace, self._clock = ice, keep, grace, clock
        self._sides = {"buyer": Side(), "provider": Side()}
        self._session: Session | None = kept.session if kept else None
        #: The session while its connection is lost.
        self._lost = kept
        self._admitted = kept is not None
        self._writing = asyncio.Lock()
        self._timer: asyncio.Task[None] | None = None
        if kept is not None:
            self._start_timer()

    async def join(self, peer: Peer) -> None:
        """A connection comes in; it takes its place with `hello`. Raises Refused: the place is another person's."""
        side = self._sides.get(peer.visitor.role)
        if side is None:
            raise Refused(c.FORBIDDEN)
        if side.peer is not None and side.peer.visitor.grant != peer.visitor.grant:
            raise Refused(c.FULL)

    async def receive(self, peer: Peer, message: str | bytes) -> None:
        """A connection sent a message."""
        try:
            read = messages.read(message)
        except msgspec.DecodeError:
            raise Refused(c.BAD_MESSAGE) from None
        if isinstance(read, messages.Ping):
            peer.send(write("pong"))
            return
        if isinstance(read, messages.Hello):
            self._hello(peer, read)
            return
        side, other = self._sides[peer.visitor.role], self._sides[OTHER[peer.visitor.role]]
        if side.peer is not peer:
            raise Refused(c.BAD_MESSAGE)
        match read:
            case messages.Renew():
                peer.send(write("ice", servers=self._ice(peer.visitor.grant)))
            case messages.Admit():
                self._admit(peer)
            case messages.Description() | messages.Candidate():
                if self._admitted and other.peer is not None and other.load == read.to:
                    other.peer.send(messages.passed_on(read))
            case messages.Text():
                self._text(peer, other, read)
            case messages.Media():
                side.media = "" if read.by == "none" or not self._admitted else read.by
                await self._connected_or_lost()
            case messages.Leave():
                await self._end(ends.LEFT[peer.visitor.role])
                self._leave_sides(peer)
                peer.close(ends.LEAVING)

    async def leave(self, peer: Peer, closing: Closing) -> None:
        """A connection has gone."""
        side = self._sides[peer.visitor.role]
        if side.peer is not peer:
            return
        side.peer, side.media = None, ""
        if closing == c.ENDED:
            await self._end(ends.REVOKED)
            self._admitted = False
        elif closing != c.RESTART:
            await self._connected_or_lost()
        self._tell()

    async def close(self) -> None:
        """Nobody is here. A session that has not ended is kept for those who come back."""
        if self._timer is not None:
            self._timer.cancel()
            with suppress(asyncio.CancelledError):
                await self._timer
        if self._session is not None:
            self._keep(self._delivery, self._lost or self._losing(self._session))

    def _hello(self, peer: Peer, hello: messages.Hello) -> None:
        """A connection takes its place: a new one, or its own again."""
        side = self._sides[peer.visitor.role]
        before = side.peer
        if before is not None and before is not peer:
            if before.visitor.grant != peer.visitor.grant:
                raise Refused(c.FULL)
            if side.client != hello.client:
                raise Refused(ends.ELSEWHERE)
            before.close(ends.REPLACED)
        if side.load != hello.load or before is not peer:
            side.media = ""
        side.peer, side.client, side.load = peer, hello.client, hello.load
        peer.send(write("welcome", ice=self._ice(peer.visitor.grant)))
        self._note_loss()
        self._tell()

    def _admit(self, peer: Peer) -> None:
        if peer.visitor.role != "provider":
            raise Refused(c.FORBIDDEN)
        if self._sides["buyer"].peer is not None:
            self._admitted = True
        self._tell()

    def _text(self, peer: Peer, other: Side, read: messages.Text) -> None:
        """Pass on a line of text, and say whether it was."""
        there = self._admitted and other.peer is not None
        if there and other.peer is not None:
            other.peer.send(messages.passed_on(read))
        peer.send(write("receipt", number=read.number, sent=there))

    def _leave_sides(self, peer: Peer) -> None:
        """After one side left, the other side waits; the buyer has to be let in again."""
        side = self._sides[peer.visitor.role]
        side.peer, side.client, side.load = None, "", ""
        self._admitted = False
        for each in self._sides.values():
            each.media = ""
        self._tell()

    @property
    def _connected(self) -> bool:
        return all(each.peer is not None and each.media for each in self._sides.values())

    async def _connected_or_lost(self) -> None:
        """After a change: begin a session, or note that the connection is lost or back."""
        self._note_loss()
        if self._connected:
            self._lost = None
            if self._session is None:
                await self._begin()

    def _note_loss(self) -> None:
        """From which moment the connection of the session is lost."""
        if self._session is not None and self._lost is None and not self._connected:
            self._lost = self._losing(self._session)
            self._start_timer()

    def _losing(self, session: Session) -> Kept:
        now = self._clock()
        return Kept(session, now, now + self._grace, ends.LOST)

    async def _begin(self) -> None:
        async with self._writing:
            if self._session is not None or not self._connected:
                return
            try:
                self._session = await self._threads.run(self._record.begin, self._delivery)
            except NoVisit:
                self._close_all(c.ENDED)
                return
        self._note_loss()  # it may be lost while it was recorded
        self._tell()

    async def _end(self, reason: str) -> None:
        """Record the end of the session, at the moment at which its connection was lost, else now."""
        async with self._writing:
            if self._session is None:
                return
            seconds = seconds_of(self._lost or self._losing(self._session))
            await self._threads.run(self._record.end, self._delivery, self._session, seconds, reason)
            self._session, self._lost = None, None
        for each in self._sides.values():
            if each.peer is not None:
                each.peer.send(write("ended", reason=reason, seconds=seconds))

    def _start_timer(self) -> None:
        if self._timer is None or self._timer.done():
            self._timer = asyncio.create_task(self._wait_for_both())

    async def _wait_for_both(self) -> None:
        """End the session whose connection does not come back in time."""
        while self._session is not None and self._lost is not None:
            left = self._lost.until - self._clock()
            if left > 0:
                await asyncio.sleep(left)
                continue
            try:
                await self._end(self._lost.reason)
            except Exception:
                LOG.exception("the end of a session could not be recorded")
                await asyncio.sleep(self._grace)
                continue
            self._admitted = False
            for each in self._sides.values():
                each.media = ""
            self._tell()

    def _close_all(self, closing: Closing) -> None:
        for each in self._sides.values():
            if each.peer is not None:
                each.peer.close(closing)

    def _tell(self) -> None:
        """Tell both sides how it is."""
        seconds = max(round(self._clock() - self._session.began), 0) if self._session else None
        for role, side in self._sides.items():
            if side.peer is None:
                continue
            other = self._sides[OTHER[role]]
            side.peer.send(
                write(
                    "state",
                    admitted=self._admitted,
                    other=other.load if other.peer is not None else "",
                    seconds=seconds,
                )
            )
