"""A receiver of webhooks on the loopback: what it got, and what it answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Received(NamedTuple):
    """A webhook."""

    headers: dict[str, str]
    body: bytes


class Receiver:
    """Webhooks that arrived. `answers`: to the next ones, then 200. `hold`: clear it to make them wait."""

    def __init__(self) -> None:
        self.url = ""
        self.received: list[Received] = []
        self.answers: list[int] = []
        self.hold = threading.Event()
        self.hold.set()
        self.arrived = threading.Condition()

    def ids(self) -> list[str]:
        """The ids of the events, in the order of their arrival."""
        return [each.headers["webhook-id"] for each in self.received]

    def wait_for(self, count: int, seconds: float = 120) -> list[Received]:
        """Wait until so many webhooks have arrived."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.received) >= count, seconds), self.ids()
        return self.received


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name that the library calls
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with receiver.arrived:
                receiver.received.append(Received({name.lower(): each for name, each in self.headers.items()}, body))
                status = receiver.answers.pop(0) if receiver.answers else 200
                receiver.arrived.notify_all()
            receiver.hold.wait(300)
            self.send_response(status)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_given: object) -> None:
            pass

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_given: object) -> None:
            pass  # the worker was killed

    with Quiet(("127.0.0.1", 0), Handler) as running:
        receiver.url = f"http://127.0.0.1:{running.server_address[1]}/hook"
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield receiver
        receiver.hold.set()
        running.shutdown()
        thread.join()
