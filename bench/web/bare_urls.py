"""The least that stores a quote: one endpoint of django-ninja that writes a prepared row."""

from __future__ import annotations

import datetime as dt
import os
import secrets
from pathlib import Path

import msgspec
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from ninja import NinjaAPI

from entrepot.store.models import Quote

MADE = msgspec.msgpack.decode((Path(os.environ["ENTREPOT_DATA"]) / "made").read_bytes())
KEPT = dt.timedelta(days=30)
api = NinjaAPI(docs_url=None, openapi_url=None)


@api.post("/quotes")
def make(request: HttpRequest) -> HttpResponse:
    """Insert the row as Entrepot does, with a new id, and return the response."""
    return _insert(request, MADE["packed"])


@api.post("/unpacked")
def unpacked(request: HttpRequest) -> HttpResponse:
    """The same, with the response stored uncompressed."""
    return _insert(request, MADE["answer"])


def _insert(request: HttpRequest, packed: bytes) -> HttpResponse:
    now = timezone.now()
    row = Quote(
        id=f"qt_{secrets.token_urlsafe(18)}",
        hash=MADE["hash"],
        created=now,
        expires=now + KEPT,
        request=request.body,
        packed=packed,
        law_id=MADE["law"],
    )
    with transaction.atomic():
        row.save(force_insert=True)
    return HttpResponse(MADE["answer"], content_type="application/json")


urlpatterns = [path("v1/", api.urls)]
