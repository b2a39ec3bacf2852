"""An event: what happened to one object, appended once and never changed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from entrepot.trade.ledger.entries import Posting

#: Whole numbers that every reader of JSON reads exactly (RFC 8785, section 3.2.2.3: IEEE 754 doubles).
MAX_INTEGER = 2**53 - 1
#: Characters of a name, such as a stream or a kind, and of a key or an account.
MAX_NAME, MAX_KEY = 60, 255
#: How deep the objects and lists of a payload are nested at most.
MAX_DEPTH = 16
#: Names in a payload: their order by code point is also that of RFC 8785.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,79}\Z")


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event. `stream`: the id of its object; `kind`: `order.placed`; `time`: RFC 3339, UTC, milliseconds.

    `payload`: JSON without floating-point numbers; money in minor units beside its currency. It holds no personal
    data: only references (`pd_…`) and keyed hashes. `cause`: the id of the event or message that led to it.
    `key`: unique in the ledger where it is given: the same thing is not recorded twice.
    """

    id: str
    stream: str
    kind: str
    time: str
    payload: Mapping[str, Any]
    postings: tuple[Posting, ...] = ()
    cause: str = ""
    key: str = ""


#: Created on import, in one thread: msgspec fails if two threads read a type for the first time at the same moment.
_ENCODER = msgspec.json.Encoder(order="sorted")
_DECODER = msgspec.json.Decoder(Event)


def canonical(event: Event) -> bytes:
    """The event as canonical JSON (RFC 8785): what the Merkle tree hashes. Raises ValueError for what it cannot hold.

    >>> canonical(Event(id="ev_1", stream="of_1", kind="offer.created", time="2026-03-01T00:00:00.000Z",
    ...     payload={"price": 100, "currency": "CNY"}))
    b'{"id":"ev_1","kind":"offer.created","payload":{"currency":"CNY","price":100},"stream":"of_1","time":"2026-03-01T00:00:00.000Z"}'
    """
    check_value(event.payload)
    for each in event.postings:
        check_value(each.amount)
        check_text("account", each.account, MAX_KEY)
        check_text("unit", each.unit, MAX_NAME)
    for name in ("id", "stream", "kind", "cause"):
        check_text(name, getattr(event, name), MAX_NAME)
    check_text("key", event.key, MAX_KEY)
    return _ENCODER.encode(event)


def check_text(name: str, text: str, most: int) -> None:
    """Raise ValueError for a text that is too long for its column, or has a character that no column stores."""
    check_value(text)
    if len(text) > most:
        raise ValueError(f"{name} has {len(text)} characters; at most {most} are allowed: {text[:40]!r} …")


def decode(content: bytes) -> Event:
    """The event of a canonical JSON. Raises msgspec.DecodeError for bytes that are no event."""
    return _DECODER.decode(content)


@lru_cache(maxsize=4096)
def _is_name(name: str) -> bool:
    """Whether a name may stand in a payload. The names of all events are few, and each is in every order."""
    return _NAME.match(name) is not None


def check_value(value: Any, depth: int = MAX_DEPTH) -> None:
    """Raise ValueError for a value that has no exact canonical JSON, such as a floating-point number."""
    if isinstance(value, str):
        if "\0" in value:  # PostgreSQL stores no text with it
            raise ValueError("A text of an event cannot contain the character U+0000.")
    elif isinstance(value, int):  # also True and False
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise ValueError(f"{value} is too large for a payload: write it as text.")
    elif value is None:
        pass
    elif not depth:
        raise ValueError(f"A payload is nested at most {MAX_DEPTH} levels deep.")
    elif isinstance(value, Mapping):
        for name, each in value.items():
            if not isinstance(name, str) or not _is_name(name):
                raise ValueError(f"{name!r} is not a name of a payload.")
            check_value(each, depth - 1)
    elif isinstance(value, (list, tuple)):
        for each in value:
            check_value(each, depth - 1)
    else:
        raise ValueError(f"A payload cannot hold {type(value).__name__}: {value!r}.")  # one error for what has no form


def timestamp(time: dt.datetime) -> str:
    """A time as in events. Raises ValueError for a time without a zone.

    >>> timestamp(dt.datetime(2026, 3, 1, 8, tzinfo=dt.timezone(dt.timedelta(hours=8))))
    '2026-03-01T00:00:00.000Z'
    """
    if time.tzinfo is None:
        raise ValueError("A time of the ledger needs a zone.")
    return time.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def is_timestamp(text: str) -> bool:
    """Whether a text is a time as in events.

    >>> is_timestamp("2026-03-01T00:00:00.000Z"), is_timestamp("2026-03-01"), is_timestamp("2026-03-01T00:00:00Z")
    (True, False, False)
    """
    try:
        return timestamp(dt.datetime.fromisoformat(text)) == text
    except (ValueError, OverflowError):
        return False
