"""Quote a table of any library that exports Arrow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from entrepot.batch.assess.batches import MAX_ROWS, assess_batches
from entrepot.batch.assess.input_columns import select_input_columns, unify_dictionaries
from entrepot.batch.rows.answers import answer_names, single_batch, unify_answer_dictionaries
from entrepot.batch.rows.columns import resolve_columns
from entrepot.batch.rows.context import LawContext
from entrepot.model.errors import TableError


def answer_table(
    data: Any,
    context: LawContext,
    mapping: Mapping[str, str | None] | None,
    constants: Mapping[str, str] | None,
    on: dt.date | None,
    explain: bool,
) -> pa.Table:
    """The table with its answers appended (see `entrepot.quote_table`). Raises TableError."""
    table = to_arrow(data)
    columns = resolve_columns(table.schema, mapping, constants, on=on, explain=explain)
    work = select_input_columns(table, columns)
    # Small batches are joined first: one copy costs less than many small batches.
    if table.num_rows > MAX_ROWS and len(work.to_batches()) > 2 * table.num_rows // MAX_ROWS:
        work = unify_dictionaries(work).combine_chunks()
    answers = pa.Table.from_batches(list(assess_batches(work.to_batches() or [single_batch(work)], context, columns)))
    for name in answer_names(explain):
        table = table.append_column(answers.schema.field(name), answers.column(name))
    return unify_answer_dictionaries(table, answer_names(explain))


def to_arrow(data: Any) -> pa.Table:
    """Convert any object that exports Arrow to a PyArrow table, without copying where possible. Raises TableError.

    >>> to_arrow(pa.record_batch({"a": [1]})).num_rows
    1
    """
    try:
        if isinstance(data, pa.Table):
            return data
        if hasattr(data, "__arrow_c_stream__"):
            return pa.table(data)
        if hasattr(data, "__arrow_c_array__"):
            return pa.Table.from_batches([pa.record_batch(data)])
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise TableError(f"The table cannot be read as Arrow: {error}") from None
    raise TableError(
        f"A {type(data).__name__} gives no Arrow: give a table of PyArrow, pandas, Polars or DuckDB; "
        f"pyarrow.table() makes one of lists."
    )
