"""opening: the rows for whoever is no desk, such as the command line: Django with this room alone in it."""

from __future__ import annotations

import os
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

from entrepot import configuration
from entrepot.store.databases import database_settings


def open_database(folder: Path) -> None:
    """Makes the rows ready to be asked, and their tables where they are missing. Does nothing where a desk did it.

    Raises ConfigurationError where a setting is not valid, and django.db.DatabaseError where no database answers.
    """
    if settings.configured:
        return
    given = configuration.read_server(os.environ)
    os.umask(0o077)  # as the server itself: no other user of the machine reads the files
    configuration.make_folder("ENTREPOT_DATA", folder)
    settings.configure(
        DATABASES={"default": database_settings(given.database, folder)},
        INSTALLED_APPS=["entrepot.store"],
        USE_TZ=True,
    )
    django.setup()
    call_command("migrate", verbosity=0)
