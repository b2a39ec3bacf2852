"""The requests of the client: what is sent, and how the response is read. Independent of the network library."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import quote as escaped

import msgspec

from entrepot.client.errors import unreachable
from entrepot.model import json
from entrepot.model.errors import in_quotes
from entrepot.model.quote import Parts, Quote, QuoteDocument
from entrepot.model.quote_versions import decode_document
from entrepot.model.sale import Sale

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")
Q = TypeVar("Q", bound=Quote)
JSON, ARROW = "application/json", "application/vnd.apache.arrow.stream"
#: A table is not compressed: on a fast network, compressing takes longer than sending.
TABLE = {"Content-Type": ARROW, "Accept-Encoding": "identity"}
#: Characters of an Idempotency-Key.
LONGEST_KEY = 255


class KeptDocument(QuoteDocument, frozen=True, kw_only=True):
    """The JSON of a stored quote."""

    id: str
    hash: str
    created: dt.datetime
    expires_at: dt.datetime


class KeptQuote(Quote):
    """A quote that the server stores until `expires_at`; until then it can be read and calculated again.

    `hash` is the hash of its request, its law and its figures.
    """

    __slots__ = ("created", "expires_at", "hash", "id")

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        document = parts.document(complete=True)
        if not isinstance(document, KeptDocument):
            raise TypeError("A KeptQuote is the quote of a KeptDocument.")
        self.id, self.hash = document.id, document.hash
        self.created, self.expires_at = document.created, document.expires_at


class Check(msgspec.Struct, frozen=True):
    """The result of calculating a stored quote again: whether all figures, codes and rows of law are the `same`."""

    id: str
    same: bool
    hash: str
    hash_again: str


@dataclass(frozen=True, slots=True)
class ApiRequest(Generic[T]):
    """A request, and how its response is read.

    Sending it twice has the same effect as once: a request that stores something has an Idempotency-Key. `seconds`: the
    timeout for data from the server, if it is longer than that of other requests.
    """

    method: str
    path: str
    read: Callable[[bytes], T]
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    seconds: float | None = None


def store_quote(sale: Mapping[str, Any] | Sale, key: str | None) -> ApiRequest[KeptQuote]:
    """A quote that is stored. Without the caller's Idempotency-Key one is generated, so that a retry stores it once."""
    headers = {"Content-Type": JSON, "Idempotency-Key": secrets.token_urlsafe(24) if key is None else key_of(key)}
    return ApiRequest("POST", "/v1/quotes", _KEPT, headers=headers, content=msgspec.json.encode(sale))


def key_of(text: str) -> str:
    """A text as an Idempotency-Key. Raises ValueError if it is not valid.

    >>> key_of("cart 17")
    'cart 17'
    >>> key_of("")
    Traceback (most recent call last):
    ValueError: "" is not an idempotency_key. Use 1 to 255 printable ASCII characters, and no space at its ends.
    """
    # Other characters, and spaces at the ends, are changed when they are sent in a header.
    if not (1 <= len(text) <= LONGEST_KEY and text.isascii() and text.isprintable() and text == text.strip(" ")):
        shown = text if len(text) <= 40 else f"{text[:39]}…"
        raise ValueError(
            f"{in_quotes(shown)} is not an idempotency_key. Use 1 to {LONGEST_KEY} printable ASCII characters, "
            "and no space at its ends."
        )
    return text


def quote_without_storing(sale: Mapping[str, Any] | Sale) -> ApiRequest[Quote]:
    """A quote that is not stored."""
    content, headers = msgspec.json.encode(sale), {"Content-Type": JSON}
    return ApiRequest("POST", "/v1/quotes", _PASSING, {"store": "false"}, headers, content)


def quote_fields(
    sale: Mapping[str, Any] | Sale, fields: str, key: str | None, *, store: bool
) -> ApiRequest[dict[str, Any]]:
    """Parts of a quote, which is stored or not."""
    request = store_quote(sale, key) if store else quote_without_storing(sale)
    return ApiRequest(
        "POST", "/v1/quotes", _ANYTHING, {**request.params, "fields": fields}, request.headers, request.content
    )


def get_fields(number: str, fields: str) -> ApiRequest[dict[str, Any]]:
    """Parts of a stored quote."""
    return ApiRequest("GET", f"/v1/quotes/{escaped(number, safe='')}", _ANYTHING, {"fields": fields})


def get_quote(number: str) -> ApiRequest[KeptQuote]:
    """A stored quote."""
    return ApiRequest("GET", f"/v1/quotes/{escaped(number, safe='')}", _KEPT)


def list_quotes(limit: int | None, starting_after: str | None, fields: str | None) -> ApiRequest[dict[str, Any]]:
    """A page of the stored quotes of the API key."""
    params = {"limit": None if limit is None else str(limit), "starting_after": starting_after, "fields": fields}
    return ApiRequest("GET", "/v1/quotes", _ANYTHING, _given(params))


def check_quote(number: str) -> ApiRequest[Check]:
    """A stored quote, calculated again."""
    return ApiRequest("GET", f"/v1/quotes/{escaped(number, safe='')}/check", _CHECK)


def goods(words: str, economy: str | None, language: str | None, limit: int | None) -> ApiRequest[dict[str, Any]]:
    """Tariff lines by words or by the beginning of a code."""
    params = {"q": words, "economy": economy, "language": language, "limit": None if limit is None else str(limit)}
    return ApiRequest("GET", "/v1/goods", _ANYTHING, _given(params))


def classify(
    descriptions: str | Sequence[str],
    economy: str | None,
    attributes: Mapping[str, str] | None,
    language: str | None,
    limit: int | None,
) -> ApiRequest[dict[str, Any]]:
    """The codes that one description or several may mean."""
    one = isinstance(descriptions, str)
    body: dict[str, Any] = {"description": descriptions} if one else {"descriptions": list(descriptions)}
    body |= {name: value for name, value in {"to": economy, "attributes": attributes, "limit": limit}.items() if value}
    params = _given({"language": language})
    return ApiRequest("POST", "/v1/classify", _ANYTHING, params, {"Content-Type": JSON}, msgspec.json.encode(body))


def law(economy: str, code: str, on: dt.date | str | None) -> ApiRequest[dict[str, Any]]:
    """The rows of law in force for a code or a service."""
    path = f"/v1/law/{escaped(economy, safe='')}/{escaped(code, safe='')}"
    return ApiRequest("GET", path, _ANYTHING, _given({"on": None if on is None else str(on)}))


def agreements(economy: str, partner: str, on: dt.date | str | None) -> ApiRequest[dict[str, Any]]:
    """The agreements on digital trade between two economies."""
    params = {"economy": economy, "partner": partner, "on": None if on is None else str(on)}
    return ApiRequest("GET", "/v1/agreements", _ANYTHING, _given(params))


def economies() -> ApiRequest[dict[str, Any]]:
    """The economies with a law pack."""
    return ApiRequest("GET", "/v1/economies", _ANYTHING)


def quote_batch(batch: pa.RecordBatch, params: Mapping[str, str]) -> ApiRequest[pa.Table]:
    """Quotes the rows of a batch. It is sent as one record batch: the server reads all of it before it responds."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)

    def read(body: bytes) -> pa.Table:
        try:
            table = pa.ipc.open_stream(body).read_all()
        except pa.ArrowException as error:
            raise unreachable("cut_short", f"The response is not an Arrow stream: {error}") from None
        if table.num_rows != batch.num_rows:
            # A stream that is cut between two batches reads like a complete one.
            raise unreachable("cut_short", f"{table.num_rows} of {batch.num_rows} rows were answered.")
        return table

    # The body goes as a buffer: not copied once more.
    return ApiRequest("POST", "/v1/quotes/batch", read, params, TABLE, sink.getvalue().to_pybytes(), seconds=300.0)


def table_params(
    mapping: Mapping[str, str | None] | None,
    constants: Mapping[str, str] | None,
    on: dt.date | str | None,
    explain: bool,
) -> dict[str, str]:
    """The parameters that describe the columns, as in `entrepot.quote_table`."""
    params = {f"map.{theirs}": ours or "" for theirs, ours in (mapping or {}).items()}
    params |= {f"set.{name}": value for name, value in (constants or {}).items()}
    return params | _given({"on": None if on is None else str(on), "explain": "true" if explain else None})


def _given(params: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in params.items() if value is not None}


def _reader(shape: type[T]) -> Callable[[bytes], T]:
    """A decoder of a response; unknown fields are ignored, since a newer server may send them."""
    decoder = msgspec.json.Decoder(shape)
    return _understood(lambda body: json.decode(body, decoder))


def _quote_reader(kind: type[Q], form: type[QuoteDocument]) -> Callable[[bytes], Q]:
    """A decoder of a quote, also of one that version 0.1.0 sends."""
    decoder = msgspec.json.Decoder(form)
    return _understood(lambda body: kind.of(decode_document(body, decoder)))


def _understood(decode: Callable[[bytes], T]) -> Callable[[bytes], T]:
    """A decoder that raises ApiError for a response that is not one of the API."""

    def read(body: bytes) -> T:
        try:
            return decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise unreachable("not_understood", f"The response is not one of this API: {error}") from None

    return read


# Created on import, by one thread: msgspec crashes if two threads decode a type for the first time together.
_KEPT, _PASSING = _quote_reader(KeptQuote, KeptDocument), _quote_reader(Quote, QuoteDocument)
_CHECK, _ANYTHING = _reader(Check), _reader(dict[str, Any])
#: Reads an answer as a dictionary.
read_object = _ANYTHING
