"""Limits in bytes for tables. Record batches are measured as decoded text and split before they are used.

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
MAX_CELL, MAX_ROW = 1 << 20, 16 << 20
#: Decoded bytes of the rows of one batch.
MAX_BATCH = 64 << 20
#: Decoded bytes of all rows of a table that the web server answers.
MAX_TABLE = 8 << 30
#: Columns of a table in a file.
MAX_COLUMNS = 5_000
MB = 1 << 20
#: A column of no more bytes is not searched for its longest cell.
SMALL_COLUMN = 1 << 10
#: Bytes of the offset of a text, counted with the text.
OFFSET_BYTES = 4


def too_large_cell(column: str, size: int, row: int | None = None) -> TableTooLarge:
    """The error for a cell above the limit."""
    values: dict[str, Any] = {"column": column[:100], "size": _megabytes(size), "most": MAX_CELL // MB}
    if row is None:
        return TableTooLarge(
            "The column {column!r} has a cell of {size} MB. A cell may have at most {most} MB: shorten the cell, or "
            "leave this column out of the table.",
            **values,
        )
    return TableTooLarge(
        "Row {row}, column {column!r}: the cell has {size} MB. A cell may have at most {most} MB: shorten the cell, or "
        "leave this column out of the table.",
        row=row,
        **values,
    )


def too_large_table(size: int, max_bytes: int) -> TableTooLarge:
    """The error for a table whose cells unpack to too many bytes."""
    return TableTooLarge(
        "The table unpacks to more than {size} MB of cells. At most {most} MB are allowed: split the table, or leave "
        "out columns that no answer needs.",
        size=_megabytes(size),
        most=max_bytes // MB,
    )


def too_large_column(column: str, size: int, max_bytes: int) -> TableTooLarge:
    """The error for a column of a Parquet row group that unpacks to too many bytes."""
    return TableTooLarge(
        "The column {column!r} unpacks to {size} MB in one row group. At most {most} MB are allowed: write smaller "
        "pages and row groups, or leave this column out of the table.",
        column=column[:100],
        size=_megabytes(size),
        most=max_bytes // MB,
    )


def too_many_columns(count: int) -> TableTooLarge:
    """The fault of a file with more columns than are read."""
    return TableTooLarge(
        "The table has {count} columns. At most {most} are allowed: leave out columns that no answer needs.",
        count=count,
        most=MAX_COLUMNS,
    )


def _megabytes(size: int) -> str:
    return f"{size / MB:.1f}".removesuffix(".0")


def split_by_bytes(
    batches: Iterable[pa.RecordBatch], max_bytes: int | None = None, each: int = MAX_BATCH
) -> Iterator[pa.RecordBatch]:
    """Split batches to at most `each` decoded bytes. Raises TableTooLarge for a cell or row above its limit.

    `max_bytes`: decoded bytes of all rows together.

    >>> word = pa.DictionaryArray.from_arrays(pa.array([0] * 300), ["x" * 1_000_000])
    >>> [batch.num_rows for batch in split_by_bytes([pa.record_batch({"note": word})])]
    [67, 67, 67, 67, 32]
    """
    rows = total = 0
    for batch in batches:
        sizes = _row_sizes(batch, rows, each, exact=max_bytes is not None)
        total += int(sizes) if isinstance(sizes, int) else int(sizes.sum())
        if max_bytes is not None and total > max_bytes:
            raise too_large_table(total, max_bytes)
        rows += batch.num_rows
        if isinstance(sizes, int):
            yield batch
        else:
            yield from _split_batch(batch, sizes, each)


def _split_batch(batch: pa.RecordBatch, sizes: Any, each: int) -> Iterator[pa.RecordBatch]:
    ends, start = np.cumsum(sizes), 0
    while start < batch.num_rows:
        before = ends[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(ends, before + each, side="right")))
        yield _compact_dictionaries(batch.slice(start, end - start), int(ends[end - 1] - before))
        start = end


def _compact_dictionaries(batch: pa.RecordBatch, size: int) -> pa.RecordBatch:
    """The batch; dictionaries much larger than its rows are reduced to the words used."""
    arrays = [
        _used_words_only(column) if pa.types.is_dictionary(column.type) and column.dictionary.nbytes > size else column
        for column in batch.columns
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=batch.schema)


def _used_words_only(column: Any) -> Any:
    used = pc.unique(column.indices.drop_null())
    places = pc.index_in(column.indices, value_set=used).cast(column.type.index_type)
    return pa.DictionaryArray.from_arrays(places, column.dictionary.take(used), ordered=column.type.ordered)


def _row_sizes(batch: pa.RecordBatch, before: int, max_bytes: int, *, exact: bool) -> Any:
    """The decoded bytes of each row; one number for all rows if the batch is below every limit.

    `exact`: that number must be exact, not an upper bound.
    """
    names, columns = batch.schema.names, batch.columns
    bounds = [_upper_bound(column) for column in columns]
    whole_bound = sum(bounds)
    if whole_bound <= MAX_CELL:
        return whole_bound
    if whole_bound <= max_bytes:
        longest_cells = [_longest_cell(column, bound) for column, bound in zip(columns, bounds, strict=True)]
        if max(longest_cells) <= MAX_CELL and sum(longest_cells) <= MAX_ROW:
            return sum(map(_decoded_bytes, columns, bounds)) if exact else whole_bound
    row_sizes: Any = np.zeros(batch.num_rows, np.int64)
    total, largest = 0, 0
    measured = [decoded_lengths(column) for column in columns]
    for name, each in zip(names, measured, strict=True):
        longest = each if isinstance(each, int) else int(each.max(initial=0))
        if longest > MAX_CELL + OFFSET_BYTES:
            row = None if isinstance(each, int) else before + int(each.argmax()) + 1
            raise too_large_cell(name, longest, row)
        largest += longest
        total += each * batch.num_rows if isinstance(each, int) else int(each.sum())
    if total <= max_bytes and largest <= MAX_ROW:
        return total
    for each in measured:
        row_sizes += each
    if int(row_sizes.max(initial=0)) > MAX_ROW:
        raise TableTooLarge(
            "Row {row} has {size} MB. A row may have at most {most} MB: shorten its cells, or leave out columns that "
            "no answer needs.",
            row=before + int(row_sizes.argmax()) + 1,
            size=_megabytes(int(row_sizes.max())),
            most=MAX_ROW // MB,
        )
    return row_sizes


def _upper_bound(column: Any) -> int:
    """A cheap upper bound on the decoded bytes of a column."""
    type_ = column.type
    if pa.types.is_dictionary(type_):
        words = column.dictionary
        if _is_text(words.type) and len(words) < len(column):
            return len(column) * (int(pc.max(pc.binary_length(words)).as_py() or 0) + OFFSET_BYTES)
        return len(column) * (int(words.nbytes) + 4)
    if pa.types.is_run_end_encoded(type_):
        return len(column) * (int(column.values.nbytes) + 4)
    if pa.types.is_nested(type_) or pa.types.is_string_view(type_) or pa.types.is_binary_view(type_):
        return MAX_BATCH
    return int(column.nbytes)


def _decoded_bytes(column: Any, bound: int) -> int:
    """The decoded bytes of a column. `bound`: an upper bound, which is exact if values are not shared."""
    if pa.types.is_dictionary(column.type) or pa.types.is_run_end_encoded(column.type):
        each = decoded_lengths(column)
        return each * len(column) if isinstance(each, int) else int(each.sum())
    return bound


def _longest_cell(column: Any, bound: int) -> int:
    """An upper bound on the decoded bytes of a column's longest cell. `bound`: one for the whole column."""
    type_ = column.type
    if not len(column):
        return 0
    if _is_text(type_) and bound > SMALL_COLUMN:
        return int(pc.max(pc.binary_length(column)).as_py() or 0)
    if pa.types.is_dictionary(type_) or pa.types.is_run_end_encoded(type_):
        return bound // len(column)
    has_width = pa.types.is_primitive(type_) or pa.types.is_decimal(type_) or pa.types.is_fixed_size_binary(type_)
    return min(bound, type_.bit_width // 8 + 1) if has_width else bound


def decoded_lengths(column: Any) -> Any:
    """The decoded bytes of each cell: an array, or one number if all cells have the same size.

    >>> decoded_lengths(pa.array([["tea", None], None, []])).tolist()
    [15, 4, 4]
    """
    type_ = column.type
    t = pa.types
    if t.is_dictionary(type_):
        return _lengths_by_index(decoded_lengths(column.dictionary), column.indices)
    if t.is_run_end_encoded(type_):
        ends = np.asarray(column.run_ends)
        places = np.searchsorted(ends, np.arange(column.offset, column.offset + len(column)), side="right")
        return _lengths_by_index(decoded_lengths(column.values), pa.array(places))
    if t.is_struct(type_):
        return sum((decoded_lengths(part) for part in column.flatten()), start=4)
    if t.is_map(type_):
        return _list_lengths(column.offsets, decoded_lengths(column.keys) + decoded_lengths(column.items))
    if t.is_list(type_) or t.is_large_list(type_):
        return _list_lengths(column.offsets, decoded_lengths(column.values))
    if t.is_fixed_size_list(type_):
        inner = decoded_lengths(column.flatten())
        return 4 + (
            inner * type_.list_size if isinstance(inner, int) else int(inner.max(initial=0)) * max(1, type_.list_size)
        )
    if t.is_list_view(type_) or t.is_large_list_view(type_):
        inner = decoded_lengths(column.values)
        longest = inner if isinstance(inner, int) else int(inner.max(initial=0))
        exact = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
        return 4 + longest * exact.astype(np.int64)
    if t.is_string_view(type_) or t.is_binary_view(type_):
        # A view has 16 bytes, of which the first four are the length.
        views = np.frombuffer(column.buffers()[1], np.int32)[::4]
        return views[column.offset : column.offset + len(column)].astype(np.int64) + OFFSET_BYTES
    if _is_text(type_):
        exact = pc.fill_null(pc.binary_length(column), 0).to_numpy(zero_copy_only=False)
        return exact.astype(np.int64) + OFFSET_BYTES
    try:
        return max(1, type_.bit_width // 8)
    except ValueError:  # null, and types without a width in Arrow
        return 4


def _is_text(type_: Any) -> bool:
    t = pa.types
    return bool(t.is_string(type_) or t.is_large_string(type_) or t.is_binary(type_) or t.is_large_binary(type_))


def _lengths_by_index(sizes: Any, indices: Any) -> Any:
    if isinstance(sizes, int):
        return sizes
    places = pc.fill_null(indices, len(sizes)).to_numpy(zero_copy_only=False)
    return np.append(sizes, 4)[places]


def _list_lengths(offsets: Any, sizes: Any) -> Any:
    bounds = np.asarray(offsets).astype(np.int64)
    if isinstance(sizes, int):
        return 4 + np.diff(bounds) * sizes
    return 4 + np.diff(np.concatenate([[0], np.cumsum(sizes)])[bounds])
