"""Messages that a sandbox sends: stored with the change that caused them, sent until they are acknowledged.

A message goes to an HTTP address, which acknowledges it with a status of 200 to 299, or becomes a file in a folder.
Messages of one recipient are sent in order; one that is not acknowledged is sent again after a pause that doubles, and
the others wait for it, unless the recipient refuses just this one (a status of 400 to 499).
"""

from __future__ import annotations

import http.client
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from entrepot.sandbox.database import Database
from entrepot.sandbox.switches import Switches

SCHEMA = """
CREATE TABLE IF NOT EXISTS outgoing (
    id INTEGER PRIMARY KEY AUTOINCREMENT, recipient TEXT NOT NULL, name TEXT NOT NULL, headers BLOB NOT NULL,
    body BLOB NOT NULL, due REAL NOT NULL, copies INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, sent REAL,
    fault TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS outgoing_due ON outgoing (due) WHERE sent IS NULL;
"""
#: Seconds for a recipient to answer.
TIMEOUT = 10
#: Bytes that are read of an answer.
MOST_ANSWER = 1 << 20
#: The longest pause between two attempts, in seconds.
LONGEST_PAUSE = 60.0
#: How many messages are read from the store at a time.
BATCH = 200


class NotAcknowledged(Exception):
    """The recipient did not take a message; the text says why. `only_this`: it may take others."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.only_this = 400 <= status < 500 and status not in (408, 425, 429)


class Outgoing(NamedTuple):
    """A message to send. `recipient`: an http(s) address, or the path of a folder; `name`: of the file."""

    recipient: str
    name: str
    body: bytes
    headers: Mapping[str, str]


def enqueue(connection: sqlite3.Connection, message: Outgoing, *, due: float, switches: Switches) -> int:
    """Store a message, in the caller's transaction. `due`: when it is sent, in seconds since 1970. Returns its id."""
    done = connection.execute(
        "INSERT INTO outgoing (recipient, name, headers, body, due, copies) VALUES (?, ?, ?, ?, ?, ?)",
        (
            message.recipient,
            message.name,
            msgspec.json.encode(dict(message.headers)),
            message.body,
            due + switches.late,
            switches.repeat,
        ),
    )
    return int(done.lastrowid or 0)


def check_recipient(text: str) -> str:
    """A recipient as it is used: an http(s) address, or the absolute path of a folder. Raises ValueError."""
    if "://" not in text:
        return str(Path(text).expanduser().resolve())
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.fragment:
        raise ValueError(f"{text!r} is not an address. Write http://HOST:PORT/PATH, or the path of a folder.")
    return text


class Courier:
    """A thread that sends what is due."""

    def __init__(
        self,
        database: Database,
        switches: Callable[[], Switches],
        *,
        pause: float = 1.0,
        headers: Callable[[Outgoing], Mapping[str, str]] | None = None,
    ) -> None:
        """`pause`: seconds after the first failure; `headers`: added at each attempt, such as a signature."""
        self._database, self._switches, self._pause = database, switches, pause
        self._headers = headers or (lambda _message: {})
        self._changed, self._ended = threading.Event(), threading.Event()
        self._waiting: dict[str, float] = {}
        self._thread = threading.Thread(target=self._run, name="outgoing", daemon=True)

    def start(self) -> None:
        """Start sending."""
        self._thread.start()

    def wake(self) -> None:
        """Look for messages now: some were stored."""
        self._changed.set()

    def stop(self) -> None:
        """Stop after the message that is being sent."""
        self._ended.set()
        self._changed.set()
        self._thread.join(TIMEOUT + 1)

    def _run(self) -> None:
        while not self._ended.is_set():
            self._changed.clear()
            try:
                self.send_due()
                pause = self._next_pause()
            except sqlite3.Error:
                pause = 1.0
            self._changed.wait(pause)

    def send_due(self) -> None:
        """Send every message that is due and whose recipient is not waited for."""
        while rows := self._due():
            sent: list[tuple[int, float, int]] = []
            for row in reversed(rows) if self._switches().reorder else rows:
                if self._ended.is_set():
                    break
                if self._waiting.get(row["recipient"], 0) <= time.time() and self._send(row):
                    sent.append((int(row["attempts"]) + 1, time.time(), row["id"]))
            # One transaction for all: what was sent and is not noted before a crash is sent again.
            with self._database.transaction() as connection:
                # The body may hold what the recipient sent: it is not kept longer than it is needed.
                connection.executemany(
                    "UPDATE outgoing SET attempts = ?, sent = ?, fault = '', body = x'' WHERE id = ?", sent
                )
            if self._ended.is_set():
                return

    def _due(self) -> list[sqlite3.Row]:
        now = time.time()
        blocked = [recipient for recipient, until in self._waiting.items() if until > now]
        marks = ",".join("?" * len(blocked))
        where = f"sent IS NULL AND due <= ? AND recipient NOT IN ({marks})"
        return self._database.rows(
            f"SELECT * FROM outgoing WHERE {where} ORDER BY due, id LIMIT ?",  # noqa: S608  # only question marks
            now,
            *blocked,
            BATCH,
        )

    def _send(self, row: sqlite3.Row) -> bool:
        """Send a message; False, and note the fault, if it was not acknowledged."""
        recipient, body = row["recipient"], bytes(row["body"])
        message = Outgoing(recipient, row["name"], body, msgspec.json.decode(row["headers"], type=dict[str, str]))
        attempt = int(row["attempts"]) + 1
        try:
            if self._switches().garbage:
                self._deliver(message._replace(body=body[: len(body) // 2], name=f"damaged-{row['name']}"))
        except (OSError, NotAcknowledged, http.client.HTTPException):
            pass  # it is garbage: a recipient may refuse it
        try:
            for _ in range(row["copies"]):
                self._deliver(message)
        except (OSError, NotAcknowledged, http.client.HTTPException) as error:
            again = time.time() + min(self._pause * 2 ** min(attempt - 1, 30), LONGEST_PAUSE)
            only_this = isinstance(error, NotAcknowledged) and error.only_this
            if not only_this:
                self._waiting[recipient] = again
            with self._database.transaction() as connection:
                connection.execute(
                    "UPDATE outgoing SET attempts = ?, fault = ?, due = ? WHERE id = ?",
                    (
                        attempt,
                        (str(error) or type(error).__name__)[:300],
                        again if only_this else row["due"],
                        row["id"],
                    ),
                )
            return False
        self._waiting.pop(recipient, None)
        return True

    def _deliver(self, message: Outgoing) -> None:
        if "://" in message.recipient:
            post(message.recipient, message.body, {**message.headers, **self._headers(message)})
        else:
            write_file(Path(message.recipient), message.name, message.body)

    def _next_pause(self) -> float:
        """Seconds until something is due, at most a minute."""
        due = self._database.value("SELECT min(due) FROM outgoing WHERE sent IS NULL")
        if due is None:
            return LONGEST_PAUSE
        now = time.time()
        waited = min((until for until in self._waiting.values() if until > now), default=0.0)
        return min(max(float(due) - now, waited - now, 0.01), LONGEST_PAUSE)


def post(address: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """POST to an address and return the answer; redirects are not followed.

    Raises NotAcknowledged, OSError, HTTPException.
    """
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, dict(headers))
        with connection.getresponse() as answer:
            status, said = answer.status, answer.read(MOST_ANSWER)
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise NotAcknowledged(status, f"{parts.scheme}://{parts.netloc} answered {status}")
    return said


def write_file(folder: Path, name: str, body: bytes) -> None:
    """Write a file whose name appears when it is whole. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{name}.part"
    with part.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / name)
