"""Reads the numbers of a column of any type as whole millionths; exact, or marked as not readable."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from entrepot.batch.kernel import layout
from entrepot.batch.kernel.compiler import compiled_with_arrays
from entrepot.batch.rows.cells import to_doubles

#: The largest number whose millionths fit in 64 bits.
MAX_NUMBER = (1 << 62) // layout.MICRO
#: Below it each float stands for at most one number of millionths; below MAX_NUMBER, of thousandths.
MAX_EXACT_FLOAT = float(1 << 33)


def to_millionths(column: Any) -> Any:
    """The cells of an Arrow array as whole millionths; ABSENT for empty cells, UNREADABLE for those not exact.

    >>> to_millionths(pa.array(["12.50", "", None, "5.", "x"]))[:2].tolist() == [12_500_000, layout.ABSENT]
    True
    >>> to_millionths(pa.array([0.1, 12.5, None]))[:2].tolist()
    [100000, 12500000]
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        known = np.append(to_millionths(column.dictionary), layout.ABSENT)
        # The index after the last may not fit in the type of the indices.
        places = pc.fill_null(column.indices.cast(pa.int64()), len(column.dictionary)).to_numpy(zero_copy_only=False)
        return known[places]
    if pa.types.is_null(kind):
        return np.full(len(column), layout.ABSENT, np.int64)
    out = np.empty(len(column), np.int64)
    if pa.types.is_floating(kind):
        _scale_floats(pc.fill_null(to_doubles(column), 0.0).to_numpy(zero_copy_only=False), out)
    elif pa.types.is_integer(kind):
        if pa.types.is_uint64(kind):
            column = pc.min_element_wise(column, pa.scalar(1 << 62, pa.uint64()), skip_nulls=False)
        _scale_integers(pc.fill_null(pc.cast(column, pa.int64()), 0).to_numpy(zero_copy_only=False), out)
    elif pa.types.is_decimal128(kind):
        _read_decimals(column, out)
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        _read_texts(column, out)
        return out
    else:
        out[:] = layout.UNREADABLE
    if column.null_count:
        out[pc.is_null(column).to_numpy(zero_copy_only=False)] = layout.ABSENT
    return out


def _read_decimals(column: Any, out: Any) -> None:
    words = np.frombuffer(column.buffers()[1], np.int64).reshape(-1, 2)[column.offset : column.offset + len(column)]
    scale = column.type.scale
    if scale < 0 or scale > 18:
        out[:] = layout.UNREADABLE
    else:
        _scale_decimals(words, scale, out)


def _read_texts(column: Any, out: Any) -> None:
    wide = pa.types.is_large_string(column.type)
    offsets = np.frombuffer(column.buffers()[1], np.int64 if wide else np.int32)
    letters = column.buffers()[2]
    text = np.frombuffer(letters, np.uint8) if letters is not None and letters.size else np.zeros(1, np.uint8)
    valid = np.ones(len(column), np.bool_)
    if column.null_count:
        valid = pc.is_valid(column).to_numpy(zero_copy_only=False)
    _parse_texts(offsets[column.offset :], text, valid, out)


@compiled_with_arrays
def _scale_floats(given: Any, out: Any) -> None:
    for i in range(len(given)):
        number = given[i]
        # A float was written with at most six decimals if dividing the rounded millionths gives the float again.
        scaled = np.rint(number * layout.MICRO)
        if abs(number) < MAX_EXACT_FLOAT and scaled / layout.MICRO == number:
            out[i] = np.int64(scaled)
            continue
        out[i] = layout.TOO_FINE if 0 < number < math.inf else layout.UNREADABLE
        if MAX_EXACT_FLOAT <= abs(number) < MAX_NUMBER:
            # So large a float is near several millionths: it has thousandths at most, or is assessed one by one.
            for unit in (1, 10, 100, 1000):
                scaled = np.rint(number * unit)
                if scaled / unit == number:
                    out[i] = np.int64(scaled) * (layout.MICRO // unit)
                    break


@compiled_with_arrays
def _scale_integers(given: Any, out: Any) -> None:
    for i in range(len(given)):
        out[i] = given[i] * layout.MICRO if -MAX_NUMBER < given[i] < MAX_NUMBER else layout.UNREADABLE


@compiled_with_arrays
def _scale_decimals(words: Any, scale: int, out: Any) -> None:
    up, down = 10 ** max(6 - scale, 0), 10 ** max(scale - 6, 0)
    for i in range(len(out)):
        low, high = words[i, 0], words[i, 1]
        fits = (high == 0 and low >= 0) or (high == -1 and low < 0)
        if not fits or low % down or abs(low // down) >= (1 << 62) // up:
            out[i] = layout.UNREADABLE
        else:
            out[i] = low // down * up


@compiled_with_arrays
def _parse_texts(offsets: Any, text: Any, valid: Any, out: Any) -> None:
    """Plain decimal numbers; an exponent, a sign or more than six decimals is assessed one by one."""
    for i in range(len(out)):
        begin, end = offsets[i], offsets[i + 1]
        while begin < end and text[begin] == 32:
            begin += 1
        while end > begin and text[end - 1] == 32:
            end -= 1
        if not valid[i] or begin == end:
            out[i] = layout.ABSENT
            continue
        number, decimals, digits = 0, -1, 0
        for at in range(begin, end):
            character = text[at]
            if 48 <= character <= 57 and digits < 18:
                number, digits = number * 10 + character - 48, digits + 1
                decimals += decimals >= 0
            elif character == 46 and decimals < 0 and 0 < digits < 99:
                decimals = 0
            else:
                digits = 99
        if decimals == 0:  # a point without a digit after it, as `literals.DECIMAL` has it
            digits = 99
        decimals = max(decimals, 0)
        while decimals > 6 and number % 10 == 0:
            number, decimals = number // 10, decimals - 1
        if digits == 0 or digits > 18 or decimals > 6 or number >= (1 << 62) // 10 ** (6 - decimals):
            out[i] = layout.UNREADABLE
        else:
            out[i] = number * 10 ** (6 - decimals)
