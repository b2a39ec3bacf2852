"""taking: a body as it comes: JSON whose decimals stay exact, within bounds."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.request import UnreadablePostError

from entrepot.model import json
from entrepot.web.http.errors import Refused

#: Lines of one sale. The answer of a line, with its law, is some 22 kB: more of them in a MB would be 335 MB.
MOST_LINES = 500
_READ = msgspec.json.Decoder(float_hook=Decimal)


def read_body(request: HttpRequest) -> dict[str, Any]:
    """The object that a request brings. Raises Refused: 400, 413, 415 or 422."""
    if request.content_type != "application/json":
        raise _no("unsupported_media_type", "Send JSON, with Content-Type: application/json.", 415)
    try:
        body = _body(request)
    except RequestDataTooBig:
        raise _no("too_large", "The request is larger than 1 MB: send tables to /v1/quotes/batch.", 413) from None
    except (UnreadablePostError, EOFError):
        raise _no("cut_short", "The request ended before its end.") from None
    try:
        value = json.decode(body, _READ)
        name = json.repeated_name(body, value) if isinstance(value, dict) else None
    except (msgspec.DecodeError, UnicodeDecodeError, InvalidOperation) as error:
        says = (
            f"cannot be read as JSON: {json.explain(body, error)}" if body.strip() else "is empty: send a sale as JSON"
        )
        raise _no("invalid_json", f"The request {says}.") from None
    if not isinstance(value, dict):
        raise _no("invalid_json", "The request is not a JSON object. Send a sale as an object.")
    if name is not None:
        message = f"The field {name!r} is given twice: write it once, with the value that holds."
        raise Refused(422, "invalid_request_error", "duplicate_field", message, name)
    lines = value.get("lines")
    if isinstance(lines, list) and len(lines) > MOST_LINES:
        message = f"A sale has at most {MOST_LINES} lines here, not {len(lines)}: send tables to /v1/quotes/batch."
        raise Refused(422, "invalid_request_error", "too_many_lines", message, "lines")
    return value


def _body(request: HttpRequest) -> bytes:
    """The body, whether its length was told or it comes in chunks. Raises what Django does, and EOFError."""
    length = request.META.get("CONTENT_LENGTH")
    if not length and request.META.get("wsgi.input_terminated"):
        # Django takes a body without a length for none. What is read here stands for `request.body` from now on.
        request._body = _chunks(request.META["wsgi.input"])  # noqa: SLF001  # see above
    body = request.body
    if length and length.isdigit() and len(body) < int(length):
        raise EOFError
    return body


def _chunks(source: Any) -> bytes:
    most, parts, size = settings.DATA_UPLOAD_MAX_MEMORY_SIZE, [], 0
    try:
        while part := bytes(source.read(most + 1 - size)):
            parts.append(part)
            size += len(part)
            if size > most:
                raise RequestDataTooBig
    except OSError as error:
        raise UnreadablePostError(*error.args) from error
    return b"".join(parts)


def _no(code: str, message: str, status: int = 400) -> Refused:
    return Refused(status, "invalid_request_error", code, message)
