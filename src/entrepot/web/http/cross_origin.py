"""Pages of other web sites may ask for quotes, where a publishable key names them (CORS, as in the Fetch standard).

A browser asks first, without the key, whether a page may send it: an origin that some active key names gets a yes. The
key itself is checked with the request that follows.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from entrepot.store.keys import origin_is_known
from entrepot.web.http.headers import set_header

Handler = Callable[[HttpRequest], HttpResponse]
#: The only operations that a publishable key has.
_PATH = "/v1/quotes"
_METHODS, _HEADERS = "GET, POST", "Authorization, Content-Type, Idempotency-Key"
#: What a script may read of an answer.
_EXPOSED = "Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, X-Request-Id, Idempotent-Replayed"
#: Seconds that it is remembered whether an origin is known, and origins that are remembered.
SECONDS, MOST = 5.0, 1_000
_known: dict[str, tuple[float, bool]] = {}


def cross_origin(inner: Handler) -> Handler:
    """The middleware."""

    def handle(request: HttpRequest) -> HttpResponse:
        origin = request.META.get("HTTP_ORIGIN", "")
        of_quotes = request.path_info == _PATH or request.path_info.startswith(f"{_PATH}/")
        if not of_quotes:
            return inner(request)
        if not origin or not _is_known(origin):
            # A cache may not answer a page that is allowed with what was said to one that is not, or to none.
            return _vary(inner(request))
        if request.method == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in request.META:
            response = HttpResponse(status=204)
            response["Access-Control-Allow-Methods"] = _METHODS
            response["Access-Control-Allow-Headers"] = _HEADERS
            response["Access-Control-Max-Age"] = "600"
        else:
            response = inner(request)
            response["Access-Control-Expose-Headers"] = _EXPOSED
        response["Access-Control-Allow-Origin"] = origin
        return _vary(response)

    return handle


def _vary(response: HttpResponse) -> HttpResponse:
    """Say that the answer depends on the origin of the page."""
    known = response.headers.get("Vary")
    if known is None or "*" in known or "origin" in known.lower():
        patch_vary_headers(response, ["Origin"])
    else:
        set_header(response, "Vary", f"{known}, Origin")
    return response


def _is_known(origin: str) -> bool:
    now = time.monotonic()
    read, known = _known.get(origin, (0.0, False))
    if now - read < SECONDS and origin in _known:
        return known
    known = len(origin) < 300 and origin_is_known(origin)
    if len(_known) > MOST:
        _known.clear()
    _known[origin] = now, known
    return known
