"""`/v1/health` and `/v1/metrics`: the health of the server, and its metrics."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from entrepot import __version__, app
from entrepot.web.api import openapi
from entrepot.web.http.errors import LATER, json_response
from entrepot.web.process.health import check_health
from entrepot.web.process.metrics import exposition

router = Router(tags=["server"])

_CONTENT = {"application/json": {"schema": openapi.reference("Health")}}
_HEALTH = {
    "responses": {
        200: {"description": "the server works", "content": _CONTENT},
        503: {"description": "no pack is loaded, or the database or the disk does not work", "content": _CONTENT},
    }
}


@router.get("/health", operation_id="getHealth", openapi_extra=_HEALTH, summary="Read the state of the server")
def health(request: HttpRequest) -> HttpResponse:
    """200 if packs are loaded, a row can be written and the disk has space; otherwise 503."""
    found, packs = check_health(), len(app.library().ids())
    healthy = found == ("ok", "ok") and packs > 0
    status = {"object": "health", "status": "ok" if healthy else "error", "version": __version__, "packs": packs}
    response = json_response({**status, "database": found.database, "disk": found.disk}, 200 if healthy else 503)
    if not healthy:
        response["Retry-After"] = str(LATER)
    return response


@router.get("/metrics", operation_id="getMetrics", summary="Metrics in the text format of Prometheus")
def metrics(request: HttpRequest) -> HttpResponse:
    """Counts of all server processes since the start."""
    return HttpResponse(exposition(), content_type="text/plain; version=0.0.4; charset=utf-8")
