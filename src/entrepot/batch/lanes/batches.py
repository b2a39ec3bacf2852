"""batches: record batches in, the same with their answers out, in the same sequence and in bounded memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from entrepot.batch.lanes.compiled import fast
from entrepot.batch.lanes.input_columns import plain, together, worked
from entrepot.batch.lanes.one_by_one import walk
from entrepot.batch.plans.cache import stock_of
from entrepot.batch.rows.answers import Lane, beside, build, merged, whole
from entrepot.batch.rows.columns import CONSIGNMENT, Columns
from entrepot.batch.rows.context import House

#: Who answers, one after the other; each gets the rows that those before it left, the last one answers all of them.
LANES: tuple[Lane, ...] = (fast, walk)
#: At most so many rows are answered at a time: the more, the more of them say the same in words.
ROWS = 524_288
#: At most so many batches are assessed at a time.
THREADS = 8


def answer(
    batches: Iterable[pa.RecordBatch],
    house: House,
    columns: Columns,
    *,
    lanes: Sequence[Lane] = LANES,
    said: bool = False,
) -> Iterator[pa.RecordBatch]:
    """Each batch with its answers beside it; a row of the table is a row of the answer, in the same place.

    Without a column `consignment` each row is a sale. With one, all rows must be in these batches, and are held in
    memory: see `consignments` for tables that are larger. `said`: with `fault_message` and `fault_param`.
    """
    if CONSIGNMENT not in columns.theirs:
        yield from _side_by_side(batches, house, columns, lanes, said)
        return
    held = list(batches)
    if held:
        work = [worked(batch, columns) for batch in held]
        answers = answers_together(pa.Table.from_batches(work), columns, house, lanes)
        start = 0
        for batch in sized(held):
            yield beside(batch, whole(answers.slice(start, batch.num_rows)), columns.explain, said=said)
            start += batch.num_rows


def _side_by_side(
    batches: Iterable[pa.RecordBatch], house: House, columns: Columns, lanes: Sequence[Lane], said: bool
) -> Iterator[pa.RecordBatch]:
    """The batches with their answers in their sequence, some at a time: the fast lane leaves Python's lock to others.

    A few more than there are threads are read ahead. Who stops early waits for those at work, and leaves no thread.
    """
    stock = stock_of(house)
    alone = tuple(lane if lane is fast else _one_at_a_time(lane, stock.lock) for lane in lanes)

    def answered(batch: pa.RecordBatch) -> pa.RecordBatch:
        return beside(batch, answers_of(batch, columns, house, alone), columns.explain, said=said)

    many = min(os.cpu_count() or 1, THREADS)
    waiting: deque[Future[pa.RecordBatch]] = deque()
    pool = ThreadPoolExecutor(many, "entrepot")
    try:
        for batch in sized(batches):
            waiting.append(pool.submit(answered, batch))
            if len(waiting) > many:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _one_at_a_time(lane: Lane, lock: Lock) -> Lane:
    """A lane of Python: it reads laws, and whoever does so does so alone."""

    def alone(batch: Any, columns: Columns, house: House) -> tuple[Any, Any]:
        with lock:
            return lane(batch, columns, house)

    return alone


def sized(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of at most ROWS."""
    for batch in batches:
        for start in range(0, batch.num_rows, ROWS) or (0,):
            yield batch.slice(start, ROWS)


def answers_together(table: pa.Table, columns: Columns, house: House, lanes: Sequence[Lane] = LANES) -> pa.Table:
    """The answers of a table that holds whole consignments, their rows anywhere in it; row by row."""
    table = together(worked(table, columns))
    codes, _ = keys_of(table, columns)
    codes = np.where(codes < 0, table.num_rows + np.arange(table.num_rows), codes)
    _, inverse, counts = np.unique(codes, return_inverse=True, return_counts=True)
    alone = counts[inverse] == 1
    order = np.argsort(codes, kind="stable")
    in_order = codes[order]
    found, start = [], 0
    while start < len(order):
        # A piece ends where a consignment does.
        last = in_order[min(start + ROWS, len(order)) - 1]
        end = int(np.searchsorted(in_order, last, side="right"))
        piece = whole(table.take(pa.array(order[start:end])))
        found.append(answers_of(piece, columns, house, lanes, alone[order[start:end]]))
        start = end
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return pa.Table.from_batches(found or [build([], columns.explain)]).unify_dictionaries().take(pa.array(back))


def keys_of(batch: Any, columns: Columns) -> tuple[Any, list[Any]]:
    """For each row the number of its consignment's name, by first appearance, -1 where it has none; and the names."""
    column = plain(batch.column(columns.theirs[CONSIGNMENT]))
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if not pa.types.is_integer(column.type):
        column = pc.utf8_trim_whitespace(column.cast(pa.large_string()))
        column = pc.if_else(pc.equal(column, ""), pa.scalar(None, column.type), column)
    coded = column.dictionary_encode()
    return pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64), coded.dictionary.to_pylist()


def answers_of(
    batch: Any, columns: Columns, house: House, lanes: Sequence[Lane] = LANES, alone: Any = None
) -> pa.RecordBatch:
    """The answers of the rows of a batch, by the first lane that has one for them.

    `alone`: which rows are a sale by themselves (bool, one for each row); all of them where it is not given.
    """
    batch = worked(batch, columns)
    left = np.arange(batch.num_rows)
    found = []
    for lane in lanes[:-1]:
        mine = left if alone is None else left[alone[left]]
        if not len(mine):
            continue
        given = batch if len(mine) == batch.num_rows else _few(batch, mine)
        mask, answers = lane(given, columns, house)
        if mask.all() and len(mine) == batch.num_rows:
            return answers
        if mask.any():
            found.append((mine[mask], answers))
            left = np.setdiff1d(left, mine[mask], assume_unique=True)
    if len(left) or not found:
        given = batch if len(left) == batch.num_rows else _few(batch, left)
        found.append((left, lanes[-1](given, columns, house)[1]))
    return found[0][1] if len(found) == 1 else merged(found, columns.explain)


def _few(batch: Any, rows: Any) -> Any:
    """Some rows of a batch, without the dictionaries of all: a lane of Python reads those in full."""
    places, arrays = pa.array(rows), []
    for column in batch.columns:
        some = column.take(places)
        if pa.types.is_dictionary(some.type) and len(some.dictionary) > len(some):
            some = some.dictionary_decode()
        arrays.append(some)
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)
