"""How long a statement waits for the lock of SQLite.

SQLite itself sleeps up to 100 ms between two attempts. If several processes are busy, one of them may miss every moment
at which the database is free. Here a statement waits `STEP` at a time, in which SQLite makes about five attempts, until
its timeout. After a timeout, statements wait for only one step during the next `SHORT_WAITS` seconds, so that queued
requests do not time out one after the other.
"""

from __future__ import annotations

import time
from typing import Any

from django.db import OperationalError
from django.db.backends.signals import connection_created

from entrepot.store.failures import is_locked

#: Seconds that a statement waits: in a command, such as a migration, and in a request.
COMMAND_TIMEOUT, REQUEST_TIMEOUT = 20.0, 0.8
#: Seconds of one wait inside SQLite, and seconds of short waits after a timeout.
STEP, SHORT_WAITS = 0.025, 1.0


class _ProcessState:
    """The timeout of this process, and the time of the last timeout; None once the lock was obtained again."""

    seconds = COMMAND_TIMEOUT
    failed: float | None = None


_process = _ProcessState()


def use_request_timeout() -> None:
    """Use the short timeout: from now on this process handles requests."""
    _process.seconds = REQUEST_TIMEOUT


def install() -> None:
    """Make each SQLite connection that is opened from now on wait as described above."""
    connection_created.connect(_configure, dispatch_uid="entrepot.store.lock_wait")


def _configure(connection: Any, **_more: object) -> None:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {int(STEP * 1000)}")
        connection.execute_wrappers.append(_execute)


def _execute(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Run a statement; while the database is locked, try again until the timeout."""
    until: float | None = None
    full_wait = True
    while True:
        try:
            result = execute(sql, params, many, context)
        except OperationalError as error:
            if many or not is_locked(error):
                raise
            now = time.monotonic()
            if until is None:
                full_wait = _process.failed is None or now - _process.failed > SHORT_WAITS
                until = now + (_process.seconds - STEP if full_wait else 0.0)
            if now >= until:
                if full_wait:
                    _process.failed = now
                raise
        else:
            if _process.failed is not None and (until is not None or sql.startswith("BEGIN")):
                _process.failed = None  # the lock was obtained again; a read would not show that
            return result
