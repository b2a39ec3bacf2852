"""keeping: quotes that stay: what was asked, what was answered and by which law, until they expire; and made again.

The hash of a quote is that of its request, its law and its figures. Whoever has the hash can see that the quote which
is made again from what is kept is the same, byte for byte.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
from django.db import transaction
from django.utils import timezone

from entrepot import app
from entrepot.law import cache
from entrepot.law.compiled import Law as Compiled
from entrepot.law.compiled import World
from entrepot.model import json
from entrepot.store import models

#: How long a quote is kept and may be relied on.
LIFETIME = dt.timedelta(days=30)
#: How answers are squeezed. Of 95 kB Zstandard makes 6.6 kB in 54 µs; zlib at its quickest 10.2 kB in 147 µs.
_SQUEEZE = pa.Codec("zstd", 1)
#: Seconds that a quote waits for the one before it.
PATIENCE = 0.05
_working = Lock()
#: Laws that this process has seen in the table, committed.
_there: set[str] = set()


class LawWithWorld(msgspec.Struct):
    """All of the law that a quote is a function of."""

    law: Compiled
    world: World


#: Made while one thread imports this: msgspec does not bear two that read a type for the first time at once.
_READ_LAW = msgspec.msgpack.Decoder(LawWithWorld)


class QuoteExpired(Exception):
    """The quote was there and has expired."""


class LawUnreadable(Exception):
    """The law of a quote is kept in a form that this release does not read."""


class PreparedQuote(NamedTuple):
    """A quote that is made and not yet kept: its row, its law, its JSON, and how sure it is."""

    row: models.Quote
    law: Compiled
    body: bytes
    outcome: str


def prepare_quote(request: Mapping[str, Any], key: str | None) -> PreparedQuote:
    """Makes a quote that is to be kept. Nothing is written yet, and no database is asked. Raises SaleError."""
    with _turn():
        quote, law = app.quote_by(request)
        figures = msgspec.json.encode(quote)
    request_text = msgspec.json.encode(dict(request) | {"date": quote.law.date}, order="sorted")
    now = timezone.now().replace(microsecond=0)
    row = models.Quote(
        id=f"qt_{secrets.token_urlsafe(18)}",
        created=now,
        expires=now + LIFETIME,
        hash=_hash(request_text, law, figures),
        request=request_text,
        key_id=key,
    )
    body = add_head(row, figures)
    row.packed = len(body).to_bytes(4, "big") + _SQUEEZE.compress(body, asbytes=True)
    return PreparedQuote(row, law, body, quote.assessment.outcome)


def rows_to_insert(quote: PreparedQuote) -> list[models.Quote]:
    """What is to be put there of a quote, in the transaction that is open; its law is there then."""
    quote.row.law_id = _law_row(quote.law)
    return [quote.row]


def create_quote(request: Mapping[str, Any], key: str | None) -> tuple[bytes, str]:
    """Makes a quote and keeps it, in the transaction that is open. Gives its JSON, and how sure it is.

    Raises SaleError.
    """
    quote = prepare_quote(request, key)
    models.Quote.objects.bulk_create(rows_to_insert(quote))
    return quote.body, quote.outcome


def compute_quote(request: Mapping[str, Any]) -> tuple[bytes, str]:
    """A quote that is not kept: its JSON, and how sure it is. Raises SaleError."""
    with _turn():
        quote = app.quote(request)
        return msgspec.json.encode(quote), quote.assessment.outcome


@contextmanager
def _turn() -> Iterator[None]:
    """One quote at a time is worked out in a process: several would only take the interpreter from each other.

    Nobody waits for long: a law that has to be compiled first takes seconds.
    """
    mine = _working.acquire(timeout=PATIENCE)
    try:
        yield
    finally:
        if mine:
            _working.release()


def find_quote(number: str) -> models.Quote | None:
    """A quote by its id. Raises QuoteExpired where it has expired."""
    row = models.Quote.objects.filter(id=number).first()
    if row is not None and row.expires <= timezone.now():
        raise QuoteExpired
    return row


def stored_json(row: models.Quote) -> bytes:
    """The JSON that was given for a kept quote, byte for byte."""
    packed = bytes(row.packed)
    answer: bytes = _SQUEEZE.decompress(packed[4:], int.from_bytes(packed[:4], "big"), asbytes=True)
    return answer


def check_quote(row: models.Quote) -> dict[str, Any]:
    """Makes a quote again from what is kept, and says whether it is the same. Raises LawUnreadable."""
    law_row = row.law
    if law_row.form not in cache.READABLE_FORMATS:
        raise LawUnreadable
    held = _READ_LAW.decode(zlib.decompress(law_row.content))
    request = json.decode(bytes(row.request))
    quote = app.quote_under(request, held.law, held.world, dt.date.fromisoformat(request["date"]))
    figures = msgspec.json.encode(quote)
    made_again = _hash(bytes(row.request), held.law, figures)
    same = made_again == row.hash and add_head(row, figures) == stored_json(row)
    return {"object": "quote_check", "id": row.id, "same": same, "hash": row.hash, "hash_again": made_again}


def add_head(row: models.Quote, figures: bytes) -> bytes:
    """The JSON of a kept quote: what it is kept under, and then the quote itself."""
    head = {"id": row.id, "hash": row.hash, "created": _time(row.created), "expires_at": _time(row.expires)}
    return msgspec.json.encode(head)[:-1] + b"," + figures[1:]


def _law_row(law: Compiled) -> str:
    """The id of a law in the table, put there where it is not."""
    number = f"{law.pack}:{law.since}:{law.hash}:{cache.FORMAT}"
    if number not in _there:
        if not models.Law.objects.filter(id=number).exists():
            body = zlib.compress(msgspec.msgpack.encode(LawWithWorld(law, app.library().world)), 6)
            models.Law.objects.bulk_create(
                [
                    models.Law(
                        id=number,
                        pack=law.pack,
                        hash=law.hash,
                        since=dt.date.fromisoformat(law.since),
                        until=dt.date.fromisoformat(law.until) if law.until else None,
                        form=cache.FORMAT,
                        content=body,
                    )
                ],
                ignore_conflicts=True,  # another process may be putting the same one there
            )
        # Only once it is committed: where this transaction is taken back, the next one has to put it there again.
        transaction.on_commit(lambda: _there.add(number))
    return number


def _hash(request: bytes, law: Compiled, figures: bytes) -> str:
    digest = hashlib.sha256()
    for part in (request, f"{law.pack} {law.since} {law.hash}".encode(), figures):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _time(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
