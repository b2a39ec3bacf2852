"""Columns of amounts as Parquet pages: decimals of 24 digits, as PyArrow encodes them, in a quarter of its time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from entrepot.batch.formats.parquet_chunk import PLAIN, EncodedColumn, data_page, levels
from entrepot.batch.formats.zstd_numbers import MARGIN, MIN_NUMBERS, SPACE, WIDTH, Measures, measure, write_frame
from entrepot.batch.kernel.compiler import compiled_with_arrays

#: The most rows: the bits that say which of them are null are one block.
MAX_ROWS = 1 << 19


def encode_amounts(column: pa.ChunkedArray) -> EncodedColumn | None:
    """A column of MONEY; None where no amount is known, one is negative or beyond 64 bits, or there are over MAX_ROWS.

    >>> from decimal import Decimal
    >>> from entrepot.batch.rows.answers import MONEY
    >>> column = pa.chunked_array([pa.array([Decimal(5), None, Decimal(7), Decimal(9)], MONEY)])
    >>> found = encode_amounts(column)
    >>> found.nulls, int.from_bytes(found.lowest), int.from_bytes(found.highest)
    (1, 5000, 9000)
    """
    rows, many = len(column), 0
    if rows > MAX_ROWS:
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
    page = data_page(_compress(head, numbers, lengths, found), len(head) + WIDTH * many, rows, PLAIN)
    lowest, highest = (int(each).to_bytes(WIDTH) for each in (found.lowest, found.highest))
    return EncodedColumn(page, None, rows, rows - many, lowest, highest)


def _cells(chunk: pa.Array) -> tuple[Any, Any, int]:
    """The amounts of a chunk as pairs of 64-bit numbers, the lowest first; the bits of those known, and the first."""
    bits, content = chunk.buffers()
    cells = np.frombuffer(content, np.int64)[2 * chunk.offset : 2 * (chunk.offset + len(chunk))].reshape(-1, 2)
    known = np.empty(0, np.uint8) if bits is None else np.frombuffer(bits, np.uint8)
    for each in (cells, known):
        each.flags.writeable = False  # one type of array for the compiled loop
    return cells, known, chunk.offset


def _compress(head: bytes, numbers: Any, lengths: Any, found: Measures) -> bytes:
    """The content of a page. Where most amounts equal the one before, the search for equal bytes finds them at once."""
    if 2 * found.equal > len(numbers) or len(numbers) < MIN_NUMBERS:
        plain = np.zeros((len(numbers), WIDTH), np.uint8)
        plain[:, WIDTH - 8 :] = numbers.astype(">i8").view(np.uint8).reshape(-1, 8)
        return bytes(pa.Codec("zstd").compress(head + plain.tobytes(), asbytes=True))
    out = np.empty(len(head) + SPACE * len(numbers) + MARGIN, np.uint8)
    size = write_frame(head, numbers, lengths, found.counts, out)
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
