"""Quote tables with consignments that are larger than memory; the rows of one consignment may be anywhere.

The input columns are written to buckets on disk by consignment, so that a bucket holds whole sales and fits in memory.
Each bucket is quoted. Then the answers are merged by row number and appended to the table, which is read again. Memory
is bounded by one bucket, or by the largest single consignment.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from entrepot.batch.assess.batches import ASSESSORS, assess_batches, assess_table, consignment_numbers
from entrepot.batch.assess.input_columns import select_input_columns
from entrepot.batch.rows.answers import Assessor, append_answers, single_batch
from entrepot.batch.rows.columns import INTERNAL_PREFIX, Columns
from entrepot.batch.rows.context import LawContext
from entrepot.batch.run.resume import PartStore, read_batches
from entrepot.model.errors import TableError

#: Bytes of rows that are grouped in memory; a bucket has about as many.
MAX_HELD_BYTES = 64 << 20
MIN_BUCKETS, MAX_BUCKETS = 8, 256
#: Rows that are merged at a time; also the rows of a batch of a bucket.
MERGE_ROWS = 65_536
ROW_NUMBER = f"{INTERNAL_PREFIX}row"


def answer_consignments(
    batches: Iterable[pa.RecordBatch],
    columns: Columns,
    context: LawContext,
    work: PartStore,
    size: int,
    *,
    assessors: Sequence[Assessor] = ASSESSORS,
    held_bytes: int = MAX_HELD_BYTES,
) -> Iterator[pa.RecordBatch]:
    """Yield the batches with their answers, in order. `size`: bytes of the input.

    `batches` starts again each time it is iterated. Parts that `work` has already are not calculated again.
    """
    first = iter(batches)
    held: list[pa.RecordBatch] = []
    total = 0
    for batch in first:
        held.append(batch)
        total += batch.nbytes
        if total > held_bytes:
            break
    else:
        yield from assess_batches(held, context, columns, assessors=assessors)
        return
    parts = []
    # A file may unpack to far more than its size suggests: once it has, its size says nothing about the rest.
    count = bucket_count(size, held_bytes) if total <= size else MAX_BUCKETS
    for number, path in enumerate(write_buckets(chain(held, first), columns, work.folder, count)):
        answers = partial(_answer_bucket, path, columns, context, assessors)
        parts.append(work.get_or_write(f"bucket-{number:03}", answers))
        path.unlink(missing_ok=True)
    held.clear()
    for batch, answered in pair_with_answers(batches, merge_buckets(parts)):
        yield append_answers(batch, answered, columns.explain)


def bucket_count(size: int, held_bytes: int) -> int:
    """The number of buckets for a table of so many bytes."""
    # Text takes more bytes in memory than in its file: three buckets for each MAX_HELD_BYTES.
    return int(np.clip(3 * size // held_bytes, MIN_BUCKETS, MAX_BUCKETS))


def write_buckets(batches: Iterable[pa.RecordBatch], columns: Columns, folder: Path, count: int) -> list[Path]:
    """Write the input columns with row numbers to `count` files; all rows of a consignment to the same file."""
    paths = [folder / f"dealt-{number:03}" for number in range(count)]
    with ExitStack() as stack:
        files = [stack.enter_context(pa.OSFile(str(path), "wb")) for path in paths]
        writers: list[Any] = [None] * count
        first = 0
        for batch in batches:
            rows = pa.array(np.arange(first, first + batch.num_rows))
            numbered = select_input_columns(batch, columns).append_column(ROW_NUMBER, rows)
            places = _bucket_of_rows(numbered, columns, first, count)
            for number in np.unique(places):
                bucket_rows = numbered.take(pa.array(np.flatnonzero(places == number)))
                if writers[number] is None:
                    writers[number] = stack.enter_context(pa.ipc.new_stream(files[number], bucket_rows.schema))
                writers[number].write_batch(bucket_rows)
            first += batch.num_rows
    return paths


def _bucket_of_rows(batch: pa.RecordBatch, columns: Columns, first: int, count: int) -> Any:
    """The bucket of each row, by a hash of its consignment that is the same in every process."""
    codes, names = consignment_numbers(batch, columns)
    bucket_of_name = np.array([zlib.crc32(str(name).encode()) % count for name in names] or [0])
    by_row_number = (first + np.arange(batch.num_rows)) % count
    return np.where(codes < 0, by_row_number, bucket_of_name[codes])


def _answer_bucket(
    path: Path, columns: Columns, context: LawContext, assessors: Sequence[Assessor]
) -> Iterator[pa.RecordBatch]:
    """The answers of one bucket with their row numbers, in order."""
    batches = list(read_batches(path))
    if not batches:
        return
    table = pa.Table.from_batches(batches)
    answers = assess_table(table, columns, context, assessors)
    yield from answers.append_column(ROW_NUMBER, table.column(ROW_NUMBER)).to_batches(max_chunksize=MERGE_ROWS)


def merge_buckets(paths: Sequence[Path]) -> Iterator[pa.RecordBatch]:
    """Merge the rows of all buckets by row number, which is then dropped; each bucket is in order."""
    streams = [stream for path in paths if (stream := BucketReader(path)).rest is not None]
    first = 0
    while streams:
        parts = [part for stream in streams for part in stream.rows_below(first + MERGE_ROWS)]
        first += MERGE_ROWS
        streams = [stream for stream in streams if stream.rest is not None]
        if parts:
            table = pa.Table.from_batches(parts).unify_dictionaries()
            order = np.argsort(table.column(ROW_NUMBER).to_numpy(), kind="stable")
            yield from table.take(pa.array(order)).drop_columns([ROW_NUMBER]).combine_chunks().to_batches()


def pair_with_answers(
    batches: Iterable[pa.RecordBatch], answers: Iterator[pa.RecordBatch]
) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
    """Pair each batch of a table with the same number of answers, which come in the same order."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        while sum(each.num_rows for each in held) < batch.num_rows:
            if (more := next(answers, None)) is None:
                raise TableError("The table was changed while it was read: it has other rows now.")
            held.append(more)
        if not batch.num_rows:
            continue
        table = pa.Table.from_batches(held)
        yield batch, single_batch(table.slice(0, batch.num_rows))
        held = table.slice(batch.num_rows).to_batches()
    if held or next(answers, None) is not None:
        raise TableError("The table was changed while it was read: it has other rows now.")


class BucketReader:
    """The rows of a bucket that were not read yet; one of its batches is in memory."""

    def __init__(self, path: Path) -> None:
        self.batches = read_batches(path)
        self.rest: pa.RecordBatch | None = next(self.batches, None)

    def rows_below(self, bound: int) -> Iterator[pa.RecordBatch]:
        """The rows with a number below a bound."""
        while self.rest is not None:
            count = int(np.searchsorted(self.rest.column(ROW_NUMBER).to_numpy(), bound))
            if count:
                yield self.rest.slice(0, count)
            if count < self.rest.num_rows:
                self.rest = self.rest.slice(count)
                return
            self.rest = next(self.batches, None)
