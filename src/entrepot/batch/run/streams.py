"""Quote a table while it is read, as a stream of Arrow or of JSON lines, in bounded memory.

An error before the first answer is raised. A later error ends the answer in a way that its reader notices: JSON lines
end with a line `{"error": …}`; an Arrow stream ends inside a message whose bytes are that same JSON.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa

from entrepot.batch.assess.batches import assess_batches
from entrepot.batch.formats import json_lines
from entrepot.batch.formats.byte_limits import MAX_TABLE
from entrepot.batch.formats.readers import open_source
from entrepot.batch.formats.untrusted_arrow import CheckedStream, Read, checked_batches
from entrepot.batch.rows.answers import (
    MONEY,
    amounts_as_text,
    answer_names,
    schema_with_answers,
)
from entrepot.batch.rows.columns import CONSIGNMENT, Columns, kind_of, resolve_columns
from entrepot.batch.rows.context import LawContext
from entrepot.batch.run import consignments
from entrepot.batch.run.resume import PartStore, read_batches
from entrepot.model.errors import TableError

#: Lines of one block, and its bytes. A line has at most BLOCK_BYTES.
BLOCK_LINES, BLOCK_BYTES = 16_384, 4 << 20
#: Different fields that all lines may have together.
MAX_COLUMNS = 2_000
#: Bytes of one read.
READ_BYTES = 256 << 10
#: Announces an Arrow message that is longer than the bytes that follow, so that every reader reports an error.
TRUNCATED_MESSAGE = b"\xff\xff\xff\xff" + (1 << 20).to_bytes(4, "little")
_JSON = msgspec.json.Encoder(decimal_format="number")


class StreamOptions(NamedTuple):
    """How to quote a stream; `mapping`, `constants`, `on`, `explain` and `language` as in `BatchJob`.

    `max_rows`: rows that the stream may have. `size`: its bytes, 0 if unknown. `folder`: for rows that wait for others
    of their consignment.
    """

    mapping: Mapping[str, str | None]
    constants: Mapping[str, str]
    on: Any
    explain: bool
    max_rows: int
    size: int
    folder: Path
    language: str = "en"


def answer_stream(kind: str, read: Read, context: LawContext, options: StreamOptions) -> Iterator[bytes]:
    """Yield the answer of a stream, piece by piece. `kind`: `arrow` or `jsonl`. Raises TableError."""
    try:
        yield from (_answer_arrow if kind == "arrow" else _answer_lines)(read, context, options)
    except (pa.ArrowException, UnicodeDecodeError, OverflowError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # an error of the disk; Arrow's errors about a damaged stream have no number
        text = "".join(character for character in str(error).partition("\n")[0] if character.isprintable())[
            :300
        ].rstrip(".")
        raise TableError(f"The table cannot be read further: {text}.") from None


def error_tail(kind: str, error: bytes) -> bytes:
    """The last bytes of an answer that fails after its first piece. `error`: JSON."""
    return TRUNCATED_MESSAGE + error if kind == "arrow" else error + b"\n"


def _columns_of(schema: pa.Schema, options: StreamOptions) -> Columns:
    return resolve_columns(
        schema,
        options.mapping,
        options.constants,
        on=options.on,
        explain=options.explain,
        language=options.language,
    )


def _answer_arrow(read: Read, context: LawContext, options: StreamOptions) -> Iterator[bytes]:
    reader = pa.ipc.open_stream(CheckedStream(read))
    columns = _columns_of(reader.schema, options)
    schema = schema_with_answers(reader.schema, columns.explain)
    pieces = OutputBuffer()
    with pa.ipc.new_stream(pieces, schema) as writer, tempfile.TemporaryDirectory(dir=options.folder) as folder:
        batches: Iterable[pa.RecordBatch] = checked_batches(reader, options.max_rows, MAX_TABLE)
        if CONSIGNMENT in columns.column_names:
            batches = StoredBatches(Path(folder), batches)
        for batch in _answer_batches(batches, columns, context, options.size, Path(folder)):
            writer.write_batch(batch)
            yield from pieces.drain()
    yield from pieces.drain()


class StoredBatches:
    """Batches of a stream, stored on disk so that they can be read more than once."""

    def __init__(self, folder: Path, batches: Iterable[pa.RecordBatch]) -> None:
        self.path = PartStore(folder / "rows").get_or_write("rows", lambda: batches)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return read_batches(self.path)


def _answer_batches(
    batches: Iterable[pa.RecordBatch], columns: Columns, context: LawContext, size: int, folder: Path
) -> Iterator[pa.RecordBatch]:
    """The batches with their answers, in order. With consignments, all rows are read before the first answer."""
    if CONSIGNMENT not in columns.column_names:
        yield from assess_batches(batches, context, columns)
        return
    yield from consignments.answer_consignments(batches, columns, context, PartStore(folder / "work"), size)


class OutputBuffer:
    """A writable file that keeps what is written until `drain` is called."""

    def __init__(self) -> None:
        self.chunks: list[Any] = []
        self.closed = False

    def writable(self) -> bool:
        """True: the buffer accepts bytes."""
        return True

    def write(self, content: Any) -> int:
        """Append bytes."""
        self.chunks.append(content)
        return len(content)

    def flush(self) -> None:
        """Do nothing: every write is complete."""

    def drain(self) -> Iterator[bytes]:
        """Yield everything written since the last call, as one piece."""
        held, self.chunks = self.chunks, []
        if held:
            yield b"".join(held)


def _answer_lines(read: Read, context: LawContext, options: StreamOptions) -> Iterator[bytes]:
    """JSON lines: the bytes of each line as received, with the fields of its answer appended."""
    known: dict[str, None] = {}
    count, columns = 0, None
    kind = partial(kind_of, mapping=options.mapping)
    pieces = line_blocks(read)
    for lines in pieces:
        parsed = [(line, json_lines.parse_row(line, count + at)) for at, line in enumerate(lines, 1) if line.strip()]
        count += len(lines)
        _check_row_count(count, options)
        rows, before = [row for _, row in parsed], len(known)
        for row in rows:
            known.update(dict.fromkeys(row))
        if len(known) > MAX_COLUMNS:
            raise TableError(f"The lines have more than {MAX_COLUMNS} fields together, which is not a table.")
        if columns is None or len(known) > before:
            columns = _columns_of(json_lines.schema_of_rows(rows, known, kind), options) if known else None
        if columns is None:
            continue
        if CONSIGNMENT in columns.column_names:
            if count > len(lines):
                raise TableError(f"A consignment is first named about line {count}: name it in the first line too.")
            yield from _answer_stored_lines(chain([lines], pieces), context, options)
            return
        schema = json_lines.schema_of_rows(rows, columns.column_names.values(), kind)
        columns = _columns_of(_with_unread(schema, known), options)
        for given in assess_batches([json_lines.build_batch(rows, schema)], context, columns):
            yield _lines_with_answers([line for line, _ in parsed], given, columns.explain, context)
    if columns is None:
        raise TableError(json_lines.NO_ROW)


def _check_row_count(count: int, options: StreamOptions) -> None:
    if count > options.max_rows:
        raise TableError(f"The table has more than {options.max_rows} rows, the limit of this server.")


def _with_unread(schema: pa.Schema, known: Iterable[str]) -> pa.Schema:
    """The schema with the columns that are not read, as null columns."""
    return pa.schema([schema.field(name) if name in schema.names else (name, pa.null()) for name in known])


def _answer_stored_lines(pieces: Iterable[list[bytes]], context: LawContext, options: StreamOptions) -> Iterator[bytes]:
    """Lines of consignments: all lines are stored on disk first, because one consignment's may be anywhere."""
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path, count = Path(folder) / "lines.jsonl", 0
        with path.open("wb") as file:
            for lines in pieces:
                count += len(lines)
                _check_row_count(count, options)
                file.write(b"".join(line + b"\n" for line in lines if line.strip()))
        source = open_source(path, "jsonl", options.mapping)
        columns = _columns_of(source.schema, options)
        with path.open("rb") as lines_again:
            for batch in _answer_batches(source, columns, context, path.stat().st_size, Path(folder)):
                yield _lines_with_answers(list(islice(lines_again, batch.num_rows)), batch, columns.explain, context)


def line_blocks(read: Read) -> Iterator[list[bytes]]:
    r"""Yield the lines of a stream in blocks. Raises TableError if a line is longer than BLOCK_BYTES.

    >>> import io
    >>> list(line_blocks(io.BytesIO(b"a\nb").read))
    [[b'a', b'b']]
    """
    rest, held, size = b"", list[bytes](), 0
    while True:
        content = read(READ_BYTES)
        *whole, rest = (rest + content).split(b"\n")
        if not content and rest:
            whole, rest = [rest], b""
        if len(rest) > BLOCK_BYTES:
            raise TableError(f"A line has more than {BLOCK_BYTES >> 20} MB, which is not a table of JSON lines.")
        for line in whole:
            held.append(line)
            size += len(line)
            if len(held) >= BLOCK_LINES or size >= BLOCK_BYTES:
                yield held
                held, size = [], 0
        if not content:
            break
    if held:
        yield held


def _lines_with_answers(lines: list[bytes], answers: pa.RecordBatch, explain: bool, context: LawContext) -> bytes:
    """The lines with the fields of their answers appended."""
    names, columns = answer_names(explain), []
    money = answers.column("out_currency")
    for name in names:
        column = answers.column(name)
        value_column = amounts_as_text(column, money, dict(context.world.decimals)) if column.type == MONEY else column
        columns.append(value_column.to_pylist())
    encoded = []
    for line, row in zip(lines, zip(*columns, strict=True), strict=True):
        before = line.strip().removeprefix(b"\xef\xbb\xbf")[:-1].rstrip()
        answer_fields = _JSON.encode(dict(zip(names, row, strict=True)))[1:]
        encoded.append(before + (b"," if len(before) > 1 else b"") + answer_fields)
    return b"\n".join(encoded) + b"\n"
