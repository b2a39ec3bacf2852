"""state: whether the desk is well, and what it counts of itself."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from ninja import Router

from entrepot import __version__, app
from entrepot.desk import counts
from entrepot.desk.envelope import said

router = Router(tags=["state"])


@router.get("/health", summary="Whether the desk is well")
def health(request: HttpRequest) -> HttpResponse:
    """200 where the packs and the database answer, 503 where one does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        database = "ok"
    except DatabaseError:
        database = "unreachable"
    packs = len(app.library().ids())
    well = database == "ok" and packs > 0
    status = {"object": "health", "status": "ok" if well else "ill", "version": __version__, "packs": packs}
    return said({**status, "database": database}, 200 if well else 503)


@router.get("/metrics", summary="Counts, in the text format of Prometheus")
def metrics(request: HttpRequest) -> HttpResponse:
    """Counts of this process of the desk since it started."""
    return HttpResponse("\n".join(counts.lines()) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")
