"""sweeping: what has expired is let go: quotes, answers given once, sessions, counts of calls.

A thread of each process of the desk does it, every ten minutes, in small steps, so that no writer waits for long. Law
stays: a quote that is still kept may rest on it, and there is one row of it for each law there was.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Iterator
from threading import Thread
from typing import Any

from django.contrib.sessions.models import Session
from django.db import Error, close_old_connections, connections
from django.db.models import QuerySet
from django.utils import timezone

from entrepot.store.models import Once, Quote
from entrepot.web.http import rate_limit
from entrepot.web.quotes import idempotency

LOG = logging.getLogger("entrepot.web")
#: Seconds between two rounds.
EVERY = 600
#: Rows of one step.
STEP = 500


def start() -> None:
    """Begins the rounds of this process."""
    Thread(target=_rounds, name="sweeping", daemon=True).start()


def delete_expired_rows() -> int:
    """Lets go of all that has expired; how many rows that was."""
    rate_limit.delete_expired_counts()
    return sum(_gone(rows) for rows in _expired())


def _expired() -> Iterator[QuerySet[Any]]:
    now = timezone.now()
    # An answer given once rests on its quote, and goes first.
    yield Once.objects.filter(created__lte=now - idempotency.LIFETIME)
    yield Once.objects.filter(quote__expires__lte=now)
    yield Quote.objects.filter(expires__lte=now)
    yield Session.objects.filter(expire_date__lte=now)


def _gone(rows: QuerySet[Any]) -> int:
    many = 0
    while some := list(rows.values_list("pk", flat=True)[:STEP]):
        rows.model.objects.filter(pk__in=some).delete()
        many += len(some)
        time.sleep(0.01)  # the writers that waited go first
    return many


def _rounds() -> None:
    while True:
        # Not all processes at once.
        time.sleep(EVERY * random.uniform(0.5, 1.5))  # noqa: S311  # nothing secret hangs on it
        close_old_connections()
        try:
            if many := delete_expired_rows():
                LOG.info("swept", extra={"fields": {"rows": many}})
        except Error as error:
            LOG.warning("not swept", extra={"fields": {"why": type(error).__name__}})
        finally:
            connections.close_all()
