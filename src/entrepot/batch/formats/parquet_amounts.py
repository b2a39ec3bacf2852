"""Columns of amounts as Parquet pages: decimals of 24 digits, as PyArrow encodes them, in a quarter of its time."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from entrepot.batch.formats.thrift_compact import BINARY, I32, I64, LIST, STRUCT, TRUE, Struct, write_struct
from entrepot.batch.formats.zstd_numbers import MARGIN, MIN_NUMBERS, SPACE, WIDTH, Measures, measure, write_frame
from entrepot.batch.kernel.compiler import compiled_with_arrays

#: The most rows: the bits that say which of them are null are one block.
MAX_ROWS = 1 << 19
#: The numbers of a type of page and of encodings.
_DATA_PAGE, _PLAIN, _RLE = 0, 0, 3


class EncodedAmounts(NamedTuple):
    """A column of a row group: its page with its header, the header's bytes, and what its metadata say of it."""

    page: bytes
    header_bytes: int
    decoded_bytes: int
    rows: int
    nulls: int
    lowest: int
    highest: int

    def describe(self, metadata: Struct, offset: int) -> None:
        """Changes the metadata of a column of nulls into those of this one, whose page is at an offset.

        It has statistics where that column has some.
        """
        metadata[5] = I64, self.rows
        metadata[6] = I64, self.header_bytes + self.decoded_bytes
        metadata[7], metadata[9] = (I64, len(self.page)), (I64, offset)
        metadata[13] = LIST, (STRUCT, [write_struct({1: (I32, _DATA_PAGE), 2: (I32, _PLAIN), 3: (I32, 1)})])
        levels = {2: (LIST, (I64, [])), 3: (LIST, (I64, [self.nulls, self.rows - self.nulls]))}
        metadata[16] = STRUCT, levels
        if 12 in metadata:
            low, high = self.lowest.to_bytes(WIDTH), self.highest.to_bytes(WIDTH)
            ends = {1: (BINARY, high), 2: (BINARY, low), 5: (BINARY, high), 6: (BINARY, low)}
            metadata[12] = STRUCT, {**ends, 3: (I64, self.nulls), 7: (TRUE, True), 8: (TRUE, True)}


def encode_amounts(column: pa.ChunkedArray) -> EncodedAmounts | None:
    """A column of MONEY; None where no amount is known, one is negative or beyond 64 bits, or there are over MAX_ROWS.

    >>> from decimal import Decimal
    >>> from entrepot.batch.rows.answers import MONEY
    >>> column = pa.chunked_array([pa.array([Decimal(5), None, Decimal(7), Decimal(9)], MONEY)])
    >>> found = encode_amounts(column)
    >>> found.nulls, found.lowest, found.highest, found.decoded_bytes
    (1, 5000, 9000, 39)
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
    levels = _levels(known, many)
    size = len(levels) + WIDTH * many
    compressed = _compress(levels, numbers, lengths, found)
    data = STRUCT, {1: (I32, rows), 2: (I32, _PLAIN), 3: (I32, _RLE), 4: (I32, _RLE)}
    header = write_struct({1: (I32, _DATA_PAGE), 2: (I32, size), 3: (I32, len(compressed)), 5: data})
    return EncodedAmounts(
        header + compressed, len(header), size, rows, rows - many, int(found.lowest), int(found.highest)
    )


def _cells(chunk: pa.Array) -> tuple[Any, Any, int]:
    """The amounts of a chunk as pairs of 64-bit numbers, the lowest first; the bits of those known, and the first."""
    bits, content = chunk.buffers()
    cells = np.frombuffer(content, np.int64)[2 * chunk.offset : 2 * (chunk.offset + len(chunk))].reshape(-1, 2)
    known = np.empty(0, np.uint8) if bits is None else np.frombuffer(bits, np.uint8)
    for each in (cells, known):
        each.flags.writeable = False  # one type of array for the compiled loop
    return cells, known, chunk.offset


def _levels(known: Any, many: int) -> bytes:
    """The definition levels: whether each cell is known, as a run or one bit each."""
    if many == len(known):
        content = _varint(len(known) << 1) + b"\1"
    else:
        bits = np.packbits(known, bitorder="little").tobytes()
        content = _varint(len(bits) << 1 | 1) + bits
    return len(content).to_bytes(4, "little") + content


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes((*out, number))


def _compress(levels: bytes, numbers: Any, lengths: Any, found: Measures) -> bytes:
    """The content of a page. Where most amounts equal the one before, the search for equal bytes finds them at once."""
    if 2 * found.equal > len(numbers) or len(numbers) < MIN_NUMBERS:
        plain = np.zeros((len(numbers), WIDTH), np.uint8)
        plain[:, WIDTH - 8 :] = numbers.astype(">i8").view(np.uint8).reshape(-1, 8)
        return bytes(pa.Codec("zstd").compress(levels + plain.tobytes(), asbytes=True))
    out = np.empty(len(levels) + SPACE * len(numbers) + MARGIN, np.uint8)
    size = write_frame(levels, numbers, lengths, found.counts, out)
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
