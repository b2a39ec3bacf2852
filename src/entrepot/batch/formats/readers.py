"""Read CSV, JSON lines, Parquet and Arrow files as record batches, in bounded memory.

CSV cells stay text, because `0901.21` is not a number. Numbers of JSON lines stay exact: a column becomes text if one
of its numbers does not fit a 64-bit type exactly.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pc

from entrepot.batch.formats import json_lines, parquet_pages
from entrepot.batch.formats.byte_limits import MAX_COLUMNS, MB, split_by_bytes, too_many_columns
from entrepot.batch.formats.untrusted_arrow import MAX_BODY, CheckedStream
from entrepot.batch.rows.columns import kind_of
from entrepot.model.errors import TableError, TableNotFound, TableTooLarge, WordedTableError

#: Bytes of text that are read at a time.
BLOCK_BYTES = 4 << 20
#: Rows of a batch.
BATCH_ROWS = 65_536
#: Rows of a batch of a columnar format: larger batches look at repeated words less often.
COLUMNAR_BATCH_ROWS = 131_072
#: Characters of a CSV header.
MAX_HEADER = 1 << 20
#: A batch of an Arrow file may unpack to MAX_BODY bytes, or to MAX_RATIO times the size of the file if that is more.
MAX_RATIO = 20
#: Arrow's error for a line of CSV with another number of cells.
_WRONG_COUNT = re.compile(r"Expected (\d+) columns, got (\d+): (.*)")
#: The errors of readers for damaged files.
READ_ERRORS = (pa.ArrowException, csv.Error, EOFError, zlib.error)


@dataclass
class Source:
    """A file to read: its schema, and its batches, from the start on each call.

    `read`: the part of `size` that the batches given out took; `rows`: their rows. `max_bytes`: decoded bytes of all
    rows. `repeated_words`: the columns of text that the file has as small dictionaries; `words`: those of them that the
    batches may have as dictionaries too.
    """

    schema: pa.Schema
    open: Callable[[Source], Iterator[pa.RecordBatch]]
    read: float = 0.0
    size: float = field(default=1.0)
    rows: int = 0
    max_bytes: int | None = None
    words: Collection[str] = ()
    repeated_words: Collection[str] = ()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield batches, each of bounded size in memory and as text. Raises TableError, TableTooLarge."""
        self.read, self.rows = 0.0, 0
        try:
            for batch in split_by_bytes(self.open(self), self.max_bytes):
                self.rows += batch.num_rows
                yield batch
        except (*READ_ERRORS, OSError, UnicodeDecodeError) as error:  # a damaged page of Parquet is an OSError
            if "invalid UTF8" in str(error):
                raise WordedTableError(
                    "After row {row}, the text is not UTF-8. Give its encoding with --encoding; utf-8-replace reads it "
                    "with a mark in place of each character that cannot be read.",
                    row=self.rows,
                ) from None
            if found := _WRONG_COUNT.search(str(error)):
                raise WordedTableError(
                    "A line after row {row} has {got} cells, and the first line names {expected} columns: {line} "
                    "Put a cell that contains the separator in quotation marks, and leave out no cell.",
                    row=self.rows,
                    got=found[2],
                    expected=found[1],
                    line=_error_sentence(ValueError(found[3])),
                ) from None
            raise TableError(f"The table cannot be read further: {_error_sentence(error)}") from None

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return self.batches()

    def share(self, rows: int | None = None) -> float:
        """The share that was given out, from 0 to 1; with `rows`, the share if only so many of those rows are done."""
        read = min(1.0, self.read / self.size) if self.size else 1.0
        return read if rows is None or rows >= self.rows else read * rows / self.rows


def without_columns(source: Source, names: Collection[str]) -> Source:
    """The same rows without some columns."""

    def batches(reduced: Source) -> Iterator[pa.RecordBatch]:
        for batch in source.open(reduced):
            yield batch.drop_columns(list(names))

    schema = pa.schema([each for each in source.schema if each.name not in names], source.schema.metadata)
    words = [name for name in source.repeated_words if name not in names]
    return Source(schema, batches, size=source.size, max_bytes=source.max_bytes, repeated_words=words)


def open_source(path: Path, kind: str, mapping: Mapping[str, str | None] | None = None) -> Source:
    """Open a file. `kind`: `csv`, `jsonl`, `parquet` or `arrow`. Raises TableError if it is invalid.

    `mapping`: the field of each column whose name does not say it; it decides how JSON values are read.
    """
    openers: dict[str, Callable[[Path], Source]]
    openers = {
        "csv": _open_csv,
        "jsonl": partial(_open_jsonl, mapping=mapping),
        "parquet": _open_parquet,
        "arrow": _open_arrow,
    }
    try:
        if not path.stat().st_size:
            raise WordedTableError("{path} is empty.", path=path)
        return openers[kind](path)
    except FileNotFoundError:
        raise TableNotFound("File {path} does not exist.", path=path) from None
    except UnicodeDecodeError:
        raise WordedTableError("{path} is not UTF-8 text: save it as UTF-8, or say its format.", path=path) from None
    except OSError as error:  # also Arrow's errors for a damaged file
        raise TableError(f"{path} cannot be read as {kind}: {_error_sentence(error)}") from None
    except READ_ERRORS as error:
        raise TableError(f"{path} cannot be read as {kind}: {_error_sentence(error)}") from None


def _error_sentence(error: Exception) -> str:
    text = (getattr(error, "strerror", None) or str(error)).strip().partition("\n")[0]
    shown = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)[
        :300
    ].rstrip(".")
    return f"{shown}."


def decompress(path: Path, raw: Any) -> Any:
    """The bytes of a text file, gunzipped if its name ends in .gz."""
    return gzip.GzipFile(fileobj=raw, mode="rb") if path.suffix == ".gz" else raw


def _open_csv(path: Path) -> Source:
    with path.open("rb") as raw, closing(decompress(path, raw)) as stream:
        head = io.TextIOWrapper(stream, "utf-8-sig", newline="")
        first = head.read(MAX_HEADER)
    if "\0" in first:
        raise WordedTableError("{path} is not text: it contains zero bytes. Check its format.", path=path)
    delimiter = find_delimiter(path, first)
    names = next(csv.reader(io.StringIO(first, newline=""), delimiter=delimiter), [])
    if not any(name.strip() for name in names):
        raise WordedTableError("{path} has no header: its first line has to name the columns.", path=path)
    if "" in names:
        raise WordedTableError(
            "{path} has a column without a name: column {number} of its first line.",
            path=path,
            number=names.index("") + 1,
        )
    if len(names) > MAX_COLUMNS:
        raise too_many_columns(len(names))
    schema = pa.schema([(name, pa.string()) for name in names])

    def batches(source: Source) -> Iterator[pa.RecordBatch]:
        with path.open("rb") as raw, closing(decompress(path, raw)) as stream:
            first = stream.read(MAX_HEADER)
            ratio = raw.tell() / max(1, len(first))  # bytes of the file for each byte of its text
        if b"\n" not in first and b"\r" not in first.strip():
            return  # no line comes after the header
        # Arrow reads ahead in its own thread, directly from the file: a Python stream would block that thread on the
        # interpreter lock, which an exiting process holds.
        with pa.OSFile(str(path)) as file:
            for number, batch in enumerate(_read_csv(_decompressed(path, file), names, delimiter, source), 1):
                source.read = min(file.tell(), number * BLOCK_BYTES * ratio)
                yield batch
        source.read = source.size

    return Source(schema, batches, size=path.stat().st_size)


def _decompressed(path: Path, file: pa.NativeFile) -> pa.NativeFile:
    return pa.CompressedInputStream(file, "gzip") if path.suffix == ".gz" else file


def _read_csv(stream: Any, names: list[str], delimiter: str, source: Source) -> Iterator[pa.RecordBatch]:
    try:
        yield from _csv_reader(stream, names, delimiter)
    except pa.ArrowInvalid as error:
        raise _row_too_long(source.rows) if "straddling" in str(error) else error from None


def _row_too_long(rows: int) -> TableTooLarge:
    return TableTooLarge(
        "After row {row}, a row has more than {most} MB, or a quoted cell does not end. Shorten the row, or close its "
        "quotation mark.",
        row=rows,
        most=BLOCK_BYTES // MB,
    )


def _csv_reader(stream: Any, names: list[str], delimiter: str) -> Any:
    column_types = {name: pa.string() for name in names}
    return pc.open_csv(
        stream,
        read_options=pc.ReadOptions(block_size=BLOCK_BYTES),
        # With one column an empty line is a row with an empty cell; with several it is not a row.
        parse_options=pc.ParseOptions(delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=len(names) > 1),
        convert_options=pc.ConvertOptions(column_types=column_types, strings_can_be_null=False),
    )


def find_delimiter(path: Path, text: str) -> str:
    """The delimiter of the header: the one that occurs most often outside of quotes."""
    if ".tsv" in path.suffixes:
        return "\t"
    header = (re.sub('"[^"]*"', "", text).splitlines() or [""])[0]
    return max((",", ";", "\t", "|"), key=header.count)


def _open_jsonl(path: Path, mapping: Mapping[str, str | None] | None) -> Source:
    def lines(source: Source | None = None) -> Iterator[bytes]:
        with path.open("rb") as raw, closing(decompress(path, raw)) as stream:
            for line in json_lines.read_lines(stream):
                if source is not None:
                    source.read = raw.tell()
                yield line

    schema = json_lines.schema_of(lines(), partial(kind_of, mapping=mapping))
    return Source(
        schema, lambda source: json_lines.read_batches(lines(source), schema, BATCH_ROWS), size=path.stat().st_size
    )


def _open_parquet(path: Path) -> Source:
    with parquet_pages.open_parquet(path) as file:
        schema, rows, repeated_words = file.schema_arrow, file.metadata.num_rows, parquet_pages.repeated_words(file)

    def batches(source: Source) -> Iterator[pa.RecordBatch]:
        for batch in parquet_pages.read_batches(path, COLUMNAR_BATCH_ROWS, words=source.words):
            source.read += batch.num_rows
            # Parquet restores the dictionary type of a column only by a cast.
            wanted = pa.schema(
                [given if own.name in source.words else own for own, given in zip(schema, batch.schema, strict=True)],
                schema.metadata,
            )
            yield batch if batch.schema.equals(wanted) else batch.cast(wanted)

    return Source(schema, batches, size=rows, repeated_words=repeated_words)


def _open_arrow(path: Path) -> Source:
    """An Arrow file or stream. A file holds a stream between its magic bytes and its footer, and is read as that."""
    size = path.stat().st_size
    max_bytes = max(MAX_BODY, MAX_RATIO * size)

    def open_stream(raw: Any) -> pa.RecordBatchReader:
        if raw.read(8)[:6] == b"ARROW1":
            raw.seek(max(8, size - 6))
            if raw.read(6) != b"ARROW1":
                raise TableError(f"{path} cannot be read as arrow: the end of the file is missing.")
            raw.seek(8)
        else:
            raw.seek(0)
        return pa.ipc.open_stream(CheckedStream(raw.read, max_bytes))

    with path.open("rb") as raw:
        try:
            schema = open_stream(raw).schema
        except TableError as error:
            if str(error).startswith(str(path)):
                raise
            raise TableError(f"{path} cannot be read as arrow: {error}") from None

    def batches(source: Source) -> Iterator[pa.RecordBatch]:
        with path.open("rb") as raw:
            for batch in open_stream(raw):
                source.read = raw.tell() / size
                yield batch

    return Source(schema, batches)
