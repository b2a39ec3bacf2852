"""clients: both kinds of the client, asked alike; and a server that fails as servers do."""

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


class Asked:
    """A client that is made for each call and closed behind it; both kinds are asked alike."""

    def __init__(self, kind: type, *given: Any, **more: Any) -> None:
        self.kind, self.given, self.more = kind, given, more

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def awaited(*given: Any, **more: Any) -> Any:
            async def done() -> Any:
                async with AsyncClient(*self.given, **self.more) as server:
                    return await getattr(server, name)(*given, **more)

            return asyncio.run(done())

        def blocking(*given: Any, **more: Any) -> Any:
            with Client(*self.given, **self.more) as server:
                return getattr(server, name)(*given, **more)

        return blocking if self.kind is Client else awaited


both = pytest.mark.parametrize(
    "kind", [partial(Asked, Client), partial(Asked, AsyncClient)], ids=["blocking", "asyncio"]
)


Answer = tuple[int, dict[str, str], bytes] | None


@contextmanager
def faulty(*answers: Answer) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A server that gives these answers in their sequence, None by hanging up; and the headers that it was sent."""
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
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()
