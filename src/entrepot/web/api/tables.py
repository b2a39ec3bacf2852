"""tables: a table in, the same table with its answers out, both as streams: Arrow or JSON lines."""

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
from entrepot.model import codes, literals
from entrepot.model.errors import TableError
from entrepot.web.api import openapi
from entrepot.web.http.api_keys import authenticate
from entrepot.web.http.errors import Refused, unexpected_error_response
from entrepot.web.http.rate_limit import count_request
from entrepot.web.tables.slots import Slot, SlotResponse
from entrepot.web.tables.spill import ON_DISK, Spill

router = Router(tags=["quotes"])

#: The kinds of tables by their media types.
KINDS = {
    "application/vnd.apache.arrow.stream": "arrow",
    "application/jsonl": "jsonl",
    "application/x-ndjson": "jsonl",
}
#: Seconds that a table may keep us waiting for its next bytes.
PATIENCE = 60.0
#: Bytes, and seconds, that a table which is refused is still read for, so that its sender hears why.
DRAINED, DRAINING = 64 << 20, 5.0

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
            "description": "the day of the law, in place of every date",
        },
        {
            "name": "explain",
            "in": "query",
            "schema": {"type": "boolean"},
            "description": "true: also the law, the reasons and the rows of law that decided",
        },
        {
            "name": "map",
            "in": "query",
            "schema": {"type": "object", "additionalProperties": {"type": "string"}},
            "description": "map.THEIRS=OURS: what a column gives; nothing leaves it unread",
        },
        {
            "name": "set",
            "in": "query",
            "schema": {"type": "object", "additionalProperties": {"type": "string"}},
            "description": "set.FIELD=VALUE: a field that is the same in all rows",
        },
    ],
    "responses": {
        **openapi.answers(
            {"type": "string", "format": "binary"},
            says="The table with its answers, of the kind that was sent; a row that is no sale has its `fault`",
            faults={415: "neither Arrow nor JSON lines", 422: "the table cannot be answered", 503: "no room just now"},
        ),
        200: {
            "description": "The table with its answers, of the kind that was sent; what is no sale has its `fault`",
            "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in KINDS},
        },
    },
}


class Body:
    """The body of a request as it comes: how long it keeps us waiting, and whether it came whole."""

    def __init__(self, request: HttpRequest) -> None:
        environ: dict[str, Any] = request.META
        length = environ.get("CONTENT_LENGTH") or ""
        self.size = int(length) if length.isdigit() else None
        # Where the server ends the body itself, its length need not be known: it may come in chunks.
        self.source: Any = environ["wsgi.input"] if environ.get("wsgi.input_terminated") else request
        self.count = 0
        self.since: float | None = None
        self.refused: TableError | None = None

    def read(self, size: int) -> bytes:
        """Up to so many bytes; fewer only at the end. Raises TableError where it ends too early."""
        parts: list[bytes] = []
        while size > 0:
            self.since = time.monotonic()
            part = bytes(self.source.read(size))
            self.since = None
            if not part:
                if self.size is not None and self.count < self.size:
                    raise TableError(f"The request ended after {self.count} of {self.size} bytes.")
                break
            self.count += len(part)
            if self.count > settings.TABLES_BYTES:  # its rows may have to wait for each other on the disk
                raise TableError(f"The table has more than {settings.TABLES_BYTES >> 20} MB: send it in parts.")
            size -= len(part)
            parts.append(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def stalled(self) -> Exception | None:
        """What is wrong where nothing came for too long."""
        since = self.since
        waited = 0.0 if since is None else time.monotonic() - since
        if self.refused is not None:
            return self.refused if waited > DRAINING else None
        return TableError(f"Nothing came for {PATIENCE:.0f} seconds.") if waited > PATIENCE else None

    def drain(self, refused: TableError) -> None:
        """Reads what is still coming of a table that is refused, within bounds."""
        self.refused, self.since, left = refused, time.monotonic(), DRAINED
        while left > 0 and self.stalled() is None and (part := self.source.read(1 << 16)):
            left -= len(part)


@router.post("/quotes/batch", openapi_extra=_TABLE, summary="What the sales of a table cost")
def answer(request: HttpRequest) -> HttpResponseBase:
    """A table as a stream of Arrow, or of JSON lines: it is answered while it comes, row by row in its sequence."""
    caller = authenticate(request, "batch")
    count_request(caller)
    kind, asked, body = _kind(request), _asked(request), Body(request)
    slot = Slot(caller.name, work=True)
    if not slot.acquire():
        message = "Too many tables are being answered, or their answers taken: send this one again in a while."
        raise Refused(503, "api_error", "busy", message, Retry_After="5")
    try:
        pieces = _pieces(body, kind, asked, slot)
        first = next(pieces)
    except TableError as error:
        raise Refused(422, "invalid_request_error", "invalid_table", str(error)) from None
    return StreamingHttpResponse(SlotResponse(first, pieces, slot), content_type=request.content_type)


def _pieces(body: Body, kind: str, asked: dict[str, Any], slot: Slot) -> Iterator[bytes]:
    """The answer. What goes wrong before its first piece is raised; later it is told at the end of the answer."""
    spill = None
    begun = False

    def made() -> Iterator[bytes]:
        try:
            yield from facade.answer_stream(
                kind, body.read, app.law_context(), size=body.size or 0, folder=settings.FILE_UPLOAD_DIR, **asked
            )
        except TableError as error:
            if not begun:
                body.drain(error)
            raise

    try:
        settings.FILE_UPLOAD_DIR.mkdir(parents=True, exist_ok=True)
        asked["max_rows"] = settings.TABLE_ROWS
        most = min(ON_DISK, settings.TABLES_BYTES)
        spill = Spill(made(), settings.FILE_UPLOAD_DIR, body.stalled, slot.release_work, most)
        for piece in spill:
            begun = True
            yield piece
    except TableError as error:
        if not begun:
            raise
        yield facade.stream_error(kind, _said("invalid_request_error", "invalid_table", str(error)))
    except Exception as error:
        if not begun:
            raise
        yield facade.stream_error(kind, unexpected_error_response(error).content)
    finally:
        if spill is not None:
            spill.close()
        slot.release()  # also its work: the thread may still wait for bytes that never come


def _said(kind: str, code: str, message: str) -> bytes:
    return msgspec.json.encode({"error": {"type": kind, "code": code, "message": message, "param": None}})


def _kind(request: HttpRequest) -> str:
    kind = KINDS.get(request.content_type or "")
    packed = request.headers.get("Content-Encoding", "identity")
    if kind is None or packed != "identity":
        message = f"Send a table as {' or '.join(KINDS)}, not compressed as a whole."
        raise Refused(415, "invalid_request_error", "unsupported_media_type", message)
    return kind


def _asked(request: HttpRequest) -> dict[str, Any]:
    """What the address says of the table."""
    found: dict[str, Any] = {"mapping": {}, "constants": {}, "on": None, "explain": False}
    for name, value in request.GET.items():
        start, _, rest = name.partition(".")
        if start == "map":
            found["mapping"][rest] = value or None
        elif start == "set":
            found["constants"][rest] = value
        elif name == "on":
            found["on"] = _day(str(value))
        elif value in ("true", "false", "1", "0", ""):
            found["explain"] = value in ("true", "1")
        else:
            message = f"The parameter 'explain' is true or false, not {str(value)[:20]!r}."
            raise Refused(422, "invalid_request_error", "invalid", message, "explain")
    return found


def _day(text: str) -> dt.date:
    if (day := codes.day_of(text)) is None:
        raise Refused(422, "invalid_request_error", "invalid", str(literals.not_a_date(text)), "on")
    return day
