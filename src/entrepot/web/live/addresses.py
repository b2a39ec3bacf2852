"""Where a page reaches the socket process, and the policy that lets it connect there."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.http.response import HttpResponseBase

from entrepot.web.http.middleware import POLICY


def socket_address(request: HttpRequest, audience: str) -> str:
    """The address of a room type for the page of a request; empty where there is no socket process."""
    return f"{base}/sockets/{audience}" if (base := _base(request)) else ""


def allow_sockets(request: HttpRequest, response: HttpResponseBase) -> None:
    """Let the page of a response connect to the socket process; other pages cannot."""
    if base := _base(request):
        parts = urlsplit(base)
        response["Content-Security-Policy"] = POLICY.replace(
            "connect-src 'self'", f"connect-src 'self' {parts.scheme}://{parts.netloc}"
        )


def _base(request: HttpRequest) -> str:
    given = settings.SOCKETS
    if given.url or not given.enabled:
        return str(given.url)
    domain, _port = split_domain_port(request.get_host())
    return f"{'wss' if request.is_secure() else 'ws'}://{domain}:{given.port}"
