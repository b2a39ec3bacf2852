"""Run a sandbox for a test: a process on a free port, its start line, its end; and a receiver of what it sends."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

#: Seconds that an answer, or the end of a process, is waited for: the machine may be busy with other tests.
PATIENCE = 120


class NotStarted(Exception):
    """The sandbox ended before it listened, with this exit code."""


class Sandbox:
    """A running sandbox. `start`: the line that it printed."""

    def __init__(self, name: str, folder: Path, *options: str) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "entrepot.sandbox", name, "--folder", str(folder), "--json", *options],
            stdout=subprocess.PIPE,
            stdin=subprocess.PIPE,
            env=os.environ | {"ENTREPOT_DATA": str(folder)},
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise NotStarted(self._ended())
        self.start: dict[str, Any] = json.loads(line)
        self.url = str(self.start["url"])
        self.authorized = {"Authorization": f"Bearer {self.start['control_token']}"}

    def get(self, path: str, **more: Any) -> httpx.Response:
        """GET with the token."""
        return httpx.get(self.url + path, headers=self.authorized, timeout=PATIENCE, **more)

    def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """POST JSON with the token."""
        return httpx.post(self.url + path, json=body or {}, headers=self.authorized | headers, timeout=PATIENCE)

    def switch(self, **switches: Any) -> None:
        """Set switches."""
        httpx.patch(
            f"{self.url}/control/switches", json=switches, headers=self.authorized, timeout=PATIENCE
        ).raise_for_status()

    def until_all_is_sent(self) -> None:
        """Wait until each of its messages was acknowledged, so that none comes while the next test counts its own."""
        (file,) = self.folder.glob("*.sqlite3")
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=PATIENCE)) as database:
            until(lambda: database.execute("SELECT count(*) FROM outgoing WHERE sent IS NULL").fetchone() == (0,))

    def stop(self) -> int:
        """End it as Ctrl-C does, and return its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self._ended()

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.kill()
        self._ended()

    def _ended(self) -> int:
        code = self.process.wait(PATIENCE)
        for stream in (self.process.stdout, self.process.stdin):
            if stream is not None:
                stream.close()
        return code


@contextmanager
def run(name: str, folder: Path, *options: str) -> Iterator[Sandbox]:
    """Run a sandbox on a free port, and end it if the test did not."""
    running = Sandbox(name, folder, "--port", "0", *options)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.kill()


class Receiver:
    """An HTTP server that keeps what it is sent. `answers`: the statuses of the next answers; then 204."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                if len(body) < length:  # the sender was killed while it sent: it has no answer, and sends again
                    self.close_connection = True
                    return
                status = receiver.answers.pop(0) if receiver.answers else 204
                if status == 204:
                    receiver.received.append((dict(self.headers.items()), body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_given: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/in"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver."""
    running = Receiver()
    try:
        yield running
    finally:
        running.close()


def until(holds: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """What `holds` returns once that is true. Fails after some seconds."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
    return found
