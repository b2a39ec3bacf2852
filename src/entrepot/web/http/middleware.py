"""The first and last steps of each request: its id, its log line, its metrics, and security headers."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from entrepot.web.http.errors import unexpected_error_response
from entrepot.web.http.headers import add_missing, checked, set_header
from entrepot.web.process import metrics
from entrepot.web.process.logs import log_answer, request_id

#: A request id that a client may send: short and of safe characters, because it is logged.
CLIENT_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
#: Scripts, styles, fonts and forms of this server only; no frames and no embedded content.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
)

_HEADERS = checked(
    {
        "Content-Security-Policy": POLICY,
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    }
)

Handler = Callable[[HttpRequest], HttpResponse]


def request_middleware(inner: Handler) -> Handler:
    """The middleware."""

    def handle(request: HttpRequest) -> HttpResponse:
        start = time.perf_counter()
        client_id = request.META.get("HTTP_X_REQUEST_ID", "")
        number = client_id if CLIENT_ID.fullmatch(client_id) else f"req_{random.getrandbits(96):024x}"
        request_id.set(number)
        try:
            response = inner(request)
        except Exception as error:  # noqa: BLE001  # no exception leaves the application
            response = unexpected_error_response(error)
        route = _route(request)
        seconds = time.perf_counter() - start
        metrics.record_request(route, request.method or "", response.status_code, seconds)
        set_header(response, "X-Request-Id", number)
        add_missing(response, _HEADERS)
        fields = {"method": request.method, "route": route, "status": response.status_code}
        log_answer({**fields, "ms": round(seconds * 1000, 2)})
        return response

    return handle


def _route(request: HttpRequest) -> str:
    """The pattern of the URL, not the URL itself, which may contain the id of a quote or personal data."""
    match = request.resolver_match
    return match.route if match is not None else "none"
