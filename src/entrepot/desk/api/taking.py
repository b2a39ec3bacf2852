"""taking: a body as it comes: JSON whose decimals stay exact, within bounds."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.request import UnreadablePostError

from entrepot.desk.envelope import Refused

_READ = msgspec.json.Decoder(float_hook=Decimal)


def taken(request: HttpRequest) -> dict[str, Any]:
    """The object that a request brings. Raises Refused: 400, 413 or 415."""
    if request.content_type != "application/json":
        raise _no("unsupported_media_type", "Send JSON, with Content-Type: application/json.", 415)
    try:
        value = _READ.decode(request.body)
    except RequestDataTooBig:
        raise _no("too_large", "The request is larger than 1 MB: send tables to /v1/quotes/batch.", 413) from None
    except UnreadablePostError:
        raise _no("cut_short", "The request ended before its end.") from None
    except UnicodeDecodeError:
        raise _no("invalid_json", "The request is not UTF-8.") from None
    except (msgspec.DecodeError, InvalidOperation, RecursionError) as error:
        raise _no("invalid_json", f"The request is no JSON: {str(error).rstrip('.')}.") from None
    if not isinstance(value, dict):
        raise _no("invalid_json", "The request is no object of JSON: a sale is one.")
    return value


def _no(code: str, message: str, status: int = 400) -> Refused:
    return Refused(status, "invalid_request_error", code, message)
