"""The rate limit: requests of a caller a minute, counted over all server processes of this machine.

The counts are in a SQLite file in the data folder. It is not synced to the disk, and created again if it is missing or
damaged. If it cannot be used, requests are allowed: the limit must not make the server unavailable.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from contextlib import suppress
from contextvars import ContextVar
from pathlib import Path
from threading import Lock, local
from typing import NamedTuple

from django.conf import settings
from django.http.response import HttpResponseBase

from entrepot.web.http.api_keys import Caller
from entrepot.web.http.errors import Refused
from entrepot.web.http.headers import set_header

LOG = logging.getLogger("entrepot.web")
WINDOW = 60
#: Seconds that a count waits for the lock of the file, and seconds without counting after a timeout, so that requests
#: do not time out one after the other.
TIMEOUT, PAUSE = 0.25, 1.0
#: A large limit is divided into so many shares. What a process has reserved and does not use is lost to the others.
SHARES = 200
#: Callers whose shares a process remembers.
MAX_CALLERS = 10_000
_thread = local()
_lock = Lock()
#: For each caller with a large limit: the window, the requests counted in it, and what is left of the share.
_shares: dict[str, tuple[int, int, int]] = {}
_paused = {"until": 0.0}
_COUNT = (
    "INSERT INTO calls VALUES (?, ?, ?) ON CONFLICT (caller) DO UPDATE SET "
    "many = CASE WHEN window = excluded.window THEN many + excluded.many ELSE excluded.many END, "
    "window = excluded.window RETURNING many"
)


class Remaining(NamedTuple):
    """The limit of a caller, the requests that remain in this minute, and the seconds until the next minute."""

    limit: int
    remaining: int
    reset: int


#: What remains for the caller of the current request. Every response to it says so, also a refusal.
current_remaining: ContextVar[Remaining | None] = ContextVar("current_remaining", default=None)


def count_request(caller: Caller, cost: int = 1, *, required: bool = False) -> Remaining:
    """Count a request. Raises Refused (429) beyond the limit.

    A request that cannot be counted is allowed, unless the count is `required`: then raises sqlite3.DatabaseError,
    which the server answers with 503.
    """
    now = time.time()
    seconds = WINDOW - int(now) % WINDOW
    count = _count(caller, int(now) // WINDOW, cost, required)
    remaining = Remaining(caller.per_minute, max(caller.per_minute - count, 0), seconds)
    current_remaining.set(remaining)
    if count > caller.per_minute:
        message = f"{caller.per_minute} requests per minute are allowed. Try again in {seconds} seconds."
        raise Refused(429, "rate_limit_error", "too_many", message, Retry_After=str(seconds))
    return remaining


def uncount_request(caller: Caller, when: float) -> None:
    """Remove one request that was counted at the time `when`. Does nothing if that minute is over."""
    with suppress(sqlite3.DatabaseError):
        update = "UPDATE calls SET many = many - 1 WHERE caller = ? AND window = ? AND many > 0"
        _connection().execute(update, (caller.name, int(when) // WINDOW))


def delete_expired_counts() -> None:
    """Delete the counts of past minutes."""
    with suppress(sqlite3.DatabaseError):
        _connection().execute("DELETE FROM calls WHERE window < ?", (int(time.time()) // WINDOW - 1,))


def add_headers(response: HttpResponseBase) -> HttpResponseBase:
    """Add the RateLimit headers, if the request was counted."""
    remaining = current_remaining.get()
    if remaining is None:
        return response
    set_header(response, "RateLimit-Limit", str(remaining.limit))
    set_header(response, "RateLimit-Remaining", str(remaining.remaining))
    set_header(response, "RateLimit-Reset", str(remaining.reset))
    return response


def _count(caller: Caller, window: int, cost: int, required: bool) -> int:
    """How many requests a caller has made in a window, including this one.

    A large limit is counted by shares: a process reserves one share at a time in the file and counts its requests
    against it, so that they do not wait for the file each time. A small limit is counted request by request.
    """
    share = caller.per_minute // SHARES
    if cost >= share:
        return _count_in_file(caller.name, window, cost, required)
    with _lock:
        counted_window, count, left = _shares.get(caller.name, (0, 0, 0))
        if counted_window != window or left < cost:
            count, left = _count_in_file(caller.name, window, share, required) - share, share
        if len(_shares) > MAX_CALLERS:
            _shares.clear()
        _shares[caller.name] = window, count + cost, left - cost
    return count + cost


def _count_in_file(name: str, window: int, cost: int, required: bool) -> int:
    """How many requests a caller has made in a window, including this one.

    If the file cannot be used: `cost`, or the error if the count is required.
    """
    if time.monotonic() < _paused["until"] and not required:
        return cost
    try:
        (count,) = _connection().execute(_COUNT, (name, window, cost)).fetchone()
    except sqlite3.OperationalError as error:  # locked for too long, or read-only
        _paused["until"] = time.monotonic() + PAUSE
        LOG.warning("requests are not counted", extra={"fields": {"why": str(error)}})
        if required:
            raise
        return cost
    except sqlite3.DatabaseError as error:  # damaged by a power cut: it is created again
        LOG.warning(
            "the file of request counts is damaged and was created again", extra={"fields": {"why": str(error)}}
        )
        _thread.connection = None
        with suppress(OSError):  # a disk that is read-only
            for each in ("", "-wal", "-shm"):
                _file().with_name(_file().name + each).unlink(missing_ok=True)
        if required:
            raise
        return cost
    return int(count)


def _file() -> Path:
    return Path(settings.DATA) / "calls.sqlite3"


def _connection() -> sqlite3.Connection:
    """The connection of this thread to the file of counts."""
    found: sqlite3.Connection | None = getattr(_thread, "connection", None)
    if found is None:
        found = sqlite3.connect(_file(), timeout=TIMEOUT, isolation_level=None)
        found.execute("PRAGMA journal_mode=WAL")
        found.execute("PRAGMA synchronous=OFF")
        found.execute("CREATE TABLE IF NOT EXISTS calls (caller TEXT PRIMARY KEY, window INTEGER, many INTEGER)")
        _thread.connection = found
    return found
