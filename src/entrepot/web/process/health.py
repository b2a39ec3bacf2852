"""The health of the server: a row can be written to the database, and the disk has space.

The result is cached for a second, so that frequent checks write to the database at most once a second.
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

#: Seconds for which a result is cached, and free bytes below which the disk counts as full.
CACHE_SECONDS, MIN_FREE = 1.0, 8 << 20
_KEY = "health"


class Health(NamedTuple):
    """For each part `ok`, or the reason of the failure."""

    database: str
    disk: str


_lock = Lock()
_cached: dict[str, tuple[float, Health]] = {}


def check_health() -> Health:
    """Check the database and the disk. A locked database makes this wait as long as a statement waits for the lock."""
    with _lock:
        at, last = _cached.get("last", (0.0, None))
        if last is None or time.monotonic() - at > CACHE_SECONDS:
            last = Health(_database(), _disk())
            _cached["last"] = time.monotonic(), last
        return last


def _database() -> str:
    try:
        with transaction.atomic():
            # Two changes of one page, which is written and synced as for a quote. No row remains.
            Session.objects.bulk_create([Session(session_key=_KEY, session_data="", expire_date=timezone.now())])
            Session.objects.filter(session_key=_KEY).delete()
    except (DatabaseError, InterfaceError, OSError) as error:
        return (failure_reason(error) or "database_failed").removeprefix("database_")
    return "ok"


def _disk() -> str:
    try:
        return "ok" if shutil.disk_usage(settings.DATA).free >= MIN_FREE else "full"
    except OSError:
        return "failed"
