"""limits: how often a caller may ask a minute, counted together for all processes of the desk on this machine.

A file of SQLite beside the data, which need not survive anything: it is not synced, and is made anew where it is lost.
"""

from __future__ import annotations

import sqlite3
import time
from threading import local
from typing import NamedTuple

from django.conf import settings
from django.http import HttpResponse

from entrepot.desk.envelope import Refused
from entrepot.desk.keys import Caller

WINDOW = 60
_mine = local()
_COUNT = (
    "INSERT INTO calls VALUES (?, ?, ?) ON CONFLICT (caller) DO UPDATE SET "
    "many = CASE WHEN window = excluded.window THEN many + excluded.many ELSE excluded.many END, "
    "window = excluded.window RETURNING many"
)


class Left(NamedTuple):
    """What a caller may still ask in this minute, and the seconds until the next one."""

    limit: int
    left: int
    seconds: int


def taken(caller: Caller, cost: int = 1) -> Left:
    """Counts a call. Raises Refused (429) where there were too many."""
    now = time.time()
    seconds = WINDOW - int(now) % WINDOW
    (many,) = _counts().execute(_COUNT, (caller.name, int(now) // WINDOW, cost)).fetchone()
    left = Left(caller.per_minute, max(caller.per_minute - many, 0), seconds)
    if many > caller.per_minute:
        message = f"{caller.per_minute} calls a minute are allowed; wait {seconds} seconds."
        refused = Refused(429, "rate_limit_error", "too_many", message, Retry_After=str(seconds))
        told(refused.answer, left)
        raise refused
    return left


def told(response: HttpResponse, left: Left) -> HttpResponse:
    """An answer that says what is left."""
    response["RateLimit-Limit"] = str(left.limit)
    response["RateLimit-Remaining"] = str(left.left)
    response["RateLimit-Reset"] = str(left.seconds)
    return response


def _counts() -> sqlite3.Connection:
    """The counts, a connection for each thread; a caller has one row, so they do not grow."""
    found: sqlite3.Connection | None = getattr(_mine, "counts", None)
    if found is None:
        found = sqlite3.connect(settings.DATA / "calls.sqlite3", timeout=5, isolation_level=None)
        found.execute("PRAGMA journal_mode=WAL")
        found.execute("PRAGMA synchronous=OFF")
        found.execute("CREATE TABLE IF NOT EXISTS calls (caller TEXT PRIMARY KEY, window INTEGER, many INTEGER)")
        found.execute("DELETE FROM calls WHERE window < ?", (int(time.time()) // WINDOW - 1,))
        _mine.counts = found
    return found
