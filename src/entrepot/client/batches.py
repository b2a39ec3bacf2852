"""Splits a table into batches, one request for each, so that a batch that is lost can be sent again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from entrepot.model.errors import TableError

if TYPE_CHECKING:
    import pyarrow as pa

#: Rows of a request.
ROWS = 262_144
CONSIGNMENT = "consignment"


def split_table(data: Any, mapping: Mapping[str, str | None] | None) -> Iterator[pa.RecordBatch]:
    """The rows of a table in batches; in one batch if it has a `consignment`, whose rows may be anywhere in the table.

    `data`: any Arrow table. Raises TableError if it is not one.
    """
    try:
        import pyarrow as pa
    except ImportError as error:
        raise TableError(f"Tables need {error.name}: install 'entrepot[client,batch]'.") from None
    try:
        table = data if isinstance(data, pa.Table) else pa.table(data)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise TableError(f"The table cannot be read as Arrow: {error}") from None
    names = mapping or {}
    together = any(names.get(name, name) == CONSIGNMENT for name in table.column_names)
    step = max(table.num_rows, 1) if together else ROWS
    for start in range(0, table.num_rows, step) or (0,):
        yield _one(table.slice(start, step))


def join_tables(answers: list[pa.Table]) -> pa.Table:
    """The results of all batches as one table."""
    import pyarrow as pa

    return pa.concat_tables(answers).unify_dictionaries()


def _one(table: pa.Table) -> pa.RecordBatch:
    """A table as one record batch; the chunks of a column are combined."""
    import pyarrow as pa

    arrays = [column.combine_chunks() for column in table.unify_dictionaries().columns]
    flat = [each.combine_chunks() if isinstance(each, pa.ChunkedArray) else each for each in arrays]
    return pa.RecordBatch.from_arrays(flat, schema=table.schema)
