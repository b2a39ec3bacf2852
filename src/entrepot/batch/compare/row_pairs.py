"""both: the rows of a table with their answers under two laws, side by side; what is counted and added of each row."""

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
from entrepot.model.errors import SaleError, TableError

#: What a comparison may be by, each with the columns that it has of its own.
KEYS: Mapping[str, tuple[str, ...]] = {
    "chapter": ("chapter",),
    "heading": ("heading",),
    "origin": ("origin",),
    "destination": ("destination",),
    "way": ("regime", "treatment", "regime_after", "treatment_after"),
}
WAY = KEYS["way"]
FIGURES = ("duties", "taxes", "fees", "charges", "landed")
#: Of each row yes or no; added up, how many rows.
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
#: Which sale a row belongs to; only where rows of one consignment are one sale.
SALE = "sale"
#: What stands where a service has no chapter.
SERVICES = "services"
#: Of each answer: the columns of the comparison row by row. The currency is the importer's under both laws.
EACH = tuple(each for name in ANSWER_COLUMNS for each in ((name,) if name == "out_currency" else (name, name + AFTER)))


def measured(rows: pa.Table, before: pa.Table, after: pa.Table, columns: Columns, economies: Any) -> pa.Table:
    """Of each row the keys that it can be grouped by, `fault` and `fault_after`, the counts (int64) and the amounts.

    `rows`: whole consignments, with the answers of each row under either law. Amounts (decimals of three places) stand
    only on rows that are `compared`: a landed price under both laws, each known as far as the other.
    """
    said = {name: _text(before[name]) for name in ("regime", "treatment", "outcome", "fault", "out_currency")}
    then = {name: _text(after[name]) for name in said}
    was, is_now = pc.is_valid(before["landed"]), pc.is_valid(after["landed"])
    known = pc.fill_null(pc.equal(before["at_least"], after["at_least"]), False)
    alike = pc.and_(known, pc.fill_null(pc.equal(said["out_currency"], then["out_currency"]), False))
    priced = pc.and_(was, is_now)
    compared = pc.and_(priced, alike)
    other = pc.or_(_differ(said["regime"], then["regime"]), _differ(said["treatment"], then["treatment"]))
    flags = {
        "rows": pa.array(np.ones(rows.num_rows, bool)),
        "compared": compared,
        "became_refused": pc.and_not(was, is_now),
        "became_open": pc.and_not(is_now, was),
        "not_assessed": pc.invert(pc.or_(was, is_now)),
        "not_comparable": pc.and_not(priced, alike),
        "other_way": pc.and_(priced, other),
        "other_outcome": _differ(said["outcome"], then["outcome"]),
        "dearer": pc.and_(compared, pc.fill_null(pc.greater(after["landed"], before["landed"]), False)),
        "cheaper": pc.and_(compared, pc.fill_null(pc.less(after["landed"], before["landed"]), False)),
        "at_least": pc.and_(compared, pc.fill_null(before["at_least"], False)),
    }
    made: dict[str, Any] = _places(rows, columns, economies)
    made |= {"regime": said["regime"], "treatment": said["treatment"]}
    made |= {"regime_after": then["regime"], "treatment_after": then["treatment"]}
    made |= {"fault": said["fault"], "fault_after": then["fault"]}
    made["out_currency"] = pc.coalesce(said["out_currency"], then["out_currency"])
    made |= {name: flags[name].cast(pa.int64()) for name in COUNTS}
    for name in FIGURES:
        made[name] = pc.if_else(compared, before[name], pa.scalar(None, MONEY))
        made[name + AFTER] = pc.if_else(compared, after[name], pa.scalar(None, MONEY))
    if CONSIGNMENT in columns.column_names:
        made[SALE] = pa.array(sales_of(rows, columns))
    return pa.table(made)


def sales_of(rows: pa.Table, columns: Columns) -> Any:
    """For each row the number of its sale; a row without a consignment is one by itself."""
    codes, names = consignment_numbers(rows, columns)
    return np.where(codes < 0, len(names) + np.arange(rows.num_rows), codes)


def each_of(before: pa.Table, after: pa.Table) -> pa.Table:
    """The columns of both answers, row by row: `regime`, `regime_after`, and so on."""
    made = {}
    for name in ANSWER_COLUMNS:
        if name == "out_currency":
            money = pc.coalesce(_text(before[name]), _text(after[name]))
            made[name] = pc.dictionary_encode(money).cast(WORD)
        else:
            made[name], made[name + AFTER] = before[name], after[name]
    return pa.table(made).unify_dictionaries()


def beside_each(rows: pa.Table, each: pa.Table) -> pa.Table:
    """The columns of the table, as they were given, with those of both answers behind them."""
    schema = pa.schema([*map(original_field, rows.schema), *each.schema])
    return pa.Table.from_arrays([*map(original_column, rows.columns, rows.schema), *each.columns], schema=schema)


def check_names(names: list[str]) -> None:
    """Whether no column of the table is called as one of the comparison. Raises TableError."""
    if taken := [name for name in EACH if name in names]:
        raise TableError(
            f"The table has a column {taken[0]!r} already, which is a name of the comparison: rename or drop it first."
        )


def _text(column: Any) -> Any:
    return column.cast(pa.string())


def _differ(left: Any, right: Any) -> Any:
    """Where two columns say different things; nothing and nothing are alike."""
    one_only = pc.xor(pc.is_null(left), pc.is_null(right))
    return pc.fill_null(pc.not_equal(left, right), one_only) if len(left) else one_only


def _places(rows: pa.Table, columns: Columns, economies: Any) -> dict[str, Any]:
    """Chapter, heading, origin and destination of each row; null where the row does not say one that there is."""
    service = _cells(rows, columns, "service")
    codes, at = _cells(rows, columns, "hs_code")
    digits = [_digits(code) for code in codes]
    goods = {}
    for name, size in (("chapter", 2), ("heading", 4)):
        found = pa.array([each[:size] if each else None for each in digits], pa.string()).take(pa.array(at))
        served = pa.array([SERVICES if each else None for each in service[0]], pa.string()).take(pa.array(service[1]))
        goods[name] = pc.coalesce(found, served)
    sales = sales_of(rows, columns) if CONSIGNMENT in columns.column_names else None
    sent = _economy(rows, columns, "ship_from_country", economies, sales)
    made_in, stated = _cells(rows, columns, "country_of_origin")
    own = _economies(made_in, economies).take(pa.array(stated))
    silent = pa.array([each is None for each in made_in], pa.bool_()).take(pa.array(stated))
    origin = pc.if_else(silent, sent, own)
    return {**goods, "origin": origin, "destination": _economy(rows, columns, "ship_to_country", economies, sales)}


def _cells(rows: pa.Table, columns: Columns, ours: str) -> tuple[list[Any], Any]:
    """The values of a field, each once, and for each row the place of its own among them."""
    column = columns.column(rows, ours)
    if column is None:
        return [columns.constants.get(ours) or None], np.zeros(rows.num_rows, np.int64)
    column = column.combine_chunks()
    coded = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
    known = [*read_cells(coded.dictionary, FIELDS[ours], ours), None]
    places = pc.fill_null(coded.indices.cast(pa.int64()), len(known) - 1)
    return known, places.to_numpy(zero_copy_only=False)


def _digits(code: Any) -> str:
    """The digits of a code of goods; nothing where it is none."""
    digits = re.sub(r"[.\s-]", "", code) if isinstance(code, str) else ""
    return digits if re.fullmatch(r"[0-9]{6,10}", digits) else ""


def _economies(said: list[Any], economies: Any) -> Any:
    """Codes of economies; null where there is no such one."""
    codes = [None if each is None or isinstance(each, SaleError) else str(each).strip().upper() for each in said]
    return pa.array([code if code in economies else None for code in codes], pa.string())


def _economy(rows: pa.Table, columns: Columns, ours: str, economies: Any, sales: Any) -> Any:
    """The economy that a sale names; it may stand on any one row of a consignment."""
    said, at = _cells(rows, columns, ours)
    if sales is not None and rows.num_rows:
        spoken = np.array([each is not None for each in said])[at]
        first = np.full(int(sales.max()) + 1, -1, np.int64)
        # Of a consignment whose rows contradict each other no row is assessed: any of them will do.
        np.maximum.at(first, sales[spoken], at[spoken])
        at = np.where(spoken | (first[sales] < 0), at, first[sales])
    return _economies(said, economies).take(pa.array(at))
