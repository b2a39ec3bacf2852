"""The canonical form of JSON (RFC 8785), also for the credentials of others: with any name and any number."""

from __future__ import annotations

import json
import math
from typing import Any

#: Whole numbers that every implementation reads exactly (I-JSON), and the powers of ten that ECMAScript writes out.
MAX_EXACT = 2**53 - 1
_SMALLEST, _LARGEST = -6, 21


class NotCanonical(ValueError):
    """A value has no canonical form: a number that is not finite or not exact, or a text that is not Unicode."""


def canonical(value: Any) -> bytes:
    """The canonical bytes of a value. Raises NotCanonical.

    >>> canonical({"b": [1, 2.50, True, None], "a": "é"}).decode()
    '{"a":"é","b":[1,2.5,true,null]}'
    """
    try:
        return _text(value).encode()
    except (UnicodeEncodeError, RecursionError):
        raise NotCanonical("It contains half of a surrogate pair, or is too deep.") from None


def _text(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int):
        if abs(value) > MAX_EXACT:
            raise NotCanonical(f"{value} is a whole number that not every reader keeps exactly. Write it as a text.")
        return str(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dict):
        # Names are sorted by their UTF-16 code units, which is not the order of their code points.
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{_text(name)}:{_text(value[name])}" for name in names) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_text, value)) + "]"
    raise NotCanonical(f"{type(value).__name__} is not a type of JSON.")


def _number(value: float) -> str:
    """A number as ECMAScript writes it.

    >>> [_number(each) for each in (1e21, 1e20, 0.000001, 1e-7, -0.0, 4.5, 333333333.33333329)]
    ['1e+21', '100000000000000000000', '0.000001', '1e-7', '0', '4.5', '333333333.3333333']
    """
    if not math.isfinite(value):
        raise NotCanonical(f"{value} is not a number of JSON.")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    # The shortest digits that give the number again, as Python and ECMAScript both find them.
    digits, exponent = _digits(abs(value))
    point = exponent + 1
    if exponent < _SMALLEST or exponent >= _LARGEST:
        whole = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
        return f"{sign}{whole}e{'+' if exponent > 0 else '-'}{abs(exponent)}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    if len(digits) <= point:
        return f"{sign}{digits}{'0' * (point - len(digits))}"
    return f"{sign}{digits[:point]}.{digits[point:]}"


def _digits(value: float) -> tuple[str, int]:
    """The shortest digits of a positive number, and the power of ten of the first.

    >>> _digits(1234.5), _digits(0.002)
    (('12345', 3), ('2', -3))
    """
    mantissa, _e, power = repr(value).partition("e")
    whole, _point, fraction = mantissa.partition(".")
    digits = whole + ("" if fraction == "0" else fraction)
    exponent = len(whole) - 1 + int(power or 0)
    stripped = digits.lstrip("0")
    return stripped.rstrip("0"), exponent - (len(digits) - len(stripped))
