"""Both kinds of the client behind one interface, and a server that fails in the ways that servers fail."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from entrepot.client import AsyncClient, Client


class EachCall:
    """A client that is created for each call and closed after it, blocking or on asyncio."""

    def __init__(self, kind: type, *given: Any, **more: Any) -> None:
        self.kind, self.given, self.more = kind, given, more

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call_async(*given: Any, **more: Any) -> Any:
            async def call() -> Any:
                async with AsyncClient(*self.given, **self.more) as server:
                    return await getattr(server, name)(*given, **more)

            return asyncio.run(call())

        def call_blocking(*given: Any, **more: Any) -> Any:
            with Client(*self.given, **self.more) as server:
                return getattr(server, name)(*given, **more)

        return call_blocking if self.kind is Client else call_async


both = pytest.mark.parametrize(
    "kind", [partial(EachCall, Client), partial(EachCall, AsyncClient)], ids=["blocking", "asyncio"]
)


Answer = tuple[int, dict[str, str], bytes] | None


@contextmanager
def faulty(*answers: Answer) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A server that sends these responses in order (None: closes the connection), and the headers it received."""
    seen: list[dict[str, str]] = []
    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            seen.append({name.lower(): value for name, value in self.headers.items()} | {"path": self.path})
            answer = left.pop(0)
            if answer is None:
                self.close_connection = True
                return
            status, headers, body = answer
            self.send_response(status)
            for name, value in ({"content-length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = "cut" in headers

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()
