"""consignments: tables that are larger than memory, of which the rows of one sale may lie anywhere.

What is read of the rows is dealt into buckets on the disk by their consignment, so that a bucket holds whole sales and
fits in memory; each bucket is answered; then the answers are merged by the number of the row and put beside the table,
which is read again for that. Memory is bounded by one bucket, or by the largest single consignment.
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

#: Up to so many bytes of rows are grouped in memory; a bucket has about as many.
HELD = 64 << 20
FEWEST, MOST = 8, 256
#: Rows that are merged at a time, and rows of a batch of a bucket.
WINDOW = 65_536
NUMBER = f"{INTERNAL_PREFIX}row"


def answered(
    batches: Iterable[pa.RecordBatch],
    columns: Columns,
    context: LawContext,
    work: PartStore,
    size: int,
    *,
    assessors: Sequence[Assessor] = ASSESSORS,
    held_bytes: int = HELD,
) -> Iterator[pa.RecordBatch]:
    """The batches with their answers and what is said of faults, in their sequence. `size`: bytes of the input.

    `batches` begin anew whenever they are iterated. Pieces that `work` has already are not made again.
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
        yield from assess_batches(held, context, columns, assessors=assessors, with_fault_details=True)
        return
    made = []
    for number, path in enumerate(dealt(chain(held, first), columns, work.folder, buckets(size, held_bytes))):
        made.append(work.get_or_write(f"bucket-{number:03}", partial(_bucket, path, columns, context, assessors)))
        path.unlink(missing_ok=True)
    held.clear()
    for batch, answers in abreast(batches, merged(made)):
        yield append_answers(batch, answers, columns.explain, with_fault_details=True)


def buckets(size: int, held_bytes: int) -> int:
    """Into how many buckets a table of so many bytes is dealt."""
    # Text takes more room in memory than in its file, a compressed file much more: three buckets for each HELD.
    return int(np.clip(3 * size // held_bytes, FEWEST, MOST))


def dealt(batches: Iterable[pa.RecordBatch], columns: Columns, folder: Path, count: int) -> list[Path]:
    """What is read of the rows in so many files, each with its number; all rows of a consignment in the same file."""
    paths = [folder / f"dealt-{number:03}" for number in range(count)]
    with ExitStack() as stack:
        files = [stack.enter_context(pa.OSFile(str(path), "wb")) for path in paths]
        writers: list[Any] = [None] * count
        first = 0
        for batch in batches:
            rows = pa.array(np.arange(first, first + batch.num_rows))
            numbered = select_input_columns(batch, columns).append_column(NUMBER, rows)
            places = _buckets(numbered, columns, first, count)
            for number in np.unique(places):
                mine = numbered.take(pa.array(np.flatnonzero(places == number)))
                if writers[number] is None:
                    writers[number] = stack.enter_context(pa.ipc.new_stream(files[number], mine.schema))
                writers[number].write_batch(mine)
            first += batch.num_rows
    return paths


def _buckets(batch: pa.RecordBatch, columns: Columns, first: int, count: int) -> Any:
    """The bucket of each row, by a hash of its consignment that is the same in every process."""
    codes, names = consignment_numbers(batch, columns)
    known = np.array([zlib.crc32(str(name).encode()) % count for name in names] or [0])
    alone = (first + np.arange(batch.num_rows)) % count
    return np.where(codes < 0, alone, known[codes])


def _bucket(
    path: Path, columns: Columns, context: LawContext, assessors: Sequence[Assessor]
) -> Iterator[pa.RecordBatch]:
    """The answers of one bucket with the numbers of their rows, in their sequence."""
    batches = list(read_batches(path))
    if not batches:
        return
    table = pa.Table.from_batches(batches)
    answers = assess_table(table, columns, context, assessors)
    yield from answers.append_column(NUMBER, table.column(NUMBER)).to_batches(max_chunksize=WINDOW)


def merged(paths: Sequence[Path]) -> Iterator[pa.RecordBatch]:
    """The rows of all buckets by their number, without it; each bucket has its own in sequence."""
    streams = [stream for path in paths if (stream := Stream(path)).left is not None]
    first = 0
    while streams:
        parts = [part for stream in streams for part in stream.below(first + WINDOW)]
        first += WINDOW
        streams = [stream for stream in streams if stream.left is not None]
        if parts:
            table = pa.Table.from_batches(parts).unify_dictionaries()
            order = np.argsort(table.column(NUMBER).to_numpy(), kind="stable")
            yield from table.take(pa.array(order)).drop_columns([NUMBER]).combine_chunks().to_batches()


def abreast(
    batches: Iterable[pa.RecordBatch], others: Iterator[pa.RecordBatch]
) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
    """Each batch of a table with as many rows of the others, which come in the same sequence."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        while sum(each.num_rows for each in held) < batch.num_rows:
            if (other := next(others, None)) is None:
                raise TableError("The table was changed while it was read: it has other rows now.")
            held.append(other)
        if not batch.num_rows:
            continue
        table = pa.Table.from_batches(held)
        yield batch, single_batch(table.slice(0, batch.num_rows))
        held = table.slice(batch.num_rows).to_batches()
    if held or next(others, None) is not None:
        raise TableError("The table was changed while it was read: it has other rows now.")


class Stream:
    """The rows of a bucket that were not taken yet; one batch of it is in memory."""

    def __init__(self, path: Path) -> None:
        self.batches = read_batches(path)
        self.left: pa.RecordBatch | None = next(self.batches, None)

    def below(self, bound: int) -> Iterator[pa.RecordBatch]:
        """The rows with a number below a bound."""
        while self.left is not None:
            count = int(np.searchsorted(self.left.column(NUMBER).to_numpy(), bound))
            if count:
                yield self.left.slice(0, count)
            if count < self.left.num_rows:
                self.left = self.left.slice(count)
                return
            self.left = next(self.batches, None)
