"""The faults of a table by their code and field: how many rows, the first of them, their values and a message.

Its size does not depend on that of the table.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from entrepot.batch.assess.input_columns import plain_array
from entrepot.batch.rows.columns import FAULT_COLUMNS, Columns

#: Rows of a group that are named, characters of a value, and groups.
FIRST_ROWS, MAX_VALUE, MAX_GROUPS = 5, 60, 1_000


class FaultyRow(NamedTuple):
    """A row with a fault: its number, from 1, the value of the field at fault, and the message."""

    number: int
    value: str
    message: str


@dataclass(slots=True)
class FaultGroup:
    """The rows that have the same code at the same field. `column`: the column that gives the field, or empty."""

    code: str
    field: str
    column: str
    rows: int = 0
    first: list[FaultyRow] = dataclasses.field(default_factory=list)


class FaultSummary:
    """Groups the faults of batches as they are written."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.known: dict[tuple[str, str], FaultGroup] = {}

    def groups(self) -> list[FaultGroup]:
        """The groups, that with the most rows first."""
        return sorted(self.known.values(), key=lambda group: -group.rows)

    def add(self, batch: pa.RecordBatch, before: int) -> None:
        """Count the faults of a batch of answers. `before`: the rows of the table before it."""
        rows = np.flatnonzero(pc.is_valid(batch.column("fault")))
        if not len(rows):
            return
        codes, fields = (_numbered(batch.column(name)) for name in FAULT_COLUMNS[:2])
        keys = codes[0][rows] * (len(fields[1]) + 1) + fields[0][rows] + 1
        for key, first, count in zip(*np.unique(keys, return_index=True, return_counts=True), strict=True):
            code, place = divmod(int(key), len(fields[1]) + 1)
            group = self._group(str(codes[1][code]), str(fields[1][place - 1]) if place else "")
            if group is None:
                continue
            group.rows += int(count)
            wanted = FIRST_ROWS - len(group.first)
            for row in rows[first:][keys[first:] == key][:wanted].tolist() if wanted > 0 else ():
                group.first.append(self._row(batch, row, before, group.column))

    def _group(self, code: str, field_name: str) -> FaultGroup | None:
        found = self.known.get((code, field_name))
        if found is None and len(self.known) < MAX_GROUPS:
            column = self.columns.column_names.get(field_name, "")
            found = self.known[code, field_name] = FaultGroup(code, field_name, column)
        return found

    def _row(self, batch: pa.RecordBatch, row: int, before: int, column: str) -> FaultyRow:
        message = batch.column("fault_message")[row].as_py() or ""
        value = cell_text(batch.column(column)[row : row + 1]) if column in batch.schema.names else ""
        return FaultyRow(before + row + 1, value if len(value) <= MAX_VALUE else value[:MAX_VALUE] + "…", message)


def _numbered(column: Any) -> tuple[Any, list[Any]]:
    """The indices of the words of a column, -1 for none, and the words."""
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    indices = pc.fill_null(coded.indices.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
    return indices, coded.dictionary.to_pylist()


def cell_text(cell: Any) -> str:
    """A cell as text; empty where there is none."""
    try:
        value = plain_array(cell).to_pylist()[0]
    except (pa.ArrowException, OverflowError, ValueError):  # a day that Python does not have
        return str(cell[0])
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return "" if value is None else str(value)


def to_json(groups: list[FaultGroup]) -> list[Mapping[str, Any]]:
    """The groups as JSON."""
    return [
        {
            "code": group.code,
            "field": group.field,
            "column": group.column,
            "rows": group.rows,
            "first": [row._asdict() for row in group.first],
        }
        for group in groups
    ]
