"""once: the Idempotency-Key: a request that is sent again gets the answer that it got, and nothing happens twice.

What a request makes, it makes before the transaction, without a trace; what is kept of it, and that it was kept under
the key, is one transaction: whoever is killed has done both or nothing. Of two at once the second finds the row of the
first, drops what it made, and gives the answer of the first. The same key for another request is an error, as Stripe
has it. What was refused, or failed, is not kept under a key: nothing was done, and it may be sent again.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any

import msgspec
from django.db import IntegrityError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from entrepot.store.models import Once
from entrepot.web.http.api_keys import Caller
from entrepot.web.http.errors import Refused, json_response
from entrepot.web.process import metrics
from entrepot.web.quotes import stored_quotes
from entrepot.web.quotes.group_commit import commit_together

LONGEST = 255
#: How long an answer is found again by its key.
LIFETIME = dt.timedelta(hours=24)
#: How often a request is begun anew where the one that had its key went away: expired, or swept.
TRIES = 3
_JSON = msgspec.json.Encoder(decimal_format="number", order="sorted")


def read_key(request: HttpRequest) -> str | None:
    """The Idempotency-Key of a request; None where it has none. Raises Refused where it is none."""
    given = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if given is not None and not (1 <= len(given) <= LONGEST and given.isprintable()):
        message = f"An Idempotency-Key has 1 to {LONGEST} printable signs."
        raise Refused(400, "idempotency_error", "idempotency_key_invalid", message, "Idempotency-Key")
    return given


def create_quote_once(
    request: HttpRequest, caller: Caller, sale: Mapping[str, Any], make: Callable[[], stored_quotes.PreparedQuote]
) -> HttpResponse:
    """Makes and keeps a quote, once for each Idempotency-Key of a caller.

    `sale`: the body as it was read. `make` leaves no trace: it may run for nothing. Raises Refused, and what `make`
    raises.
    """
    given = read_key(request)
    if given is None:
        quote = make()
        commit_together(lambda: stored_quotes.rows_to_insert(quote))
        return _first(quote)
    name = _digest(caller.name.encode(), given.encode())
    asked = fingerprint(request, sale)
    made: stored_quotes.PreparedQuote | None = None
    for _ in range(TRIES):
        if (found := _found(name)) is not None:
            return _replayed(found, {asked, _of_bytes(request)})
        made = made or make()
        if _put(name, asked, made):
            return _first(made)
    message = "Other requests with this Idempotency-Key come and go: send it again."
    raise Refused(409, "idempotency_error", "idempotency_key_in_use", message, "Idempotency-Key", Retry_After="1")


def _put(name: str, asked: str, quote: stored_quotes.PreparedQuote) -> bool:
    """Keeps a quote under a key; False where another one has it. Then nothing was kept."""

    def rows() -> list[Model]:
        # Whoever else is keeping something under this key waits at the last row until this one has ended.
        return [
            *stored_quotes.rows_to_insert(quote),
            Once(id=name, fingerprint=asked, quote=quote.row, created=timezone.now()),
        ]

    try:
        commit_together(rows)
    except IntegrityError:
        if not Once.objects.filter(id=name).exists():
            raise  # it was no other request: something is wrong with the row itself
        return False
    return True


def _first(quote: stored_quotes.PreparedQuote) -> HttpResponse:
    metrics.record_quote(quote.outcome)
    return json_response(quote.body)


def fingerprint(request: HttpRequest, sale: Mapping[str, Any]) -> str:
    """What two requests have in common when they ask the same: the path, and the body as it was read.

    White space, the order of fields and the way a number is written (100, 100.0, 1e2) do not matter; a text stays as it
    is: "100.0" is another one than "100".
    """
    return _digest(b"read", (request.method or "").encode(), request.path.encode(), _JSON.encode(_plain(sale)))


def _of_bytes(request: HttpRequest) -> str:
    """The fingerprint that version 0.1.0 kept, of the bytes of the body: its rows live for 24 hours."""
    return _digest((request.method or "").encode(), request.get_full_path().encode(), request.body)


def _plain(value: Any) -> Any:
    """A JSON value whose numbers are decimals without zeros at their ends: equal numbers are written alike.

    >>> _JSON.encode(_plain({"b": [100, Decimal("100.0"), Decimal("1E+2")], "a": "100.0"}))
    b'{"a":"100.0","b":[1E+2,1E+2,1E+2]}'
    """
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return value
    # Not `normalize`, which rounds to the digits of the context.
    sign, digits, exponent = Decimal(value).as_tuple()
    kept = bytes(digits).rstrip(b"\0")
    return Decimal((sign, tuple(kept), int(exponent) + len(digits) - len(kept))) if kept else Decimal(0)


def _replayed(found: Once, asked: Collection[str]) -> HttpResponse:
    if found.fingerprint not in asked:
        message = "This Idempotency-Key was used for another request: take a new one."
        raise Refused(400, "idempotency_error", "idempotency_key_reused", message, "Idempotency-Key")
    again = json_response(stored_quotes.stored_json(found.quote))
    again["Idempotent-Replayed"] = "true"
    return again


def _found(name: str) -> Once | None:
    """What is kept under a name; what is older than it is kept makes room."""
    found = Once.objects.select_related("quote").filter(id=name).first()
    if found is not None and found.created <= timezone.now() - LIFETIME:
        Once.objects.filter(id=name, created=found.created).delete()
        return None
    return found


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
