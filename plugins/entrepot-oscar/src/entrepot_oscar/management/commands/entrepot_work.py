"""`manage.py entrepot_work`: sends what waits, and takes over what happened at the node."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections

from entrepot_oscar.work import Done, tidy, work

#: Seconds between two rounds that found nothing, and between two times of tidying.
PAUSE, TIDY = 1.0, 3600.0


class Command(BaseCommand):
    """One round, or rounds for ever."""

    help = "Sends orders, parcels and returns to the node, and takes over what happened there."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--watch`."""
        parser.add_argument("--watch", action="store_true", help="go on for ever; without it one round")

    def handle(self, *_args: Any, watch: bool = False, **_options: Any) -> None:
        """Work."""
        tidied = 0.0
        while True:
            done = work()
            if done != Done():
                self.stdout.write(
                    f"sent {done.sent}, waiting {done.waiting}, refused {done.refused}, read {done.refreshed}"
                )
            if not watch:
                return
            if time.monotonic() - tidied > TIDY:
                tidied = time.monotonic()
                tidy()
            close_old_connections()
            if done == Done():
                time.sleep(PAUSE)
