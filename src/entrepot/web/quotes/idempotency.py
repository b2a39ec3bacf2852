"""The Idempotency-Key: a request that is sent again gets the first response, and no second quote is created.

A quote is calculated before the transaction and leaves no trace. The quote and the use of the key are inserted in one
transaction: a process that is killed has written both or neither. Of two concurrent requests, the second finds the row
of the first, drops its own quote, and returns the response of the first. The same key with another request is an error,
as in Stripe's API. Requests that were refused or failed do not use their key: nothing was written, and they may be sent
again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse

from entrepot import stored_quotes
from entrepot.store import quotes
from entrepot.store.group_commit import commit_together
from entrepot.web.http.api_keys import Caller
from entrepot.web.http.errors import Refused, json_response
from entrepot.web.http.sandbox import mark_quote
from entrepot.web.process import metrics

if TYPE_CHECKING:
    from django.db.models import Model

    from entrepot.store.models import Quote

MAX_LENGTH = 255
#: How long a key replays its response.
LIFETIME = dt.timedelta(hours=24)
#: Attempts, if the row of another request with the same key disappears meanwhile because it expired.
TRIES = 3
_JSON = msgspec.json.Encoder(decimal_format="number", order="sorted")


def read_key(request: HttpRequest) -> str | None:
    """The Idempotency-Key of a request; None if it has none. Raises Refused if the key is not valid."""
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is not None and not (1 <= len(key) <= MAX_LENGTH and key.isprintable()):
        message = f"An Idempotency-Key has 1 to {MAX_LENGTH} printable characters."
        raise Refused(400, "idempotency_error", "idempotency_key_invalid", message, "Idempotency-Key")
    return key


def create_quote_once(
    request: HttpRequest,
    caller: Caller,
    sale: Mapping[str, Any],
    prepare: Callable[[], stored_quotes.PreparedQuote],
    fields: str | None = None,
) -> HttpResponse:
    """Create and store a quote, once for each Idempotency-Key of a caller.

    `sale`: the decoded body. `prepare` has no side effects: its result may be dropped. `fields`: the parts that this
    request asks for. Raises Refused, and what `prepare` raises.
    """
    key = read_key(request)
    if key is None:
        quote = prepare()
        commit_together(lambda: stored_quotes.rows_to_insert(quote))
        return _first_response(caller, quote, fields)
    number = _digest(caller.name.encode(), key.encode())
    request_print = fingerprint(request, sale)
    prepared: stored_quotes.PreparedQuote | None = None
    for _ in range(TRIES):
        if (found := quotes.find_key_use(number, LIFETIME)) is not None:
            return _replay(caller, found, {request_print, _fingerprint_of_bytes(request)}, fields)
        prepared = prepared or prepare()
        if _store(number, request_print, prepared):
            return _first_response(caller, prepared, fields)
    message = "Another request with this Idempotency-Key is in progress. Try again in a second."
    raise Refused(409, "idempotency_error", "idempotency_key_in_use", message, "Idempotency-Key", Retry_After="1")


def _store(number: str, request_print: str, quote: stored_quotes.PreparedQuote) -> bool:
    """Store a quote and the use of its key; False if another request has used the key. Then nothing is stored."""

    def rows() -> list[Model]:
        # A concurrent transaction with the same key waits at the last row until this transaction has ended.
        return [*stored_quotes.rows_to_insert(quote), quotes.new_key_use(number, request_print, quote.row)]

    try:
        commit_together(rows)
    except IntegrityError:
        if not quotes.key_use_exists(number):
            raise  # not because of another request: the row itself is wrong
        return False
    return True


def _first_response(caller: Caller, quote: stored_quotes.PreparedQuote, fields: str | None) -> HttpResponse:
    metrics.record_quote(quote.outcome)
    return quote_response(caller, quote.body, fields)


def quote_response(caller: Caller, body: bytes, fields: str | None) -> HttpResponse:
    """The response with a stored quote, in the language of the request: all of it, or the parts in `fields`."""
    shown = stored_quotes.select_fields(stored_quotes.in_language(body), fields)
    return json_response(mark_quote(caller, shown))


def fingerprint(request: HttpRequest, sale: Mapping[str, Any]) -> str:
    """A hash that is equal for equal requests: of the method, the path and the decoded body.

    White space, the order of fields and the notation of a number (100, 100.0, 1e2) do not matter. Texts are compared as
    they are: "100.0" differs from "100".
    """
    return _digest(b"read", (request.method or "").encode(), request.path.encode(), _JSON.encode(_normalize(sale)))


def _fingerprint_of_bytes(request: HttpRequest) -> str:
    """The fingerprint that version 0.1.0 stored, of the bytes of the body. Its rows expire after 24 hours."""
    return _digest((request.method or "").encode(), request.get_full_path().encode(), request.body)


def _normalize(value: Any) -> Any:
    """A JSON value in which equal numbers are written alike: as decimals without trailing zeros.

    >>> _JSON.encode(_normalize({"b": [100, Decimal("100.0"), Decimal("1E+2")], "a": "100.0"}))
    b'{"a":"100.0","b":[1E+2,1E+2,1E+2]}'
    """
    if isinstance(value, dict):
        return {name: _normalize(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_normalize(each) for each in value]
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return value
    # Not `Decimal.normalize`, which rounds to the precision of the context.
    sign, digits, exponent = Decimal(value).as_tuple()
    significant = bytes(digits).rstrip(b"\0")
    if not significant:
        return Decimal(0)
    return Decimal((sign, tuple(significant), int(exponent) + len(digits) - len(significant)))


def _replay(
    caller: Caller, found: tuple[str, Quote], request_prints: Collection[str], fields: str | None
) -> HttpResponse:
    stored_print, quote = found
    if stored_print not in request_prints:
        message = "This Idempotency-Key was used for another request. Use a new key."
        raise Refused(400, "idempotency_error", "idempotency_key_reused", message, "Idempotency-Key")
    response = quote_response(caller, stored_quotes.stored_json(quote), fields)
    response["Idempotent-Replayed"] = "true"
    return response


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
