"""Columns of amounts, and of truth values, as Parquet pages: as PyArrow encodes them, in a quarter of its time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from entrepot.batch.formats.parquet_chunk import BOOLEANS, PLAIN, EncodedColumn, data_page, levels
from entrepot.batch.formats.zstd_numbers import (
    MARGIN,
    MAX_WIDTH,
    MIN_NUMBERS,
    MIN_WIDTH,
    SPACE,
    Measures,
    max_literals,
    measure,
    write_frame,
)
from entrepot.batch.kernel.compiler import compiled_with_arrays

#: The most rows: the bits that say which of them are null are one block.
MAX_ROWS = 1 << 19


def encode_amounts(column: pa.ChunkedArray) -> EncodedColumn | None:
    """A column of decimal128 with 10 to 26 digits.

    None where it has fewer or more, no amount is known, one is negative or beyond 64 bits, or there are over MAX_ROWS.

    >>> from decimal import Decimal
    >>> from entrepot.batch.rows.answers import MONEY
    >>> column = pa.chunked_array([pa.array([Decimal(5), None, Decimal(7), Decimal(9)], MONEY)])
    >>> found = encode_amounts(column)
    >>> found.nulls, int.from_bytes(found.lowest), int.from_bytes(found.highest)
    (1, 5000, 9000)
    """
    rows, many, width = len(column), 0, number_bytes(column.type.precision)
    if rows > MAX_ROWS or not MIN_WIDTH <= width <= MAX_WIDTH:
        return None
    numbers, known = np.empty(rows + 1, np.int64), np.empty(rows, np.bool_)
    begin = 0
    for chunk in column.chunks:
        many = _gather(*_cells(chunk), numbers, known, begin, many)
        begin += len(chunk)
        if many < 0:
            return None
    if many == 0:
        return None
    numbers, lengths = numbers[:many], np.empty(many, np.uint8)
    found = measure(numbers, lengths)
    head = levels(known, many)
    page = data_page(_compress(head, numbers, lengths, found, width), len(head) + width * many, rows, PLAIN)
    lowest, highest = (int(each).to_bytes(width) for each in (found.lowest, found.highest))
    return EncodedColumn(page, None, rows, rows - many, lowest, highest)


def encode_truths(column: pa.ChunkedArray) -> EncodedColumn | None:
    r"""A column of truth values; None where none is known.

    >>> found = encode_truths(pa.chunked_array([[True, None], [True]]))
    >>> found.nulls, found.lowest, found.highest
    (1, b'\x01', b'\x01')
    """
    rows, many = len(column), len(column) - column.null_count
    if many == 0:
        return None
    known = np.concatenate([_bits(each, 0) for each in column.chunks])
    values = np.concatenate([_bits(each, 1) for each in column.chunks])[known]
    content = levels(known, many) + np.packbits(values, bitorder="little").tobytes()
    compressed = pa.compress(content, "zstd", asbytes=True)
    lowest, highest = bytes([int(values.all())]), bytes([int(values.any())])
    page = data_page(compressed, len(content), rows, PLAIN)
    return EncodedColumn(page, None, rows, rows - many, lowest, highest, form=BOOLEANS)


def _bits(chunk: pa.Array, place: int) -> Any:
    """The bits of a chunk that say which rows are known (0), or which are true (1)."""
    content = chunk.buffers()[place]
    if content is None:
        return np.ones(len(chunk), np.bool_)
    bits = np.frombuffer(content, np.uint8)[chunk.offset // 8 : (chunk.offset + len(chunk) + 7) // 8]
    return np.unpackbits(bits, bitorder="little")[chunk.offset % 8 :][: len(chunk)].view(np.bool_)


def number_bytes(digits: int) -> int:
    """The bytes of a signed number with so many digits.

    >>> number_bytes(14), number_bytes(24)
    (6, 11)
    """
    most: int = 10**digits - 1
    return (most.bit_length() + 8) // 8


def _cells(chunk: pa.Array) -> tuple[Any, Any, int]:
    """The amounts of a chunk as pairs of 64-bit numbers, the lowest first; the bits of those known, and the first."""
    bits, content = chunk.buffers()
    cells = np.frombuffer(content, np.int64)[2 * chunk.offset : 2 * (chunk.offset + len(chunk))].reshape(-1, 2)
    known = np.empty(0, np.uint8) if bits is None else np.frombuffer(bits, np.uint8)
    for each in (cells, known):
        each.flags.writeable = False  # one type of array for the compiled loop
    return cells, known, chunk.offset


def _compress(head: bytes, numbers: Any, lengths: Any, found: Measures, width: int) -> bytes:
    """The content of a page. Where most amounts equal the one before, the search for equal bytes finds them at once."""
    mostly_equal, long = 2 * found.equal > len(numbers), found.counts[max_literals(width) + 1 :].any()
    if mostly_equal or long or len(numbers) < MIN_NUMBERS:
        plain = np.zeros((len(numbers), width), np.uint8)
        big, many = numbers.astype(">i8").view(np.uint8).reshape(-1, 8), min(width, 8)
        plain[:, width - many :] = big[:, 8 - many :]
        return bytes(pa.Codec("zstd").compress(head + plain.tobytes(), asbytes=True))
    out = np.empty(len(head) + SPACE * len(numbers) + MARGIN, np.uint8)
    size = write_frame(head, numbers, lengths, found.counts, out, width)
    return out[:size].tobytes()


@compiled_with_arrays
def _gather(cells: Any, bits: Any, offset: int, numbers: Any, known: Any, begin: int, many: int) -> Any:
    """Appends the known amounts to the `many` numbers so far; returns how many there are, -1 if one does not fit.

    `bits`: which cells are known, the first one at `offset`; nothing where all are.
    """
    unfit, at = np.int64(0), np.uint64(many)
    for i in range(len(cells)):
        place = np.uint64(offset + i)
        known[begin + i] = len(bits) == 0 or (bits[place >> np.uint64(3)] >> (place & np.uint64(7))) & 1
    for i in range(len(cells)):
        is_known = known[np.uint64(begin + i)]
        numbers[at] = cells[i, 0]
        at += np.uint64(is_known)
        unfit |= (cells[i, 1] | cells[i, 0] >> 63) & -np.int64(is_known)
    return -1 if unfit else np.int64(at)
