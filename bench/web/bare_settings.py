"""bare_settings: Django with nothing but the table that is written to: no middleware, no log."""

import os
import secrets
from pathlib import Path

from entrepot.store.databases import database_settings

DATABASES = {"default": database_settings(os.environ.get("ENTREPOT_DATABASE"), Path(os.environ["ENTREPOT_DATA"]))}
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "entrepot.store"]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "bare_urls"
ALLOWED_HOSTS = ["127.0.0.1"]
SECRET_KEY = secrets.token_hex()
USE_TZ = True
LOGGING_CONFIG = None
