"""readers: files of four kinds as record batches, read as a stream: memory stays bounded whatever the size.

CSV cells stay the text that they are, for `0901.21` is no number. Numbers of JSON lines stay exact: a column of which
one cannot be a 64-bit number as it is becomes text.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pc

from entrepot.batch.formats import json_lines, parquet_pages
from entrepot.batch.formats.byte_limits import COLUMNS, MB, portioned, too_many_columns
from entrepot.batch.formats.untrusted_arrow import CONTENT, Arriving
from entrepot.batch.rows.columns import kind_of
from entrepot.model.errors import TableError, TableTooLarge

#: Bytes of text that are read at a time.
BLOCK = 4 << 20
#: Rows of a batch.
ROWS = 65_536
#: Rows of a batch of a format that is read by columns: the more, the fewer times the same words are looked at.
LARGE = 262_144
#: A header longer than this is none.
LONGEST_HEADER = 1 << 20
#: A batch of an Arrow file may unpack to CONTENT bytes, or to so many times the size of the file where that is more.
UNPACKED = 20
#: What those who read raise where a file is broken.
BROKEN = (pa.ArrowException, csv.Error, EOFError, zlib.error)


@dataclass
class Source:
    """A file to read: its schema, and its batches, from the start each time. `share`: how much of it, 0 to 1.

    `read`: as much of `size` as the batches that were given out took; `rows`: theirs.
    `most`: decoded bytes of all rows.
    """

    schema: pa.Schema
    open: Callable[[Source], Iterator[pa.RecordBatch]]
    read: float = 0.0
    size: float = field(default=1.0)
    rows: int = 0
    most: int | None = None

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The batches, each of bounded size in memory and as text. Raises TableError, TableTooLarge."""
        self.read, self.rows = 0.0, 0
        try:
            for batch in portioned(self.open(self), self.most):
                self.rows += batch.num_rows
                yield batch
        except (*BROKEN, OSError, UnicodeDecodeError) as error:  # a damaged page of Parquet is an OSError
            raise TableError(f"The table cannot be read further: {_sentence(error)}") from None

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return self.batches()

    def share(self, rows: int | None = None) -> float:
        """How much of it was given out, from 0 to 1; with `rows`, as many as were done of those that were given out."""
        read = min(1.0, self.read / self.size) if self.size else 1.0
        return read if rows is None or rows >= self.rows else read * rows / self.rows


def source_of(path: Path, kind: str, mapping: Mapping[str, str | None] | None = None) -> Source:
    """A file as a source. `kind`: `csv`, `jsonl`, `parquet` or `arrow`. Raises TableError where it is none such.

    `mapping`: which columns give which fields, where their names do not say it; JSON lines are read by that.
    """
    makers: dict[str, Callable[[Path], Source]]
    makers = {"csv": _csv, "jsonl": partial(_jsonl, mapping=mapping), "parquet": _parquet, "arrow": _arrow}
    try:
        if not path.stat().st_size:
            raise TableError(f"{path} is empty.")
        return makers[kind](path)
    except FileNotFoundError:
        raise TableError(f"There is no file {path}.") from None
    except UnicodeDecodeError:
        raise TableError(f"{path} is not UTF-8 text: save it as UTF-8, or say its format.") from None
    except OSError as error:  # Arrow's own errors of a broken file are of this kind too
        raise TableError(f"{path} cannot be read as {kind}: {_sentence(error)}") from None
    except BROKEN as error:
        raise TableError(f"{path} cannot be read as {kind}: {_sentence(error)}") from None


def _sentence(error: Exception) -> str:
    text = (getattr(error, "strerror", None) or str(error)).strip().partition("\n")[0]
    shown = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)[:300].rstrip(".")
    return f"{shown}."


def text_of(path: Path, raw: Any) -> Any:
    """The bytes of a text, out of its gzip where it has one."""
    return gzip.GzipFile(fileobj=raw, mode="rb") if path.suffix == ".gz" else raw


def _csv(path: Path) -> Source:
    with path.open("rb") as raw, closing(text_of(path, raw)) as stream:
        head = io.TextIOWrapper(stream, "utf-8-sig", newline="")
        first = head.read(LONGEST_HEADER)
    if "\0" in first:
        raise TableError(f"{path} is no text: it holds bytes of nil. Is it of another format?")
    delimiter = _delimiter(path, first)
    names = next(csv.reader(io.StringIO(first, newline=""), delimiter=delimiter), [])
    if not any(name.strip() for name in names):
        raise TableError(f"{path} has no header: its first line has to name the columns.")
    if "" in names:
        raise TableError(f"{path} has a column without a name, the {names.index('') + 1}th of its first line.")
    if len(names) > COLUMNS:
        raise too_many_columns(len(names))
    schema = pa.schema([(name, pa.string()) for name in names])

    def batches(source: Source) -> Iterator[pa.RecordBatch]:
        with path.open("rb") as raw, closing(text_of(path, raw)) as stream:
            first = stream.read(LONGEST_HEADER)
            ratio = raw.tell() / max(1, len(first))  # bytes of the file for each byte of its text
        if b"\n" not in first and b"\r" not in first.strip():
            return  # no line comes after the header
        # Arrow reads ahead in a thread of its own. It reads the file itself: a stream of Python would stop that thread
        # for the interpreter's lock, which a process that ends holds.
        with pa.OSFile(str(path)) as file:
            for number, batch in enumerate(_csv_batches(_unpacked(path, file), names, delimiter, source), 1):
                source.read = min(file.tell(), number * BLOCK * ratio)
                yield batch
        source.read = source.size

    return Source(schema, batches, size=path.stat().st_size)


def _unpacked(path: Path, file: pa.NativeFile) -> pa.NativeFile:
    return pa.CompressedInputStream(file, "gzip") if path.suffix == ".gz" else file


def _csv_batches(stream: Any, names: list[str], delimiter: str, source: Source) -> Iterator[pa.RecordBatch]:
    try:
        yield from _csv_reader(stream, names, delimiter)
    except pa.ArrowInvalid as error:
        raise _too_long(source.rows) if "straddling" in str(error) else error from None


def _too_long(rows: int) -> TableTooLarge:
    return TableTooLarge(
        "After row {row}, a row has more than {most} MB, or a quoted cell does not end. Shorten the row, or close its "
        "quotation mark.",
        row=rows,
        most=BLOCK // MB,
    )


def _csv_reader(stream: Any, names: list[str], delimiter: str) -> Any:
    unique = {name: pa.string() for name in names}
    return pc.open_csv(
        stream,
        read_options=pc.ReadOptions(block_size=BLOCK),
        # Of one column an empty line is a row with an empty cell; of several it is none.
        parse_options=pc.ParseOptions(delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=len(names) > 1),
        convert_options=pc.ConvertOptions(column_types=unique, strings_can_be_null=False),
    )


def _delimiter(path: Path, text: str) -> str:
    """What separates the names of the header: the sign that stands most often outside of quotes."""
    if ".tsv" in path.suffixes:
        return "\t"
    header = (re.sub('"[^"]*"', "", text).splitlines() or [""])[0]
    return max((",", ";", "\t", "|"), key=header.count)


def _jsonl(path: Path, mapping: Mapping[str, str | None] | None) -> Source:
    def lines(source: Source | None = None) -> Iterator[bytes]:
        with path.open("rb") as raw, closing(text_of(path, raw)) as stream:
            for line in json_lines.lines(stream):
                if source is not None:
                    source.read = raw.tell()
                yield line

    schema = json_lines.schema_of(lines(), partial(kind_of, mapping=mapping))
    return Source(schema, lambda source: json_lines.batches(lines(source), schema, ROWS), size=path.stat().st_size)


def _parquet(path: Path) -> Source:
    with parquet_pages.opened(path) as file:
        schema, rows = file.schema_arrow, file.metadata.num_rows

    def batches(source: Source) -> Iterator[pa.RecordBatch]:
        for batch in parquet_pages.batches(path, LARGE):
            source.read += batch.num_rows
            # A dictionary column of the schema is restored only column by column.
            yield batch if batch.schema.equals(schema) else batch.cast(schema)

    return Source(schema, batches, size=rows)


def _arrow(path: Path) -> Source:
    """An Arrow file or stream. A file holds a stream between its head and its footer, and is read as that stream."""
    size = path.stat().st_size
    most = max(CONTENT, UNPACKED * size)

    def opened(raw: Any) -> pa.RecordBatchReader:
        if raw.read(8)[:6] == b"ARROW1":
            raw.seek(max(8, size - 6))
            if raw.read(6) != b"ARROW1":
                raise TableError(f"{path} cannot be read as arrow: the end of the file is missing.")
            raw.seek(8)
        else:
            raw.seek(0)
        return pa.ipc.open_stream(Arriving(raw.read, most))

    with path.open("rb") as raw:
        try:
            schema = opened(raw).schema
        except TableError as error:
            if str(error).startswith(str(path)):
                raise
            raise TableError(f"{path} cannot be read as arrow: {error}") from None

    def batches(source: Source) -> Iterator[pa.RecordBatch]:
        with path.open("rb") as raw:
            for batch in opened(raw):
                source.read = raw.tell() / size
                yield batch

    return Source(schema, batches)
