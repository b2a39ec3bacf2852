"""Django's middleware for sessions, authentication and messages, for pages only: the API does not use them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from entrepot.web.http.actors import PageRefused


class _PagesOnly:
    """Skips the API."""

    get_response: Callable[[HttpRequest], Any]

    def __call__(self, request: HttpRequest) -> Any:
        if request.path_info.startswith("/v1/"):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]  # the Django middleware that it is combined with


class Sessions(_PagesOnly, SessionMiddleware):
    """Sessions of browsers."""


class Authentication(_PagesOnly, AuthenticationMiddleware):
    """The user who is signed in."""

    def process_exception(self, _request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """The response of a page that was refused because of who asks for it."""
        return exception.response if isinstance(exception, PageRefused) else None


class Messages(_PagesOnly, MessageMiddleware):
    """Messages for the next page."""
