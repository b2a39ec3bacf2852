"""Ids: a prefix that names the kind of object, and a UUIDv7 (RFC 9562), which sorts by time."""

from __future__ import annotations

import datetime as dt
import re

#: Random bytes that one id needs.
RANDOM_BYTES = 8
#: Ids of one transaction that are told apart, and sorted, by their counter.
MAX_COUNTER = 0xFFF
_ID = re.compile(r"([a-z]{2,6})_([0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15})\Z")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def new_id(prefix: str, time: dt.datetime, random: bytes, counter: int = 0) -> str:
    """An id: milliseconds (48 bits), a counter (12 bits), and 62 random bits. `prefix` ends with an underscore.

    >>> new_id("or_", dt.datetime(2026, 3, 1, tzinfo=dt.UTC), bytes(8), 1)
    'or_019ca6b1dc0070018000000000000000'
    """
    milliseconds = (time - _EPOCH) // dt.timedelta(milliseconds=1)
    bits = int.from_bytes(random[:RANDOM_BYTES], "big") & (2**62 - 1)
    value = milliseconds << 80 | 7 << 76 | (counter & MAX_COUNTER) << 64 | 2 << 62 | bits
    return f"{prefix}{value:032x}"


def is_id(text: str, prefix: str = "") -> bool:
    """Whether a text has the form of an id, with this prefix if one is given.

    >>> is_id("or_019ca6b1dc0070018000000000000000", "or_"), is_id("or_1"), is_id("OR_019ca6b1500070018000000000000000")
    (True, False, False)
    """
    found = _ID.match(text)
    return found is not None and (not prefix or f"{found[1]}_" == prefix)
