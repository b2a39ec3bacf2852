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
from dataclasses import dataclass, field
from pathlib import Path

import httpx

#: What a desk may be told by its environment; what the user tells hers is not for those of tests.
OURS = {f"ENTREPOT_{name}" for name in ("DATABASE", "SECRET", "HOSTS", "HTTPS", "KEYS", "PROXIES")}


@dataclass
class Server:
    """A desk that runs: where it answers, where its data lies, and its process."""

    url: str
    data: Path
    process: subprocess.Popen[bytes]
    settings: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **more: object) -> httpx.Response:
        """Asks for an address."""
        return httpx.get(self.url + path, timeout=60, **more)  # type: ignore[arg-type]

    def post(self, path: str, **more: object) -> httpx.Response:
        """Sends to an address."""
        return httpx.post(self.url + path, timeout=60, **more)  # type: ignore[arg-type]

    def key(self, *scopes: str, per_minute: int = 1_000_000) -> dict[str, str]:
        """The header of a new key, which is good for all that a test may send."""
        allowed = [word for scope in scopes or ("quotes", "batch", "law") for word in ("--scope", scope)]
        command = [sys.executable, "-m", "entrepot", "keys", "create", "of a test", "--per-minute", str(per_minute)]
        env = environment(self.data, **self.settings)
        made = subprocess.run([*command, *allowed], env=env, capture_output=True, text=True, check=True)
        return {"Authorization": f"Bearer {made.stdout.strip()}"}

    def ask(self, code: str) -> str:
        """What a program beside the desk finds in its rows; `m` holds the tables."""
        head = "import django; django.setup(); from entrepot.store import models as m\n"
        command, env = [sys.executable, "-c", head + code], environment(self.data, **self.settings)
        return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout.strip()

    def log(self) -> str:
        """All that it has logged: what it gathers is written within a tenth of a second."""
        file, before, until = self.data / "log", -1, time.monotonic() + 10
        while self.process.poll() is None and file.stat().st_size != before and time.monotonic() < until:
            before = file.stat().st_size
            time.sleep(0.2)
        return file.read_text()

    def kill(self) -> None:
        """Kills all of it at once, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def environment(data: Path, **more: str) -> dict[str, str]:
    """The environment of a desk: nothing of the user's desk is in it."""
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    return kept | {"ENTREPOT_DATA": str(data), "DJANGO_SETTINGS_MODULE": "entrepot.web.site.settings"} | more


def free_port() -> int:
    """A port of the loopback that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def run_server(data: Path, *, workers: int = 1, **more: str) -> Iterator[Server]:
    """Runs a server, and ends it; only processes that were started here are ended."""
    data.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with (data / "log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "entrepot.web", "--port", str(port), "--workers", str(workers)],
            env=environment(data, **more),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}", data, process, more)
    try:
        for _ in range(300):
            if process.poll() is not None:
                raise AssertionError((data / "log").read_text())
            try:
                httpx.get(f"{server.url}/v1/health", timeout=5)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        else:
            raise AssertionError(f"The desk does not answer.\n{server.log()}")
        yield server
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
