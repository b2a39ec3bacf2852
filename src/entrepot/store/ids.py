"""Identifiers: a prefix that names the kind of object, and a UUID of version 7 (RFC 9562), which sorts by time."""

from __future__ import annotations

import secrets
import time


def new_id(prefix: str) -> str:
    """A new identifier, for example `og_` and 32 hexadecimal digits.

    >>> new = new_id("og")
    >>> new[:3], len(new), new[15], new[19] in "89ab"
    ('og_', 35, '7', True)
    """
    milliseconds = time.time_ns() // 1_000_000
    random = secrets.randbits(74)
    number = milliseconds << 80 | 7 << 76 | (random >> 62) << 64 | 0b10 << 62 | (random & (1 << 62) - 1)
    return f"{prefix}_{number:032x}"
