"""serving: a desk of its own for a test: a real server on a free port of the loopback, with its data in a folder."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx


@dataclass
class Desk:
    """A desk that runs: where it answers, where its data lies, and its process."""

    url: str
    data: Path
    process: subprocess.Popen[bytes]

    def get(self, path: str, **more: object) -> httpx.Response:
        """Asks for an address."""
        return httpx.get(self.url + path, timeout=60, **more)  # type: ignore[arg-type]

    def post(self, path: str, **more: object) -> httpx.Response:
        """Sends to an address."""
        return httpx.post(self.url + path, timeout=60, **more)  # type: ignore[arg-type]

    def kill(self) -> None:
        """Kills all of it at once, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def environment(data: Path, **more: str) -> dict[str, str]:
    """The environment of a desk: nothing of the user's desk is in it."""
    kept = {name: value for name, value in os.environ.items() if name not in ("ENTREPOT_DATABASE", "ENTREPOT_SECRET")}
    return kept | {"ENTREPOT_DATA": str(data), "DJANGO_SETTINGS_MODULE": "entrepot.desk.settings"} | more


def migrated(data: Path, **more: str) -> None:
    """Makes the tables ready."""
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--verbosity", "0"], env=environment(data, **more), check=True
    )


def free_port() -> int:
    """A port of the loopback that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(data: Path, *, workers: int = 1, **more: str) -> Iterator[Desk]:
    """Runs a desk, and ends it; only processes that were started here are ended."""
    data.mkdir(parents=True, exist_ok=True)
    migrated(data, **more)
    port = free_port()
    words = ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)]
    with (data / "log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *words, "--no-ws", "--blocking-threads", "4", "entrepot.desk.wsgi:application"],
            env=environment(data, **more),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    desk = Desk(f"http://127.0.0.1:{port}", data, process)
    try:
        for _ in range(300):
            if process.poll() is not None:
                raise AssertionError((data / "log").read_text())
            try:
                httpx.get(f"{desk.url}/v1/health", timeout=5)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        yield desk
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                desk.kill()
