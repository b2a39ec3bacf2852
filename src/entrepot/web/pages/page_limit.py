"""counting: how often a minute somebody at one address asks for pages, which are open to anybody."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from entrepot.language.translate import _
from entrepot.web.http import rate_limit
from entrepot.web.http.api_keys import ANONYMOUS_PER_MINUTE, ANONYMOUS_SCOPES, Caller
from entrepot.web.http.error_pages import error_page
from entrepot.web.http.errors import Refused
from entrepot.web.http.proxies import address_of

View = Callable[..., HttpResponseBase]


def count(request: HttpRequest, what: str, per_minute: int) -> None:
    """Counts what a reader has done by hand. Raises Refused where it was too often."""
    rate_limit.count_request(Caller(None, f"{what} {address_of(request)}", ANONYMOUS_SCOPES, per_minute))


def counted(view: View) -> View:
    """A page of which as many are answered to one address as calls of the API; beyond that a page says to wait."""

    @wraps(view)
    def handle(request: HttpRequest, *given: Any, **named: Any) -> HttpResponseBase:
        try:
            count(request, "pages", ANONYMOUS_PER_MINUTE)
        except Refused as refused:
            return too_many(request, refused)
        return view(request, *given, **named)

    return handle


def too_many(request: HttpRequest, refused: Refused) -> HttpResponseBase:
    """429: the page that says to wait, and for programs how long."""
    return wait(request, refused.response["Retry-After"])


def wait(request: HttpRequest, seconds: str = "60") -> HttpResponseBase:
    """The same where too much is being sent already."""
    answer = error_page(request, 429, _("Too many at once"), _("Wait a minute, then try again."))
    answer["Retry-After"] = seconds
    return answer
