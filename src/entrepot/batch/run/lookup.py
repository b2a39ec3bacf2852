"""Quote one row of an answered table again and compare it with the table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

import msgspec
import pyarrow as pa

from entrepot.batch.assess.input_columns import select_input_columns, unify_dictionaries
from entrepot.batch.assess.one_by_one import answer_rows, quote_sale
from entrepot.batch.assess.row_faults import fault_rows
from entrepot.batch.formats.readers import Source
from entrepot.batch.rows import run_metadata
from entrepot.batch.rows.answers import Row, single_batch
from entrepot.batch.rows.columns import (
    ADDED_COLUMNS,
    ANSWER_COLUMNS,
    CONSIGNMENT,
    EXPLAIN_COLUMNS,
    RANGE_COLUMNS,
    Columns,
    resolve_columns,
)
from entrepot.batch.rows.context import LawContext
from entrepot.batch.rows.sales import TableSale, read_sales
from entrepot.law.compiled import Law
from entrepot.model.errors import SaleError, WordedTableError
from entrepot.model.quote import Quote


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """The result of quoting a row again.

    `sale`: the request of its consignment, None if its cells are invalid; `on`: the day. `differences`: for each column
    that differs now, the value in the table and the value now. `law`: the hash of the law in the table (if it has one),
    and of today's. `error`: why the row is not a valid sale. `quote`: its quote now and the law used, also for a
    refused sale; None if the sale is invalid.
    """

    sale: Mapping[str, Any] | None
    on: dt.date | None
    rows: int
    differences: Mapping[str, tuple[str, str]]
    law: tuple[str | None, str | None]
    fault: str | None
    message: str | None
    error: SaleError | None
    quote: tuple[Quote, Law] | None


def check_row(
    source: Source, number: int, context: LawContext, options: run_metadata.RunMetadata | None = None
) -> CheckedRow:
    """Quote the row with this number (from 1) of an answered table again. Raises TableError if it does not exist.

    `options`: those of the run that answered the table; None: read them from the table's own metadata.
    """
    missing = [name for name in ANSWER_COLUMNS if name not in (*source.schema.names, *ADDED_COLUMNS)]
    if missing:
        raise WordedTableError("This is not an output table: it has no column {name!r}.", name=missing[0])
    options = options or run_metadata.read_run_metadata(source.schema.metadata)
    explained = all(name in source.schema.names for name in EXPLAIN_COLUMNS)
    beside = {*ANSWER_COLUMNS, *(EXPLAIN_COLUMNS if explained else ())}
    plain = pa.schema([field for field in source.schema if field.name not in beside])
    # Columns may have been renamed since the run: only those that exist are mapped.
    mapping = {column: field for column, field in options.mapping.items() if column in plain.names}
    columns = resolve_columns(plain, mapping, options.constants, on=options.on, explain=True)
    row, rows, place = _find_rows(source, columns, number)
    request = _request_at(rows, columns, place)
    if options.on is None and "date" not in request.sale and options.today is not None:
        columns = replace(columns, on=options.today)
    error: SaleError | None = None
    quoted: tuple[Quote, Law] | None = None
    try:
        assessed, quote = quote_sale(request, columns, context)
        answers = answer_rows(request, assessed, quote)
        quoted = quote, assessed.case.law
    except SaleError as fault:
        quote_again = partial(quote_sale, columns=columns, context=context)
        answers, error = fault_rows(fault, request, quote_again), fault
    now = answers[request.rows.index(place)]
    sale = None if request.fault is not None else request.sale
    law = str(row["law"]) if explained and row["law"] else None
    differences = _differences(row, now)
    return CheckedRow(
        sale, columns.on, len(request.rows), differences, (law, now.law), now.fault, now.fault_message, error, quoted
    )


def _find_rows(source: Source, columns: Columns, number: int) -> tuple[dict[str, Any], pa.RecordBatch, int]:
    """The answer of the row, the input columns of its consignment's rows, and its position among them."""
    at, row = 0, None
    for batch in source.batches():
        if at < number <= at + batch.num_rows:
            row = batch.slice(number - at - 1, 1)
            break
        at += batch.num_rows
    if row is None:
        raise WordedTableError(
            "Row {number} does not exist: the table has {rows} rows, counted from 1 without the header.",
            number=number,
            rows=at,
        )
    answer_cells = row.select(
        [name for name in (*ANSWER_COLUMNS, *EXPLAIN_COLUMNS) if name in row.schema.names]
    ).to_pylist()[0]
    row = select_input_columns(row, columns)
    column = columns.column(row, CONSIGNMENT)
    name = _consignment_name(column.to_pylist()[0]) if column is not None else None
    if name is None:
        return answer_cells, row, 0
    found = list(_consignment_rows(source, columns, name))
    rows = single_batch(unify_dictionaries(pa.Table.from_batches([batch for _, batch in found])))
    numbers = [each for some, _ in found for each in some]
    return answer_cells, rows, numbers.index(number)


def _consignment_rows(source: Source, columns: Columns, name: Any) -> Iterator[tuple[list[int], pa.RecordBatch]]:
    """The rows of a consignment, with their numbers."""
    at = 0
    for each in source.batches():
        batch = select_input_columns(each, columns)
        names = batch.column(columns.column_names[CONSIGNMENT]).to_pylist()
        mine = [place for place, cell in enumerate(names) if _consignment_name(cell) == name]
        if mine:
            yield [at + place + 1 for place in mine], batch.take(pa.array(mine))
        at += batch.num_rows


def _consignment_name(name: Any) -> Any:
    name = name.strip() if isinstance(name, str) else name
    return None if name == "" else name


def _request_at(rows: pa.RecordBatch, columns: Columns, place: int) -> TableSale:
    return next(request for request in read_sales(rows, columns) if place in request.rows)


def _differences(row: Mapping[str, Any], now: Row) -> dict[str, tuple[str, str]]:
    """The columns of the answer whose values differ now; no end of a range that only repeats a figure that differs.

    Messages are not compared: those of the table may be in another language.
    """
    found: dict[str, tuple[str, str]] = {}
    for name in (each for each in ANSWER_COLUMNS if each in row and each != "fault_message"):
        before, after = _cell_text(row[name]), _cell_text(getattr(now, name))
        repeats = name in RANGE_COLUMNS and found.get(name.partition("_")[0]) == (before, after)
        if before != after and not repeats:
            found[name] = (before, after)
    return found


def _cell_text(value: Any) -> str:
    """A cell as text, the same for every format: amounts without trailing zeros."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    return format(number.normalize(), "f") if number.is_finite() else str(value)


def to_json(found: CheckedRow) -> dict[str, Any]:
    """The comparison as the command prints it with --json, without the quote."""
    differences: Sequence[Mapping[str, str]] = [
        {"column": name, "table": before, "now": after} for name, (before, after) in found.differences.items()
    ]
    return {"agrees": not differences, "differences": differences, "law": {"table": found.law[0], "now": found.law[1]}}


def request_of(found: CheckedRow) -> dict[str, Any]:
    """The sale as a request of the API."""
    quoted: dict[str, Any] = msgspec.to_builtins(found.sale, builtin_types=(Decimal, dt.date))
    return quoted
