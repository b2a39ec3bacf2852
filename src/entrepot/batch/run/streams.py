"""streams: a table answered while it comes, as a stream of Arrow or of JSON lines; memory is bounded whatever the size.

What goes wrong before the first answer is raised. Later the answer has begun, and its reader has to notice: JSON lines
end with a line `{"error": …}`; of Arrow the stream ends inside a message, whose bytes are that same JSON.
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
from entrepot.batch.formats.byte_limits import TABLE
from entrepot.batch.formats.readers import source_of
from entrepot.batch.formats.untrusted_arrow import Arriving, Read, arrived
from entrepot.batch.rows.answers import (
    INTERNAL_FAULT_COLUMNS,
    MONEY,
    amounts_as_text,
    answer_names,
    schema_with_answers,
)
from entrepot.batch.rows.columns import CONSIGNMENT, Columns, kind_of, resolve_columns
from entrepot.batch.rows.context import LawContext
from entrepot.batch.run import consignments
from entrepot.batch.run.resume import Work, taken
from entrepot.model.errors import TableError

#: Lines that are answered at a time, and the bytes of them; a line has at most as many.
LINES, BLOCK = 16_384, 4 << 20
#: Fields that all lines have between them.
MOST_COLUMNS = 2_000
#: Bytes that are read at a time.
READ = 256 << 10
#: What tells a reader of Arrow that a message follows, of more bytes than do.
BROKEN = b"\xff\xff\xff\xff" + (1 << 20).to_bytes(4, "little")
_JSON = msgspec.json.Encoder(decimal_format="number")


class Wanted(NamedTuple):
    """How a stream is to be answered: as `Job` says it. `most`: rows; `size`: bytes of it, where that is known.

    `folder`: where rows are put that have to wait for others of their consignment.
    """

    mapping: Mapping[str, str | None]
    constants: Mapping[str, str]
    on: Any
    explain: bool
    most: int
    size: int
    folder: Path


def answered(kind: str, read: Read, house: LawContext, wanted: Wanted) -> Iterator[bytes]:
    """The answer of a stream, piece by piece. `kind`: `arrow` or `jsonl`. Raises TableError."""
    try:
        yield from (_arrow if kind == "arrow" else _lines)(read, house, wanted)
    except (pa.ArrowException, UnicodeDecodeError, OverflowError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the disk's; those of Arrow about a broken stream have no number
        text = "".join(sign for sign in str(error).partition("\n")[0] if sign.isprintable())[:300].rstrip(".")
        raise TableError(f"The table cannot be read further: {text}.") from None


def ended(kind: str, error: bytes) -> bytes:
    """How an answer that has begun ends where something goes wrong. `error`: JSON."""
    return BROKEN + error if kind == "arrow" else error + b"\n"


def _columns(schema: pa.Schema, wanted: Wanted) -> Columns:
    return resolve_columns(schema, wanted.mapping, wanted.constants, on=wanted.on, explain=wanted.explain)


def _arrow(read: Read, house: LawContext, wanted: Wanted) -> Iterator[bytes]:
    reader = pa.ipc.open_stream(Arriving(read))
    columns = _columns(reader.schema, wanted)
    schema = schema_with_answers(reader.schema, columns.explain)
    pieces = Pieces()
    with pa.ipc.new_stream(pieces, schema) as writer, tempfile.TemporaryDirectory(dir=wanted.folder) as folder:
        batches: Iterable[pa.RecordBatch] = arrived(reader, wanted.most, TABLE)
        if CONSIGNMENT in columns.column_names:
            batches = Again(Path(folder), batches)
        for batch in _in_sequence(batches, columns, house, wanted.size, Path(folder)):
            writer.write_batch(batch)
            yield from pieces.taken()
    yield from pieces.taken()


class Again:
    """Batches that come once, put on the disk so that they can be read more than once."""

    def __init__(self, folder: Path, batches: Iterable[pa.RecordBatch]) -> None:
        self.path = Work(folder / "rows").made("rows", lambda: batches)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return taken(self.path)


def _in_sequence(
    batches: Iterable[pa.RecordBatch], columns: Columns, house: LawContext, size: int, folder: Path
) -> Iterator[pa.RecordBatch]:
    """The answered batches; rows of one consignment may lie anywhere, so all of those are waited for."""
    if CONSIGNMENT not in columns.column_names:
        yield from assess_batches(batches, house, columns)
        return
    for batch in consignments.answered(batches, columns, house, Work(folder / "work"), size):
        yield batch.drop_columns(list(INTERNAL_FAULT_COLUMNS))


class Pieces:
    """A file that keeps what is written until it is taken."""

    def __init__(self) -> None:
        self.held: list[Any] = []
        self.closed = False

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, content: Any) -> int:
        """Keeps bytes."""
        self.held.append(content)
        return len(content)

    def flush(self) -> None:
        """Nothing waits."""

    def taken(self) -> Iterator[bytes]:
        """What was written, as one piece of bytes."""
        held, self.held = self.held, []
        if held:
            yield b"".join(held)


def _lines(read: Read, house: LawContext, wanted: Wanted) -> Iterator[bytes]:
    """JSON lines: of each the bytes that came, with those of its answer put in behind its last field."""
    known: dict[str, None] = {}
    count, columns = 0, None
    kind = partial(kind_of, mapping=wanted.mapping)
    pieces = blocks(read)
    for lines in pieces:
        asked = [(line, json_lines.row_of(line, count + at)) for at, line in enumerate(lines, 1) if line.strip()]
        count += len(lines)
        _few_enough(count, wanted)
        rows, before = [row for _, row in asked], len(known)
        for row in rows:
            known.update(dict.fromkeys(row))
        if len(known) > MOST_COLUMNS:
            raise TableError(f"The lines have more than {MOST_COLUMNS} fields between them: this is no table.")
        if columns is None or len(known) > before:
            columns = _columns(json_lines.schema_of_some(rows, known, kind), wanted) if known else None
        if columns is None:
            continue
        if CONSIGNMENT in columns.column_names:
            if count > len(lines):
                raise TableError(f"A consignment is first named about line {count}: name it in the first line too.")
            yield from _lines_together(chain([lines], pieces), house, wanted)
            return
        schema = json_lines.schema_of_some(rows, columns.column_names.values(), kind)
        columns = _columns(_with(schema, known), wanted)
        for given in assess_batches([json_lines.batch_of(rows, schema)], house, columns):
            yield _told([line for line, _ in asked], given, columns.explain, house)
    if columns is None:
        raise TableError(json_lines.NO_ROW)


def _few_enough(count: int, wanted: Wanted) -> None:
    if count > wanted.most:
        raise TableError(f"The table has more than {wanted.most} rows, as many as are answered at once.")


def _with(schema: pa.Schema, known: Iterable[str]) -> pa.Schema:
    """A schema with the columns that nobody reads, too."""
    return pa.schema([schema.field(name) if name in schema.names else (name, pa.null()) for name in known])


def _lines_together(pieces: Iterable[list[bytes]], house: LawContext, wanted: Wanted) -> Iterator[bytes]:
    """Lines of which those of one consignment may lie anywhere: all are put on the disk first."""
    with tempfile.TemporaryDirectory(dir=wanted.folder) as folder:
        path, count = Path(folder) / "lines.jsonl", 0
        with path.open("wb") as file:
            for lines in pieces:
                count += len(lines)
                _few_enough(count, wanted)
                file.write(b"".join(line + b"\n" for line in lines if line.strip()))
        source = source_of(path, "jsonl", wanted.mapping)
        columns = _columns(source.schema, wanted)
        with path.open("rb") as lines_again:
            for batch in _in_sequence(source, columns, house, path.stat().st_size, Path(folder)):
                yield _told(list(islice(lines_again, batch.num_rows)), batch, columns.explain, house)


def blocks(read: Read) -> Iterator[list[bytes]]:
    r"""The lines of a stream, some at a time. Raises TableError where one is longer than any row.

    >>> import io
    >>> list(blocks(io.BytesIO(b"a\nb").read))
    [[b'a', b'b']]
    """
    rest, held, size = b"", list[bytes](), 0
    while True:
        content = read(READ)
        *whole, rest = (rest + content).split(b"\n")
        if not content and rest:
            whole, rest = [rest], b""
        if len(rest) > BLOCK:
            raise TableError(f"A line has more than {BLOCK >> 20} MB: this is no table of JSON lines.")
        for line in whole:
            held.append(line)
            size += len(line)
            if len(held) >= LINES or size >= BLOCK:
                yield held
                held, size = [], 0
        if not content:
            break
    if held:
        yield held


def _told(lines: list[bytes], answers: pa.RecordBatch, explain: bool, house: LawContext) -> bytes:
    """Lines with their answers."""
    wanted, columns = answer_names(explain), []
    money = answers.column("out_currency")
    for name in wanted:
        column = answers.column(name)
        told = amounts_as_text(column, money, dict(house.world.decimals)) if column.type == MONEY else column
        columns.append(told.to_pylist())
    made = []
    for line, row in zip(lines, zip(*columns, strict=True), strict=True):
        before = line.strip().removeprefix(b"\xef\xbb\xbf")[:-1].rstrip()
        made.append(before + (b"," if len(before) > 1 else b"") + _JSON.encode(dict(zip(wanted, row, strict=True)))[1:])
    return b"\n".join(made) + b"\n"
