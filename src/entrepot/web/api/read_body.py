"""Read the JSON body of a request, with exact decimals and within limits."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.request import UnreadablePostError

from entrepot.model import json
from entrepot.model.errors import in_quotes
from entrepot.web.http.errors import Refused

#: The most lines of a sale. The response has about 22 kB a line, with its law: without this limit, up to 335 MB.
MAX_LINES = 500
#: What the body of a quote is.
SALE = "a sale"
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


def read_body(request: HttpRequest, what: str = "an object") -> dict[str, Any]:
    """The JSON object of a request. `what` it is, in an error. Raises Refused: 400, 413, 415 or 422."""
    if request.content_type != "application/json":
        raise _refusal("unsupported_media_type", "Send JSON, with Content-Type: application/json.", 415)
    try:
        body = _read_bytes(request)
    except RequestDataTooBig:
        tables = " Send tables to /v1/quotes/batch." if what == SALE else " Send less at once."
        raise _refusal("too_large", f"The request is larger than 1 MB.{tables}", 413) from None
    except (UnreadablePostError, EOFError):
        raise _refusal("cut_short", "The request ended before its body was complete. Send it again.") from None
    try:
        value = json.decode(body, _DECODER)
        name = json.repeated_name(body, value) if isinstance(value, dict) else None
    except (msgspec.DecodeError, UnicodeDecodeError, InvalidOperation) as error:
        unread = f"cannot be read as JSON: {json.explain(body, error)}"
        problem = unread if body.strip() else f"is empty: send {what} as JSON"
        raise _refusal("invalid_json", f"The request {problem}.") from None
    if not isinstance(value, dict):
        raise _refusal("invalid_json", f"The request is not a JSON object. Send {what} between braces.")
    if name is not None:
        message = f"The field {in_quotes(name)} is given twice. Give it once."
        raise Refused(422, "invalid_request_error", "duplicate_field", message, name)
    lines = value.get("lines")
    if isinstance(lines, list) and len(lines) > MAX_LINES:
        message = f"A sale has at most {MAX_LINES} lines here, not {len(lines)}. Send tables to /v1/quotes/batch."
        raise Refused(422, "invalid_request_error", "too_many_lines", message, "lines")
    return value


def read_raw(request: HttpRequest, most: int) -> bytes:
    """The body of a request of any type, at most so many bytes. Raises Refused: 400 or 413."""
    try:
        body = _read_bytes(request)
    except (UnreadablePostError, EOFError):
        raise _refusal("cut_short", "The request ended before its body was complete. Send it again.") from None
    except RequestDataTooBig:
        body = bytes(most + 1)
    if len(body) > most:
        raise _refusal("too_large", f"The request is larger than {most >> 10} kB.", 413)
    return body


def _read_bytes(request: HttpRequest) -> bytes:
    """The body, with a Content-Length or in chunks. Raises Django's errors, and EOFError if it is incomplete."""
    length = request.META.get("CONTENT_LENGTH")
    if not length and request.META.get("wsgi.input_terminated"):
        # Django treats a body without a length as empty. What is read here becomes `request.body`.
        request._body = _read_chunks(request.META["wsgi.input"])  # noqa: SLF001  # see above
    body = request.body
    if length and length.isdigit() and len(body) < int(length):
        raise EOFError
    return body


def _read_chunks(source: Any) -> bytes:
    limit, parts, size = settings.DATA_UPLOAD_MAX_MEMORY_SIZE, [], 0
    try:
        while part := bytes(source.read(limit + 1 - size)):
            parts.append(part)
            size += len(part)
            if size > limit:
                raise RequestDataTooBig
    except OSError as error:
        raise UnreadablePostError(*error.args) from error
    return b"".join(parts)


def _refusal(code: str, message: str, status: int = 400) -> Refused:
    return Refused(status, "invalid_request_error", code, message)
