"""opening: the rows for whoever is no desk, such as the command line: Django with this room alone in it."""

from __future__ import annotations

import os
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

from entrepot.store.databases import database


def opened(folder: Path) -> None:
    """Makes the rows ready to be asked, and their tables where they are missing. Does nothing where a desk did it.

    Raises ValueError where $ENTREPOT_DATABASE is no address, and django.db.DatabaseError where nothing answers there.
    """
    if settings.configured:
        return
    os.umask(0o077)  # as the desk itself: what is kept is nobody else's on this machine
    folder.mkdir(parents=True, exist_ok=True)
    settings.configure(
        DATABASES={"default": database(os.environ.get("ENTREPOT_DATABASE"), folder)},
        INSTALLED_APPS=["entrepot.store"],
        USE_TZ=True,
    )
    django.setup()
    call_command("migrate", verbosity=0)
