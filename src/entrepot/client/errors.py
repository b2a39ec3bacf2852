"""The errors of the HTTP API as exceptions.

EntrepotError
└── ApiError              base class: `type`, `code`, `message`, `param`, `status`, `request_id`
    ├── InvalidRequest    the request is invalid, or what it names does not exist: change it
    ├── NotAllowed        no key, a revoked key, or a key without the scope
    ├── KeyReused         the Idempotency-Key was used for another request
    ├── KeyInUse          other requests with the Idempotency-Key are running: send it again
    ├── TooMany           rate limit exceeded: wait `retry_after` seconds
    ├── ServerError       an error of the server, or of a proxy in front of it
    └── Unreachable       no answer, or an incomplete one
"""

from __future__ import annotations

import msgspec

from entrepot.model import json
from entrepot.model.errors import EntrepotError


class ApiError(EntrepotError):
    """The server did not answer the request.

    `type`, `code`, `message` and `param` are those of the error; `status` is the HTTP status, None without a response;
    `request_id` identifies the request in the server's log; `retry_after` is the number of seconds to wait.
    """

    def __init__(
        self,
        message: str,
        *,
        type: str,  # noqa: A002  # the word of the API
        code: str,
        param: str | None = None,
        status: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message, self.type, self.code, self.param = message, type, code, param
        self.status, self.request_id, self.retry_after = status, request_id, retry_after


class InvalidRequest(ApiError):
    """The request is invalid, or what it names does not exist."""


class NotAllowed(ApiError):
    """The API key is missing or revoked, or does not have the scope."""


class KeyReused(ApiError):
    """The Idempotency-Key is invalid, or was used for another request."""


class KeyInUse(ApiError):
    """Other requests with this Idempotency-Key are running. Send the request again later."""


class TooMany(ApiError):
    """The rate limit is exceeded."""


class ServerError(ApiError):
    """An error of the server, or of a proxy in front of it."""


class Unreachable(ApiError):
    """There was no answer, or it was incomplete."""


_KINDS: dict[str, type[ApiError]] = {
    "invalid_request_error": InvalidRequest,
    "authentication_error": NotAllowed,
    "idempotency_error": KeyReused,
    "rate_limit_error": TooMany,
    "api_error": ServerError,
}
#: Exceptions that depend on the code, not only on the type.
_OF_CODE: dict[str, type[ApiError]] = {"idempotency_key_in_use": KeyInUse}


class _Said(msgspec.Struct):
    """The error object of a response."""

    type: str
    code: str
    message: str
    param: str | None = None


class _Envelope(msgspec.Struct):
    error: _Said


#: Made while one thread imports this: msgspec does not bear two that read a type for the first time at once.
_READ = msgspec.json.Decoder(_Envelope)


def refusal(status: int, body: bytes, request_id: str | None, retry_after: float | None) -> ApiError:
    """The exception for an error response.

    >>> error = refusal(429, b"Slow down", None, 3.0)
    >>> type(error).__name__, error.code, error.retry_after
    ('TooMany', 'http_429', 3.0)
    """
    try:
        said = json.decode(body, _READ).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        # The answer is from a proxy or a load balancer in front of the server.
        said = _Said(_type_of(status), f"http_{status}", f"The response was HTTP {status}, not an error of this API.")
    kind = _OF_CODE.get(said.code) or _KINDS.get(said.type, ServerError)
    return kind(
        said.message,
        type=said.type,
        code=said.code,
        param=said.param,
        status=status,
        request_id=request_id,
        retry_after=retry_after,
    )


def unreachable(code: str, message: str) -> Unreachable:
    """The error for a missing or incomplete response."""
    return Unreachable(message, type="connection_error", code=code)


def _type_of(status: int) -> str:
    if status in (401, 403):
        return "authentication_error"
    if status == 429:
        return "rate_limit_error"
    return "invalid_request_error" if 400 <= status < 500 else "api_error"
