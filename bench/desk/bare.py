"""bare: the least that keeps a quote: one endpoint of django-ninja that writes a row which was made before.

    python bare.py PORT WORKERS

The row is one of the desk's own, byte for byte, into the same table of the same kind of database; the answer is the
one that was given for it. No key, no limit, no log, no middleware, and nothing is worked out. It runs under the same
server with the same numbers of processes and threads as the desk.
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
import sys
from pathlib import Path

import msgspec
from django.conf import settings

from entrepot.store.databases import database

FOLDER = Path(os.environ["ENTREPOT_DATA"])
if not settings.configured:
    settings.configure(
        DATABASES={"default": database(os.environ.get("ENTREPOT_DATABASE"), FOLDER)},
        INSTALLED_APPS=["entrepot.store"],
        ALLOWED_HOSTS=["127.0.0.1"],
        MIDDLEWARE=[],
        ROOT_URLCONF=__name__,
        SECRET_KEY=secrets.token_hex(),
        USE_TZ=True,
        LOGGING_CONFIG=None,
    )

import django

django.setup()

from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from ninja import NinjaAPI

from entrepot.store.models import Law, Quote

MADE = msgspec.msgpack.decode((FOLDER / "made").read_bytes())
KEPT = dt.timedelta(days=30)
api = NinjaAPI(docs_url=None, openapi_url=None)


@api.post("/quotes")
def make(request: HttpRequest) -> HttpResponse:
    """Writes the row, under an id of its own, and gives the answer."""
    now = timezone.now()
    row = Quote(
        id=f"qt_{secrets.token_urlsafe(18)}",
        hash=MADE["hash"],
        created=now,
        expires=now + KEPT,
        request=request.body,
        packed=MADE["packed"],
        law_id=MADE["law"],
    )
    with transaction.atomic():
        row.save(force_insert=True)
    return HttpResponse(MADE["answer"], content_type="application/json")


urlpatterns = [path("v1/", api.urls)]
application = get_wsgi_application()


def main(port: int, workers: int) -> None:
    """Makes the tables ready, and serves as the desk does."""
    from django.core.management import call_command
    from django.db import connections
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels

    from entrepot.desk.__main__ import AT_ONCE, THREADS

    call_command("migrate", verbosity=0, interactive=False)
    day = dt.date(2026, 1, 1)
    law = Law(id=MADE["law"], pack="bare", hash="", since=day, until=None, form="", content=b"")
    Law.objects.bulk_create([law], ignore_conflicts=True)
    connections.close_all()
    Granian(
        "bare:application",
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
