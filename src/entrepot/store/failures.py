"""Distinguish a database or disk that does not work from a bug, by the error codes of SQLite and PostgreSQL.

A locked, full, read-only or stopped database is a state of the machine: the caller may try again later.
"""

from __future__ import annotations

import errno
import sqlite3

from django.db import InterfaceError

#: Each reason with its sentence for the caller of the API.
REASONS = {
    "database_locked": "The database is locked by another process.",
    "database_full": "The disk of the database is full.",
    "database_read_only": "The database is read-only.",
    "database_unreachable": "The database does not answer.",
    "database_failed": "The database cannot read or write its file.",
    "disk_full": "The disk of the server is full.",
    "disk_read_only": "The disk of the server is read-only.",
}
#: Primary result codes of SQLite (https://www.sqlite.org/rescode.html).
_SQLITE = {
    sqlite3.SQLITE_BUSY: "database_locked",
    sqlite3.SQLITE_LOCKED: "database_locked",
    sqlite3.SQLITE_FULL: "database_full",
    sqlite3.SQLITE_READONLY: "database_read_only",
    sqlite3.SQLITE_IOERR: "database_failed",
    sqlite3.SQLITE_CANTOPEN: "database_failed",
    sqlite3.SQLITE_PROTOCOL: "database_locked",
}
#: Error codes of PostgreSQL, and classes of them (https://www.postgresql.org/docs/current/errcodes-appendix.html).
_POSTGRES = {
    "53100": "database_full",
    "25006": "database_read_only",
    "55P03": "database_locked",  # a lock was not available within lock_timeout
    "40001": "database_locked",  # two transactions conflicted, and this one was rolled back
    "40P01": "database_locked",
    "08": "database_unreachable",
    "53": "database_unreachable",
    "57": "database_unreachable",
    "58": "database_failed",
}
_SYSTEM = {
    errno.ENOSPC: "disk_full",
    errno.EDQUOT: "disk_full",
    errno.EFBIG: "disk_full",  # a limit on the size of files: RLIMIT_FSIZE
    errno.EROFS: "disk_read_only",
}


def failure_reason(error: BaseException | None) -> str | None:
    """The key of `REASONS` for an error or one of its causes; None for a bug.

    >>> failure_reason(OSError(errno.ENOSPC, "No space left on device")), failure_reason(ValueError())
    ('disk_full', None)
    """
    while error is not None:
        if (reason := _reason_of_one(error)) is not None:
            return reason
        error = error.__cause__
    return None


def is_locked(error: BaseException | None) -> bool:
    """Whether SQLite refused a statement because another connection holds a lock. The statement may be run again."""
    cause = error.__cause__ if error is not None else None
    code = getattr(cause, "sqlite_errorcode", None)
    # Not SQLITE_BUSY_SNAPSHOT: within its transaction the statement would fail again each time.
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY, sqlite3.SQLITE_BUSY_TIMEOUT)


def is_conflict(error: BaseException | None) -> bool:
    """Whether PostgreSQL rolled a transaction back because of another one. The transaction may be run again."""
    while error is not None:
        if getattr(error, "sqlstate", None) in ("40001", "40P01"):
            return True
        error = error.__cause__
    return False


def _reason_of_one(error: BaseException) -> str | None:
    if isinstance(error, sqlite3.Error):
        return _SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    if type(error).__module__.partition(".")[0] == "psycopg":  # imported only if PostgreSQL is used
        state = getattr(error, "sqlstate", None)
        if state is None:
            return "database_unreachable" if type(error).__name__ in ("OperationalError", "InterfaceError") else None
        return _POSTGRES.get(state) or _POSTGRES.get(state[:2])
    if isinstance(error, InterfaceError) and error.__cause__ is None:  # Django's own: the connection was closed
        return "database_unreachable"
    return _SYSTEM.get(error.errno or 0) if isinstance(error, OSError) else None
