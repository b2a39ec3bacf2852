"""lock_wait: how long a statement waits for SQLite's lock, and what later ones do after one has waited in vain.

SQLite's own wait sleeps up to 100 ms between two tries; among several busy processes one may so miss every moment in
which the database is free. Here a statement waits `STEP` at a time, in which SQLite tries some five times, until its
time is over. After a statement has waited its whole time in vain, those of the next `AFTER` seconds wait for one step
only, so that requests which queue up behind a lock do not wait one after the other.
"""

from __future__ import annotations

import time
from typing import Any

from django.db import OperationalError
from django.db.backends.signals import connection_created

from entrepot.store.failures import is_locked

#: Seconds that a statement waits: of a command, such as a migration, and of a request.
OF_COMMAND, OF_REQUEST = 20.0, 0.8
#: Seconds of one wait inside SQLite, and seconds in which no one waits long after a failure.
STEP, AFTER = 0.025, 1.0


class _Waits:
    """What the connections of a process know of each other."""

    seconds = OF_COMMAND
    failed: float | None = None


_process = _Waits()


def use_request_timeout() -> None:
    """From now on this process answers requests: no statement waits for long."""
    _process.seconds = OF_REQUEST


def install() -> None:
    """Every connection to SQLite that is opened from now on waits as described above."""
    connection_created.connect(_opened, dispatch_uid="entrepot.store.lock_wait")


def _opened(connection: Any, **_more: object) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {int(STEP * 1000)}")
        connection.execute_wrappers.append(_execute)


def _execute(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Runs a statement; where the database is locked, again and again until its time is over."""
    until: float | None = None
    full = True
    while True:
        try:
            result = execute(sql, params, many, context)
        except OperationalError as error:
            if many or not is_locked(error):
                raise
            now = time.monotonic()
            if until is None:
                full = _process.failed is None or now - _process.failed > AFTER
                until = now + (_process.seconds - STEP if full else 0.0)
            if now >= until:
                if full:
                    _process.failed = now
                raise
        else:
            if _process.failed is not None and (until is not None or sql.startswith("BEGIN")):
                _process.failed = None  # the lock was to be had again; reading says nothing of it
            return result
