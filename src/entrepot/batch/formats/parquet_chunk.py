"""A column of a Parquet row group that is encoded here, and what the footer says of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from entrepot.batch.formats.thrift_compact import (
    BINARY,
    I32,
    I64,
    LIST,
    STRUCT,
    TRUE,
    Struct,
    write_struct,
    write_unsigned,
)

#: The numbers of types of pages, and of encodings.
DATA_PAGE, DICTIONARY_PAGE = 0, 2
PLAIN, RLE, BY_DICTIONARY = 0, 3, 8
#: The numbers of the types of values, and of Zstandard.
BOOLEANS, TEXTS, FIXED_BYTES, ZSTD = 0, 6, 7, 6


class Page(NamedTuple):
    """A page with its header, and the bytes of the header and of the page once it is decompressed."""

    content: bytes
    bytes: int


class EncodedColumn(NamedTuple):
    """The pages of a column of a row group. `dictionary`: nothing for a column of numbers or truth values.

    `lowest`, `highest`: as statistics have them. `text_bytes`: of all its texts. `form`: the type of values.
    """

    data: Page
    dictionary: Page | None
    rows: int
    nulls: int
    lowest: bytes
    highest: bytes
    text_bytes: int = 0
    form: int = FIXED_BYTES

    def pages(self) -> bytes:
        """All pages, in the order of the file."""
        return (self.dictionary.content if self.dictionary else b"") + self.data.content

    def metadata(self, name: str, offset: int, *, statistics: bool) -> Struct:
        """What a footer says of this column of the first level, whose pages are at an offset."""
        words = self.dictionary
        encodings = [PLAIN, RLE, BY_DICTIONARY] if words else [RLE, PLAIN]
        kinds = [{1: (I32, DATA_PAGE), 2: (I32, BY_DICTIONARY if words else PLAIN), 3: (I32, 1)}]
        if words:
            kinds.insert(0, {1: (I32, DICTIONARY_PAGE), 2: (I32, PLAIN), 3: (I32, 1)})
        sizes: Struct = {2: (LIST, (I64, [])), 3: (LIST, (I64, [self.nulls, self.rows - self.nulls]))}
        found: Struct = {
            1: (I32, self.form),
            2: (LIST, (I32, encodings)),
            3: (LIST, (BINARY, [name.encode()])),
            4: (I32, ZSTD),
            5: (I64, self.rows),
            6: (I64, self.data.bytes + (words.bytes if words else 0)),
            7: (I64, len(self.pages())),
            9: (I64, offset + (len(words.content) if words else 0)),
            13: (LIST, (STRUCT, [write_struct(each) for each in kinds])),
            16: (STRUCT, sizes | ({1: (I64, self.text_bytes)} if words else {})),
        }
        if words:
            found[11] = I64, offset
        if statistics:
            ends: Struct = {3: (I64, self.nulls), 5: (BINARY, self.highest), 6: (BINARY, self.lowest)}
            if not words:  # older fields, in which texts have no order
                ends |= {1: (BINARY, self.highest), 2: (BINARY, self.lowest)}
            found[12] = STRUCT, ends | {7: (TRUE, True), 8: (TRUE, True)}
        return found


class PlacedColumn(NamedTuple):
    """An encoded column, its place among the columns of a file, its name, and whether it gets statistics."""

    place: int
    name: str
    statistics: bool
    column: EncodedColumn


def data_page(content: bytes, size: int, rows: int, encoding: int) -> Page:
    """A page of so many rows with compressed content, whose size is given."""
    head: Struct = {1: (I32, rows), 2: (I32, encoding), 3: (I32, RLE), 4: (I32, RLE)}
    return _page(content, size, {1: (I32, DATA_PAGE), 5: (STRUCT, head)})


def dictionary_page(content: bytes, size: int, words: int) -> Page:
    """A page with a dictionary of so many words."""
    return _page(content, size, {1: (I32, DICTIONARY_PAGE), 7: (STRUCT, {1: (I32, words), 2: (I32, PLAIN)})})


def _page(content: bytes, size: int, header: Struct) -> Page:
    head = write_struct({**header, 2: (I32, size), 3: (I32, len(content))})
    return Page(head + content, len(head) + size)


def levels(known: Any, many: int) -> bytes:
    r"""The definition levels of rows, of which `many` are known: a run, or one bit each.

    >>> levels(np.array([True, True]), 2), levels(np.array([True, False, True]), 2)
    (b'\x02\x00\x00\x00\x04\x01', b'\x02\x00\x00\x00\x03\x05')
    """
    bits = np.packbits(known, bitorder="little").tobytes()
    content = run(len(known), b"\1") if many == len(known) else packed(bits, len(bits))
    return len(content).to_bytes(4, "little") + content


def run(many: int, value: bytes) -> bytes:
    """A run of one value."""
    return _varint(many << 1) + value


def packed(bits: bytes, groups: int) -> bytes:
    """Values with a fixed number of bits each, in groups of eight."""
    return _varint(groups << 1 | 1) + bits


def _varint(number: int) -> bytes:
    out = bytearray()
    write_unsigned(out, number)
    return bytes(out)
