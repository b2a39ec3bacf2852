"""`/v1/quotes`: create, list, read and check quotes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query

from entrepot import stored_quotes
from entrepot.model.errors import in_quotes
from entrepot.model.quote_fields import MAX_LENGTH, read_fields
from entrepot.store.quotes import LawUnreadable
from entrepot.web.api import openapi
from entrepot.web.api.kept_codes import codes_of_sale
from entrepot.web.api.languages import PARAMETER as LANGUAGE
from entrepot.web.api.languages import check_language
from entrepot.web.api.read_body import SALE, read_body
from entrepot.web.http.api_keys import Caller, authenticate
from entrepot.web.http.errors import Refused, json_response
from entrepot.web.http.rate_limit import count_request
from entrepot.web.http.sandbox import check_sale, mark_quote
from entrepot.web.process import metrics
from entrepot.web.quotes.idempotency import create_quote_once, quote_response, read_key

if TYPE_CHECKING:
    from entrepot.store.models import Quote

router = Router(tags=["quotes"])

#: The most quotes of a page of the list, and bytes after which it ends: a quote of many lines has several megabytes.
MAX_LISTED, MAX_LISTED_BYTES = 100, 16 << 20
#: The fields of a listed quote, if the request names none: the best procedure and the totals.
LISTED_FIELDS = (
    "currency,law.pack,law.date,assessment.outcome,best,best_conditional,options.title,options.status,"
    "options.amount_landed,options.amount_landed_low,options.amount_landed_high,options.at_least"
)
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_LINKS = {
    name: {"operationId": name, "parameters": {"number": "$response.body#/id"}} for name in ("getQuote", "checkQuote")
}
_FIELDS = {
    "name": "fields",
    "in": "query",
    "description": "parts of the quote, separated by commas: best,options.amount_landed; * is everything. Without it "
    "a procedure that is closed while another is not has no details",
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_LENGTH, "example": "best,options.amount_landed"},
}
_QUOTE = {"allOf": [openapi.reference("Quote"), openapi.reference("Kept")]}
_PART = openapi.reference("QuotePart")
_CREATE = {
    "requestBody": openapi.request_body("Sale"),
    "responses": openapi.responses(
        {"anyOf": [_QUOTE, openapi.reference("Quote"), _PART]},
        says="The quote; every valid sale gets one, even if it is refused",
        faults={
            400: "invalid JSON, or the Idempotency-Key was used for another request",
            409: "another request with this Idempotency-Key is in progress",
            413: "too large",
            415: "no JSON",
            422: "the request is not a valid sale",
        },
        links=_LINKS,
    ),
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "1 to 255 printable characters; a repeated request with the same key gets the same response",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        },
        {
            "name": "store",
            "in": "query",
            "description": "false: the quote is not stored",
            "schema": {"type": "boolean", "default": True},
        },
        _FIELDS,
        LANGUAGE,
    ],
}
_LIST = {
    "responses": openapi.responses(
        openapi.reference("Quotes"),
        says="A page of the quotes of this key, the newest first",
        faults={422: "a parameter cannot be read, or there is no such quote of this key"},
    ),
    "parameters": [
        {
            **_FIELDS,
            "description": "parts of each quote, separated by commas; * is everything. Without it the best "
            "procedure and the totals",
        },
        LANGUAGE,
    ],
}
_READ = {
    "responses": openapi.responses(
        {"anyOf": [_QUOTE, _PART]},
        says="The quote, in English byte for byte as first returned; with `fields` the parts of it",
        faults={404: "the quote does not exist", 410: "it has expired", 422: "a path in `fields` does not exist"},
    ),
    "parameters": [_FIELDS, LANGUAGE],
}
_CHECK = {
    "responses": openapi.responses(
        openapi.reference("QuoteCheck"),
        says="Whether the result is the same",
        faults={404: "the quote does not exist", 409: "its law was stored by another release", 410: "it has expired"},
    ),
}


@router.post(
    "/quotes",
    operation_id="createQuote",
    openapi_extra=_CREATE,
    summary="Quote a sale: the landed cost by every lawful import procedure",
)
def create(request: HttpRequest) -> HttpResponse:
    """A quote. With an `Idempotency-Key`, the same request gets the same response, however often it is sent."""
    caller = authenticate(request, "quotes")
    count_request(caller)
    store, fields = _wants_storage(request), _wanted_fields(request)
    check_language(request)
    sale = read_body(request, SALE)
    check_sale(caller, sale)
    if not store:
        read_key(request)  # a key that is not valid is refused here, too
        body, outcome = stored_quotes.compute_quote(sale, fields, codes_of_sale(caller, sale))
        metrics.record_quote(outcome)
        return json_response(mark_quote(caller, body))
    extent = fields and stored_quotes.EVERYTHING

    def prepare() -> stored_quotes.PreparedQuote:
        chosen = codes_of_sale(caller, sale)
        return stored_quotes.prepare_quote(sale, caller.key, extent, sandbox=caller.sandbox, corrections=chosen)

    return create_quote_once(request, caller, sale, prepare, fields)


@router.get("/quotes", operation_id="listQuotes", openapi_extra=_LIST, summary="List the stored quotes of a key")
def list_quotes(
    request: HttpRequest,
    limit: int = Query(20, ge=1, le=MAX_LISTED, description="how many quotes"),
    starting_after: str | None = Query(
        None, max_length=40, description="the id of the last quote of the previous page, to read the next page"
    ),
) -> HttpResponse:
    """The quotes that were stored with the API key of the request and have not expired, each with its sale.

    A request without a key has no list: quotes without a key can only be read by their id.
    """
    caller = authenticate(request, "quotes")
    count_request(caller)
    if caller.origins:
        message = "A publishable key lists no quotes: all visitors of a page use the same key."
        raise Refused(403, "authentication_error", "scope_missing", message)
    check_language(request)
    fields = _wanted_fields(request) or LISTED_FIELDS
    if caller.key is None:
        message = "A list has the quotes of an API key. Send the header `Authorization: Bearer ek_…`."
        raise Refused(401, "authentication_error", "no_key", message, WWW_Authenticate="Bearer")
    rows, more = stored_quotes.list_quotes(caller.key, _cursor(caller.key, starting_after), limit)
    listed = fitting(_listed(caller, row, fields) for row in rows)
    page = {"object": "list", "has_more": more or len(listed) < len(rows), "data": listed}
    return _not_cached(json_response(page))


def _cursor(key: str, number: str | None) -> Quote | None:
    """The quote after which a page starts. Raises Refused (422) if it is not a quote of the key."""
    if number is None:
        return None
    row = stored_quotes.find_row(number)
    if row is None or row.key_id != key:
        message = f"{in_quotes(number)} is not a stored quote of this API key. Use the last id of the previous page."
        raise Refused(422, "invalid_request_error", "invalid", message, "starting_after")
    return row


def fitting(quotes: Iterable[msgspec.Raw], most: int = MAX_LISTED_BYTES) -> list[msgspec.Raw]:
    """The first quotes, at least one, until they have so many bytes.

    >>> len(fitting([msgspec.Raw(b"12345")] * 5, most=8))
    2
    """
    found: list[msgspec.Raw] = []
    size = 0
    for each in quotes:
        found.append(each)
        size += memoryview(each).nbytes
        if size >= most:
            break
    return found


def _listed(caller: Caller, row: Quote, fields: str) -> msgspec.Raw:
    """A quote of the list: its JSON, and at the end the sale that it answers."""
    quote = stored_quotes.select_fields(stored_quotes.in_language(stored_quotes.stored_json(row)), fields)
    return msgspec.Raw(mark_quote(caller, quote)[:-1] + b',"sale":' + bytes(row.request) + b"}")


@router.get("/quotes/{number}", operation_id="getQuote", openapi_extra=_READ, summary="Read a stored quote")
def read(request: HttpRequest, number: str) -> HttpResponse:
    """The quote, in English byte for byte as it was sent, until it expires."""
    caller = authenticate(request, "quotes")
    count_request(caller)
    check_language(request)
    fields = _wanted_fields(request)
    return _not_cached(quote_response(caller, stored_quotes.stored_json(_find(caller, number)), fields))


@router.get(
    "/quotes/{number}/check",
    operation_id="checkQuote",
    openapi_extra=_CHECK,
    summary="Recalculate a stored quote from its law and its request",
)
def check(request: HttpRequest, number: str) -> HttpResponse:
    """Whether the quote that is calculated again from its stored law and request is the same."""
    caller = authenticate(request, "quotes")
    count_request(caller)
    try:
        return _not_cached(json_response(stored_quotes.check_quote(_find(caller, number))))
    except LawUnreadable:
        message = "The law of this quote was stored by another release of Entrepot. Check it with that release."
        raise Refused(409, "api_error", "law_unreadable", message) from None


def _wants_storage(request: HttpRequest) -> bool:
    """The parameter `store`, read without the models of the framework, which take as long as calculating a charge."""
    if not request.META.get("QUERY_STRING"):
        return True
    text = request.GET.get("store", "true").lower()
    if text not in _BOOLEANS:
        message = f"The parameter 'store' must be true or false, not {in_quotes(text[:20])}."
        raise Refused(422, "invalid_request_error", "invalid", message, "store")
    return _BOOLEANS[text]


def _wanted_fields(request: HttpRequest) -> str | None:
    """The parameter `fields`. Raises FieldError where a path in it is not a part of a quote."""
    if not request.META.get("QUERY_STRING") or (text := request.GET.get("fields")) is None:
        return None
    read_fields(text, stored_quotes.StoredDocument)
    return text


def _not_cached(response: HttpResponse) -> HttpResponse:
    """A response that only its caller may see, which another key would get differently."""
    response["Cache-Control"] = "private, no-store"
    return response


def _find(caller: Caller, number: str) -> Quote:
    """A stored quote; a key of the sandbox reads only its own. Raises Refused: 404, or 410 if it has expired."""
    try:
        row = stored_quotes.find_quote(number)
    except stored_quotes.QuoteExpired:
        raise Refused(410, "invalid_request_error", "expired", "This quote has expired. Request a new one.") from None
    if row is None or (caller.sandbox and row.key_id != caller.key):
        raise Refused(404, "invalid_request_error", "not_found", "This quote does not exist. Check its id.", "id")
    return row
