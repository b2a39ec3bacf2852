"""`/v1/quotes/batch`: a table is uploaded and downloaded with its results, both as streams: Arrow or JSON lines."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from ninja import Router

from entrepot import app
from entrepot.batch import facade
from entrepot.language import translate
from entrepot.language.translate import error_text
from entrepot.model import codes, literals
from entrepot.model.errors import TableError, in_quotes
from entrepot.web.api import openapi
from entrepot.web.api.kept_codes import codes_of_table
from entrepot.web.api.languages import PARAMETER as LANGUAGE
from entrepot.web.api.languages import check_language
from entrepot.web.http.api_keys import authenticate
from entrepot.web.http.errors import Refused, unexpected_error_response
from entrepot.web.http.rate_limit import count_request
from entrepot.web.http.sandbox import check_economy
from entrepot.web.tables.slots import Slot, SlotResponse
from entrepot.web.tables.spill import MAX_DISK, Spill

router = Router(tags=["quotes"])

#: The kind of a table by its media type.
KINDS = {
    "application/vnd.apache.arrow.stream": "arrow",
    "application/jsonl": "jsonl",
    "application/x-ndjson": "jsonl",
}
#: Seconds to wait for the next bytes of a table.
TIMEOUT = 60.0
#: Bytes and seconds for which the rest of a refused table is read, so that its sender receives the error.
MAX_DRAIN, DRAIN_SECONDS = 64 << 20, 5.0

_TABLE = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in KINDS},
    },
    "parameters": [
        {
            "name": "on",
            "in": "query",
            "schema": {"type": "string", "format": "date"},
            "description": "the date of the law, replacing the date of every row",
        },
        {
            "name": "explain",
            "in": "query",
            "schema": {"type": "boolean"},
            "description": "true: add the law, the reasons and the rows of law used",
        },
        {
            "name": "map",
            "in": "query",
            "schema": {"type": "object", "additionalProperties": {"type": "string"}},
            "description": "map.COLUMN=FIELD: which field a column gives; an empty field ignores the column",
        },
        {
            "name": "set",
            "in": "query",
            "schema": {"type": "object", "additionalProperties": {"type": "string"}},
            "description": "set.FIELD=VALUE: a field with the same value in all rows",
        },
        LANGUAGE,
    ],
    "responses": {
        **openapi.responses(
            {"type": "string", "format": "binary"},
            says="The table with its results, in the format that was sent; a row that is not a sale has its `fault`",
            faults={
                415: "neither Arrow nor JSON lines",
                422: "the table cannot be processed",
                503: "the server is busy",
            },
        ),
        200: {
            "description": "The table with its results, in the format that was sent; a row that is not a sale has its "
            "`fault`",
            "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in KINDS},
        },
    },
}


class Body:
    """The body of a request, read as a stream: detects a client that stops sending, and an incomplete body."""

    def __init__(self, request: HttpRequest) -> None:
        environ: dict[str, Any] = request.META
        length = environ.get("CONTENT_LENGTH") or ""
        self.size = int(length) if length.isdigit() else None
        # If the server marks the end of the body itself, it may come in chunks, without a length.
        self.source: Any = environ["wsgi.input"] if environ.get("wsgi.input_terminated") else request
        self.count = 0
        self.waiting_since: float | None = None
        self.refused: TableError | None = None

    def read(self, size: int) -> bytes:
        """So many bytes; fewer only at the end. Raises TableError if the body is incomplete or too large."""
        parts: list[bytes] = []
        while size > 0:
            self.waiting_since = time.monotonic()
            part = bytes(self.source.read(size))
            self.waiting_since = None
            if not part:
                if self.size is not None and self.count < self.size:
                    raise TableError(f"The request ended after {self.count} of {self.size} bytes.")
                break
            self.count += len(part)
            if self.count > settings.TABLES_BYTES:  # rows of one consignment may wait for each other on the disk
                raise TableError(f"The table has more than {settings.TABLES_BYTES >> 20} MB. Send it in parts.")
            size -= len(part)
            parts.append(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def check_stalled(self) -> Exception | None:
        """The error, if no bytes came for too long."""
        since = self.waiting_since
        waited = 0.0 if since is None else time.monotonic() - since
        if self.refused is not None:
            return self.refused if waited > DRAIN_SECONDS else None
        return TableError(f"The client sent nothing for {TIMEOUT:.0f} seconds.") if waited > TIMEOUT else None

    def drain(self, refused: TableError) -> None:
        """Read the rest of a refused table, within limits."""
        self.refused, self.waiting_since, left = refused, time.monotonic(), MAX_DRAIN
        while left > 0 and self.check_stalled() is None and (part := self.source.read(1 << 16)):
            left -= len(part)


@router.post("/quotes/batch", operation_id="quoteTable", openapi_extra=_TABLE, summary="Quote every sale of a table")
def calculate(request: HttpRequest) -> HttpResponseBase:
    """Calculate a table of Arrow or JSON lines while it is received. The rows keep their order."""
    caller = authenticate(request, "batch")
    count_request(caller)
    kind, options, body = _read_kind(request), _read_options(request), Body(request)
    if caller.sandbox:  # a constant applies to every row, also where a column gives the field
        check_economy(caller, options["constants"].get("ship_to_country", ""), "set.ship_to_country")
    slot = Slot(caller.name, work=True)
    if not slot.acquire():
        message = "The server is processing too many tables. Try again in a few seconds."
        raise Refused(503, "api_error", "busy", message, Retry_After="5")
    try:
        pieces = _calculate(body, kind, options, slot, codes_of_table(caller))
        first = next(pieces)
    except TableError as error:
        raise Refused(422, "invalid_request_error", "invalid_table", error_text(error)) from None
    return StreamingHttpResponse(SlotResponse(first, pieces, slot), content_type=request.content_type)


def _calculate(
    body: Body, kind: str, options: dict[str, Any], slot: Slot, corrections: app.FindCorrections
) -> Iterator[bytes]:
    """The pieces of the response. An error before the first piece is raised; a later one is the end of the response."""
    spill = None
    started = False

    def source() -> Iterator[bytes]:
        try:
            yield from facade.answer_stream(
                kind,
                body.read,
                app.law_context(corrections=corrections),
                size=body.size or 0,
                folder=settings.FILE_UPLOAD_DIR,
                **options,
            )
        except TableError as error:
            if not started:
                body.drain(error)
            raise

    try:
        settings.FILE_UPLOAD_DIR.mkdir(parents=True, exist_ok=True)
        options["max_rows"] = settings.TABLE_ROWS
        max_disk = min(MAX_DISK, settings.TABLES_BYTES)
        spill = Spill(source(), settings.FILE_UPLOAD_DIR, body.check_stalled, slot.release_work, max_disk)
        for piece in spill:
            started = True
            yield piece
    except TableError as error:
        if not started:
            raise
        with translate.speaking(options["language"]):  # the language of the request ended with its first piece
            message = error_text(error)
        yield facade.stream_error(kind, _error_json("invalid_request_error", "invalid_table", message))
    except Exception as error:
        if not started:
            raise
        yield facade.stream_error(kind, unexpected_error_response(error).content)
    finally:
        if spill is not None:
            spill.close()
        slot.release()  # including its work: the thread may still wait for bytes that never come


def _error_json(kind: str, code: str, message: str) -> bytes:
    return msgspec.json.encode({"error": {"type": kind, "code": code, "message": message, "param": None}})


def _read_kind(request: HttpRequest) -> str:
    kind = KINDS.get(request.content_type or "")
    encoding = request.headers.get("Content-Encoding", "identity")
    if kind is None or encoding != "identity":
        message = f"Send a table as {' or '.join(KINDS)}, not compressed as a whole."
        raise Refused(415, "invalid_request_error", "unsupported_media_type", message)
    return kind


def _read_options(request: HttpRequest) -> dict[str, Any]:
    """The options of the query string, and the language of the messages of faults."""
    check_language(request)
    found: dict[str, Any] = {"mapping": {}, "constants": {}, "on": None, "explain": False}
    found["language"] = translate.current_language()
    for name, value in request.GET.items():
        start, _, rest = name.partition(".")
        if start == "map":
            found["mapping"][rest] = value or None
        elif start == "set":
            found["constants"][rest] = value
        elif name == "language":
            continue  # the middleware has read it
        elif name == "on":
            found["on"] = _read_day(str(value))
        elif value in ("true", "false", "1", "0", ""):
            found["explain"] = value in ("true", "1")
        else:
            message = f"The parameter 'explain' must be true or false, not {in_quotes(str(value)[:20])}."
            raise Refused(422, "invalid_request_error", "invalid", message, "explain")
    return found


def _read_day(text: str) -> dt.date:
    if (day := codes.day_of(text)) is None:
        raise Refused(422, "invalid_request_error", "invalid", str(literals.not_a_date(text)), "on")
    return day
