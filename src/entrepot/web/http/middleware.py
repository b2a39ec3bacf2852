"""doorstep: what happens to every request first and last: its id, its line in the log, its count, its safe headers."""

from __future__ import annotations

import logging
import random
import re
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from entrepot.web.http.errors import unexpected_error_response
from entrepot.web.process import metrics
from entrepot.web.process.logs import request_id

LOG = logging.getLogger("entrepot.web")
#: An id that a caller brings: short and of harmless signs, for it is written into the log.
THEIRS = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
#: Scripts and styles come from here and nowhere else; nothing is framed, nothing is embedded, forms go home.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
)

Handler = Callable[[HttpRequest], HttpResponse]


def request_middleware(inner: Handler) -> Handler:
    """The middleware."""

    def handle(request: HttpRequest) -> HttpResponse:
        start = time.perf_counter()
        theirs = request.META.get("HTTP_X_REQUEST_ID", "")
        number = theirs if THEIRS.fullmatch(theirs) else f"req_{random.getrandbits(96):024x}"
        request_id.set(number)
        try:
            response = inner(request)
        except Exception as error:  # noqa: BLE001  # the last door
            response = unexpected_error_response(error)
        route = _route(request)
        seconds = time.perf_counter() - start
        metrics.record_request(route, request.method or "", response.status_code, seconds)
        response["X-Request-Id"] = number
        response.setdefault("Content-Security-Policy", POLICY)
        response.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
        told = {"method": request.method, "route": route, "status": response.status_code}
        LOG.info("answered", extra={"fields": {**told, "ms": round(seconds * 1000, 2)}})
        return response

    return handle


def _route(request: HttpRequest) -> str:
    """The pattern that was met, never the address itself: that may hold what nobody else is to read."""
    match = request.resolver_match
    return match.route if match is not None else "none"
