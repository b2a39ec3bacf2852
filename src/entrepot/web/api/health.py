"""state: whether the desk is well, and what it counts of itself."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from entrepot import __version__, app
from entrepot.web.http.errors import LATER, json_response
from entrepot.web.process import metrics as counts
from entrepot.web.process.health import check_health

router = Router(tags=["state"])


@router.get("/health", summary="Whether the desk is well")
def health(request: HttpRequest) -> HttpResponse:
    """200 where packs are read, a row can be written and the disk has room; 503 where one of it fails."""
    found, packs = check_health(), len(app.library().ids())
    well = found == ("ok", "ok") and packs > 0
    status = {"object": "health", "status": "ok" if well else "ill", "version": __version__, "packs": packs}
    answer = json_response({**status, "database": found.database, "disk": found.disk}, 200 if well else 503)
    if not well:
        answer["Retry-After"] = str(LATER)
    return answer


@router.get("/metrics", summary="Counts, in the text format of Prometheus")
def metrics(request: HttpRequest) -> HttpResponse:
    """Counts of all processes of the desk since it started."""
    return HttpResponse(counts.exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")
