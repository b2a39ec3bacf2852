"""Classify the descriptions of a table in a file: its columns, followed by the codes that each may mean."""

from __future__ import annotations

import tempfile
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from entrepot.batch.assess.input_columns import plain_array
from entrepot.batch.formats.readers import Source, open_source, without_columns
from entrepot.batch.formats.writers import gzip_stream, open_writer
from entrepot.batch.rows.columns import INTERNAL_PREFIX
from entrepot.batch.rows.suggest import suggest_fields
from entrepot.batch.run.paths import Location, check_locations, open_input, open_output
from entrepot.goods.shown import TableCells
from entrepot.model.errors import TableError, WordedTableError, nearest

#: The columns of the answer.
COLUMNS = TableCells._fields
_SCHEMA = pa.schema([(name, pa.float64() if name == "probability" else pa.string()) for name in COLUMNS])
#: Rows that are classified at a time.
BLOCK_ROWS = 8_192
#: Classifies descriptions, in their order.
Classify = Callable[[Iterable[str]], Generator[TableCells]]


class ClassifyJob(NamedTuple):
    """A table to classify, the file of the answer, and the name of the column with the descriptions."""

    source: Location
    target: Location
    column: str
    overwrite: bool = False


class ClassifyResult(NamedTuple):
    """How many rows were sure, unsure or unusable, and the rows of each fault."""

    statuses: Counter[str]
    faults: Counter[str]

    @property
    def rows(self) -> int:
        """The number of rows."""
        return sum(self.statuses.values())


def classify_file(
    job: ClassifyJob, classify: Classify, decimals: Mapping[str, int], on_progress: Callable[[int, float], None]
) -> ClassifyResult:
    """Classify a file in bounded memory, completely or not at all.

    `on_progress`: called with the number of rows written and the share of the input that was read. Raises TableError
    if the table cannot be read or written, OSError if the disk fails.
    """
    check_locations(job.source, job.target, None, overwrite=job.overwrite)
    folder = Path(tempfile.gettempdir()) if job.target.path is None else job.target.path.parent
    result = ClassifyResult(Counter(), Counter())
    try:
        with open_input(job.source, folder) as path, ExitStack() as stack:
            source = open_source(path, job.source.read_kind)
            if set(COLUMNS) <= set(source.schema.names):
                source = without_columns(source, COLUMNS)  # an earlier answer
            _check(source.schema.names, job.column)
            stream = stack.enter_context(open_output(job.target))
            if job.target.gzip:
                stream = stack.enter_context(gzip_stream(stream))
            schema = pa.schema([*source.schema, *_SCHEMA])
            writer = stack.enter_context(open_writer(job.target.kind, stream, schema, decimals, tabs=job.target.tabs))
            for piece in classified_batches(_pieces(source), job.column, classify, result):
                writer.write(piece)
                on_progress(result.rows, source.share(result.rows))
    except pa.ArrowException as error:
        raise TableError(f"The table cannot be written: {str(error).partition(chr(10))[0]}") from None
    return result


def _check(names: Sequence[str], column: str) -> None:
    if column not in names:
        shown = ", ".join(name for name in names if not name.startswith(INTERNAL_PREFIX))
        raise WordedTableError(
            "The table has no column {column!r} with descriptions. Name it with --column. Columns: {names}.",
            _near(names, column),
            column=column,
            names=shown,
        )
    if taken := [name for name in COLUMNS if name in names]:
        raise WordedTableError(
            "The table already has a column {column!r}, which is one of the answer. Rename it first.", column=taken[0]
        )


def _near(names: Sequence[str], column: str) -> str:
    """The column that may be meant: one of a similar name, or one that seems to have descriptions."""
    found = (name for name, field in suggest_fields(names).items() if field == "description")
    return nearest(column, names) or next(found, "")


def _pieces(source: Source) -> Iterator[pa.RecordBatch]:
    for batch in source.batches():
        for start in range(0, batch.num_rows, BLOCK_ROWS):
            yield batch.slice(start, BLOCK_ROWS)


def classified_batches(
    batches: Iterable[pa.RecordBatch], column: str, classify: Classify, result: ClassifyResult
) -> Iterator[pa.RecordBatch]:
    """Batches with the columns of the answer, in their order. `result` counts their rows.

    The descriptions of a few batches are handed to `classify` before the first of these is returned.

    >>> counts = ClassifyResult(Counter(), Counter())
    >>> unusable = TableCells(fault="empty", fault_message="Write words.")
    >>> rows = pa.record_batch({"description": [""]})
    >>> (answer,) = classified_batches([rows], "description", lambda texts: (unusable for _ in texts), counts)
    >>> answer.column("fault").to_pylist(), counts.rows
    (['empty'], 1)
    """
    read: deque[pa.RecordBatch] = deque()

    def texts() -> Iterator[str]:
        for batch in batches:
            if not batch.num_rows:
                continue
            read.append(batch)
            yield from _texts(batch.column(column))

    rows: list[TableCells] = []
    with closing(classify(texts())) as found:
        for cells in found:
            rows.append(cells)
            if len(rows) == read[0].num_rows:
                yield _with_cells(read.popleft(), rows, result)
                rows = []


def _texts(column: pa.Array) -> list[str]:
    texts = plain_array(column)
    texts = texts.cast(texts.type.value_type) if pa.types.is_dictionary(texts.type) else texts
    return ["" if text is None else str(text) for text in texts.to_pylist()]


def _with_cells(batch: pa.RecordBatch, rows: Sequence[TableCells], result: ClassifyResult) -> pa.RecordBatch:
    for cells in rows:
        result.statuses["unusable" if cells.fault else "sure" if cells.hs6 else "unsure"] += 1
        if cells.fault:
            result.faults[cells.fault] += 1
    arrays = [pa.array(values, form.type) for values, form in zip(zip(*rows, strict=True), _SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays([*batch.columns, *arrays], names=[*batch.schema.names, *COLUMNS])
