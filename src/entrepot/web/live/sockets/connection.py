"""One connection from its opening to its end: the token, the messages, the limits, the close code."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec

from entrepot.web.live.sockets import closing as c
from entrepot.web.live.sockets.closing import Closing, Refused
from entrepot.web.live.sockets.hub import Hub
from entrepot.web.live.sockets.limits import Allowance
from entrepot.web.live.sockets.peers import Send, SocketPeer
from entrepot.web.live.sockets.rooms import Access, Room, RoomType, Visitor
from entrepot.web.live.sockets.threads import Threads

LOG = logging.getLogger("entrepot.web")
Receive = Callable[[], Awaitable[dict[str, Any]]]
#: Seconds for the first message, and for sending the last ones; bytes of the first message.
FIRST_MESSAGE, LAST_MESSAGES, FIRST_BYTES = 10.0, 5.0, 8 << 10
#: Seconds for which messages are discarded before a connection is closed, and without one after which it is.
DISCARD, QUIET = 1.0, 0.1


class First(msgspec.Struct, forbid_unknown_fields=True):
    """The first message of a client. `room`: which room of the grant, where it has several."""

    token: str
    room: str = ""


@dataclass(slots=True)
class Traffic:
    """What a connection sent and received, for metrics and the log."""

    begin: float = field(default_factory=time.monotonic)
    messages: int = 0
    received: int = 0
    sent: int = 0


class Connection:
    """A connection to one room type."""

    def __init__(self, of: RoomType, access: Access, hub: Hub, threads: Threads, receive: Receive, send: Send) -> None:
        self._of, self._access, self._hub, self._threads = of, access, hub, threads
        self._stop = asyncio.Event()
        self._receive, self._send = receive, send
        self.id = secrets.token_hex(8)
        self.traffic = Traffic()

    async def run(self, admitted: Callable[[], None]) -> Closing:
        """Handle the connection to its end. Returns why it ended; the client has been told."""
        try:
            first = await self._first()
            visitor = await self._threads.run(self._access.admit, first.token, self._of.audience)
            admitted()
            name = await self._threads.run(self._of.choose, visitor, first.room)
        except Refused as refused:
            ended = refused.closing
        except Exception:
            LOG.exception("a connection could not be admitted", extra={"fields": {"connection": self.id}})
            ended = c.FAILED
        else:
            ended = await self._in_room(visitor, name)
        await self._end(ended)
        return ended

    def stop(self) -> None:
        """Close the connection if it has not sent its token yet."""
        self._stop.set()

    async def _first(self) -> First:
        receiving: asyncio.Future[dict[str, Any]] = asyncio.ensure_future(self._receive())
        stopping = asyncio.ensure_future(self._stop.wait())
        either: set[asyncio.Future[Any]] = {receiving, stopping}
        try:
            await asyncio.wait(either, timeout=FIRST_MESSAGE, return_when=asyncio.FIRST_COMPLETED)
            if not receiving.done():
                raise Refused(c.RESTART if stopping.done() else c.NO_FIRST_MESSAGE)
            message = receiving.result()
        finally:
            receiving.cancel()
            stopping.cancel()
        if message["type"] == "websocket.disconnect":
            raise Refused(c.GONE)
        text = message.get("text") or ""
        if len(text) > FIRST_BYTES:
            raise Refused(c.TOO_LARGE)
        try:
            return msgspec.json.decode(text, type=First)
        except msgspec.DecodeError:
            raise Refused(c.BAD_MESSAGE) from None

    async def _in_room(self, visitor: Visitor, name: str) -> Closing:
        peer = SocketPeer(self.id, visitor, self._send, self._of.limits.waiting)
        peer.send(msgspec.json.encode({"type": "joined", "peer": peer.id, "role": visitor.role}).decode())
        try:
            room = await self._hub.join(self._of, name, peer)
        except Refused as refused:
            return refused.closing
        except Exception:
            LOG.exception("a room could not be joined", extra={"fields": {"connection": self.id}})
            return c.FAILED
        reader, writer = asyncio.create_task(self._read(room, peer)), asyncio.create_task(peer.write())
        either: set[asyncio.Future[Any]] = {reader, writer, peer.closing}
        try:
            await self._look_again(visitor, peer)
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            ended = await self._outcome(peer, reader, writer)
        finally:
            for task in (reader, writer):
                task.cancel()
            await asyncio.gather(reader, writer, return_exceptions=True)
            peer.close(c.GONE)
            await self._hub.leave(self._of, name, peer, peer.closing.result())
            self.traffic.sent = peer.sent
        return ended

    async def _look_again(self, visitor: Visitor, peer: SocketPeer) -> None:
        """Close a connection whose grant was revoked after its token was redeemed, before it was in its room."""
        try:
            if not await self._threads.run(self._access.is_open, visitor):
                peer.close(c.ENDED)
        except Exception:
            LOG.exception("a grant could not be checked", extra={"fields": {"connection": self.id}})
            peer.close(c.FAILED)

    async def _outcome(self, peer: SocketPeer, reader: asyncio.Task[Closing], writer: asyncio.Task[None]) -> Closing:
        """Why the connection ends. What was queued before its end is sent."""
        if reader.done() and not reader.cancelled():
            peer.close(reader.result())
            await self._discard(peer.closing.result())
        elif writer.done() and not peer.closing.done():
            writer.exception()  # the client does not read, or has gone
            peer.close(c.TOO_SLOW)
        ended = peer.closing.result()
        if ended not in (c.GONE, c.TOO_SLOW) and not writer.done():
            with suppress(TimeoutError):
                async with asyncio.timeout(LAST_MESSAGES):
                    await asyncio.wait({writer})
        return ended

    async def _discard(self, ended: Closing) -> None:
        """Read what a client has already sent.

        A system that closes with unread bytes resets the connection, and the client does not learn why. A client that
        goes on sending is closed anyway.
        """
        if ended in (c.GONE, c.IDLE):
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(DISCARD):
                while True:
                    async with asyncio.timeout(QUIET):
                        message = await self._receive()
                    if message["type"] == "websocket.disconnect":
                        return

    async def _read(self, room: Room, peer: SocketPeer) -> Closing:
        """Pass messages to the room until the connection ends. Returns why."""
        limits, now = self._of.limits, time.monotonic()
        messages = Allowance(limits.messages, limits.burst, now)
        received = Allowance(max(limits.received, limits.message / limits.burst), limits.burst, now)
        while True:
            try:
                async with asyncio.timeout(limits.idle):
                    message = await self._receive()
            except TimeoutError:
                return c.IDLE
            if message["type"] == "websocket.disconnect":
                return c.GONE
            text = message.get("text")
            content: str | bytes = text if text is not None else message.get("bytes") or b""
            size = len(content.encode()) if isinstance(content, str) else len(content)
            self.traffic.messages += 1
            self.traffic.received += size
            if size > limits.message:
                return c.TOO_LARGE
            now = time.monotonic()
            if not (messages.take(1, now) and received.take(size, now)):
                return c.TOO_MANY
            try:
                await room.receive(peer, content)
            except Refused as refused:
                return refused.closing
            except Exception:
                LOG.exception("a room failed", extra={"fields": {"connection": self.id, "room": self._of.audience}})
                return c.FAILED

    async def _end(self, ended: Closing) -> None:
        if ended != c.GONE:
            with suppress(Exception):  # the client may have gone
                async with asyncio.timeout(LAST_MESSAGES):
                    await self._send({"type": "websocket.close", "code": ended.code, "reason": ended.reason})
