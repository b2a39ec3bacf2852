"""The rate limit of pages, which need no key: requests a minute from one address. It also gives a 405 its page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from entrepot.web.http import rate_limit
from entrepot.web.http.api_keys import ANONYMOUS_PER_MINUTE, ANONYMOUS_SCOPES, Caller
from entrepot.web.http.error_pages import method_refused, too_many_requests
from entrepot.web.http.errors import Refused
from entrepot.web.http.proxies import address_of

View = Callable[..., HttpResponseBase]


def count_action(request: HttpRequest, what: str, per_minute: int) -> None:
    """Counts an action of one address. Raises Refused above `per_minute`."""
    rate_limit.count_request(Caller(None, f"{what} {address_of(request)}", ANONYMOUS_SCOPES, per_minute))


def limited(view: View) -> View:
    """A view with the rate limit of the API without a key; above it the response is 429. A 405 is a page too."""

    @wraps(view)
    def handle(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            count_action(request, "pages", ANONYMOUS_PER_MINUTE)
        except Refused as refused:
            return too_many_page(request, refused)
        response = view(request, *args, **kwargs)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            return method_refused(request, response["Allow"])
        return response

    return handle


def too_many_page(request: HttpRequest, refused: Refused) -> HttpResponseBase:
    """The 429 page of a refused request, with its Retry-After."""
    return wait_page(request, refused.response["Retry-After"])


def wait_page(request: HttpRequest, seconds: str = "60") -> HttpResponseBase:
    """The 429 page with a Retry-After of `seconds`."""
    return too_many_requests(request, seconds)
