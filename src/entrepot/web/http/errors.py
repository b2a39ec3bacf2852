"""Errors of the API: `{"error": {type, code, message, param}}`, without internals such as paths and module names."""

from __future__ import annotations

import logging
from typing import Any

import msgspec
from django.http import HttpResponse

from entrepot.store.failures import REASONS, failure_reason

LOG = logging.getLogger("entrepot.web")
#: Seconds of Retry-After: after a lock, which is short, and after other failures, such as a full disk.
SOON, LATER = 1, 10
JSON = "application/json"
#: The most characters of a message, which may quote a long value of the caller.
MAX_MESSAGE = 1_000


class Refused(Exception):
    """The API refuses a request; `response` is what the client gets."""

    def __init__(
        self, status: int, kind: str, code: str, message: str, param: str | None = None, **headers: str
    ) -> None:
        super().__init__(message)
        self.response = error_response(status, kind, code, message, param)
        for name, value in headers.items():
            self.response[name.replace("_", "-")] = value


def error_response(status: int, kind: str, code: str, message: str, param: str | None = None) -> HttpResponse:
    """The response for an error.

    `kind`: `invalid_request_error`, `authentication_error`, `idempotency_error`, `rate_limit_error` or `api_error`.
    """
    texts = [
        text if text is None or len(text) <= MAX_MESSAGE else f"{text[: MAX_MESSAGE - 1]}…" for text in (message, param)
    ]
    error = {"type": kind, "code": code, "message": texts[0], "param": texts[1]}
    return HttpResponse(msgspec.json.encode({"error": error}), content_type=JSON, status=status)


def unexpected_error_response(error: BaseException) -> HttpResponse:
    """Log an unexpected error and return its response: 503 if the database or the disk does not work, else 500."""
    if (reason := log_error(error)) is not None:
        return unavailable_response(reason)
    return error_response(
        500, "api_error", "unforeseen", "The server failed to answer this request. The error was logged."
    )


def log_error(error: BaseException) -> str | None:
    """Log an unexpected error. Returns a key of `REASONS` if the database or the disk does not work, else None.

    A failure with a reason is logged in one line, any other error with its traceback.
    """
    reason = failure_reason(error)
    if reason is None:
        LOG.error("unforeseen", exc_info=error)
    else:
        LOG.warning("unavailable", extra={"fields": {"why": reason}})
    return reason


def unavailable_response(reason: str) -> HttpResponse:
    """503: the database or the disk does not work."""
    seconds = retry_after(reason)
    message = f"{REASONS[reason]} Send the request again after {seconds} s."
    response = error_response(503, "api_error", "unavailable", message)
    response["Retry-After"] = str(seconds)
    return response


def retry_after(reason: str) -> int:
    """Seconds after which a request may be sent again."""
    return SOON if reason == "database_locked" else LATER


def json_response(value: Any, status: int = 200) -> HttpResponse:
    """A response with a value as JSON; bytes are already JSON."""
    body = value if isinstance(value, bytes) else msgspec.json.encode(value)
    return HttpResponse(body, content_type=JSON, status=status)
