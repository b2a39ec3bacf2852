"""Delete what has expired: quotes, uses of Idempotency-Keys, sessions, invitations, counts of attempts and requests.

A thread of each server process does it every ten minutes.
"""

from __future__ import annotations

import logging
import random
import time
from threading import Thread

from django.contrib.sessions.models import Session
from django.db import Error, close_old_connections, connections
from django.utils import timezone

from entrepot.store import expiry
from entrepot.store.people import locks
from entrepot.web.http import rate_limit
from entrepot.web.quotes import idempotency

LOG = logging.getLogger("entrepot.web")
#: Seconds between two runs.
INTERVAL = 600


def start() -> None:
    """Start the thread of this process."""
    Thread(target=_run, name="entrepot-expire", daemon=True).start()


def delete_expired_rows() -> int:
    """Delete all that has expired. Returns how many database rows it was."""
    rate_limit.delete_expired_counts()
    quotes = expiry.delete_expired_quotes(idempotency.LIFETIME)
    people = expiry.delete_wrong_passwords(locks.expired()) + expiry.delete_expired_invitations()
    return quotes + people + expiry.delete_in_steps(Session.objects.filter(expire_date__lte=timezone.now()))


def _run() -> None:
    while True:
        # A random interval, so that the processes do not run at the same time.
        time.sleep(INTERVAL * random.uniform(0.5, 1.5))  # noqa: S311  # no secret depends on it
        close_old_connections()
        try:
            if count := delete_expired_rows():
                LOG.info("swept", extra={"fields": {"rows": count}})
        except Error as error:
            LOG.warning("not swept", extra={"fields": {"why": type(error).__name__}})
        finally:
            connections.close_all()
