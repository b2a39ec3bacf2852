"""What a Parquet row group decodes to, calculated from its page headers before Arrow allocates memory.

No reader checks the sizes in the footer of a file. It checks those in the page headers: Arrow allocates what they say,
and a page with more data fails. So the limits are calculated from the page headers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from entrepot.batch.formats.byte_limits import (
    MAX_BATCH,
    MAX_CELL,
    MAX_COLUMNS,
    MB,
    too_large_cell,
    too_large_column,
    too_many_columns,
)
from entrepot.batch.formats.thrift_compact import CompactReader
from entrepot.model.errors import TableError

#: Bytes of the footer; of one page; of the largest pages of all columns together; of a column of lists in a row group.
MAX_FOOTER, MAX_PAGE, MAX_OPEN, MAX_LISTS = 32 << 20, 256 << 20, 1 << 30, 512 << 20
#: Pages of a row group, and elements of a list in the footer.
MAX_PAGES, MAX_ELEMENTS = 250_000, 1_000_000
#: Bytes in the file of a dictionary page of words that repeat: with more the words hardly do.
MAX_WORDS = 256 << 10
#: Small row groups are read together until they have this many rows.
RUN_ROWS = 4 << 20
#: Bytes of a page's header: read at first, and at most (Arrow's own limit).
HEADER_BYTES, MAX_HEADER = 1 << 10, 16 << 20
#: Types of pages, and encodings, by their numbers in the format.
_DATA_PAGE, _DICTIONARY_PAGE, _DATA_PAGE_V2 = 0, 2, 3
_DICTIONARY_ENCODINGS, _DELTA_BYTE_ARRAY = (2, 8), 7
_WIDTHS = {"BOOLEAN": 1, "INT32": 4, "FLOAT": 4, "INT64": 8, "DOUBLE": 8, "INT96": 12}
_CODECS = {"SNAPPY": "snappy", "GZIP": "gzip", "BROTLI": "brotli", "ZSTD": "zstd", "LZ4_RAW": "lz4_raw"}


class GroupRun(NamedTuple):
    """Row groups that are read together, with the number of rows of each read.

    `words`: the columns of which every page refers to a dictionary, so that Arrow can keep the dictionary.
    """

    groups: list[int]
    rows: int
    words: frozenset[str]


def open_parquet(path: Path, **options: Any) -> pq.ParquetFile:
    """A Parquet file whose footer has a bounded size. Raises TableError."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 8))
        end = file.read(8)
    footer = int.from_bytes(end[:4], "little")
    if len(end) == 8 and end[4:] == b"PAR1" and footer > MAX_FOOTER:
        raise TableError(
            f"The footer of the Parquet file has {footer // MB} MB. At most {MAX_FOOTER // MB} MB "
            f"are allowed: write fewer columns, or fewer and larger row groups."
        )
    file = pq.ParquetFile(
        path, thrift_string_size_limit=MAX_FOOTER, thrift_container_size_limit=MAX_ELEMENTS, **options
    )
    if file.metadata.num_columns > MAX_COLUMNS:
        file.close()
        raise too_many_columns(file.metadata.num_columns)
    return file


def read_batches(
    path: Path,
    max_rows: int,
    budget: int = MAX_BATCH // 2,
    groups: int | None = None,
    words: Collection[str] = (),
) -> Iterator[pa.RecordBatch]:
    """Yield batches of about `budget` decoded bytes or fewer. `groups`: read only the first row groups.

    `words`: columns that are dictionaries in the batches wherever the file has them as dictionaries. Raises TableError,
    TableTooLarge.
    """
    with ExitStack() as stack:
        file = stack.enter_context(open_parquet(path, pre_buffer=False))
        files = {frozenset[str](): file}
        for run in plan_runs(path, file, max_rows, budget, groups):
            coded = run.words.intersection(words)
            if coded not in files:
                files[coded] = stack.enter_context(open_parquet(path, pre_buffer=False, read_dictionary=sorted(coded)))
            yield from files[coded].iter_batches(run.rows, row_groups=run.groups)


def repeated_words(file: pq.ParquetFile) -> list[str]:
    """The columns of text that have a small dictionary in every row group."""
    metadata, found = file.metadata, []
    for index in range(metadata.num_columns):
        name = metadata.schema.column(index).path
        if name not in file.schema_arrow.names or not pa.types.is_string(file.schema_arrow.field(name).type):
            continue
        chunks = (metadata.row_group(number).column(index) for number in range(metadata.num_row_groups))
        if all(each.has_dictionary_page and _dictionary_bytes(each) <= MAX_WORDS for each in chunks):
            found.append(name)
    return found


def _dictionary_bytes(chunk: Any) -> int:
    """The bytes of the dictionary page of a column of a row group in the file."""
    return int(chunk.data_page_offset) - int(chunk.dictionary_page_offset or 0)


def plan_runs(path: Path, file: pq.ParquetFile, max_rows: int, budget: int, groups: int | None) -> Iterator[GroupRun]:
    """Which row groups to read together, and how many rows of them at a time."""
    metadata, run_groups, rows, count, words = file.metadata, list[int](), max_rows, 0, frozenset[str]()
    with path.open("rb") as stream:
        for number in range(metadata.num_row_groups if groups is None else min(groups, metadata.num_row_groups)):
            group_rows, group_words = _rows_within_budget(stream, file, number, max_rows, budget)
            if run_groups and ((group_rows, group_words) != (rows, words) or count >= RUN_ROWS):
                yield GroupRun(run_groups, rows, words)
                run_groups, count = [], 0
            run_groups, rows, words = [*run_groups, number], group_rows, group_words
            count += metadata.row_group(number).num_rows
    if run_groups:
        yield GroupRun(run_groups, rows, words)


def _rows_within_budget(
    stream: IO[bytes], file: pq.ParquetFile, number: int, max_rows: int, budget: int
) -> tuple[int, frozenset[str]]:
    """How many rows of a row group decode to at most `budget` bytes, and its columns of dictionary pages only."""
    group, schema = file.metadata.row_group(number), file.metadata.schema
    per_row, opened, pages, words = 0.0, 0, 0, set[str]()
    for index in range(group.num_columns):
        chunk, column_schema = group.column(index), schema.column(index)
        measured = _measure_column(stream, chunk, column_schema.length or 0)
        pages += measured.pages
        opened += measured.largest + measured.dictionary
        each, name = measured.each, column_schema.path.partition(".")[0]
        if measured.dictionary and not measured.plain:
            words.add(column_schema.path)
        if measured.longest > MAX_CELL and measured.values:
            raise too_large_cell(name, measured.longest)
        if column_schema.max_repetition_level:
            size = (each + 8) * measured.values
            if size > MAX_LISTS:
                raise too_large_column(name, int(size), MAX_LISTS)
            per_row += size / max(1, group.num_rows)
        else:
            per_row += each + 4
    if pages > MAX_PAGES:
        raise TableError(f"A row group has more than {MAX_PAGES} pages: write larger pages.")
    if opened > MAX_OPEN:
        raise TableError(
            f"The pages of a row group unpack to {opened // MB} MB at a time. At most {MAX_OPEN // MB} MB are allowed: "
            f"write smaller pages."
        )
    return max(1, min(max_rows, int(budget / max(1.0, per_row)))), frozenset(words)


@dataclass
class ColumnSize:
    """A column of a row group: its values, an upper bound on the average bytes of each, and the size of its pages.

    `longest`: bytes of the longest word of its dictionary; `plain`: a page has values instead of places in it.
    """

    values: int = 0
    each: float = 0.0
    largest: int = 0
    dictionary: int = 0
    longest: int = 0
    pages: int = 0
    plain: bool = False


def _measure_column(stream: IO[bytes], chunk: Any, length: int) -> ColumnSize:
    """What a column of a row group decodes to. Raises TableError."""
    measured, words = ColumnSize(), _WIDTHS.get(chunk.physical_type, max(length, 1))
    text, prefixes = chunk.physical_type == "BYTE_ARRAY", 0
    offset = chunk.data_page_offset
    if chunk.has_dictionary_page and chunk.dictionary_page_offset is not None:
        offset = min(offset, chunk.dictionary_page_offset)
    end, measured.each = offset + chunk.total_compressed_size, float(words)
    values_read = 0
    while values_read < chunk.num_values and offset < end:
        header, offset = _read_page_header(stream, offset)
        kind, unpacked, packed = (header.get(field, 0) for field in (1, 2, 3))
        if unpacked > MAX_PAGE or unpacked < 0 or packed < 0:
            raise too_large_column(chunk.path_in_schema.partition(".")[0], abs(unpacked), MAX_PAGE)
        measured.pages += 1
        if kind == _DICTIONARY_PAGE:
            measured.dictionary = max(measured.dictionary, unpacked)
            if text:
                count = header.get(7, {}).get(1, 0)
                measured.longest = max(
                    measured.longest,
                    _longest_dictionary_word(stream, offset, packed, unpacked, count, chunk.compression),
                )
        elif kind in (_DATA_PAGE, _DATA_PAGE_V2):
            metadata = header.get(5 if kind == _DATA_PAGE else 8, {})
            count, encoding = max(0, metadata.get(1, 0)), metadata.get(2 if kind == _DATA_PAGE else 4, 0)
            values_read += count
            measured.largest = max(measured.largest, unpacked)
            measured.plain = measured.plain or encoding not in _DICTIONARY_ENCODINGS
            if text and encoding == _DELTA_BYTE_ARRAY:
                # Each value may repeat all earlier ones.
                prefixes += unpacked
                measured.each = max(measured.each, float(prefixes))
            elif text and encoding not in _DICTIONARY_ENCODINGS:
                measured.each = max(measured.each, unpacked / max(1, count))
        offset += packed
        if measured.pages > MAX_PAGES:
            break
    if text:
        measured.each = max(measured.each, float(measured.longest))
    measured.values = max(values_read, chunk.num_values)
    return measured


def _longest_dictionary_word(stream: IO[bytes], offset: int, packed: int, unpacked: int, count: int, codec: str) -> int:
    """The bytes of the longest word of a dictionary page; an upper bound if the page cannot be read."""
    bound = max(0, unpacked - 4 * count)
    if bound <= 64 or codec not in (*_CODECS, "UNCOMPRESSED"):
        return bound
    stream.seek(offset)
    content = stream.read(packed)
    if codec != "UNCOMPRESSED":
        content = pa.decompress(content, unpacked, _CODECS[codec], asbytes=True)
    return min(longest_word(content), bound)


def longest_word(content: bytes) -> int:
    """The bytes of the longest word of a dictionary page, where each word follows its length in four bytes.

    >>> longest_word(bytes([3, 0, 0, 0]) + b"tea" + bytes([6, 0, 0, 0]) + b"coffee")
    6
    """
    # Fast path: the length of a short word is a byte followed by three zeros, which text hardly contains.
    letters = np.frombuffer(content, np.uint8)
    if len(letters) > 4:
        zeros = letters == 0
        places = np.flatnonzero(zeros[1:-2] & zeros[2:-1] & zeros[3:])
        sizes = letters[places]
        ends = places + 4 + sizes
        if len(places) and places[0] == 0 and ends[-1] == len(letters) and bool((ends[:-1] == places[1:]).all()):
            return int(np.max(sizes))
    longest = index = 0
    while index + 4 <= len(content):
        size = int.from_bytes(content[index : index + 4], "little")
        longest = max(longest, size)
        index += 4 + size
    return longest


def _read_page_header(stream: IO[bytes], offset: int) -> tuple[dict[int, Any], int]:
    """The header of a page by field number, and the offset after it."""
    size = HEADER_BYTES
    while True:
        stream.seek(offset)
        content = stream.read(size)
        try:
            compact = CompactReader(content)
            return compact.struct(), offset + compact.offset
        except IndexError:
            if len(content) < size or size >= MAX_HEADER:
                raise TableError("The Parquet file cannot be read: the header of a page is damaged.") from None
            size *= 16
