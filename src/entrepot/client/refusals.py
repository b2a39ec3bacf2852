"""refusals: what the desk says instead of an answer, as exceptions.

EntrepotError
└── ApiError              anything below: `type`, `code`, `message`, `param`, `status`, `request_id`
    ├── InvalidRequest    the request does not read, or names what is not there: ask otherwise
    ├── NotAllowed        no key, a revoked one, or not the scope
    ├── KeyReused         the Idempotency-Key was used for another request
    ├── KeyInUse          other requests with the Idempotency-Key are under way: send it again
    ├── TooMany           too many calls: `retry_after` seconds from now
    ├── DeskFault         a fault of the desk, or of what stands before it
    └── Unreachable       no answer came, or not a whole one
"""

from __future__ import annotations

import msgspec

from entrepot import json_text
from entrepot.faults import EntrepotError


class ApiError(EntrepotError):
    """The desk gave no answer to what was asked.

    `type`, `code`, `message` and `param` are those of its error; `status` is that of HTTP, None where none came;
    `request_id` is under what the desk logged it; `retry_after` the seconds that it wants to be left alone.
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
    """The request does not read, or names what is not there."""


class NotAllowed(ApiError):
    """There was no key in force, or it has not the scope."""


class KeyReused(ApiError):
    """The Idempotency-Key is none, or was used for another request."""


class KeyInUse(ApiError):
    """Other requests with this Idempotency-Key are under way: sent again later, this one gets its answer."""


class TooMany(ApiError):
    """Too many calls."""


class DeskFault(ApiError):
    """A fault of the desk, or of what stands before it."""


class Unreachable(ApiError):
    """No answer came, or not a whole one."""


_KINDS: dict[str, type[ApiError]] = {
    "invalid_request_error": InvalidRequest,
    "authentication_error": NotAllowed,
    "idempotency_error": KeyReused,
    "rate_limit_error": TooMany,
    "api_error": DeskFault,
}
#: What is told apart by its code, within its type.
_OF_CODE: dict[str, type[ApiError]] = {"idempotency_key_in_use": KeyInUse}


class _Said(msgspec.Struct):
    """The error of an answer."""

    type: str
    code: str
    message: str
    param: str | None = None


class _Envelope(msgspec.Struct):
    error: _Said


#: Made while one thread imports this: msgspec does not bear two that read a type for the first time at once.
_READ = msgspec.json.Decoder(_Envelope)


def refusal(status: int, body: bytes, request_id: str | None, retry_after: float | None) -> ApiError:
    """The exception of an answer that is an error.

    >>> error = refusal(429, b"Slow down", None, 3.0)
    >>> type(error).__name__, error.code, error.retry_after
    ('TooMany', 'http_429', 3.0)
    """
    try:
        said = json_text.decode(body, _READ).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Something before the desk has spoken: a proxy, a load balancer.
        said = _Said(_type_of(status), f"http_{status}", f"The answer was HTTP {status}, and none of the desk.")
    kind = _OF_CODE.get(said.code) or _KINDS.get(said.type, DeskFault)
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
    """No whole answer came."""
    return Unreachable(message, type="connection_error", code=code)


def _type_of(status: int) -> str:
    if status in (401, 403):
        return "authentication_error"
    if status == 429:
        return "rate_limit_error"
    return "invalid_request_error" if 400 <= status < 500 else "api_error"
