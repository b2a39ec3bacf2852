"""envelope: how an error leaves the API: `{"error": {type, code, message, param}}`, and nothing of ours inside."""

from __future__ import annotations

import logging
from typing import Any

import msgspec
from django.http import HttpResponse

LOG = logging.getLogger("entrepot.desk")
JSON = "application/json"
#: Signs of a message: a caller who sent a hundred thousand digits need not have them back.
LONGEST = 1_000


class Refused(Exception):
    """The API does not do what was asked; what it says instead."""

    def __init__(
        self, status: int, kind: str, code: str, message: str, param: str | None = None, **headers: str
    ) -> None:
        super().__init__(message)
        self.answer = fault(status, kind, code, message, param)
        for name, value in headers.items():
            self.answer[name.replace("_", "-")] = value


def fault(status: int, kind: str, code: str, message: str, param: str | None = None) -> HttpResponse:
    """An error as the API gives it.

    `kind`: `invalid_request_error`, `authentication_error`, `idempotency_error`, `rate_limit_error` or `api_error`.
    """
    told = [text if text is None or len(text) <= LONGEST else f"{text[: LONGEST - 1]}…" for text in (message, param)]
    error = {"type": kind, "code": code, "message": told[0], "param": told[1]}
    return HttpResponse(msgspec.json.encode({"error": error}), content_type=JSON, status=status)


def unforeseen(error: BaseException) -> HttpResponse:
    """What a fault of ours looks like from outside: nothing of it is told, all of it is logged."""
    LOG.error("unforeseen", exc_info=error)
    return fault(500, "api_error", "unforeseen", "This is a fault of the desk; it was logged.")


def said(value: Any, status: int = 200) -> HttpResponse:
    """A value as JSON: bytes are JSON already."""
    body = value if isinstance(value, bytes) else msgspec.json.encode(value)
    return HttpResponse(body, content_type=JSON, status=status)
