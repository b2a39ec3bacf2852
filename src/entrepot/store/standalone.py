"""Open the database outside of the server, as the command line does: Django with the tables of `store` only."""

from __future__ import annotations

import os
from pathlib import Path

import django
from django.conf import settings

from entrepot import configuration
from entrepot.store.databases import database_settings
from entrepot.store.migrate import migrate


def open_database(folder: Path) -> None:
    """Configure Django and create missing tables. Does nothing if Django is configured already, as in the server.

    Raises ConfigurationError if a setting is not valid, and django.db.DatabaseError if the database cannot be reached.
    """
    if settings.configured:
        return
    given = configuration.read_server(os.environ)
    os.umask(0o077)  # as the server does: no other user of the machine reads the files
    configuration.make_folder("ENTREPOT_DATA", folder)
    settings.configure(
        SECRET_KEY=configuration.read_secret(given),  # signs sessions, which are erased with a person
        DATABASES={"default": database_settings(given.database, folder)},
        # A person is a user of Django, and sessions are erased with the person.
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "entrepot.store",
        ],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        WEBHOOKS_LOOPBACK=given.webhooks_loopback,  # nodes and webhooks of this machine are reached, as in the server
    )
    django.setup()
    migrate()
