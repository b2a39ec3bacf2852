"""Check the first rows of a file before all of it is quoted: their faults, by cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from entrepot.batch.assess.input_columns import select_input_columns
from entrepot.batch.assess.one_by_one import assess_one_by_one
from entrepot.batch.formats import json_lines, parquet_pages, xlsx_sheet
from entrepot.batch.formats.readers import open_source
from entrepot.batch.formats.reading import Reading
from entrepot.batch.rows.answers import append_answers
from entrepot.batch.rows.columns import Columns, earlier_answer, kind_of, resolve_columns
from entrepot.batch.rows.context import LawContext
from entrepot.batch.run.fault_summary import FaultGroup, FaultSummary, cell_text

#: Rows that are checked, and of them those with faults that are shown.
CHECKED_ROWS, SHOWN_ROWS = 100, 12
#: Characters of a cell that is shown, and columns of a row.
MAX_CELL, MAX_CELLS = 40, 12


class FaultyRow(NamedTuple):
    """A row with a fault: its number, from 1, its cells, the place of the cell at fault (-1: none), and the message."""

    number: int
    cells: list[str]
    place: int
    message: str


class Check(NamedTuple):
    """The first rows: how many, their faults by kind, the columns that are read, and the first rows with a fault."""

    rows: int
    faulty: int
    groups: list[FaultGroup]
    columns: list[str]
    first: list[FaultyRow]


def check_rows(
    path: Path,
    kind: str,
    context: LawContext,
    *,
    mapping: Mapping[str, str | None],
    constants: Mapping[str, str],
    reading: Reading,
    language: str,
) -> Check:
    """Check the first rows of a prepared file: their faults, by cell. Raises TableError.

    `kind`: `csv`, `jsonl`, `parquet` or `xlsx`.
    """
    batch = _READERS[kind](path, mapping, reading)
    batch = batch.drop_columns(earlier_answer(batch.schema.names))
    columns = resolve_columns(batch.schema, mapping, constants, language=language)
    _, answers = assess_one_by_one(select_input_columns(batch, columns), columns, context)
    answered = append_answers(batch, answers, explain=False)
    summary = FaultSummary(columns)
    summary.add(answered, 0)
    groups = summary.groups()
    shown = _shown_columns(batch.schema.names, columns, [group.column for group in groups])
    faulty = sum(group.rows for group in groups)
    return Check(batch.num_rows, faulty, groups, shown, list(_faulty_rows(answered, columns, shown)))


def _shown_columns(names: Sequence[str], columns: Columns, at_fault: Sequence[str]) -> list[str]:
    """The columns that are read, those with faults among them, in the order of the table."""
    read = set(columns.column_names.values())
    first = [name for name in names if name in at_fault][:MAX_CELLS]
    others = [name for name in names if name in read and name not in first]
    chosen = {*first, *others[: MAX_CELLS - len(first)]}
    return [name for name in names if name in chosen]


def _faulty_rows(answered: pa.RecordBatch, columns: Columns, shown: list[str]) -> Iterator[FaultyRow]:
    places = [place for place, code in enumerate(answered.column("fault").to_pylist()) if code is not None]
    for row in places[:SHOWN_ROWS]:
        cells = [_short(cell_text(answered.column(name)[row : row + 1])) for name in shown]
        column = columns.column_names.get(answered.column("fault_field")[row].as_py() or "", "")
        message = answered.column("fault_message")[row].as_py() or ""
        yield FaultyRow(row + 1, cells, shown.index(column) if column in shown else -1, message)


def _short(text: str) -> str:
    return text if len(text) <= MAX_CELL else text[:MAX_CELL] + "…"


def _text(path: Path, mapping: Mapping[str, str | None], reading: Reading) -> pa.RecordBatch:  # noqa: ARG001  # as others
    with closing(open_source(path, "csv").batches()) as batches:  # type: ignore[type-var]  # it is a generator
        return next(batches).slice(0, CHECKED_ROWS)


def _parquet(path: Path, mapping: Mapping[str, str | None], reading: Reading) -> pa.RecordBatch:  # noqa: ARG001  # as above
    return next(iter(parquet_pages.read_batches(path, CHECKED_ROWS, groups=1))).slice(0, CHECKED_ROWS)


def _lines(path: Path, mapping: Mapping[str, str | None], reading: Reading) -> pa.RecordBatch:  # noqa: ARG001  # as above
    with path.open("rb") as stream:
        lines = list(islice(json_lines.read_lines(stream), CHECKED_ROWS))
    return _batch([json_lines.parse_row(line, number) for number, line in enumerate(lines, 1) if line.strip()], mapping)


def _sheet(path: Path, mapping: Mapping[str, str | None], reading: Reading) -> pa.RecordBatch:
    with closing(xlsx_sheet.read_rows(path, sheet=reading.sheet, header=reading.header)) as rows:
        return _batch(list(islice(rows, CHECKED_ROWS)), mapping)


def _batch(rows: Sequence[dict[str, Any]], mapping: Mapping[str, str | None]) -> pa.RecordBatch:
    names = dict.fromkeys(name for row in rows for name in row)
    schema = json_lines.schema_of_rows(rows, names, partial(kind_of, mapping=mapping))
    return json_lines.build_batch(rows, schema)


_READERS: dict[str, Callable[[Path, Mapping[str, str | None], Reading], pa.RecordBatch]]
_READERS = {"csv": _text, "jsonl": _lines, "parquet": _parquet, "xlsx": _sheet}
