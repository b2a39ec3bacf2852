"""Create missing tables: by one process at a time, since two that begin on an empty database would collide."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import connection

#: The key of the lock in PostgreSQL, which is that of the whole database: the first eight letters of the name.
_KEY = int.from_bytes(b"entrepot", "big", signed=True)


def migrate() -> None:
    """Bring the tables to the state of this version. Waits while another process does so.

    Raises django.db.DatabaseError if the database cannot be reached, OSError if its folder cannot be written.
    """
    with _one_process():
        call_command("migrate", verbosity=0, interactive=False)


@contextmanager
def _one_process() -> Iterator[None]:
    """Hold the lock of the database; it ends with the process, also if that is killed."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_KEY])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_KEY])
        return
    try:
        import fcntl  # noqa: PLC0415  # not on every system
    except ImportError:
        yield
        return
    with Path(f"{connection.settings_dict['NAME']}.migrate").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
