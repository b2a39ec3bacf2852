"""health: whether quotes can be stored: a row is written and taken away again, and the disk has room.

What was found is used for a second: however often it is asked for, the database is written to once a second.
"""

from __future__ import annotations

import shutil
import time
from threading import Lock
from typing import NamedTuple

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import DatabaseError, InterfaceError, transaction
from django.utils import timezone

from entrepot.store.failures import failure_reason

#: Seconds for which a finding is used, and free bytes below which the disk counts as full.
REMEMBERED, LEAST = 1.0, 8 << 20
_KEY = "health"


class Health(NamedTuple):
    """What was found: `ok`, or a word for what is wrong."""

    database: str
    disk: str


_lock = Lock()
_found: dict[str, tuple[float, Health]] = {}


def check_health() -> Health:
    """Whether the database takes rows and the disk has room; it takes as long as a writer waits for a lock."""
    with _lock:
        at, last = _found.get("last", (0.0, None))
        if last is None or time.monotonic() - at > REMEMBERED:
            last = Health(_database(), _disk())
            _found["last"] = time.monotonic(), last
        return last


def _database() -> str:
    try:
        with transaction.atomic():
            # Two changes of one page, which is then written and synced as for a quote; no row stays.
            Session.objects.bulk_create([Session(session_key=_KEY, session_data="", expire_date=timezone.now())])
            Session.objects.filter(session_key=_KEY).delete()
    except (DatabaseError, InterfaceError, OSError) as error:
        return (failure_reason(error) or "database_failed").removeprefix("database_")
    return "ok"


def _disk() -> str:
    try:
        return "ok" if shutil.disk_usage(settings.DATA).free >= LEAST else "full"
    except OSError:
        return "failed"
