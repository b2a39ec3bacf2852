"""What Django's middleware does for a page and the API needs too, in one step: hosts, HTTPS, lengths and headers.

The headers are those that Django's own middleware sets with the settings of the server: they are read from it at the
start, so that an answer of the API and a page cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.common import CommonMiddleware
from django.middleware.security import SecurityMiddleware

from entrepot.web.http.headers import Checked, add_missing, checked, set_header

Handler = Callable[[HttpRequest], HttpResponse]
#: The valid host names that a process remembers, each of at most so many characters.
MAX_HOSTS, MAX_LENGTH = 256, 255


def api_middleware(inner: Handler) -> Handler:
    """The middleware."""
    security, common = SecurityMiddleware(inner), CommonMiddleware(inner)
    plain, secure = (_security_headers(security, scheme) for scheme in ("http", "https"))
    known_hosts: set[str] = set()

    def check_host(request: HttpRequest) -> HttpResponse:
        host = request.META.get("HTTP_HOST")
        if host in known_hosts:
            return inner(request)
        common.process_request(request)  # raises DisallowedHost
        if host is not None and len(host) <= MAX_LENGTH:
            if len(known_hosts) >= MAX_HOSTS:
                known_hosts.clear()
            known_hosts.add(host)
        return inner(request)

    answer: Callable[[HttpRequest], Any] = convert_exception_to_response(check_host)

    def handle(request: HttpRequest) -> HttpResponse:
        response: Any = security.process_request(request) or answer(request)
        if response.status_code == 404:
            response = common.process_response(request, response)
        elif not response.streaming and "Content-Length" not in response.headers:
            set_header(response, "Content-Length", str(len(response.content)))
        add_missing(response, secure if request.is_secure() else plain)
        return response  # type: ignore[no-any-return]  # Django's types allow for handlers that are awaited

    return handle


def _security_headers(security: SecurityMiddleware, scheme: str) -> Checked:
    """The headers that Django adds to a response to a request of a scheme."""
    request, response = _Probe(scheme), HttpResponse()
    del response.headers["Content-Type"]
    security.process_response(request, response)
    XFrameOptionsMiddleware(lambda _request: response).process_response(request, response)
    return checked(dict(response.items()))


class _Probe(HttpRequest):
    """A request of which nothing but the scheme is known."""

    def __init__(self, scheme: str) -> None:
        super().__init__()
        self._known_scheme = scheme

    def is_secure(self) -> bool:
        """Whether the request uses HTTPS."""
        return self._known_scheme == "https"
