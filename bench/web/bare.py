"""Serve the bare endpoint as Entrepot is served: with the same server software, processes and threads.

    python bare.py PORT WORKERS

The file `made` in the data folder contains the row that it writes: one of Entrepot's server, byte for byte, into the
same table of the same kind of database, synced to the disk alike. It checks no key, and counts, logs and calculates
nothing.
"""

from __future__ import annotations

import datetime as dt
import sys

import django


def main(port: int, workers: int) -> None:
    """Create the tables, and serve."""
    django.setup()
    from bare_urls import MADE
    from django.core.management import call_command
    from django.db import connections
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels

    from entrepot.store.models import Law
    from entrepot.web.__main__ import AT_ONCE, THREADS

    call_command("migrate", verbosity=0, interactive=False)
    day = dt.date(2026, 1, 1)
    law = Law(id=MADE["law"], pack="bare", hash="", since=day, until=None, form="", content=b"")
    Law.objects.bulk_create([law], ignore_conflicts=True)
    connections.close_all()
    Granian(
        "django.core.wsgi:get_wsgi_application",
        factory=True,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        backpressure=AT_ONCE,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
