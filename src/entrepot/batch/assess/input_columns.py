"""Selects the columns that are read, and converts them to the few Arrow types that the assessors support.

Few functions of Arrow support views, run-end encoding and small indices. The user's other columns stay as they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from entrepot.batch.rows.columns import INTERNAL_PREFIX, Columns

#: A column of nulls for tables of which no column is read, so that the number of rows is kept.
NO_COLUMNS = f"{INTERNAL_PREFIX}nothing"


def select_input_columns(rows: Any, columns: Columns) -> Any:
    """The columns of a table or record batch that are read, by their own names.

    >>> rows = pa.record_batch({"hs_code": pa.array(["0901.21"], pa.string_view()), "shop": ["a"]})
    >>> select_input_columns(rows, Columns({"hs_code": "hs_code"}, {})).schema.types
    [DataType(large_string)]
    """
    names = list(columns.column_names.values())
    arrays = [plain_array(rows.column(name)) for name in names]
    if not names:
        names, arrays = [NO_COLUMNS], [pa.nulls(rows.num_rows)]
    return type(rows).from_arrays(arrays, names=names)


def unify_dictionaries(table: pa.Table) -> pa.Table:
    """A table with one dictionary for all chunks of each dictionary column."""
    return pa.Table.from_arrays([_one_dictionary(column) for column in table.columns], names=table.schema.names)


def _one_dictionary(column: Any) -> Any:
    if column.num_chunks < 2 or not pa.types.is_dictionary(column.type):
        return column
    try:
        return column.unify_dictionaries()
    except pa.ArrowException:  # a dictionary that contains null cannot be unified
        return column.cast(column.type.value_type)


def plain_array(column: Any) -> Any:
    """An array or chunked array in a type that the assessors support; unchanged where it has one already."""
    form = _plain_type(column.type)
    if form == column.type:
        return column
    if isinstance(column, pa.ChunkedArray):
        return pa.chunked_array([plain_array(chunk) for chunk in column.chunks], form)
    if pa.types.is_run_end_encoded(column.type):
        ends = np.asarray(column.run_ends)
        places = np.searchsorted(ends, np.arange(column.offset, column.offset + len(column)), side="right")
        return plain_array(column.values).take(pa.array(places))
    if pa.types.is_dictionary(column.type):
        return pa.DictionaryArray.from_arrays(column.indices.cast(form.index_type), plain_array(column.dictionary))
    return column.cast(form)


def _plain_type(form: Any) -> Any:
    """The type into which columns of a type are converted."""
    t = pa.types
    if t.is_string_view(form):
        return pa.large_string()  # a view may refer to more than 2 GB
    if t.is_run_end_encoded(form):
        return _plain_type(form.value_type)
    if t.is_dictionary(form):
        index = form.index_type if form.index_type in (pa.int32(), pa.int64()) else pa.int64()
        return pa.dictionary(index, _plain_type(form.value_type), form.ordered)
    if t.is_list_view(form) or t.is_large_list_view(form):
        return pa.large_list(_plain_type(form.value_type))
    if (t.is_list(form) or t.is_large_list(form)) and _plain_type(form.value_type) != form.value_type:
        return pa.large_list(_plain_type(form.value_type))
    return form
