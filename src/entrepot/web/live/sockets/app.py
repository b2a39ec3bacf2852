"""The ASGI application: which connections are accepted, the metrics and the log of each, and the end of all."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from entrepot.web.http.proxies import Networks, client_address
from entrepot.web.live.sockets import closing as c
from entrepot.web.live.sockets.closing import Closing
from entrepot.web.live.sockets.connection import Connection, Receive
from entrepot.web.live.sockets.hub import Hub
from entrepot.web.live.sockets.limits import Places
from entrepot.web.live.sockets.peers import Send
from entrepot.web.live.sockets.rooms import Access, RoomType
from entrepot.web.live.sockets.threads import Threads
from entrepot.web.process import metrics

LOG = logging.getLogger("entrepot.web")
#: The path of a room type: `/sockets/visit`.
PATH = "/sockets/"
#: Seconds between two looks at the ledger for grants that changed, and seconds that rooms have to close at the end.
LOOK, CLOSE = 1.0, 10.0


class Sockets:
    """The application. `allowed`: whether a page of this origin may connect."""

    def __init__(
        self,
        types: Sequence[RoomType],
        access: Access,
        *,
        allowed: Callable[[str], bool],
        proxies: Networks = (),
        places: Places | None = None,
    ) -> None:
        self._types = {each.audience: each for each in types}
        self._access, self._allowed, self._proxies = access, allowed, proxies
        self._places = places or Places()
        self._threads = Threads()
        self._hub = Hub(self._threads)
        self._stopping = False
        self._connections: set[Connection] = set()

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Handle a request or a connection."""
        if scope["type"] == "http":
            await self._http(scope, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _lifespan(receive, send)

    async def begin(self) -> None:
        """What room types do at the start of the process. One that fails does not keep the others from starting."""
        for each in self._types.values():
            if each.begin is not None:
                try:
                    await each.begin(self._threads)
                except Exception:
                    LOG.exception("a room type could not begin", extra={"fields": {"room": each.audience}})

    async def watch(self) -> None:
        """Close the connections whose grants end or are revoked, until cancelled."""
        position: int | None = None
        while True:
            try:
                position, changed = await self._threads.run(self._access.changes, position)
                await self._check(changed)
            except Exception:
                LOG.exception("the grants of connections cannot be checked")
            await asyncio.sleep(LOOK)

    async def stop(self) -> None:
        """Accept nothing more, close all connections and rooms."""
        self._stopping = True
        for connection in self._connections:
            connection.stop()
        self._hub.stop()
        until = time.monotonic() + CLOSE
        while (self._places.count or not self._hub.is_empty()) and time.monotonic() < until:
            await asyncio.sleep(0.02)
        self._threads.end()

    async def _check(self, changed: frozenset[str]) -> None:
        now = time.time()
        for peer in self._hub.peers():
            visitor = peer.visitor
            ended = bool(visitor.until) and visitor.until <= now
            if not ended and not changed.isdisjoint((visitor.grant, visitor.delivery, visitor.order, visitor.node)):
                ended = not await self._threads.run(self._access.is_open, visitor)
            if ended:
                peer.close(c.ENDED)

    async def _http(self, scope: Mapping[str, Any], send: Send) -> None:
        """The health check of a load balancer; anything else is not found."""
        found = scope["path"] == "/health" and scope["method"] in ("GET", "HEAD")
        status = 503 if found and self._stopping else 200 if found else 404
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok\n" if status == 200 else b""})

    async def _websocket(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        of = self._types.get(scope["path"].removeprefix(PATH)) if scope["path"].startswith(PATH) else None
        origin = headers.get("origin")
        if of is None or (origin is not None and not self._allowed(origin)):
            await send({"type": "websocket.close", "code": 1000})  # before it is accepted: HTTP 403
            self._record("none" if of is None else of.audience, c.NOT_FOUND if of is None else c.FORBIDDEN)
            return
        remote = scope["client"][0] if scope.get("client") else ""
        address = client_address(remote, headers.get("x-forwarded-for", ""), self._proxies)
        await send({"type": "websocket.accept"})
        if self._stopping or not self._places.enter(address):
            refusal = c.RESTART if self._stopping else c.TOO_MANY_CONNECTIONS
            self._record(of.audience, refusal)
            with suppress(Exception):
                await send({"type": "websocket.close", "code": refusal.code, "reason": refusal.reason})
            return
        await self._accepted(of, address, receive, send)

    async def _accepted(self, of: RoomType, address: str, receive: Receive, send: Send) -> None:
        connection = Connection(of, self._access, self._hub, self._threads, receive, send)
        admitted: list[bool] = []

        def admit() -> None:
            admitted.append(True)
            self._places.admitted(address)

        ended = c.FAILED
        self._connections.add(connection)
        try:
            ended = await connection.run(admit)
        finally:
            self._connections.discard(connection)
            self._places.leave(address, admitted=bool(admitted))
            traffic = connection.traffic
            self._record(of.audience, ended)
            metrics.record_socket_traffic(of.audience, traffic.messages, traffic.received, traffic.sent)
            seconds = round(time.monotonic() - traffic.begin, 1)
            # Neither the room nor the grant: whoever reads the log does not learn who met whom.
            fields = {"room": of.audience, "connection": connection.id, "code": ended.code, "seconds": seconds}
            LOG.info("connection closed", extra={"fields": {**fields, "messages": traffic.messages}})

    def _record(self, audience: str, ended: Closing) -> None:
        metrics.record_socket(audience, ended.code)


async def _lifespan(receive: Callable[[], Awaitable[dict[str, Any]]], send: Send) -> None:
    """Nothing is done here: `stop` ends the connections before the server is told to end."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
