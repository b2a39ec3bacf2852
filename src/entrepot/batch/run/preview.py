"""Preview of a table file: its column names, its first rows as text, and the fields that its columns seem to give."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from entrepot.batch.formats import json_lines, parquet_pages, xlsx_sheet
from entrepot.batch.formats.byte_limits import split_by_bytes
from entrepot.batch.formats.readers import open_source
from entrepot.batch.rows.cells import read_cells
from entrepot.batch.rows.columns import Field
from entrepot.model.errors import TableError, WordedTableError

#: Rows of a preview, characters of one of its cells, and JSON lines whose fields are read.
SHOWN_ROWS, SHOWN_CHARACTERS, SCANNED_LINES = 5, 60, 1_000
#: Columns that an uploaded table may have; bytes that a Parquet file may decode to.
MAX_COLUMNS, MAX_DECODED = 500, 8 << 30
#: The first rows must be within this many bytes of a sheet: a request waits for them, and empty rows have no limit.
SHEET_BYTES = 8 << 20
#: Bytes of the JSON lines whose fields are read.
SCANNED_BYTES = 4 << 20
#: The format of a file by its suffix.
KIND_OF_SUFFIX = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".parquet": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
_TEXT = Field((), "text", of_line=False)


class Preview(NamedTuple):
    """The column names and the first rows as text."""

    names: list[str]
    rows: list[list[str]]


def read_preview(path: Path, kind: str, max_rows: int) -> Preview:
    """The preview of a `csv`, `xlsx`, `parquet` or `jsonl` file. Raises TableError if it is invalid or too large."""
    try:
        found = _READERS[kind](path, max_rows)
    except (pa.ArrowException, UnicodeDecodeError, OSError):
        raise TableError("The file cannot be read as what its name says it is.") from None
    if len(found.names) > MAX_COLUMNS:
        raise TableError(f"The table has more than {MAX_COLUMNS} columns.")
    return found


def _csv(path: Path, max_rows: int) -> Preview:  # noqa: ARG001  # its rows are counted as they are read
    source = open_source(path, "csv")
    batches = source.batches()
    return _preview_of_batch(source.schema.names, next(batches, None))


def _parquet(path: Path, max_rows: int) -> Preview:
    with parquet_pages.open_parquet(path) as file:
        metadata = file.metadata
        decoded = sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
        if metadata.num_rows > max_rows or decoded > MAX_DECODED:
            raise TableError(f"The table has more than {max_rows} rows, or is too large after decompression.")
        names = file.schema_arrow.names
    return _preview_of_batch(names, next(split_by_bytes(parquet_pages.read_batches(path, SHOWN_ROWS, groups=1)), None))


def _jsonl(path: Path, max_rows: int) -> Preview:  # noqa: ARG001  # as above
    with path.open("rb") as stream:
        lines = list(_first_lines(json_lines.read_lines(stream)))
    rows = [json_lines.parse_row(line, number) for number, line in enumerate(lines, 1) if line.strip()]
    return preview_of_rows(rows)


def _first_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The first SCANNED_LINES lines, fewer if they have SCANNED_BYTES."""
    size = 0
    for line in islice(lines, SCANNED_LINES):
        yield line
        if (size := size + len(line)) > SCANNED_BYTES:
            return


def _xlsx(path: Path, max_rows: int) -> Preview:  # noqa: ARG001  # as above
    with closing(xlsx_sheet.read_rows(path, SHEET_BYTES)) as rows:
        return preview_of_rows(list(islice(rows, SHOWN_ROWS)))


_READERS = {"csv": _csv, "parquet": _parquet, "jsonl": _jsonl, "xlsx": _xlsx}


def preview_of_rows(rows: list[dict[str, Any]]) -> Preview:
    """The preview of rows by column name. Raises TableError if there is none."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    if not names:
        raise WordedTableError("The table has no row below the names of the columns.")
    return Preview(names, [[_shortened(row.get(name)) for name in names] for row in rows[:SHOWN_ROWS]])


def _preview_of_batch(names: list[str], batch: pa.RecordBatch | None) -> Preview:
    if batch is None or not batch.num_rows:
        raise WordedTableError("The table has no row below the names of the columns.")
    columns = [
        read_cells(column, _TEXT, "") if _needs_text(column) else column.to_pylist()
        for column in batch.slice(0, SHOWN_ROWS)
    ]
    return Preview(list(names), [list(map(_shortened, row)) for row in zip(*columns, strict=True)])


def _needs_text(column: Any) -> bool:
    return bool(pa.types.is_floating(column.type) or pa.types.is_timestamp(column.type))


def _shortened(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…"
