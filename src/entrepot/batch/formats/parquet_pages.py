"""pages: what a row group of Parquet decodes to, from the headers of its pages, before Arrow allocates memory.

The sizes in the footer of a file are not checked by any reader. Those in the headers of the pages are: Arrow allocates
what they say, and a page that holds more fails. So the headers are what the limits are computed from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from entrepot.batch.formats.byte_limits import (
    BATCH,
    CELL,
    COLUMNS,
    MB,
    too_large_cell,
    too_large_column,
    too_many_columns,
)
from entrepot.model.errors import TableError

#: Bytes of the footer; of one page; of the largest pages of all columns together; of a column of lists in a row group.
FOOTER, PAGE, OPEN, LISTS = 32 << 20, 256 << 20, 1 << 30, 512 << 20
#: Pages of a row group, and elements of a list in the footer.
PAGES, LISTED = 250_000, 1_000_000
#: Rows of row groups that are read by one call, at least, where the file has so many.
TOGETHER = 4 << 20
#: Bytes of a page's header: read at first, and at most (Arrow's own limit).
HEADER, LONGEST_HEADER = 1 << 10, 16 << 20
#: Types of pages, and encodings, by their numbers in the format.
_DATA, _DICTIONARY, _DATA_2 = 0, 2, 3
_WORDS, _PREFIXES = (2, 8), 7
_WIDTHS = {"BOOLEAN": 1, "INT32": 4, "FLOAT": 4, "INT64": 8, "DOUBLE": 8, "INT96": 12}
_CODECS = {"SNAPPY": "snappy", "GZIP": "gzip", "BROTLI": "brotli", "ZSTD": "zstd", "LZ4_RAW": "lz4_raw"}


class Run(NamedTuple):
    """Row groups that are read together, so many rows at a time."""

    groups: list[int]
    rows: int


def opened(path: Path, **how: Any) -> pq.ParquetFile:
    """A Parquet file whose footer has a bounded size. Raises TableError."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 8))
        end = file.read(8)
    footer = int.from_bytes(end[:4], "little")
    if len(end) == 8 and end[4:] == b"PAR1" and footer > FOOTER:
        raise TableError(
            f"The footer of the Parquet file has {footer // MB} MB. At most {FOOTER // MB} MB "
            f"are allowed: write fewer columns, or fewer and larger row groups."
        )
    file = pq.ParquetFile(path, thrift_string_size_limit=FOOTER, thrift_container_size_limit=LISTED, **how)
    if file.metadata.num_columns > COLUMNS:
        file.close()
        raise too_many_columns(file.metadata.num_columns)
    return file


def batches(
    path: Path, most_rows: int, budget: int = BATCH // 2, groups: int | None = None
) -> Iterator[pa.RecordBatch]:
    """The batches of a Parquet file, of about `budget` decoded bytes or fewer. `groups`: only the first so many.

    Raises TableError, TableTooLarge.
    """
    with opened(path, pre_buffer=False) as file:
        for run in runs(path, file, most_rows, budget, groups):
            yield from file.iter_batches(run.rows, row_groups=run.groups)


def runs(path: Path, file: pq.ParquetFile, most_rows: int, budget: int, groups: int | None) -> Iterator[Run]:
    """Which row groups to read together, and how many rows of them at a time."""
    about, held, rows, count = file.metadata, list[int](), most_rows, 0
    with path.open("rb") as stream:
        for number in range(about.num_row_groups if groups is None else min(groups, about.num_row_groups)):
            here = _rows_of(stream, file, number, most_rows, budget)
            if held and (here != rows or count >= TOGETHER):
                yield Run(held, rows)
                held, count = [], 0
            held, rows = [*held, number], here
            count += about.row_group(number).num_rows
    if held:
        yield Run(held, rows)


def _rows_of(stream: IO[bytes], file: pq.ParquetFile, number: int, most_rows: int, budget: int) -> int:
    """How many rows of a row group decode to no more than the budget."""
    group, schema = file.metadata.row_group(number), file.metadata.schema
    per_row, open_pages, pages = 0.0, 0, 0
    for place in range(group.num_columns):
        leaf, form = group.column(place), schema.column(place)
        chunk = _chunk(stream, leaf, form.length or 0)
        pages += chunk.pages
        open_pages += chunk.largest + chunk.dictionary
        each, name = chunk.each, form.path.partition(".")[0]
        if chunk.longest > CELL and chunk.values:
            raise too_large_cell(name, chunk.longest)
        if form.max_repetition_level:
            size = (each + 8) * chunk.values
            if size > LISTS:
                raise too_large_column(name, int(size), LISTS)
            per_row += size / max(1, group.num_rows)
        else:
            per_row += each + 4
    if pages > PAGES:
        raise TableError(f"A row group has more than {PAGES} pages: write larger pages.")
    if open_pages > OPEN:
        raise TableError(
            f"The pages of a row group unpack to {open_pages // MB} MB at a time. At most {OPEN // MB} MB are allowed: "
            f"write smaller pages."
        )
    return max(1, min(most_rows, int(budget / max(1.0, per_row))))


@dataclass
class Chunk:
    """A column of a row group: its values, the bytes that each takes at most on average, and what its pages unpack to.

    `longest`: bytes of the longest word of its dictionary.
    """

    values: int = 0
    each: float = 0.0
    largest: int = 0
    dictionary: int = 0
    longest: int = 0
    pages: int = 0


def _chunk(stream: IO[bytes], leaf: Any, length: int) -> Chunk:
    """What a column of a row group decodes to. Raises TableError."""
    found, words = Chunk(), _WIDTHS.get(leaf.physical_type, max(length, 1))
    text, prefixes = leaf.physical_type == "BYTE_ARRAY", 0
    at = leaf.data_page_offset
    if leaf.has_dictionary_page and leaf.dictionary_page_offset is not None:
        at = min(at, leaf.dictionary_page_offset)
    end, found.each = at + leaf.total_compressed_size, float(words)
    seen = 0
    while seen < leaf.num_values and at < end:
        header, at = _header(stream, at)
        kind, unpacked, packed = (header.get(field, 0) for field in (1, 2, 3))
        if unpacked > PAGE or unpacked < 0 or packed < 0:
            raise too_large_column(leaf.path_in_schema.partition(".")[0], abs(unpacked), PAGE)
        found.pages += 1
        if kind == _DICTIONARY:
            found.dictionary = max(found.dictionary, unpacked)
            if text:
                count = header.get(7, {}).get(1, 0)
                found.longest = max(found.longest, _longest(stream, at, packed, unpacked, count, leaf.compression))
        elif kind in (_DATA, _DATA_2):
            about = header.get(5 if kind == _DATA else 8, {})
            count, encoding = max(0, about.get(1, 0)), about.get(2 if kind == _DATA else 4, 0)
            seen += count
            found.largest = max(found.largest, unpacked)
            if text and encoding == _PREFIXES:
                # Each value may repeat all before it.
                prefixes += unpacked
                found.each = max(found.each, float(prefixes))
            elif text and encoding not in _WORDS:
                found.each = max(found.each, unpacked / max(1, count))
        at += packed
        if found.pages > PAGES:
            break
    if text:
        found.each = max(found.each, float(found.longest))
    found.values = max(seen, leaf.num_values)
    return found


def _longest(stream: IO[bytes], at: int, packed: int, unpacked: int, count: int, codec: str) -> int:
    """The bytes of the longest word of a dictionary's page; what it may be at most where the page is not readable."""
    bound = max(0, unpacked - 4 * count)
    if bound <= 64 or codec not in (*_CODECS, "UNCOMPRESSED"):
        return bound
    stream.seek(at)
    content = stream.read(packed)
    if codec != "UNCOMPRESSED":
        content = pa.decompress(content, unpacked, _CODECS[codec], asbytes=True)
    return min(longest_word(content), bound)


def longest_word(content: bytes) -> int:
    """The bytes of the longest of the words of a dictionary's page, each of which follows its length in four bytes.

    >>> longest_word(bytes([3, 0, 0, 0]) + b"tea" + bytes([6, 0, 0, 0]) + b"coffee")
    6
    """
    # The lengths of short words are found together: three zeros follow each, and hardly a text has them.
    letters = np.frombuffer(content, np.uint8)
    if len(letters) > 4:
        zeros = letters == 0
        places = np.flatnonzero(zeros[1:-2] & zeros[2:-1] & zeros[3:])
        sizes = letters[places]
        ends = places + 4 + sizes
        if len(places) and places[0] == 0 and ends[-1] == len(letters) and bool((ends[:-1] == places[1:]).all()):
            return int(sizes.max())
    longest = place = 0
    while place + 4 <= len(content):
        size = int.from_bytes(content[place : place + 4], "little")
        longest = max(longest, size)
        place += 4 + size
    return longest


def _header(stream: IO[bytes], at: int) -> tuple[dict[int, Any], int]:
    """The header of a page by the numbers of its fields, and the place behind it."""
    size = HEADER
    while True:
        stream.seek(at)
        content = stream.read(size)
        try:
            compact = Compact(content)
            return compact.struct(), at + compact.at
        except IndexError:
            if len(content) < size or size >= LONGEST_HEADER:
                raise TableError("The Parquet file cannot be read: the header of a page is damaged.") from None
            size *= 16


class Compact:
    """A reader of Thrift's compact protocol, as far as headers of pages need it.

    >>> Compact(bytes([0x15, 0x04, 0x00])).struct()
    {1: 2}
    """

    #: Structs inside of each other.
    DEEPEST = 8

    def __init__(self, content: bytes) -> None:
        self.content, self.at = content, 0

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """A struct. Raises IndexError where the content ends too early, or is none."""
        found: dict[int, Any] = {}
        number = 0
        if depth > self.DEEPEST:
            raise IndexError(depth)
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._signed()
            found[number] = self._value(head & 15, depth)
        return found

    def _byte(self) -> int:
        self.at += 1
        return self.content[self.at - 1]

    def _unsigned(self) -> int:
        number = shift = 0
        while True:
            part = self._byte()
            number |= (part & 127) << shift
            shift += 7
            if part < 128:
                return number
            if shift > 63:
                raise IndexError(shift)

    def _signed(self) -> int:
        number = self._unsigned()
        return (number >> 1) ^ -(number & 1)

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (1, 2):
            return kind == 1
        if kind == 3:
            return self._byte()
        if kind in (4, 5, 6):
            return self._signed()
        if kind in (7, 8):
            size = 8 if kind == 7 else self._unsigned()
            self.at += size
            if self.at > len(self.content):
                raise IndexError(self.at)
            return None
        if kind == 12:
            return self.struct(depth + 1)
        raise IndexError(kind)  # no header of a page has a list or a map
