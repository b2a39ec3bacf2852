"""The rows of a table with their answers under two laws side by side, and the counts and amounts of each row."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from entrepot.batch.assess.batches import consignment_numbers
from entrepot.batch.rows.answers import MONEY, WORD, original_column, original_field
from entrepot.batch.rows.cells import read_cells
from entrepot.batch.rows.columns import ANSWER_COLUMNS, CONSIGNMENT, FIELDS, Columns
from entrepot.model.errors import SaleError, TableError, in_quotes

#: The grouping keys of a comparison, each with its columns.
KEYS: Mapping[str, tuple[str, ...]] = {
    "chapter": ("chapter",),
    "heading": ("heading",),
    "origin": ("origin",),
    "destination": ("destination",),
    "way": ("regime", "treatment", "regime_after", "treatment_after"),
}
WAY_KEYS = KEYS["way"]
FIGURES = ("duties", "taxes", "fees", "charges", "landed")
#: Yes or no for each row; their sums are numbers of rows.
COUNTS = (
    "rows",
    "compared",
    "became_refused",
    "became_open",
    "not_assessed",
    "not_comparable",
    "other_way",
    "other_outcome",
    "dearer",
    "cheaper",
    "at_least",
)
AFTER = "_after"
AMOUNTS = tuple(name for figure in FIGURES for name in (figure, figure + AFTER))
#: The sale that a row belongs to; only for tables with consignments.
SALE_COLUMN = "sale"
#: The chapter of a service.
SERVICES = "services"
#: The columns of both answers, row by row. The currency is the importer's under both laws.
PAIR_COLUMNS = tuple(
    each for name in ANSWER_COLUMNS for each in ((name,) if name == "out_currency" else (name, name + AFTER))
)


def measure(rows: pa.Table, before: pa.Table, after: pa.Table, columns: Columns, economies: Any) -> pa.Table:
    """The grouping keys of each row, `fault` and `fault_after`, the counts (int64) and the amounts.

    `rows`: whole consignments, with the answers of each row under both laws. Amounts (decimals with three places) exist
    only on rows that are `compared`: one landed price under both laws, in one currency, and both exact or both lower
    bounds.
    """
    first = {name: _as_text(before[name]) for name in ("regime", "treatment", "outcome", "fault", "out_currency")}
    second = {name: _as_text(after[name]) for name in first}
    priced_before, priced_after = pc.is_valid(before["landed_low"]), pc.is_valid(after["landed_low"])
    figure = pa.array(np.ones(rows.num_rows, bool))
    for name in FIGURES:
        figure = pc.and_(figure, pc.and_(pc.is_valid(before[name]), pc.is_valid(after[name])))
    known = pc.fill_null(pc.equal(before["at_least"], after["at_least"]), False)
    same_basis = pc.and_(known, pc.fill_null(pc.equal(first["out_currency"], second["out_currency"]), False))
    priced = pc.and_(priced_before, priced_after)
    compared = pc.and_(pc.and_(priced, figure), same_basis)
    other = pc.or_(_different(first["regime"], second["regime"]), _different(first["treatment"], second["treatment"]))
    flags = {
        "rows": pa.array(np.ones(rows.num_rows, bool)),
        "compared": compared,
        "became_refused": pc.and_not(priced_before, priced_after),
        "became_open": pc.and_not(priced_after, priced_before),
        "not_assessed": pc.invert(pc.or_(priced_before, priced_after)),
        "not_comparable": pc.and_not(priced, compared),
        "other_way": pc.and_(priced, other),
        "other_outcome": _different(first["outcome"], second["outcome"]),
        "dearer": pc.and_(compared, pc.fill_null(pc.greater(after["landed"], before["landed"]), False)),
        "cheaper": pc.and_(compared, pc.fill_null(pc.less(after["landed"], before["landed"]), False)),
        "at_least": pc.and_(compared, pc.fill_null(before["at_least"], False)),
    }
    result: dict[str, Any] = _group_keys(rows, columns, economies)
    result |= {"regime": first["regime"], "treatment": first["treatment"]}
    result |= {"regime_after": second["regime"], "treatment_after": second["treatment"]}
    result |= {"fault": first["fault"], "fault_after": second["fault"]}
    result["out_currency"] = pc.coalesce(first["out_currency"], second["out_currency"])
    result |= {name: flags[name].cast(pa.int64()) for name in COUNTS}
    for name in FIGURES:
        result[name] = pc.if_else(compared, before[name], pa.scalar(None, MONEY))
        result[name + AFTER] = pc.if_else(compared, after[name], pa.scalar(None, MONEY))
    if CONSIGNMENT in columns.column_names:
        result[SALE_COLUMN] = pa.array(sale_numbers(rows, columns))
    return pa.table(result)


def sale_numbers(rows: pa.Table, columns: Columns) -> Any:
    """The number of each row's sale; a row without a consignment is a sale by itself."""
    codes, names = consignment_numbers(rows, columns)
    return np.where(codes < 0, len(names) + np.arange(rows.num_rows), codes)


def pair_answers(before: pa.Table, after: pa.Table) -> pa.Table:
    """The columns of both answers, row by row: `regime`, `regime_after`, and so on."""
    result = {}
    for name in ANSWER_COLUMNS:
        if name == "out_currency":
            money = pc.coalesce(_as_text(before[name]), _as_text(after[name]))
            result[name] = pc.dictionary_encode(money).cast(WORD)
        else:
            result[name], result[name + AFTER] = before[name], after[name]
    return pa.table(result).unify_dictionaries()


def append_pairs(rows: pa.Table, each: pa.Table) -> pa.Table:
    """The columns of the table as given, followed by those of both answers."""
    schema = pa.schema([*map(original_field, rows.schema), *each.schema])
    return pa.Table.from_arrays([*map(original_column, rows.columns, rows.schema), *each.columns], schema=schema)


def check_names(names: list[str]) -> None:
    """Check that no column of the table has the name of a column of the comparison. Raises TableError."""
    if clash := [name for name in PAIR_COLUMNS if name in names]:
        raise TableError(
            f"The table has a column {in_quotes(clash[0])} already, which is a name of the "
            "comparison. Rename or drop it first."
        )


def _as_text(column: Any) -> Any:
    return column.cast(pa.string())


def _different(left: Any, right: Any) -> Any:
    """Where two columns differ; null and null are equal."""
    one_only = pc.xor(pc.is_null(left), pc.is_null(right))
    return pc.fill_null(pc.not_equal(left, right), one_only) if len(left) else one_only


def _group_keys(rows: pa.Table, columns: Columns, economies: Any) -> dict[str, Any]:
    """Chapter, heading, origin and destination of each row; null where the row does not say one that exists."""
    service = _distinct_cells(rows, columns, "service")
    codes, positions = _distinct_cells(rows, columns, "hs_code")
    digits = [_hs_digits(code) for code in codes]
    goods = {}
    for name, size in (("chapter", 2), ("heading", 4)):
        found = pa.array([each[:size] if each else None for each in digits], pa.string()).take(pa.array(positions))
        services = pa.array([SERVICES if each else None for each in service[0]], pa.string()).take(pa.array(service[1]))
        goods[name] = pc.coalesce(found, services)
    sales = sale_numbers(rows, columns) if CONSIGNMENT in columns.column_names else None
    ship_from = _sale_economy(rows, columns, "ship_from_country", economies, sales)
    made_in, stated = _distinct_cells(rows, columns, "country_of_origin")
    stated_origin = _known_economies(made_in, economies).take(pa.array(stated))
    not_stated = pa.array([each is None for each in made_in], pa.bool_()).take(pa.array(stated))
    origin = pc.if_else(not_stated, ship_from, stated_origin)
    return {**goods, "origin": origin, "destination": _sale_economy(rows, columns, "ship_to_country", economies, sales)}


def _distinct_cells(rows: pa.Table, columns: Columns, field: str) -> tuple[list[Any], Any]:
    """The distinct values of a field, and for each row the position of its value among them."""
    column = columns.column(rows, field)
    if column is None:
        return [columns.constants.get(field) or None], np.zeros(rows.num_rows, np.int64)
    column = column.combine_chunks()
    coded = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
    known = [*read_cells(coded.dictionary, FIELDS[field], field), None]
    places = pc.fill_null(coded.indices.cast(pa.int64()), len(known) - 1)
    return known, places.to_numpy(zero_copy_only=False)


def _hs_digits(code: Any) -> str:
    """The digits of an HS code; an empty text if it is not one."""
    digits = re.sub(r"[.\s-]", "", code) if isinstance(code, str) else ""
    return digits if re.fullmatch(r"[0-9]{6,10}", digits) else ""


def _known_economies(values: list[Any], economies: Any) -> Any:
    """The codes of economies; null for a code that does not exist."""
    codes = [None if each is None or isinstance(each, SaleError) else str(each).strip().upper() for each in values]
    return pa.array([code if code in economies else None for code in codes], pa.string())


def _sale_economy(rows: pa.Table, columns: Columns, field: str, economies: Any, sales: Any) -> Any:
    """The economy that a sale names, on any row of its consignment."""
    values, positions = _distinct_cells(rows, columns, field)
    if sales is not None and rows.num_rows:
        stated = np.array([each is not None for each in values])[positions]
        first = np.full(int(sales.max()) + 1, -1, np.int64)
        # Rows of a consignment that contradict each other are not assessed, so any of them will do.
        np.maximum.at(first, sales[stated], positions[stated])
        positions = np.where(stated | (first[sales] < 0), positions, first[sales])
    return _known_economies(values, economies).take(pa.array(positions))
