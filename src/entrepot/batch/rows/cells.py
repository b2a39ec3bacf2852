"""Reads the cells of a column as values of a sale; a cell that cannot be read becomes an error in its place."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from entrepot.batch.rows.columns import Field
from entrepot.engine.normal_form import normal_value
from entrepot.language.typed_names import TYPED_NAMES
from entrepot.model import literals
from entrepot.model.codes import day_of
from entrepot.model.errors import SaleError

#: Integers of so many digits have lost no leading zero: with fewer digits a zero may be missing, and eight may be nine.
INTEGER_CODE_LENGTHS = (6, 10)
#: Prefix of a text that was a number in the input: a number is not a valid code.
NUMBER_MARK = "\x1a"


def read_cells(column: Any, field: Field, name: str) -> Sequence[Any]:
    """The cells of an Arrow array by row; None for an empty cell, a SaleError for one that cannot be read.

    >>> field = Field(("amount",), "number", of_line=True)
    >>> read_cells(pa.array(["12.50", "", None, "x"]), field, "amount")[:3]
    [Decimal('12.50'), None, None]
    """
    if pa.types.is_dictionary(column.type):
        known = read_cells(column.dictionary, field, name)
        return [None if place is None else known[place] for place in column.indices.to_pylist()]
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":  # needs pandas otherwise; only the day matters
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    values = _python_values(to_doubles(column) if pa.types.is_floating(column.type) else column, name)
    read = _READERS[field.kind]
    found = [None if value is None or value == "" else _read_or_error(read, value, name) for value in values]
    return [in_normal_form(value, field, name) for value in found] if field.words else found


def read_constant(text: str, field: Field, name: str) -> Any:
    """One value for all rows, read like a cell."""
    return None if text == "" else in_normal_form(_read_or_error(_READERS[field.kind], text, name), field, name)


def in_normal_form(value: Any, field: Field, name: str) -> Any:
    """The words of a cell as a single sale writes them; a SaleError for a name of several things.

    >>> in_normal_form("Consumer", Field(("buyer", "kind"), "text", False, "buyer.kind"), "buyer_kind")
    'consumer'
    """
    if not field.words or isinstance(value, SaleError):
        return value
    try:
        return normal_value(value, field.words, TYPED_NAMES, name)
    except SaleError as fault:
        return fault


def _read_or_error(read: Callable[[Any, str], Any], value: Any, name: str) -> Any:
    if isinstance(value, SaleError):
        return value
    try:
        return read(value, name)
    except SaleError as fault:
        return fault


#: What a cell raises that Python cannot hold. A library of time zones (zoneinfo, or pytz where it is installed) raises
#: a KeyError for one that it does not know.
_UNREADABLE = (OverflowError, ValueError, KeyError)


def _python_values(column: Any, name: str) -> list[Any]:
    """The cells as Python values; a SaleError for a day outside Python's range."""
    try:
        return list(column.to_pylist())
    except _UNREADABLE:  # one cell fails the whole conversion: convert each by itself
        return [_python_value(cell, name) for cell in column]


def _python_value(cell: Any, name: str) -> Any:
    try:
        return cell.as_py()
    except _UNREADABLE:
        return SaleError(
            "invalid",
            "{field} is not a date of the years 1 to 9999, or its time zone is unknown. Write it like 2026-03-01.",
            name,
            field=name,
        )


def to_doubles(column: Any) -> Any:
    """Floating-point numbers as float64; shorter ones by their own shortest text, as they were written.

    >>> to_doubles(pa.array([0.1, None], pa.float32())).to_pylist()
    [0.1, None]
    """
    if pa.types.is_float64(column.type):
        return column
    if not pa.types.is_float16(column.type):
        return pc.cast(pc.cast(column, pa.string()), pa.float64())
    # Arrow writes a float16 as the text of a longer number; there are few different ones.
    coded = column.view(pa.uint16()).dictionary_encode()
    known = [float(str(half)) for half in coded.dictionary.to_numpy().view(np.float16)]
    return pa.array(known, pa.float64()).take(coded.indices)


def _read_text(value: Any, name: str) -> str | None:  # noqa: ARG001  # all readers have the same parameters
    return str(value).strip() or None


def _read_number(value: Any, name: str) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise SaleError(
                "invalid_amount",
                "{field} is {value}, which is not a number. Leave it empty.",
                name,
                field=name,
                value=value,
            )
        return Decimal(repr(value))
    if isinstance(value, int):
        return Decimal(value)
    text = value.strip()
    if not text:
        return None
    if (found := literals.decimal_of(text)) is None:
        raise SaleError.of(literals.not_a_decimal(text), "invalid_amount", name)
    return found


def _read_code(value: Any, name: str) -> str | None:
    if isinstance(value, str) and not value.startswith(NUMBER_MARK):
        return value.strip() or None
    value = value.lstrip(NUMBER_MARK) if isinstance(value, str) else value
    if isinstance(value, int) and len(str(value)) in INTEGER_CODE_LENGTHS:
        return str(value)
    example = str(value).replace(".", "")
    raise SaleError(
        "invalid_hs_code",
        "{field} is the number {value}: a number loses the leading zeros of a code. Give the column as text, "
        'for example "{example}".',
        name,
        field=name,
        value=value,
        example="0" + example if len(example) % 2 else example,
    )


def _read_day(value: Any, name: str) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    text = value.strip()
    if not text:
        return None
    # One form, as in a single sale; a time after it is the time in its own time zone.
    day = day_of(text[:10])
    try:
        if day is not None and len(text) > 10:
            dt.datetime.fromisoformat(text)
    except ValueError:
        day = None
    if day is None:
        raise SaleError.of(literals.not_a_date(text), "invalid", name)
    return day


def _read_list(value: Any, name: str) -> tuple[str, ...] | None:  # noqa: ARG001  # all readers have the same parameters
    """A list of words, which may be empty, or a text of words separated by spaces, commas or semicolons."""
    if isinstance(value, str):
        return tuple(part for part in re.split(r"[\s;,]+", value) if part) or None
    return tuple(text for each in value if each is not None and (text := str(each).strip()))


_READERS: dict[str, Callable[[Any, str], Any]] = {
    "text": _read_text,
    "number": _read_number,
    "code": _read_code,
    "day": _read_day,
    "list": _read_list,
}
