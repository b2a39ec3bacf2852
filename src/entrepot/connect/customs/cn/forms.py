"""The forms of values that the specification describes in words: times, days, identifiers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

_GUID = re.compile(r"[0-9A-Z-]{36}")
_DIGITS = re.compile(r"[0-9]+")
_INTEGER = re.compile(r"-?[0-9]{1,9}")
#: Weights of the first 17 digits of a resident identity number, and its check characters (GB 11643-1999).
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_IDENTITY = re.compile(r"[0-9]{17}[0-9X]")


def is_guid(text: str) -> bool:
    """Whether a text is a unique record number: 36 digits, upper-case letters and hyphens."""
    return _GUID.fullmatch(text) is not None


def is_digits(text: str) -> bool:
    """Whether a text has only the digits 0 to 9."""
    return _DIGITS.fullmatch(text) is not None


def is_integer(text: str) -> bool:
    """Whether a text is a whole number of at most nine digits, which may be negative."""
    return _INTEGER.fullmatch(text) is not None


def is_day(text: str) -> bool:
    """Whether a text is a day, YYYYMMDD.

    >>> is_day("20260301"), is_day("20260230"), is_day("2026031")
    (True, False, False)
    """
    if len(text) != 8 or not is_digits(text):
        return False
    try:
        dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True


def is_seconds(text: str) -> bool:
    """Whether a text is a time, YYYYMMDDhhmmss.

    >>> is_seconds("20260301235959"), is_seconds("20260301240000")
    (True, False)
    """
    return (
        len(text) == 14
        and is_digits(text)
        and is_day(text[:8])
        and text[8:10] < "24"
        and text[10:12] < "60"
        and text[12:14] < "60"
    )


def is_milliseconds(text: str) -> bool:
    """Whether a text is a time, YYYYMMDDhhmmssSSS."""
    return len(text) == 17 and is_digits(text) and is_seconds(text[:14])


def is_identity(text: str) -> bool:
    """Whether a text is a resident identity number: 18 characters, a date of birth and the check character.

    >>> is_identity("11010519491231002X"), is_identity("110105194912310021")
    (True, False)
    """
    if not _IDENTITY.fullmatch(text) or not is_day(text[6:14]):
        return False
    return _CHECK[sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text, strict=False)) % 11] == text[17]


#: Each form with its check. The code of the fault is `form_` and the name.
FORMS: dict[str, Callable[[str], bool]] = {
    "guid": is_guid,
    "digits": is_digits,
    "integer": is_integer,
    "day": is_day,
    "seconds": is_seconds,
    "milliseconds": is_milliseconds,
    "identity": is_identity,
}
