"""Assesses record batches: the same batches with their answers, in the same sequence and in bounded memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from entrepot.batch.assess.compile_beside import expect_rows, rows_at_a_time, use_loops
from entrepot.batch.assess.compiled import assess_compiled
from entrepot.batch.assess.input_columns import plain_array, select_input_columns, unify_dictionaries
from entrepot.batch.assess.one_by_one import assess_one_by_one
from entrepot.batch.plans.plan_cache import plan_cache_of
from entrepot.batch.rows.answers import Assessor, answer_batch, append_answers, merge_answers, single_batch
from entrepot.batch.rows.columns import CONSIGNMENT, Columns
from entrepot.batch.rows.context import LawContext

#: The assessors in their sequence: each gets the rows that those before it left, the last one assesses all of them.
ASSESSORS: tuple[Assessor, ...] = (assess_compiled, assess_one_by_one)
#: The most rows assessed at a time: the more rows, the more of them share a combination of text fields.
MAX_ROWS = 524_288
#: The most batches assessed at a time.
MAX_THREADS = 8


def assess_batches(
    batches: Iterable[pa.RecordBatch],
    context: LawContext,
    columns: Columns,
    *,
    assessors: Sequence[Assessor] = ASSESSORS,
) -> Iterator[pa.RecordBatch]:
    """Each batch with its answers appended; rows keep their place.

    Without a column `consignment` each row is a sale. With one, all rows must be in these batches, and are held in
    memory: see `consignments` for larger tables.
    """
    if CONSIGNMENT not in columns.column_names:
        yield from _assess_in_threads(batches, context, columns, assessors)
        return
    held = list(batches)
    if held:
        work = [select_input_columns(batch, columns) for batch in held]
        answers = assess_table(pa.Table.from_batches(work), columns, context, assessors)
        start = 0
        for batch in split_batches(held):
            yield append_answers(batch, single_batch(answers.slice(start, batch.num_rows)), columns.explain)
            start += batch.num_rows


def _assess_in_threads(
    batches: Iterable[pa.RecordBatch],
    context: LawContext,
    columns: Columns,
    assessors: Sequence[Assessor],
) -> Iterator[pa.RecordBatch]:
    """The batches with their answers in their sequence, several at a time: the compiled loop releases the GIL.

    Reads a few more batches ahead than there are threads. A caller that stops early waits for the work in progress; no
    thread stays behind. A single batch is assessed by the thread of the caller: a server that ends while it compiles
    the loops can start no other.
    """
    cache = plan_cache_of(context)
    in_threads = tuple(assess if assess is assess_compiled else _locked(assess, cache.lock) for assess in assessors)

    def answered(batch: pa.RecordBatch) -> pa.RecordBatch:
        return append_answers(batch, assess_batch(batch, columns, context, in_threads), columns.explain)

    pieces = split_batches(batches)
    first = list(islice(pieces, 2))
    if len(first) < 2:
        yield from map(answered, first)
        return
    many = min(os.cpu_count() or 1, MAX_THREADS)
    waiting: deque[Future[pa.RecordBatch]] = deque()
    pool = ThreadPoolExecutor(many, "entrepot")
    try:
        for batch in chain(first, pieces):
            waiting.append(pool.submit(answered, batch))
            if len(waiting) > many:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _locked(assess: Assessor, lock: Lock) -> Assessor:
    """An assessor in Python, run by one thread at a time, because it reads laws."""

    def locked(batch: Any, columns: Columns, context: LawContext) -> tuple[Any, Any]:
        with lock:
            return assess(batch, columns, context)

    return locked


def split_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of at most MAX_ROWS; in smaller ones while the loops are compiled."""
    for batch in batches:
        expect_rows(batch.num_rows)
        start = 0
        while start < batch.num_rows or not start:
            yield (piece := batch.slice(start, rows_at_a_time(MAX_ROWS)))
            start += max(1, piece.num_rows)


def assess_table(
    table: pa.Table, columns: Columns, context: LawContext, assessors: Sequence[Assessor] = ASSESSORS
) -> pa.Table:
    """The answers of a table that holds whole consignments, their rows anywhere in it; row by row."""
    table = unify_dictionaries(select_input_columns(table, columns))
    codes, _ = consignment_numbers(table, columns)
    codes = np.where(codes < 0, table.num_rows + np.arange(table.num_rows), codes)
    _, inverse, counts = np.unique(codes, return_inverse=True, return_counts=True)
    single_row_sales = counts[inverse] == 1
    order = np.argsort(codes, kind="stable")
    in_order = codes[order]
    found, start = [], 0
    while start < len(order):
        # A piece ends where a consignment ends.
        last = in_order[min(start + rows_at_a_time(MAX_ROWS), len(order)) - 1]
        end = int(np.searchsorted(in_order, last, side="right"))
        piece = single_batch(table.take(pa.array(order[start:end])))
        found.append(assess_batch(piece, columns, context, assessors, single_row_sales[order[start:end]]))
        start = end
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return pa.Table.from_batches(found or [answer_batch([], columns.explain)]).unify_dictionaries().take(pa.array(back))


def consignment_numbers(batch: Any, columns: Columns) -> tuple[Any, list[Any]]:
    """For each row the number of its consignment by first appearance (-1: none), and the consignments' names."""
    column = plain_array(batch.column(columns.column_names[CONSIGNMENT]))
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if not pa.types.is_integer(column.type):
        column = pc.utf8_trim_whitespace(column.cast(pa.large_string()))
        column = pc.if_else(pc.equal(column, ""), pa.scalar(None, column.type), column)
    coded = column.dictionary_encode()
    return pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64), coded.dictionary.to_pylist()


def assess_batch(
    batch: Any,
    columns: Columns,
    context: LawContext,
    assessors: Sequence[Assessor] = ASSESSORS,
    single_row_sales: Any = None,
) -> pa.RecordBatch:
    """The answers of the rows of a batch, each by the first assessor that supports it.

    `single_row_sales`: which rows are a sale by themselves (bool, one for each row); by default all.
    """
    batch = select_input_columns(batch, columns)
    if not use_loops(batch.num_rows):
        assessors = assessors[-1:]
    left = np.arange(batch.num_rows)
    found = []
    for assess in assessors[:-1]:
        rows = left if single_row_sales is None else left[single_row_sales[left]]
        if not len(rows):
            continue
        given = batch if len(rows) == batch.num_rows else _take_rows(batch, rows)
        mask, answers = assess(given, columns, context)
        if mask.all() and len(rows) == batch.num_rows:
            return answers
        if mask.any():
            found.append((rows[mask], answers))
            left = np.setdiff1d(left, rows[mask], assume_unique=True)
    if len(left) or not found:
        given = batch if len(left) == batch.num_rows else _take_rows(batch, left)
        found.append((left, assessors[-1](given, columns, context)[1]))
    return found[0][1] if len(found) == 1 else merge_answers(found, columns.explain)


def _take_rows(batch: Any, rows: Any) -> Any:
    """Some rows of a batch, without large dictionaries, which the assessor in Python would read in full."""
    places, arrays = pa.array(rows), []
    for column in batch.columns:
        part = column.take(places)
        if pa.types.is_dictionary(part.type) and len(part.dictionary) > len(part):
            part = part.dictionary_decode()
        arrays.append(part)
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)
