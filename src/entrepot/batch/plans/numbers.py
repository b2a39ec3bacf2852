"""numbers: the cells of a column as millionths, whatever their type; exact, or marked as not readable here."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from entrepot.batch.kernel import layout as f
from entrepot.batch.kernel.compiler import prepared
from entrepot.batch.rows.cells import to_doubles

#: Beyond it the millionths of a number would not fit in 64 bits.
MAX_NUMBER = (1 << 62) // f.MICRO
#: Below it no two millionths are the same float; no two thousandths are below LARGEST.
MAX_EXACT_FLOAT = float(1 << 33)


def to_millionths(column: Any) -> Any:
    """The cells of an Arrow array as whole millionths; ABSENT where there is nothing, UNREADABLE where it is not exact.

    >>> to_millionths(pa.array(["12.50", "", None, "5.", "x"]))[:2].tolist() == [12_500_000, f.ABSENT]
    True
    >>> to_millionths(pa.array([0.1, 12.5, None]))[:2].tolist()
    [100000, 12500000]
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        known = np.append(to_millionths(column.dictionary), f.ABSENT)
        # The place behind the last may not fit an index of few bits.
        places = pc.fill_null(column.indices.cast(pa.int64()), len(column.dictionary)).to_numpy(zero_copy_only=False)
        return known[places]
    if pa.types.is_null(kind):
        return np.full(len(column), f.ABSENT, np.int64)
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
        out[:] = f.UNREADABLE
    if column.null_count:
        out[pc.is_null(column).to_numpy(zero_copy_only=False)] = f.ABSENT
    return out


def _read_decimals(column: Any, out: Any) -> None:
    words = np.frombuffer(column.buffers()[1], np.int64).reshape(-1, 2)[column.offset : column.offset + len(column)]
    scale = column.type.scale
    if scale < 0 or scale > 18:
        out[:] = f.UNREADABLE
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


@prepared
def _scale_floats(given: Any, out: Any) -> None:
    for i in range(len(given)):
        number = given[i]
        # The decimal text of a float with at most six decimals is these millionths if their quotient is the float.
        scaled = np.rint(number * f.MICRO)
        if abs(number) < MAX_EXACT_FLOAT and scaled / f.MICRO == number:
            out[i] = np.int64(scaled)
            continue
        out[i] = f.TOO_FINE if 0 < number < math.inf else f.UNREADABLE
        if MAX_EXACT_FLOAT <= abs(number) < MAX_NUMBER:
            # Near so large a float are several millionths: its text is of thousandths at most, or left to the walk.
            for unit in (1, 10, 100, 1000):
                scaled = np.rint(number * unit)
                if scaled / unit == number:
                    out[i] = np.int64(scaled) * (f.MICRO // unit)
                    break


@prepared
def _scale_integers(given: Any, out: Any) -> None:
    for i in range(len(given)):
        out[i] = given[i] * f.MICRO if -MAX_NUMBER < given[i] < MAX_NUMBER else f.UNREADABLE


@prepared
def _scale_decimals(words: Any, scale: int, out: Any) -> None:
    up, down = 10 ** max(6 - scale, 0), 10 ** max(scale - 6, 0)
    for i in range(len(out)):
        low, high = words[i, 0], words[i, 1]
        fits = (high == 0 and low >= 0) or (high == -1 and low < 0)
        if not fits or low % down or abs(low // down) >= (1 << 62) // up:
            out[i] = f.UNREADABLE
        else:
            out[i] = low // down * up


@prepared
def _parse_texts(offsets: Any, text: Any, valid: Any, out: Any) -> None:
    """Plain decimal numbers; an exponent, a sign or more than six decimals is left to the single walk."""
    for i in range(len(out)):
        begin, end = offsets[i], offsets[i + 1]
        while begin < end and text[begin] == 32:
            begin += 1
        while end > begin and text[end - 1] == 32:
            end -= 1
        if not valid[i] or begin == end:
            out[i] = f.ABSENT
            continue
        number, decimals, digits = 0, -1, 0
        for at in range(begin, end):
            sign = text[at]
            if 48 <= sign <= 57 and digits < 18:
                number, digits = number * 10 + sign - 48, digits + 1
                decimals += decimals >= 0
            elif sign == 46 and decimals < 0 and 0 < digits < 99:
                decimals = 0
            else:
                digits = 99
        if decimals == 0:  # a point with no digit after it, as `written.DECIMAL` has it
            digits = 99
        decimals = max(decimals, 0)
        while decimals > 6 and number % 10 == 0:
            number, decimals = number // 10, decimals - 1
        if digits == 0 or digits > 18 or decimals > 6 or number >= (1 << 62) // 10 ** (6 - decimals):
            out[i] = f.UNREADABLE
        else:
            out[i] = number * 10 ** (6 - decimals)
