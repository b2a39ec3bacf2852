"""Quotes that are stored until they expire: the request, the response and the law; and their check.

The hash of a quote covers its request, its law and its JSON. With it a caller can verify that the quote which is
calculated again from the stored rows is the same.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from django.utils import timezone

from entrepot import app
from entrepot.language import quote_text, translate
from entrepot.law.compiled import Law
from entrepot.model import json, quote_fields, quote_versions
from entrepot.model.errors import EntrepotError
from entrepot.model.quote import QuoteDocument
from entrepot.store import quotes

if TYPE_CHECKING:
    from entrepot.store.models import Quote

#: The beginning of the id of a quote that was asked for with a key of the sandbox.
SANDBOX = "qt_test_"
#: How long a quote is stored and valid.
LIFETIME = dt.timedelta(days=30)
#: Seconds that a calculation waits for the one before it.
MAX_WAIT = 0.05
_calculating = Lock()
#: `fields` of a quote that is stored with everything.
EVERYTHING = "*"
#: The fields of a quote that hold sentences for people.
SENTENCES = frozenset({"message", "says"})
#: The fields of a quote that hold doubts.
DOUBTS = frozenset({"reasons", "assumptions", "warnings"})


class StoredDocument(QuoteDocument, frozen=True, kw_only=True):
    """The JSON of a stored quote."""

    id: str
    hash: str
    created: str
    expires_at: str


class QuoteExpired(Exception):
    """The quote existed and has expired."""


class PreparedQuote(NamedTuple):
    """A quote that is calculated and not stored yet: its row, its law, its JSON, and its outcome."""

    row: Quote
    law: Law
    body: bytes
    outcome: str


def prepare_quote(
    request: Mapping[str, Any],
    key: str | None,
    fields: str | None = None,
    *,
    sandbox: bool = False,
    corrections: Mapping[str, str] | None = None,
) -> PreparedQuote:
    """Calculate a quote that is to be stored. Does not use the database. Raises SaleError.

    `fields`: None, or "*" for a quote that also has the details of its closed procedures. `sandbox`: its id says so.
    `corrections`: the codes that somebody chose for descriptions, by their `correction_key`.
    """
    request = app.classified(app.normal_sale(request), corrections=corrections or {})
    with _OneAtATime():
        quote, law = app.quote_with_law(request)
        figures = quote.json_bytes(fields)
    request_text = msgspec.json.encode(dict(request) | {"date": quote.law_date}, order="sorted")
    number = f"{SANDBOX if sandbox else 'qt_'}{secrets.token_urlsafe(18)}"
    digest = _hash(request_text, law, figures)
    created = timezone.now().replace(microsecond=0)
    expires = created + LIFETIME
    body = _add_head(figures, number, digest, created, expires)
    row = quotes.new_quote(
        number=number,
        digest=digest,
        created=created,
        expires=expires,
        request=request_text,
        response=body,
        key=key,
    )
    return PreparedQuote(row, law, body, quote.assessment.outcome)


def rows_to_insert(quote: PreparedQuote) -> list[Quote]:
    """The rows of a quote, to be inserted in the open transaction. Its law is stored when this returns."""
    quotes.link_law(quote.row, quote.law, app.library().world)
    return [quote.row]


def create_quote(request: Mapping[str, Any], key: str | None) -> tuple[bytes, str]:
    """Calculate and store a quote with everything, in the open transaction. Returns its JSON and its outcome.

    Raises SaleError.
    """
    quote = prepare_quote(request, key, EVERYTHING)
    for row in rows_to_insert(quote):
        quotes.insert_quote(row)
    return quote.body, quote.outcome


def compute_quote(
    request: Mapping[str, Any], fields: str | None = None, corrections: Mapping[str, str] | None = None
) -> tuple[bytes, str]:
    """Calculate a quote without storing it. Returns its JSON and its outcome. Raises SaleError, FieldError.

    `fields` may name what a stored quote has: the parts that this one does not have are left out. `corrections`: as of
    `prepare_quote`.
    """
    english = translate.current_language() == "en"
    with _OneAtATime():
        quote = app.quote(app.classified(request, corrections=corrections or {}))
        body = quote.json_bytes(fields if english else fields and EVERYTHING)
        outcome = quote.assessment.outcome
    return body if english else select_fields(in_language(body), fields), outcome


def select_fields(body: bytes, fields: str | None) -> bytes:
    """The parts of a stored quote that a request asks for; without `fields` its bytes. Raises FieldError."""
    if fields is None or (paths := quote_fields.read_fields(fields, StoredDocument)) == quote_fields.EVERYTHING:
        return body
    return msgspec.json.encode(quote_fields.select(_read(body), paths))


def in_language(body: bytes) -> bytes:
    """The JSON of a quote in the language of the request. In English its bytes, which are those that were stored."""
    if translate.current_language() == "en":
        return body
    quote = _read(body)
    library = app.library()
    try:
        law = library.law_of(quote["law"]["pack"], dt.date.fromisoformat(quote["law"]["date"]))
    except EntrepotError:  # the pack, which has translations of its own, is no longer installed or has errors
        return body
    return msgspec.json.encode(quote_text.translate_quote(quote, law, library.world))


def list_quotes(key: str, before: Quote | None, limit: int) -> tuple[list[Quote], bool]:
    """The newest quotes of an API key that have not expired, and whether there are more.

    `before`: the last quote of the previous page.
    """
    found = quotes.quotes_of_key(key, timezone.now(), before, limit + 1)
    return found[:limit], len(found) > limit


def _read(body: bytes) -> dict[str, Any]:
    """The decoded JSON of a quote, in the shape of this release."""
    read: dict[str, Any] = json.decode(body)
    return quote_versions.upgrade(read) if quote_versions.is_old(read) else read


class _OneAtATime:
    """Calculate one quote at a time in a process: concurrent threads would only compete for the interpreter.

    The wait is short, because a law that has to be compiled first takes seconds.
    """

    __slots__ = ("_acquired",)

    def __enter__(self) -> None:
        self._acquired = _calculating.acquire(timeout=MAX_WAIT)

    def __exit__(self, *_error: object) -> None:
        if self._acquired:
            _calculating.release()


def find_row(number: str) -> Quote | None:
    """The row of a stored quote, also if it has expired and was not deleted yet."""
    return quotes.find_quote(number)


def find_quote(number: str) -> Quote | None:
    """A stored quote by its id. Raises QuoteExpired."""
    row = find_row(number)
    if row is not None and row.expires <= timezone.now():
        raise QuoteExpired
    return row


def stored_json(row: Quote) -> bytes:
    """The JSON of a stored quote, byte for byte as it was sent."""
    return quotes.response_of(row)


def check_quote(row: Quote) -> dict[str, Any]:
    """Calculate a quote again from its stored request and law, and compare. Raises `store.quotes.LawUnreadable`.

    `same`: what is stored has the hash that it was given, and every figure, code, status and row of law is calculated
    again. The sentences may differ: another release may word them otherwise, and then `hash_again` differs too.
    """
    stored = quotes.law_of(row)
    request = json.decode(bytes(row.request))
    quote = app.quote_under_law(request, stored.law, stored.world, dt.date.fromisoformat(request["date"]))
    stored_body, head = stored_json(row), _add_head(b"{", row.id, row.hash, row.created, row.expires)
    stored_figures = b"{" + stored_body.removeprefix(head)
    # A quote is stored with the details of its closed procedures or without.
    figures = (quote.json_bytes(), quote.json_bytes(EVERYTHING))
    agreeing = _agreeing(figures, stored_figures)
    hash_again = _hash(bytes(row.request), stored.law, figures[0] if agreeing is None else agreeing)
    # Nobody changed the request, the law or the answer since: neither a figure nor a sentence.
    intact = stored_body.startswith(head) and _hash(bytes(row.request), stored.law, stored_figures) == row.hash
    same = intact and agreeing is not None
    return {"object": "quote_check", "id": row.id, "same": same, "hash": row.hash, "hash_again": hash_again}


def _agreeing(figures: Sequence[bytes], stored: bytes) -> bytes | None:
    """The one of several JSON texts of a quote that has the same figures, codes and rows as the stored one."""
    if stored in figures:
        return stored
    read = json.decode(stored)
    if old := quote_versions.is_old(read):
        read = json.decode(msgspec.json.encode(msgspec.convert(quote_versions.upgrade(read), QuoteDocument)))
    # Version 0.1.0 named doubts that concern no figure of the quote, and no conditional answer.
    left_out = SENTENCES | (DOUBTS if old else set())
    calculated = _without(read, left_out)
    unmarked = _unmarked(calculated) == calculated  # charges were not always marked as lowest amounts
    for each in figures:
        again = _without(json.decode(each), left_out)
        if unmarked:
            again = _unmarked(again)
        if again | ({"best_conditional": None} if old else {}) == calculated:
            return each
    return None


def _without(value: Any, names: AbstractSet[str]) -> Any:
    """A value of JSON without some fields, such as sentences for people, which are no part of what was calculated."""
    if isinstance(value, dict):
        return {name: _without(each, names) for name, each in value.items() if name not in names}
    return [_without(each, names) for each in value] if isinstance(value, list) else value


def _unmarked(quote: dict[str, Any]) -> dict[str, Any]:
    """A quote whose charges do not say whether they are lowest amounts; the options still say it."""
    options = []
    for option in quote["options"]:
        parts = {
            name: _without(option[name], {"at_least"}) for name in ("charges", "lines") if option.get(name) is not None
        }
        options.append(option | parts)
    return quote | {"options": options}


def _add_head(figures: bytes, number: str, digest: str, created: dt.datetime, expires: dt.datetime) -> bytes:
    """The JSON of a stored quote: its id, hash and dates, followed by the fields of the quote."""
    head = {"id": number, "hash": digest, "created": _time(created), "expires_at": _time(expires)}
    return msgspec.json.encode(head)[:-1] + b"," + figures[1:]


def _hash(request: bytes, law: Law, figures: bytes) -> str:
    digest = hashlib.sha256()
    for part in (request, f"{law.pack} {law.since} {law.hash}".encode(), figures):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _time(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
