"""cells: the cells of a column as values of a sale; one that cannot be read is a fault in its place."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from entrepot.faults import SaleError
from entrepot.fleet.columns import Field

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
#: An integer of so many digits has lost no zero: shorter codes are one digit short, and eight may have been nine.
WHOLE_CODES = (6, 10)


def cells(column: Any, field: Field, name: str) -> Sequence[Any]:
    """The cells of an Arrow array by row; None where there is nothing, a SaleError where a cell cannot be read.

    >>> field = Field(("amount",), "number", of_line=True)
    >>> cells(pa.array(["12.50", "", None, "x"]), field, "amount")[:3]
    [Decimal('12.50'), None, None]
    """
    if pa.types.is_dictionary(column.type):
        known = cells(column.dictionary, field, name)
        return [None if place is None else known[place] for place in column.indices.to_pylist()]
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_timestamp(column.type):  # finer ones are for pandas alone; only the day counts
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    values = _singles(column) if pa.types.is_floating(column.type) else column.to_pylist()
    read = _READERS[field.kind]
    return [None if value is None or value == "" else _or_fault(read, value, name) for value in values]


def constant(text: str, field: Field, name: str) -> Any:
    """One value for all rows, read as a cell is."""
    return None if text == "" else _or_fault(_READERS[field.kind], text, name)


def _or_fault(read: Callable[[Any, str], Any], value: Any, name: str) -> Any:
    try:
        return read(value, name)
    except SaleError as fault:
        return fault


def _singles(column: Any) -> list[Any]:
    """Floating numbers; those of 16 and 32 bits by their own shortest text, not by that of the longer number."""
    values = column.to_pylist()
    if pa.types.is_float64(column.type):
        return list(values)
    short = np.float16 if pa.types.is_float16(column.type) else np.float32
    return [None if value is None else float(str(short(value))) for value in values]


def _text(value: Any, name: str) -> str | None:  # noqa: ARG001  # all readers are called alike
    return str(value).strip() or None


def _number(value: Any, name: str) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise SaleError("invalid_amount", f"{name} is {value}, which is no number: leave it empty.", name)
        return Decimal(repr(value))
    if isinstance(value, int):
        return Decimal(value)
    text = value.strip()
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        shown = text if len(text) <= 40 else text[:40] + "…"
        message = f"{shown!r} is no number: write digits with a point for the decimals, such as 1234.50."
        raise SaleError("invalid_amount", message, name)
    return Decimal(text)


def _code(value: Any, name: str) -> str | None:
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, int) and len(str(value)) in WHOLE_CODES:
        return str(value)
    example = str(value).replace(".", "")
    raise SaleError(
        "invalid_hs_code",
        f"{name} is the number {value}: a number loses the zeros that a code may begin with. "
        f"Give the column as text, such as '{'0' + example if len(example) % 2 else example}'.",
        name,
    )


def _day(value: Any, name: str) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    text = value.strip()
    if not text:
        return None
    try:
        # A time is its own day, wherever it was written; only ISO 8601 is read, for 03/04 is two days.
        return dt.datetime.fromisoformat(text).date() if len(text) > 10 else dt.date.fromisoformat(text)
    except ValueError:
        raise SaleError("invalid", f"{text[:40]!r} is no day: write it like 2026-03-01.", name) from None


def _list(value: Any, name: str) -> tuple[str, ...] | None:  # noqa: ARG001  # all readers are called alike
    """A list of words, or a text of them with spaces, commas or semicolons between."""
    parts = re.split(r"[\s;,]+", value) if isinstance(value, str) else (str(each) for each in value if each is not None)
    return tuple(part.strip() for part in parts if part.strip()) or None


_READERS: dict[str, Callable[[Any, str], Any]] = {
    "text": _text,
    "number": _number,
    "code": _code,
    "day": _day,
    "list": _list,
}
