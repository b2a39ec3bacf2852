"""Joins Parquet files of the same columns into one: their pages are copied, their footers are merged.

PyArrow encodes one row group after the other, in one thread. So each group is encoded as a file of its own, several at
a time; its pages are copied as they are, and in its footer the places of pages are moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from entrepot.batch.formats.parquet_chunk import PlacedColumn
from entrepot.batch.formats.thrift_compact import I64, LIST, STRUCT, Struct, read_struct, write_struct

#: The bytes at the start and at the end of a Parquet file; those of the footer's length and the end.
MAGIC, END_BYTES = b"PAR1", 8

# The fields of the footer, of a row group, of a column and of its metadata that are changed here.
ROWS, GROUPS = 3, 4
COLUMNS, GROUP_BYTES, GROUP_ROWS, GROUP_OFFSET, GROUP_COMPRESSED = 1, 2, 3, 5, 6
COLUMN_OFFSET, COLUMN_METADATA = 2, 3
METADATA_BYTES, METADATA_COMPRESSED = 6, 7
#: Fields that hold the place of something in the file; nil where there is nothing.
COLUMN_OFFSETS, METADATA_OFFSETS = (2, 4, 6), (9, 10, 11, 14)


class JoinedFile:
    """A Parquet file that is written from files of the same columns.

    `empty`: such a file without rows, which has the schema and the metadata.
    """

    def __init__(self, stream: IO[bytes], empty: bytes) -> None:
        self.stream, self.size = stream, len(MAGIC)
        self.footer = _footer_of(empty)
        self.groups: list[bytes] = []
        self.rows = 0
        stream.write(MAGIC)

    def add(self, file: bytes, columns: Sequence[PlacedColumn] = ()) -> None:
        """Adds the row groups of a file.

        `columns`: those that the file lacks, in their sequence; it has one row group then, or no bytes.
        """
        if not file:
            rows = columns[0].column.rows
            group: Struct = {COLUMNS: (LIST, (STRUCT, [])), GROUP_ROWS: (I64, rows), GROUP_OFFSET: (I64, self.size)}
            self._add_columns(group, columns)
            self.groups.append(write_struct(group))
            self.rows += rows
            return
        footer = _footer_of(file)
        pages = memoryview(file)[len(MAGIC) : len(file) - END_BYTES - _footer_bytes(file)]
        begin, self.size = self.size, self.size + len(pages)
        self.stream.write(pages)
        for group in footer[GROUPS][1][1]:
            _move(group, begin - len(MAGIC))
            self._add_columns(group, columns)
            self.groups.append(write_struct(group))
        self.rows += footer[ROWS][1]

    def _add_columns(self, group: Struct, columns: Sequence[PlacedColumn]) -> None:
        """Writes the pages of columns, and puts them into a row group."""
        for each in columns:
            pages = each.column.pages()
            metadata = each.column.metadata(each.name, self.size, statistics=each.statistics)
            group[COLUMNS][1][1].insert(each.place, {COLUMN_OFFSET: (I64, 0), COLUMN_METADATA: (STRUCT, metadata)})
            self.stream.write(pages)
            self.size += len(pages)
        if columns:
            all_metadata = [column[COLUMN_METADATA][1] for column in group[COLUMNS][1][1]]
            group[GROUP_BYTES] = I64, sum(each[METADATA_BYTES][1] for each in all_metadata)
            group[GROUP_COMPRESSED] = I64, sum(each[METADATA_COMPRESSED][1] for each in all_metadata)

    def close(self) -> None:
        """Writes the footer; the stream stays open."""
        footer = write_struct({**self.footer, ROWS: (I64, self.rows), GROUPS: (LIST, (STRUCT, self.groups))})
        self.stream.write(footer + len(footer).to_bytes(END_BYTES - len(MAGIC), "little") + MAGIC)


def _footer_bytes(file: bytes) -> int:
    return int.from_bytes(file[-END_BYTES : -len(MAGIC)], "little")


def _footer_of(file: bytes) -> Struct:
    return read_struct(file[len(file) - END_BYTES - _footer_bytes(file) : -END_BYTES])


def _move(group: Struct, by: int) -> None:
    """Moves a row group by some bytes. Only the groups of an encrypted file have numbers."""
    _move_fields(group, (GROUP_OFFSET,), by)
    for column in group[COLUMNS][1][1]:
        _move_fields(column, COLUMN_OFFSETS, by)
        _move_fields(column[COLUMN_METADATA][1], METADATA_OFFSETS, by)


def _move_fields(struct: Struct, fields: tuple[int, ...], by: int) -> None:
    for field in fields:
        form, at = struct.get(field, (I64, 0))
        if at:
            struct[field] = form, at + by
