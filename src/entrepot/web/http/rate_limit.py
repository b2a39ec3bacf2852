"""limits: how often a caller may ask a minute, counted together for all processes of the desk on this machine.

A file of SQLite beside the data, which need not survive anything: it is not synced, and is made anew where it is
lost or broken. Where it cannot be asked a call is let through: a limit is no reason to answer nobody.
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

LOG = logging.getLogger("entrepot.web")
WINDOW = 60
#: Seconds that a count waits for another one, and for which nothing is counted once one has failed: calls that queue
#: up behind a lock do not wait one after the other.
PATIENCE, PAUSE = 0.25, 1.0
#: Into so many shares a large limit is parted. What a process has taken and does not use is lost to the others.
SHARES = 200
_mine = local()
_lock = Lock()
#: Of each caller with a large limit: the window, the calls counted in it, and what is left of the share.
_taken: dict[str, tuple[int, int, int]] = {}
_paused = {"until": 0.0}
_COUNT = (
    "INSERT INTO calls VALUES (?, ?, ?) ON CONFLICT (caller) DO UPDATE SET "
    "many = CASE WHEN window = excluded.window THEN many + excluded.many ELSE excluded.many END, "
    "window = excluded.window RETURNING many"
)


class Remaining(NamedTuple):
    """What a caller may still ask in this minute, and the seconds until the next one."""

    limit: int
    left: int
    seconds: int


#: What is left to the caller of the request that is answered: every answer to it says so, also one that refuses it.
current_remaining: ContextVar[Remaining | None] = ContextVar("current_remaining", default=None)


def count_request(caller: Caller, cost: int = 1) -> Remaining:
    """Counts a call. Raises Refused (429) where there were too many."""
    now = time.time()
    seconds = WINDOW - int(now) % WINDOW
    many = _counted(caller, int(now) // WINDOW, cost)
    left = Remaining(caller.per_minute, max(caller.per_minute - many, 0), seconds)
    current_remaining.set(left)
    if many > caller.per_minute:
        message = f"{caller.per_minute} calls a minute are allowed; wait {seconds} seconds."
        raise Refused(429, "rate_limit_error", "too_many", message, Retry_After=str(seconds))
    return left


def uncount_request(caller: Caller, when: float) -> None:
    """Takes back one call that was counted at a time; nothing where that minute is over."""
    with suppress(sqlite3.DatabaseError):
        back = "UPDATE calls SET many = many - 1 WHERE caller = ? AND window = ? AND many > 0"
        _counts().execute(back, (caller.name, int(when) // WINDOW))


def delete_expired_counts() -> None:
    """Lets go of callers who have been silent for a while."""
    with suppress(sqlite3.DatabaseError):
        _counts().execute("DELETE FROM calls WHERE window < ?", (int(time.time()) // WINDOW - 1,))


def add_headers(response: HttpResponseBase) -> HttpResponseBase:
    """An answer that says what is left, where its request was counted."""
    left = current_remaining.get()
    if left is None:
        return response
    response["RateLimit-Limit"] = str(left.limit)
    response["RateLimit-Remaining"] = str(left.left)
    response["RateLimit-Reset"] = str(left.seconds)
    return response


def _counted(caller: Caller, window: int, cost: int) -> int:
    """How many calls a caller has made in a window, this one counted.

    A large limit is counted by shares: a process takes one out of the common count at a time, and its calls out of
    that, so that they do not wait at the file each time. A small one is counted call by call.
    """
    share = caller.per_minute // SHARES
    if cost >= share:
        return _many(caller.name, window, cost)
    with _lock:
        held, many, left = _taken.get(caller.name, (0, 0, 0))
        if held != window or left < cost:
            many, left = _many(caller.name, window, share) - share, share
        if len(_taken) > 10_000:
            _taken.clear()
        _taken[caller.name] = window, many + cost, left - cost
    return many + cost


def _many(name: str, window: int, cost: int) -> int:
    """How many calls a caller has made in a window, this one counted; `cost` where the counts cannot be asked."""
    if time.monotonic() < _paused["until"]:
        return cost
    try:
        (many,) = _counts().execute(_COUNT, (name, window, cost)).fetchone()
    except sqlite3.OperationalError as error:  # held by others for too long, or not to be written
        _paused["until"] = time.monotonic() + PAUSE
        LOG.warning("calls are not counted", extra={"fields": {"why": str(error)}})
        return cost
    except sqlite3.DatabaseError as error:  # broken, by a cut of the power: it is made anew
        LOG.warning("the counts of calls are made anew", extra={"fields": {"why": str(error)}})
        _mine.counts = None
        with suppress(OSError):  # a disk that is read-only
            for each in ("", "-wal", "-shm"):
                _file().with_name(_file().name + each).unlink(missing_ok=True)
        return cost
    return int(many)


def _file() -> Path:
    return Path(settings.DATA) / "calls.sqlite3"


def _counts() -> sqlite3.Connection:
    """The counts, a connection for each thread."""
    found: sqlite3.Connection | None = getattr(_mine, "counts", None)
    if found is None:
        found = sqlite3.connect(_file(), timeout=PATIENCE, isolation_level=None)
        found.execute("PRAGMA journal_mode=WAL")
        found.execute("PRAGMA synchronous=OFF")
        found.execute("CREATE TABLE IF NOT EXISTS calls (caller TEXT PRIMARY KEY, window INTEGER, many INTEGER)")
        _mine.counts = found
    return found
