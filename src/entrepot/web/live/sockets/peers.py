"""A connection that has joined a room: what waits to be sent to it, and its end."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from entrepot.web.live.sockets.closing import TOO_SLOW, Closing
from entrepot.web.live.sockets.rooms import Visitor

Send = Callable[[dict[str, Any]], Awaitable[None]]
#: Seconds within which a client must read a message.
SEND_TIMEOUT = 20.0


class SocketPeer:
    """The sending half of a connection. It is a `rooms.Peer`."""

    def __init__(self, number: str, visitor: Visitor, send: Send, most_waiting: int) -> None:
        self._id, self._visitor, self._send = number, visitor, send
        self._most_waiting, self._waiting = most_waiting, 0
        self._queue: deque[str | bytes] = deque()
        self._wake = asyncio.Event()
        self.closing: asyncio.Future[Closing] = asyncio.get_running_loop().create_future()
        self.sent = 0

    @property
    def id(self) -> str:
        """A random id."""
        return self._id

    @property
    def visitor(self) -> Visitor:
        """Who it is."""
        return self._visitor

    def send(self, message: str | bytes) -> None:
        """Queue a message; a client with too much in its queue is closed."""
        if self.closing.done():
            return
        self._waiting += len(message)
        if self._waiting > self._most_waiting:
            self._queue.clear()
            self.close(TOO_SLOW)
            return
        self._queue.append(message)
        self._wake.set()

    def close(self, closing: Closing) -> None:
        """Close the connection, the first time that it is called."""
        if not self.closing.done():
            self.closing.set_result(closing)
        self._wake.set()

    async def write(self) -> None:
        """Send what is queued until the connection is closed. Raises TimeoutError if the client does not read."""
        while self._queue or not self.closing.done():
            while self._queue:
                message = self._queue.popleft()
                kind = "text" if isinstance(message, str) else "bytes"
                async with asyncio.timeout(SEND_TIMEOUT):
                    await self._send({"type": "websocket.send", kind: message})
                self._waiting -= len(message)
                self.sent += len(message)
            self._wake.clear()
            if not self.closing.done() and not self._queue:
                await self._wake.wait()
