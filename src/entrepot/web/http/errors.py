"""envelope: how an error leaves the API: `{"error": {type, code, message, param}}`, and nothing of ours inside."""

from __future__ import annotations

import logging
from typing import Any

import msgspec
from django.http import HttpResponse

from entrepot.store.failures import REASONS, failure_reason

LOG = logging.getLogger("entrepot.web")
#: Seconds after which a request may be sent again: a lock is short, a full disk is not.
SOON, LATER = 1, 10
JSON = "application/json"
#: Signs of a message: a caller who sent a hundred thousand digits need not have them back.
LONGEST = 1_000


class Refused(Exception):
    """The API does not do what was asked; what it says instead."""

    def __init__(
        self, status: int, kind: str, code: str, message: str, param: str | None = None, **headers: str
    ) -> None:
        super().__init__(message)
        self.answer = error_response(status, kind, code, message, param)
        for name, value in headers.items():
            self.answer[name.replace("_", "-")] = value


def error_response(status: int, kind: str, code: str, message: str, param: str | None = None) -> HttpResponse:
    """An error as the API gives it.

    `kind`: `invalid_request_error`, `authentication_error`, `idempotency_error`, `rate_limit_error` or `api_error`.
    """
    told = [text if text is None or len(text) <= LONGEST else f"{text[: LONGEST - 1]}…" for text in (message, param)]
    error = {"type": kind, "code": code, "message": told[0], "param": told[1]}
    return HttpResponse(msgspec.json.encode({"error": error}), content_type=JSON, status=status)


def unexpected_error_response(error: BaseException) -> HttpResponse:
    """The answer to an unexpected error: 503 where the database or the disk does not work, else 500. It is logged."""
    if (reason := log_error(error)) is not None:
        return unavailable(reason)
    return error_response(500, "api_error", "unforeseen", "This is a fault of the desk; it was logged.")


def log_error(error: BaseException) -> str | None:
    """Logs an unexpected error; the reason, of `REASONS`, where the database or the disk does not work.

    That is one line. Of another error the traceback is logged, and None is returned.
    """
    reason = failure_reason(error)
    if reason is None:
        LOG.error("unforeseen", exc_info=error)
    else:
        LOG.warning("unavailable", extra={"fields": {"why": reason}})
    return reason


def unavailable(reason: str) -> HttpResponse:
    """503: the database or the disk does not work."""
    seconds = retry_after(reason)
    message = f"{REASONS[reason]} Send the request again after {seconds} s."
    answer = error_response(503, "api_error", "unavailable", message)
    answer["Retry-After"] = str(seconds)
    return answer


def retry_after(reason: str) -> int:
    """Seconds after which a request may be sent again."""
    return SOON if reason == "database_locked" else LATER


def json_response(value: Any, status: int = 200) -> HttpResponse:
    """A value as JSON: bytes are JSON already."""
    body = value if isinstance(value, bytes) else msgspec.json.encode(value)
    return HttpResponse(body, content_type=JSON, status=status)
