"""Classify the descriptions of a table in a file: its columns, followed by the codes that each may mean."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from entrepot.batch.assess.input_columns import plain_array
from entrepot.batch.formats.readers import open_source, without_columns
from entrepot.batch.formats.writers import gzip_stream, open_writer
from entrepot.batch.rows.columns import INTERNAL_PREFIX
from entrepot.batch.run.paths import Location, check_locations, open_input, open_output
from entrepot.goods.shown import ClassifiedGoods
from entrepot.model.errors import TableError, WordedTableError

#: The columns of the answer. `hs6` is empty where the classification is not sure.
COLUMNS = ("hs6", "probability", "candidates", "question", "fault", "fault_message")
_SCHEMA = pa.schema([(name, pa.float64() if name == "probability" else pa.string()) for name in COLUMNS])
#: Rows that are classified at a time.
BLOCK_ROWS = 8_192
#: Classifies descriptions, in their order.
Classify = Callable[[Iterable[str]], Iterator[ClassifiedGoods]]


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
            for batch in source.batches():
                for start in range(0, batch.num_rows, BLOCK_ROWS):
                    piece = batch.slice(start, BLOCK_ROWS)
                    writer.write(classified_batch(piece, job.column, classify, result))
                    on_progress(result.rows, source.share(result.rows))
    except pa.ArrowException as error:
        raise TableError(f"The table cannot be written: {str(error).partition(chr(10))[0]}") from None
    return result


def _check(names: Sequence[str], column: str) -> None:
    if column not in names:
        shown = ", ".join(name for name in names if not name.startswith(INTERNAL_PREFIX))
        raise WordedTableError(
            "The table has no column {column!r} with descriptions. Name it with --column. Columns: {names}.",
            column=column,
            names=shown,
        )
    if taken := [name for name in COLUMNS if name in names]:
        raise WordedTableError(
            "The table already has a column {column!r}, which is one of the answer. Rename it first.", column=taken[0]
        )


def classified_batch(batch: pa.RecordBatch, column: str, classify: Classify, result: ClassifyResult) -> pa.RecordBatch:
    """A batch with the columns of the answer. `result` counts its rows.

    >>> counts = ClassifyResult(Counter(), Counter())
    >>> unusable = ClassifiedGoods(query="", language="en", status="unusable", reason="empty", message="Write words.")
    >>> rows = pa.record_batch({"description": [""]})
    >>> answer = classified_batch(rows, "description", lambda texts: iter([unusable for _ in texts]), counts)
    >>> answer.column("fault").to_pylist(), counts.rows
    (['empty'], 1)
    """
    texts = plain_array(batch.column(column))
    texts = texts.cast(texts.type.value_type) if pa.types.is_dictionary(texts.type) else texts
    given = ["" if text is None else str(text) for text in texts.to_pylist()]
    rows: list[tuple[str | float | None, ...]] = []
    for found in classify(given):
        result.statuses[found.status] += 1
        if found.status == "unusable":
            result.faults[found.reason or ""] += 1
        rows.append(_cells(found))
    columns: list[tuple[str | float | None, ...]] = list(zip(*rows, strict=True)) or [() for _ in COLUMNS]
    arrays = [pa.array(values, form.type) for values, form in zip(columns, _SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays([*batch.columns, *arrays], names=[*batch.schema.names, *COLUMNS])


def _cells(found: ClassifiedGoods) -> tuple[str | float | None, ...]:
    """The cells of one description, in the order of `COLUMNS`."""
    if found.status == "unusable":
        return None, None, None, None, found.reason, found.message
    candidates = "; ".join(f"{each.hs6} {each.probability:.3f}" for each in found.candidates)
    question = None
    if found.question is not None:
        choices = " / ".join(f"{each.label} ({' '.join(each.codes)})" for each in found.question.choices)
        question = f"{found.question.text} {choices}"
    first = found.candidates[0].probability if found.candidates else None
    return found.hs6 if found.status == "sure" else None, first, candidates, question, None, None
