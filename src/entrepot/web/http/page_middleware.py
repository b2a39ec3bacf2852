"""ofpages: what pages need of each request, and the API does not: it knows no session, and nobody who is signed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest


class _PagesOnly:
    """Goes past the API."""

    get_response: Callable[[HttpRequest], Any]

    def __call__(self, request: HttpRequest) -> Any:
        if request.path_info.startswith("/v1/"):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]  # the middleware that stands beside it


class Sessions(_PagesOnly, SessionMiddleware):
    """The session of a browser."""


class Authentication(_PagesOnly, AuthenticationMiddleware):
    """Who is signed in."""


class Messages(_PagesOnly, MessageMiddleware):
    """What the next page is to say."""
