"""bounds: limits in bytes for tables. Record batches are measured as decoded text and split before they are used.

A column can be small in a file and in memory, and large once it is written out: a dictionary of one long word, a list
that repeats. So the size of a cell here is the size of its decoded value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from entrepot.model.errors import TableTooLarge

#: Bytes of one cell, and of one row.
CELL, ROW = 1 << 20, 16 << 20
#: Decoded bytes of the rows of one batch.
BATCH = 128 << 20
#: Decoded bytes of all rows of a table that the web server answers.
TABLE = 8 << 30
#: Columns of a table in a file.
COLUMNS = 5_000
MB = 1 << 20
#: A column of no more bytes is not searched for its longest cell.
LITTLE = 1 << 10
#: Bytes that a text takes beside its own.
OFFSET = 4


def too_large_cell(column: str, size: int, row: int | None = None) -> TableTooLarge:
    """The fault of a cell above the limit."""
    shown: dict[str, Any] = {"column": column[:100], "size": _megabytes(size), "most": CELL // MB}
    if row is None:
        return TableTooLarge(
            "The column {column!r} has a cell of {size} MB. A cell may have at most {most} MB: shorten the cell, or "
            "leave this column out of the table.",
            **shown,
        )
    return TableTooLarge(
        "Row {row}, column {column!r}: the cell has {size} MB. A cell may have at most {most} MB: shorten the cell, or "
        "leave this column out of the table.",
        row=row,
        **shown,
    )


def too_large_table(size: int, most: int) -> TableTooLarge:
    """The fault of a table that unpacks to too much in all."""
    return TableTooLarge(
        "The table unpacks to more than {size} MB of cells. At most {most} MB are allowed: split the table, or leave "
        "out columns that no answer needs.",
        size=_megabytes(size),
        most=most // MB,
    )


def too_large_column(column: str, size: int, most: int) -> TableTooLarge:
    """The fault of a column of a row group of Parquet that unpacks to too much."""
    return TableTooLarge(
        "The column {column!r} unpacks to {size} MB in one row group. At most {most} MB are allowed: write smaller "
        "pages and row groups, or leave this column out of the table.",
        column=column[:100],
        size=_megabytes(size),
        most=most // MB,
    )


def too_many_columns(count: int) -> TableTooLarge:
    """The fault of a file with more columns than are read."""
    return TableTooLarge(
        "The table has {count} columns. At most {most} are allowed: leave out columns that no answer needs.",
        count=count,
        most=COLUMNS,
    )


def _megabytes(size: int) -> str:
    return f"{size / MB:.1f}".removesuffix(".0")


def portioned(
    batches: Iterable[pa.RecordBatch], most: int | None = None, each: int = BATCH
) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of at most `each` decoded bytes. Raises TableTooLarge for a cell or row above its limit.

    `most`: decoded bytes of all rows together.

    >>> word = pa.DictionaryArray.from_arrays(pa.array([0] * 300), ["x" * 1_000_000])
    >>> [batch.num_rows for batch in portioned([pa.record_batch({"note": word})])]
    [134, 134, 32]
    """
    rows = total = 0
    for batch in batches:
        sizes = _sizes(batch, rows, each, counted=most is not None)
        total += int(sizes) if isinstance(sizes, int) else int(sizes.sum())
        if most is not None and total > most:
            raise too_large_table(total, most)
        rows += batch.num_rows
        if isinstance(sizes, int):
            yield batch
        else:
            yield from _cut(batch, sizes, each)


def _cut(batch: pa.RecordBatch, sizes: Any, each: int) -> Iterator[pa.RecordBatch]:
    ends, start = np.cumsum(sizes), 0
    while start < batch.num_rows:
        before = ends[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(ends, before + each, side="right")))
        yield _compact(batch.slice(start, end - start), int(ends[end - 1] - before))
        start = end


def _compact(batch: pa.RecordBatch, size: int) -> pa.RecordBatch:
    """A batch whose dictionaries hold only its own words, where they hold many more."""
    arrays = [
        _own_words(column) if pa.types.is_dictionary(column.type) and column.dictionary.nbytes > size else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=batch.schema)


def _own_words(column: Any) -> Any:
    used = pc.unique(column.indices.drop_null())
    places = pc.index_in(column.indices, value_set=used).cast(column.type.index_type)
    return pa.DictionaryArray.from_arrays(places, column.dictionary.take(used), ordered=column.type.ordered)


def _sizes(batch: pa.RecordBatch, before: int, most: int, *, counted: bool) -> Any:
    """The decoded bytes of each row; one number for all where the batch is below every limit.

    `counted`: that number is to be exact, and not only a bound.
    """
    names, columns = batch.schema.names, batch.columns
    bounds = [_at_most(column) for column in columns]
    whole_bound = sum(bounds)
    if whole_bound <= CELL:
        return whole_bound
    if whole_bound <= most:
        longest_cells = [_longest(column, bound) for column, bound in zip(columns, bounds, strict=True)]
        if max(longest_cells) <= CELL and sum(longest_cells) <= ROW:
            return sum(map(_total, columns, bounds)) if counted else whole_bound
    whole: Any = np.zeros(batch.num_rows, np.int64)
    total, largest = 0, 0
    measured = [lengths(column) for column in columns]
    for name, each in zip(names, measured, strict=True):
        longest = each if isinstance(each, int) else int(each.max(initial=0))
        if longest > CELL + OFFSET:
            row = None if isinstance(each, int) else before + int(each.argmax()) + 1
            raise too_large_cell(name, longest, row)
        largest += longest
        total += each * batch.num_rows if isinstance(each, int) else int(each.sum())
    if total <= most and largest <= ROW:
        return total
    for each in measured:
        whole += each
    if int(whole.max(initial=0)) > ROW:
        raise TableTooLarge(
            "Row {row} has {size} MB. A row may have at most {most} MB: shorten its cells, or leave out columns that "
            "no answer needs.",
            row=before + int(whole.argmax()) + 1,
            size=_megabytes(int(whole.max())),
            most=ROW // MB,
        )
    return whole


def _at_most(column: Any) -> int:
    """A bound on the decoded bytes of a column that costs nothing to find."""
    form = column.type
    if pa.types.is_dictionary(form):
        return len(column) * (int(column.dictionary.nbytes) + 4)
    if pa.types.is_run_end_encoded(form):
        return len(column) * (int(column.values.nbytes) + 4)
    if pa.types.is_nested(form) or pa.types.is_string_view(form) or pa.types.is_binary_view(form):
        return BATCH
    return int(column.nbytes)


def _total(column: Any, bound: int) -> int:
    """The decoded bytes of a column. `bound`: a bound on them, which is exact where nothing repeats."""
    if pa.types.is_dictionary(column.type) or pa.types.is_run_end_encoded(column.type):
        each = lengths(column)
        return each * len(column) if isinstance(each, int) else int(each.sum())
    return bound


def _longest(column: Any, bound: int) -> int:
    """A bound on the decoded bytes of a column's longest cell. `bound`: one on those of the whole column."""
    form = column.type
    if not len(column):
        return 0
    if _is_text(form) and bound > LITTLE:
        return int(pc.max(pc.binary_length(column)).as_py() or 0)
    if pa.types.is_dictionary(form) or pa.types.is_run_end_encoded(form):
        return bound // len(column)
    return min(bound, form.bit_width // 8 + 1) if pa.types.is_primitive(form) else bound


def lengths(column: Any) -> Any:
    """The decoded bytes of each cell: an array, or one number where all have the same.

    >>> lengths(pa.array([["tea", None], None, []])).tolist()
    [15, 4, 4]
    """
    form = column.type
    t = pa.types
    if t.is_dictionary(form):
        return _looked_up(lengths(column.dictionary), column.indices)
    if t.is_run_end_encoded(form):
        ends = np.asarray(column.run_ends)
        places = np.searchsorted(ends, np.arange(column.offset, column.offset + len(column)), side="right")
        return _looked_up(lengths(column.values), pa.array(places))
    if t.is_struct(form):
        return sum((lengths(part) for part in column.flatten()), start=4)
    if t.is_map(form):
        return _listed(column.offsets, lengths(column.keys) + lengths(column.items))
    if t.is_list(form) or t.is_large_list(form):
        return _listed(column.offsets, lengths(column.values))
    if t.is_fixed_size_list(form):
        inner = lengths(column.flatten())
        return 4 + (
            inner * form.list_size if isinstance(inner, int) else int(inner.max(initial=0)) * max(1, form.list_size)
        )
    if t.is_list_view(form) or t.is_large_list_view(form):
        inner = lengths(column.values)
        longest = inner if isinstance(inner, int) else int(inner.max(initial=0))
        counted = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
        return 4 + longest * counted.astype(np.int64)
    if t.is_string_view(form) or t.is_binary_view(form):
        # A view has 16 bytes, of which the first four are the length.
        views = np.frombuffer(column.buffers()[1], np.int32)[::4]
        return views[column.offset : column.offset + len(column)].astype(np.int64) + OFFSET
    if _is_text(form):
        counted = pc.fill_null(pc.binary_length(column), 0).to_numpy(zero_copy_only=False)
        return counted.astype(np.int64) + OFFSET
    try:
        return max(1, form.bit_width // 8)
    except ValueError:  # null, and types that Arrow gives no width
        return 4


def _is_text(form: Any) -> bool:
    t = pa.types
    return bool(t.is_string(form) or t.is_large_string(form) or t.is_binary(form) or t.is_large_binary(form))


def _looked_up(sizes: Any, indices: Any) -> Any:
    if isinstance(sizes, int):
        return sizes
    places = pc.fill_null(indices, len(sizes)).to_numpy(zero_copy_only=False)
    return np.append(sizes, 4)[places]


def _listed(offsets: Any, sizes: Any) -> Any:
    bounds = np.asarray(offsets).astype(np.int64)
    if isinstance(sizes, int):
        return 4 + np.diff(bounds) * sizes
    return 4 + np.diff(np.concatenate([[0], np.cumsum(sizes)])[bounds])
