"""counting: how often a minute somebody at one address asks for pages, which are open to anybody."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from entrepot.desk import limits
from entrepot.desk.astray import page
from entrepot.desk.envelope import Refused
from entrepot.desk.keys import ANYBODY, PER_MINUTE_OF_ANYBODY, Caller
from entrepot.desk.proxies import address_of
from entrepot.tongue import _

View = Callable[..., HttpResponseBase]


def count(request: HttpRequest, what: str, per_minute: int) -> None:
    """Counts what a reader has done by hand. Raises Refused where it was too often."""
    limits.taken(Caller(None, f"{what} {address_of(request)}", ANYBODY, per_minute))


def counted(view: View) -> View:
    """A page of which as many are answered to one address as calls of the API; beyond that a page says to wait."""

    @wraps(view)
    def handle(request: HttpRequest, *given: Any, **named: Any) -> HttpResponseBase:
        try:
            count(request, "pages", PER_MINUTE_OF_ANYBODY)
        except Refused as refused:
            return too_many(request, refused)
        return view(request, *given, **named)

    return handle


def too_many(request: HttpRequest, refused: Refused) -> HttpResponseBase:
    """429: the page that says to wait, and for programs how long."""
    return wait(request, refused.answer["Retry-After"])


def wait(request: HttpRequest, seconds: str = "60") -> HttpResponseBase:
    """The same where too much is being sent already."""
    answer = page(request, 429, _("Too many at once"), _("Wait a minute, then try again."))
    answer["Retry-After"] = seconds
    return answer
