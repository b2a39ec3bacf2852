"""The bare endpoint of the benchmark: Django without middleware, which inserts the body and syncs it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

from entrepot.store.databases import database_settings

database = database_settings(None, Path(os.environ["ENTREPOT_DATA"]))
database["OPTIONS"]["timeout"] = 20.0  # seconds that a statement waits for the lock: none is refused
settings.configure(
    DATABASES={"default": database},
    INSTALLED_APPS=[],
    MIDDLEWARE=[],
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["127.0.0.1"],
    SECRET_KEY=secrets.token_hex(),
    LOGGING_CONFIG=None,
)
django.setup()
from django.db import connection, transaction  # noqa: E402  # after the settings
from ninja import NinjaAPI  # noqa: E402  # after the settings

api = NinjaAPI(docs_url=None, openapi_url=None)


@api.post("/messages")
def insert(request: HttpRequest) -> HttpResponse:
    """Insert a body, synced."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("INSERT INTO message (body) VALUES (%s)", [request.body])
    return HttpResponse(b'{"answer":{"noted":true},"id":"nm_"}', content_type="application/json")


urlpatterns: list[Any] = [path("nodes/", api.urls)]
with connection.cursor() as first:
    first.execute("CREATE TABLE IF NOT EXISTS message (id INTEGER PRIMARY KEY, body BLOB)")
application = get_wsgi_application()
