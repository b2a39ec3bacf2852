"""Run a real server for a test, on a free port of the loopback, with its data in a folder."""

from __future__ import annotations

import hashlib
import os
import secrets
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx
from asked_programs import Asked
from empty_database import copy_tables

from free_ports import free_port

#: Variables of the user's own server, which are not passed to servers of tests.
USER_VARIABLES = {
    f"ENTREPOT_{name}"
    for name in ("DATABASE", "SECRET", "HOSTS", "HTTPS", "KEYS", "PROXIES", "SMTP", "MAIL_FROM", "URL")
}


@dataclass
class Server:
    """A running server: its URL, its data folder, and its process."""

    url: str
    data: Path
    process: subprocess.Popen[bytes]
    settings: dict[str, str] = field(default_factory=dict)
    _asked: Asked | None = None

    def get(self, path: str, **more: object) -> httpx.Response:
        """GET a path."""
        return httpx.get(self.url + path, timeout=60, **more)  # type: ignore[arg-type]

    def post(self, path: str, **more: object) -> httpx.Response:
        """POST to a path."""
        return httpx.post(self.url + path, timeout=60, **more)  # type: ignore[arg-type]

    def key(self, *scopes: str, per_minute: int = 1_000_000, sandbox: bool = False) -> dict[str, str]:
        """The header with a new key, by default with all scopes.

        Written to a SQLite file as `create_key` writes it: a process that imports Django takes a second.
        """
        if "ENTREPOT_DATABASE" in self.settings:
            return self.key_by_command(*scopes, per_minute=per_minute, sandbox=sandbox)
        number = f"{'ek_test_' if sandbox else 'ek_'}{secrets.token_hex(6)}"
        secret = secrets.token_urlsafe(32)
        allowed = " ".join(scopes or ("quotes", "batch", "law"))
        row = (
            number,
            "of a test",
            hashlib.sha256(secret.encode()).hexdigest(),
            allowed,
            per_minute,
            "2026-03-01 00:00",
        )
        columns = "id, name, secret_hash, scopes, per_minute, created"
        with closing(sqlite3.connect(self.data / "desk.sqlite3", timeout=30)) as database, database:
            database.execute(f"INSERT INTO store_key ({columns}) VALUES (?, ?, ?, ?, ?, ?)", row)
        return {"Authorization": f"Bearer {number}_{secret}"}

    def key_by_command(self, *scopes: str, per_minute: int = 1_000_000, sandbox: bool = False) -> dict[str, str]:
        """The header with a new key that `entrepot keys create` printed."""
        allowed = [word for scope in scopes or ("quotes", "batch", "law") for word in ("--scope", scope)]
        command = [sys.executable, "-m", "entrepot", "keys", "create", "of a test", "--per-minute", str(per_minute)]
        command += ["--sandbox"] if sandbox else []
        env = environment(self.data, **self.settings)
        made = subprocess.run([*command, *allowed], env=env, capture_output=True, text=True, check=True)
        return {"Authorization": f"Bearer {made.stdout.strip()}"}

    def ask(self, code: str) -> str:
        """The output of a program that reads the server's database; `m` is the module of models."""
        if self._asked is None:
            self._asked = Asked(environment(self.data, **self.settings))
        try:
            return self._asked.run(code)
        finally:
            if self.process.poll() is not None:  # the server, which ends this process with itself, has ended
                self.stop_asking()

    def stop_asking(self) -> None:
        """End the process that runs such programs. The next one starts another."""
        if self._asked is not None:
            self._asked.stop()
        self._asked = None

    def quotes(self) -> int:
        """The number of stored quotes."""
        if "ENTREPOT_DATABASE" in self.settings:
            return int(self.ask("print(m.Quote.objects.count())"))
        with closing(sqlite3.connect(self.data / "desk.sqlite3", timeout=30)) as database:
            return int(database.execute("SELECT count(*) FROM store_quote").fetchone()[0])

    def log(self) -> str:
        """The log, after waiting for buffered lines, which are written within a tenth of a second."""
        file, before, until = self.data / "log", -1, time.monotonic() + 10
        while self.process.poll() is None and file.stat().st_size != before and time.monotonic() < until:
            before = file.stat().st_size
            time.sleep(0.2)
        return file.read_text()

    def kill(self) -> None:
        """Kill all its processes, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def environment(data: Path, **more: str) -> dict[str, str]:
    """The environment of a server, without the settings of the user's own, and without a socket process."""
    kept = {name: value for name, value in os.environ.items() if name not in USER_VARIABLES}
    own = {
        "ENTREPOT_DATA": str(data),
        "DJANGO_SETTINGS_MODULE": "entrepot.web.site.settings",
        "ENTREPOT_SOCKETS": "off",
    }
    return kept | own | more


T = TypeVar("T")


def within_one_minute(act: Callable[[], T]) -> T:
    """What `act` gives. It is done again where a minute of the clock ended meanwhile: limits are counted by minutes."""
    for _ in range(9):
        minute, given = time.time() // 60, act()
        if time.time() // 60 == minute:
            return given
    return act()


def is_locked(answer: httpx.Response) -> bool:
    """Whether a request waited too long for the lock of the database, as on a busy machine. No other 503 counts."""
    return answer.status_code == 503 and "The database is locked" in answer.json()["error"]["message"]


def counted(server: Server, act: Callable[[], T]) -> T:
    """What `act` gives within one minute. It is done again where a request was not counted, as the log says.

    On a busy machine the file of counts may be locked for longer than a request waits for it.
    """
    for _ in range(20):
        before = server.log().count("requests are not counted")
        given = within_one_minute(act)
        if server.log().count("requests are not counted") == before:
            return given
    return within_one_minute(act)


#: The servers of this process of tests.
RUNNING: list[Server] = []


def forget_request_counts(server: Server) -> None:
    """Empty the rate limits of a server, if it has any yet."""
    file = server.data / "calls.sqlite3"
    if file.exists():
        # The file of an earlier version has no such table, and a test may have damaged it: the server makes a new one.
        with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(file, timeout=30)) as counts, counts:
            counts.execute("DELETE FROM calls")


@contextmanager
def run_server(
    data: Path, *, workers: int = 1, background: int = 0, own_tables: object = False, port: object = 0, **more: str
) -> Iterator[Server]:
    """Run a server and stop it, by default without background workers. Only processes started here are stopped.

    A server on SQLite finds the tables there, which are copied; with `own_tables` it makes them, as a new one does.
    `port`: where it listens, by default a free one.
    """
    data.mkdir(parents=True, exist_ok=True)
    if not own_tables and "ENTREPOT_DATABASE" not in more:
        copy_tables(data, secret="ENTREPOT_SECRET" not in more)
    listening = int(str(port)) or free_port()
    options = ["--port", str(listening), "--workers", str(workers), "--background", str(background)]
    with (data / "log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "entrepot.web", *options],
            env=environment(data, **more),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{listening}", data, process, more)
    RUNNING.append(server)
    try:
        for _ in range(2_400):
            if process.poll() is not None:
                raise AssertionError((data / "log").read_text())
            try:
                httpx.get(f"{server.url}/v1/health", timeout=5)
                break
            except httpx.TransportError:
                time.sleep(0.05)
        else:
            raise AssertionError(f"The server does not answer.\n{server.log()}")
        yield server
    finally:
        RUNNING.remove(server)
        server.stop_asking()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
