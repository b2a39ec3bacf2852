"""What one value may be: the checks of each element, made once from its type.

A check takes a value and returns what is wrong with it, as the code of a fault and the values of its sentence, or None.
`writing` checks a Python value with its form and code list; `reading` turns a text into a value by the schema alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from entrepot.connect.customs.cn.codes import listed
from entrepot.connect.customs.cn.faults import MessageError
from entrepot.connect.customs.cn.fields import Number, Text, Whole
from entrepot.connect.customs.cn.forms import FORMS
from entrepot.connect.customs.cn.messages import Field
from entrepot.connect.customs.cn.xml_tree import parse

#: What is wrong with a value: the code of the fault and the values of its sentence.
Wrong = tuple[str, dict[str, Any]]
Check = Callable[[Any], Wrong | None]

#: Characters that XML 1.0 does not allow. A lone surrogate is not a character.
ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_WHOLE = re.compile(r"[+-]?[0-9]+")
#: XML's white space, which surrounds a number without being a part of it.
_SPACE = " \t\n\r"
#: The characters of a number that are read. The schema allows any number of zeros at its ends; a decimal number of
#: millions of digits takes memory that nobody needs.
_LONGEST_NUMBER = 20_000
#: How many codes of a list a sentence shows.
_SHOWN = 8


def writing(field: Field) -> Check:
    """The check of a value before it is written."""
    kind = field.kind
    if isinstance(kind, Text):
        return _check_text(kind, mandatory=field.mandatory)
    if isinstance(kind, Number):
        return _check_number(kind)
    return _check_whole(kind) if isinstance(kind, Whole) else _check_xml


def reading(field: Field) -> Callable[[str], Any]:
    """The value of an element's text; a `Wrong` where the schema does not allow the text."""
    kind = field.kind
    if isinstance(kind, Text):
        return _read_text(kind, mandatory=field.mandatory)
    return _read_number(kind) if isinstance(kind, Number) else _read_whole


def least_of(kind: Text, *, mandatory: bool) -> int:
    """The characters that a text has at least."""
    return int(mandatory) if kind.least is None else kind.least


def _wrong_length(value: str, least: int, most: int | None) -> Wrong:
    length = len(value)
    if not length:
        return "empty", {}
    if least == most:
        return "wrong_length", {"value": value, "length": length, "most": most}
    if most is not None and length > most:
        return "too_long", {"value": value, "length": length, "most": most}
    return "too_short", {"value": value, "length": length, "least": least}


def _check_text(kind: Text, *, mandatory: bool) -> Check:
    least, most = least_of(kind, mandatory=mandatory), kind.most
    limit = most if most is not None else 2**31
    codes = frozenset(listed(kind.codes)) if kind.codes else frozenset({kind.fixed}) if kind.fixed else None
    form = FORMS[kind.form] if kind.form else None

    def check(value: Any) -> Wrong | None:
        if value.__class__ is not str:
            return "not_a_text", {"value": value}
        if not least <= len(value) <= limit:
            return _wrong_length(value, least, most)
        if not value.isprintable() and (found := ILLEGAL.search(value)):
            return "character", {"value": value, "sign": f"U+{ord(found[0]):04X}"}
        if codes is not None and value not in codes and (value or mandatory):
            return _not_a_code(kind, value) if value else ("empty", {})
        if form is not None and value and not form(value):
            return f"form_{kind.form}", {"value": value}
        if kind.read_only:
            return "read_only", {}
        return ("blank", {}) if mandatory and value.isspace() else None

    return check


def _not_a_code(kind: Text, value: str) -> Wrong:
    if kind.fixed:
        return "fixed", {"value": value, "allowed": kind.fixed}
    return "code", {"value": value, "codes": kind.codes, "allowed": _some_of(listed(kind.codes))}


def _some_of(codes: Iterable[str]) -> str:
    known = sorted(codes)
    return ", ".join(known[:_SHOWN]) + (" …" if len(known) > _SHOWN else "")


def _check_number(kind: Number) -> Check:
    def check(value: Any) -> Wrong | None:
        if value.__class__ is not Decimal or not value.is_finite():
            return "not_a_decimal", {"value": value}
        if not _fits(value, kind):
            return "too_many_digits", {"value": str(value), "digits": kind.digits, "places": kind.places}
        return ("negative", {"value": str(value)}) if value < 0 else None

    return check


def _fits(value: Decimal, kind: Number) -> bool:
    """Whether a number has at most the digits and places of a type; zeros at its ends do not count."""
    digits, exponent = value.as_tuple()[1:]
    if not isinstance(exponent, int):
        return False
    if exponent >= -kind.places and len(digits) + max(exponent, 0) <= kind.digits:
        return True
    if not value:
        return True
    zeros = 0
    while digits[-1 - zeros] == 0:
        zeros += 1
    places = max(0, -(exponent + zeros))
    return places <= kind.places and max(value.adjusted() + 1, 0) + places <= kind.digits


def _check_whole(kind: Whole) -> Check:
    def check(value: Any) -> Wrong | None:
        if value.__class__ is not int or not kind.least <= value <= kind.most:
            return "not_a_whole_number", {"value": value, "least": kind.least, "most": kind.most}
        return None

    return check


def _check_xml(value: Any) -> Wrong | None:
    if value.__class__ is not str:
        return "not_a_text", {"value": value}
    if not value:
        return None
    try:
        parse(value.encode())
    except UnicodeEncodeError as error:
        return "own_xml", {"reason": str(error)}
    except MessageError as error:
        return "own_xml", {"reason": str(error)}
    return None


def _read_text(kind: Text, *, mandatory: bool) -> Callable[[str], Any]:
    least = least_of(kind, mandatory=mandatory and not kind.tolerated)
    most = kind.most if kind.most is not None else 2**31

    def read(text: str) -> Any:
        if not least <= len(text) <= most:
            return _wrong_length(text, least, kind.most)
        if kind.fixed and text != kind.fixed:
            return "fixed", {"value": text, "allowed": kind.fixed}
        return text

    return read


def _read_number(kind: Number) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        plain = text.strip(_SPACE)
        if len(plain) > _LONGEST_NUMBER or not _DECIMAL.fullmatch(plain):
            return "not_a_number", {"value": text}
        value = Decimal(plain)
        if not _fits(value, kind):
            return "too_many_digits", {"value": text, "digits": kind.digits, "places": kind.places}
        return value

    return read


def _read_whole(text: str) -> Any:
    plain = text.strip(_SPACE)
    digits = plain.lstrip("+-0")
    # The digits are counted before they are read: the schema's `int` has 32 bits.
    if not _WHOLE.fullmatch(plain) or len(digits) > 10:
        return "not_a_number", {"value": text}
    value = int(f"-0{digits}" if plain.startswith("-") else f"0{digits}")
    return value if -(2**31) <= value < 2**31 else ("not_a_number", {"value": text})
