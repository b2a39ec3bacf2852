"""The server of the sockets: the library `websockets` for an ASGI application.

Granian, which serves the pages, keeps a buffer of 128 kB for each connection; this one needs a quarter of that, and it
reads on while it closes, so that a client that sends too much still gets its close code.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from websockets.asyncio.server import Server, ServerConnection
    from websockets.http11 import Request, Response

Application = Callable[[Mapping[str, Any], Callable[[], Awaitable[dict[str, Any]]], Any], Awaitable[None]]
#: Seconds for the handshake, and for the other side to answer a close.
OPEN, CLOSE = 10.0, 3.0
#: Bytes of a message: rooms have lower limits of their own. Messages that wait to be read.
MOST, QUEUE = 4 << 20, 8


async def start(application: Application, host: str, port: int) -> Server:
    """Listen. Raises OSError."""
    from websockets.asyncio.server import serve  # noqa: PLC0415  # a package of the extra `services`

    silent = logging.getLogger("entrepot.websockets")
    silent.setLevel(logging.CRITICAL + 1)  # the application logs each connection, without its address
    calls: dict[ServerConnection, _Call] = {}
    return await serve(
        lambda connection: _handle(calls[connection]),
        host,
        port,
        process_request=lambda connection, request: _decide(application, calls, connection, request),
        compression=None,
        server_header=None,
        open_timeout=OPEN,
        close_timeout=CLOSE,
        ping_interval=None,
        max_size=MOST,
        max_queue=QUEUE,
        logger=silent,
    )


class _Call:
    """A connection as ASGI has it. `accepted`: what the application decided; `opened`: set after the handshake."""

    def __init__(self, connection: ServerConnection) -> None:
        self.connection = connection
        self.accepted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.opened = asyncio.Event()
        self.task: asyncio.Future[None] | None = None
        self._began = False

    async def receive(self) -> dict[str, Any]:
        """The next event."""
        from websockets.exceptions import ConnectionClosed  # noqa: PLC0415  # as above

        if not self._began:
            self._began = True
            return {"type": "websocket.connect"}
        await self.opened.wait()
        try:
            message = await self.connection.recv()
        except ConnectionClosed:
            return {"type": "websocket.disconnect", "code": self.connection.close_code or 1006}
        return {"type": "websocket.receive", "text" if isinstance(message, str) else "bytes": message}

    async def send(self, event: Mapping[str, Any]) -> None:
        """Do what the application says. Raises ConnectionClosed."""
        if not self.accepted.done():
            self.accepted.set_result(event["type"] == "websocket.accept")
            return
        await self.opened.wait()
        if event["type"] == "websocket.close":
            await self.connection.close(event.get("code", 1000), event.get("reason", ""))
        else:
            text = event.get("text")
            await self.connection.send(text if text is not None else event["bytes"])


async def _decide(
    application: Application, calls: dict[ServerConnection, _Call], connection: ServerConnection, request: Request
) -> Response | None:
    """The response to a request without a socket, or the refusal of one with it; None: it is accepted."""
    scope = {
        "type": "websocket",
        "path": request.path.partition("?")[0],
        "headers": [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in request.headers.raw_items()
        ],
        "client": connection.remote_address[:2] if connection.remote_address else None,
    }
    if request.headers.get("Upgrade", "").lower() != "websocket":
        return await _plain(application, scope)
    call = calls[connection] = _Call(connection)
    call.task = task = asyncio.ensure_future(application(scope, call.receive, call.send))
    # Also where the client goes before the handshake has ended: the application then waits for its first message.
    task.add_done_callback(lambda _done: calls.pop(connection, None))
    both: set[asyncio.Future[Any]] = {task, call.accepted}
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    if call.accepted.done() and call.accepted.result():
        return None
    await asyncio.wait({task})
    return connection.respond(HTTPStatus.FORBIDDEN, "")


async def _handle(call: _Call) -> None:
    call.opened.set()
    if call.task is not None:
        await asyncio.wait({call.task})


async def _plain(application: Application, scope: dict[str, Any]) -> Response:
    """The response of the application to a request without a socket."""
    from websockets.datastructures import Headers  # noqa: PLC0415  # as above
    from websockets.http11 import Response  # noqa: PLC0415  # as above

    status, headers, body = HTTPStatus.INTERNAL_SERVER_ERROR, Headers(), b""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(event: Mapping[str, Any]) -> None:
        nonlocal status, body
        if event["type"] == "http.response.start":
            status = HTTPStatus(event["status"])
            for name, value in event["headers"]:
                headers[name.decode()] = value.decode()
        else:
            body += event["body"]

    await application({**scope, "type": "http", "method": "GET"}, receive, send)
    headers["Content-Length"] = str(len(body))
    headers["Connection"] = "close"
    return Response(status.value, status.phrase, headers, body)
