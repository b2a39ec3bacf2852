"""Rows of stored quotes, of the law that they were calculated with, and of the Idempotency-Keys of their requests.

Rows that are to be written together are built here and inserted by `store.group_commit`.
"""

from __future__ import annotations

import datetime as dt
import zlib

import msgspec
import pyarrow as pa
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from entrepot.law import cache
from entrepot.law.compiled import Law as CompiledLaw
from entrepot.law.compiled import World
from entrepot.store.models import Law, Once, Quote

#: The compression of responses. Of 17 kB Zstandard makes 4.2 kB, zlib at its fastest level 4.4 kB in more time.
_ZSTD = pa.Codec("zstd", 1)
#: The ids of laws that this process has seen in the table, committed.
_stored_laws: set[str] = set()


class LawWithWorld(msgspec.Struct):
    """All of the law that a quote is a function of."""

    law: CompiledLaw
    world: World


#: Created on import, in one thread: msgspec fails if two threads read a type for the first time at the same moment.
_LAW_DECODER = msgspec.msgpack.Decoder(LawWithWorld)


class LawUnreadable(Exception):
    """The law of a quote is stored in a format that this release does not read."""


def new_quote(  # the columns of the table, by name
    *, number: str, digest: str, created: dt.datetime, expires: dt.datetime, request: bytes, response: bytes,
    key: str | None,
) -> Quote:  # fmt: skip
    """A row that is not inserted yet. `response`: the JSON of the quote; `key`: the id of the API key."""
    packed = len(response).to_bytes(4, "big") + _ZSTD.compress(response, asbytes=True)
    return Quote(
        id=number, created=created, expires=expires, hash=digest, request=request, packed=packed, key_id=key
    )  # fmt: skip


def link_law(quote: Quote, law: CompiledLaw, world: World) -> None:
    """Store the law of a quote if it is not stored yet, within the open transaction, and refer to it."""
    quote.law_id = _store_law(law, world)


def insert_quote(quote: Quote) -> None:
    """Insert a quote, within the open transaction."""
    Quote.objects.bulk_create([quote])


def find_quote(number: str) -> Quote | None:
    """A stored quote by its id, also if it has expired and was not deleted yet."""
    return Quote.objects.filter(id=number).first()


def organization_of(quote: Quote) -> str:
    """The id of the organization whose API key a quote was asked for with; "" without one."""
    return (quote.key.organization_id or "") if quote.key else ""


def quotes_of_key(key: str, now: dt.datetime, before: Quote | None, limit: int) -> list[Quote]:
    """The quotes of an API key that have not expired, the newest first, from after the quote `before`."""
    rows = Quote.objects.filter(key=key, expires__gt=now).order_by("-created", "-id")
    if before is not None:
        rows = rows.filter(created__lte=before.created).exclude(created=before.created, id__gte=before.id)
    return list(rows[:limit])


def response_of(quote: Quote) -> bytes:
    """The JSON of a stored quote, byte for byte as it was sent."""
    packed = bytes(quote.packed)
    response: bytes = _ZSTD.decompress(packed[4:], int.from_bytes(packed[:4], "big"), asbytes=True)
    return response


def law_of(quote: Quote) -> LawWithWorld:
    """The law that a stored quote was calculated with. Raises LawUnreadable."""
    if quote.law.form not in cache.READABLE_FORMATS:
        raise LawUnreadable
    return _LAW_DECODER.decode(zlib.decompress(quote.law.content))


def _store_law(law: CompiledLaw, world: World) -> str:
    number = f"{law.pack}:{law.since}:{law.hash}:{cache.FORMAT}"
    if number not in _stored_laws:
        if not Law.objects.filter(id=number).exists():
            row = Law(
                id=number,
                pack=law.pack,
                hash=law.hash,
                since=dt.date.fromisoformat(law.since),
                until=dt.date.fromisoformat(law.until) if law.until else None,
                form=cache.FORMAT,
                content=zlib.compress(msgspec.msgpack.encode(LawWithWorld(law, world)), 6),
            )
            Law.objects.bulk_create([row], ignore_conflicts=True)  # another process may insert the same law
        # Only after the commit: if this transaction is rolled back, the next one has to insert the law.
        transaction.on_commit(lambda: _stored_laws.add(number))
    return number


def new_key_use(number: str, fingerprint: str, quote: Quote) -> Model:
    """The row of an Idempotency-Key, not inserted yet. It refers to `quote`, which is inserted before it."""
    return Once(id=number, fingerprint=fingerprint, quote=quote, created=timezone.now())


def find_key_use(number: str, lifetime: dt.timedelta) -> tuple[str, Quote] | None:
    """The fingerprint of the request that used an Idempotency-Key, and its quote. Deletes the row if it has expired."""
    found = Once.objects.select_related("quote").filter(id=number).first()
    if found is None:
        return None
    if found.created <= timezone.now() - lifetime:
        Once.objects.filter(id=number, created=found.created).delete()
        return None
    return found.fingerprint, found.quote


def key_use_exists(number: str) -> bool:
    """Whether an Idempotency-Key was used."""
    return Once.objects.filter(id=number).exists()
