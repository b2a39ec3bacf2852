"""Assesses sales of one line of goods in a compiled loop; leaves the other rows to `one_by_one`."""

from __future__ import annotations

from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from entrepot.batch.assess.answer_columns import LoopResults, Ranges, allocate_results, build_answers
from entrepot.batch.assess.candidates import assess_candidates, without_plans
from entrepot.batch.assess.compile_lock import compile_lock, loops_are_ready
from entrepot.batch.assess.likely_open import assess_rows
from entrepot.batch.assess.refusals import GoodsCells, given_measures, refusal_details
from entrepot.batch.assess.unit_values import narrow_codes
from entrepot.batch.kernel import layout
from entrepot.batch.kernel.block import assess_lines
from entrepot.batch.kernel.buffers import aligned_rows, allocate_work
from entrepot.batch.kernel.candidates import N_FIELDS
from entrepot.batch.kernel.compiler import compiled_with_arrays
from entrepot.batch.kernel.divisions import OpenRows
from entrepot.batch.plans.codes import CANDIDATES, REQUESTED, SHORT, UNFILLED
from entrepot.batch.plans.encode import EncodedRows, encode_rows
from entrepot.batch.plans.equal_plans import count_equal
from entrepot.batch.plans.numbers import to_millionths
from entrepot.batch.plans.plan_cache import PLANNED, REFUSED, PlanCache, PreparedLaw, SalePlan, plan_cache_of
from entrepot.batch.rows.answers import answer_batch
from entrepot.batch.rows.columns import RATE_PREFIX, Columns, field_of
from entrepot.batch.rows.context import LawContext
from entrepot.law.rates import MEASURES

#: The columns of measures in the order of `law.rates.MEASURES`; net mass has priority over gross, and the number of
#: items over the quantity, which the last one is.
MEASURE_FIELDS = (
    "net_mass_kg", "litres", "items", "pairs", "square_metres", "cubic_metres", "head", "gross_mass_kg", "quantity"
)  # fmt: skip

#: Rows that are interleaved at a time, few enough to stay in the cache.
COPY_ROWS = 1 << 12
#: Fewer rows do not wait for the loop to be compiled or loaded.
MIN_ROWS = 100
#: Fields that must be above zero where they are given; the others may be zero.
POSITIVE_FIELDS = {"amount", "quantity", "alcohol_percent", *MEASURE_FIELDS}


def assess_compiled(batch: Any, columns: Columns, context: LawContext) -> tuple[Any, Any]:
    """The answers of the rows that the loop supports (see `answers.Assessor`)."""
    if batch.num_rows < MIN_ROWS and not loops_are_ready():
        # So few are assessed one by one in less time than loading the machine code takes.
        return np.zeros(batch.num_rows, np.bool_), answer_batch([], columns.explain)
    with compile_lock():
        return _assess_in_loop(batch, columns, context)


def _assess_in_loop(batch: Any, columns: Columns, context: LawContext) -> tuple[Any, Any]:
    results, mask, *others = _loop_results(batch, columns, context)  # the numbers of the rows are released here
    return mask, build_answers(results, mask, *others)


def _loop_results(batch: Any, columns: Columns, context: LawContext) -> tuple[Any, ...]:
    """What `build_answers` needs."""
    cache = plan_cache_of(context)
    with cache.lock:
        cache.trim()
        given = encode_rows(batch, columns, cache.dictionaries)
        numbers, plans_and_units = given.numbers, cache.plans_of(given, columns.on)
        plans = [each.plan for each in plans_and_units]
        plan_offsets = np.array([each.at if each.state == PLANNED else -1 for each in plans], np.int64)
        law_numbers = np.array([each.law_number if each.state == PLANNED else -1 for each in plans], np.int64)
        units = np.array([each.unit for each in plans_and_units], np.int64)
        order, rows_of_laws = _order_by_plan(numbers, plans)
        goods, cells = _code_numbers(batch, columns, cache, plans, numbers, order, rows_of_laws)
        arrays = [prepared.arrays() for prepared in cache.laws]
        laws, sizes = list(cache.laws), tuple(cache.sizes)
    results = allocate_results(batch.num_rows, 4 * sizes[1] + 5 if columns.explain else 0)
    no_candidates, work = np.empty((0, sizes[0], N_FIELDS), np.int64), allocate_work(sizes, results.rows.shape[1])
    excluded = _excluded_rows(batch, columns)
    one_piece = np.array([each.one_piece for each in plans])
    lines, columns_of_fields = _line_numbers(
        batch, columns, plan_offsets[numbers], goods, excluded, one_piece if one_piece.all() else one_piece[numbers]
    )
    goods[excluded] = -1
    for number in np.unique(law_numbers[law_numbers >= 0]).tolist():
        plan, schedule, entries, table, faults = arrays[number]
        planned = order[rows_of_laws[number].begin : rows_of_laws[number].unplanned]
        selected, refused_rows = _split_refused(planned, goods, faults)
        _write_refusals(
            refused_rows, faults[goods[refused_rows]], units[numbers[refused_rows]], lines, columns_of_fields, results
        )
        given_to_loop = plan, schedule, entries, table, lines, columns_of_fields

        def assess(rows: Any, given_to_loop: tuple[Any, ...] = given_to_loop) -> None:
            assess_lines(*given_to_loop, rows, *work, *results, no_candidates)

        assess_rows(selected, lines, number, cache.open_counters, assess)
    ranges = _assess_open_rows(
        cache, given, columns, laws, law_numbers, order, goods, cells, lines, columns_of_fields, results
    )
    _write_refused_plans(plans, numbers, goods, units, lines, columns_of_fields, results)
    measures = partial(given_measures, lines, columns_of_fields)
    details = refusal_details(batch, columns, context, cache, results, plans, laws, numbers, cells, measures)
    mask = results.lines[:, layout.RESULT_UNSUPPORTED] == 0
    return results, mask, numbers, plans, laws, cache, columns.explain, details.columns(mask), ranges


def _assess_open_rows(
    cache: PlanCache,
    given: EncodedRows,
    columns: Columns,
    laws: list[PreparedLaw],
    law_numbers: Any,
    order: Any,
    goods: Any,
    cells: GoodsCells,
    lines: Any,
    columns_of_fields: Any,
    results: LoopResults,
) -> Ranges:
    """Writes the results of the rows that leave facts open; returns those that are ranges.

    Open are the rows with several tariff lines under their code, and those of which the loop says so.
    `order`: the rows by law and plan.
    """
    law_of_row = law_numbers[given.numbers]
    rows = _open_rows(order, law_of_row, goods, lines)
    no_plans = without_plans(len(law_numbers))
    open_rows = OpenRows(rows, goods, cells.are_short(), lines, columns_of_fields, given.numbers, *no_plans)
    law_arrays = partial(_arrays_of, cache, laws)
    goods, narrowed, left_out = narrow_codes(
        open_rows, law_of_row[rows], laws, law_arrays, cache.regime_numbers, partial(_narrow_code, cache, laws)
    )
    open_rows = open_rows._replace(rows=rows[~left_out], goods=goods)
    ranges = assess_candidates(
        open_rows,
        law_of_row[open_rows.rows],
        laws,
        law_arrays,
        partial(_place_plans, cache, given, columns, laws, law_numbers),
        lambda: tuple(cache.sizes),
        results,
    )
    # The sentence of a refusal is that of the short code, whatever is left of its lines.
    some = rows[narrowed]
    results.lines[some[results.lines[some, layout.RESULT_WORDS] >> 36 & 4095 > 0], layout.RESULT_UNSUPPORTED] = 1
    return ranges


@compiled_with_arrays
def _open_rows(order: Any, law_of_row: Any, goods: Any, lines: Any) -> Any:
    """The rows that have several tariff lines under their code, or of which the loop came upon an open fact."""
    is_open, many, n_open = np.empty(len(order), np.bool_), 0, 0
    for i in range(len(order)):
        is_open[i] = goods[i] <= CANDIDATES or (goods[i] >= 0 and lines[i, layout.LINE_FACTS] >= layout.FOUND_RANGE)
        is_open[i] &= law_of_row[i] >= 0
        n_open += is_open[i]
    out = np.empty(n_open, np.int64)
    for i in order:
        if is_open[i]:
            out[many] = i
            many += 1
    return out


@compiled_with_arrays
def _split_refused(rows: Any, goods: Any, faults: Any) -> tuple[Any, Any]:
    """The rows with the number of a code that is not refused, and those with one that is."""
    selected, refused = np.empty_like(rows), np.empty_like(rows)
    n_selected, n_refused = 0, 0
    for i in rows:
        if goods[i] < 0:
            continue
        if faults[goods[i]] < 0:
            selected[n_selected] = i
            n_selected += 1
        else:
            refused[n_refused] = i
            n_refused += 1
    return selected[:n_selected], refused[:n_refused]


def _arrays_of(cache: PlanCache, laws: list[PreparedLaw], number: int) -> tuple[Any, ...]:
    """The arrays of a law with all plans and codes so far."""
    with cache.lock:
        return laws[number].arrays()


def _narrow_code(cache: PlanCache, laws: list[PreparedLaw], number: int, code: int, lines: frozenset[str]) -> int:
    """The number of a short code of a law that stands for some of its lines only."""
    with cache.lock:
        return laws[number].goods.narrowed(code, lines)


def _place_plans(
    cache: PlanCache, given: EncodedRows, columns: Columns, laws: list[PreparedLaw], law_numbers: Any, number: int
) -> dict[int, int]:
    """The offsets of the plans of a combination with each state or province; nothing where one has no plan.

    Of plans that give the same answers the first, with their number; where rows of law are recorded each is its own.
    """
    with cache.lock:
        prepared = laws[law_numbers[number]]
        found = cache.place_plans(given, number, columns.on, prepared)
        if columns.explain:
            return dict.fromkeys(found, 1)
        known, key = prepared.buffer.known, ("places", found)
        counts: dict[int, int] | None = known.get(key)
        if counts is None:
            counts = known[key] = count_equal(prepared.buffer.array(), found)
        return counts


def _write_refused_plans(
    plans: list[SalePlan],
    numbers: Any,
    goods: Any,
    units: Any,
    lines: Any,
    columns_of_fields: Any,
    results: LoopResults,
) -> None:
    """Writes the refusals of rows whose fields are refused whatever the goods are."""
    refused = np.array([each.at if each.state == REFUSED else -1 for each in plans], np.int64)
    if (refused >= 0).any():
        rows = np.flatnonzero((refused[numbers] >= 0) & (goods != -1))
        _write_refusals(rows, refused[numbers[rows]], units[numbers[rows]], lines, columns_of_fields, results)


def _write_refusals(
    rows: Any, faults: Any, units: Any, lines: Any, columns_of_fields: Any, results: LoopResults
) -> None:
    """Writes a refusal that does not depend on a regime, where the sale is otherwise valid."""
    valid = _has_valid_amounts(rows, units, lines, columns_of_fields)
    results.lines[rows[valid], layout.RESULT_WORDS] = ((layout.CLOSED + 1) << 24 | (faults + 1) << 36)[valid]
    results.lines[rows[valid], layout.RESULT_UNSUPPORTED] = 0


@compiled_with_arrays
def _has_valid_amounts(rows: Any, units: Any, lines: Any, columns_of_fields: Any) -> Any:
    """Which lines have price and costs in whole minor units (`units` millionths each), and a discount below it."""
    out = np.empty(len(rows), np.bool_)
    for at in range(len(rows)):
        i, price = rows[at], lines[rows[at], layout.LINE_AMOUNT]
        valid = price > 0 and price % units[at] == 0
        for column in (
            columns_of_fields[layout.COLUMN_SHIPPING],
            columns_of_fields[layout.COLUMN_INSURANCE],
            columns_of_fields[layout.COLUMN_DISCOUNT],
        ):
            given = lines[i, column] if column >= 0 else layout.ABSENT
            if given != layout.ABSENT:
                valid = valid and given >= 0 and given % units[at] == 0
                valid = valid and (column != columns_of_fields[layout.COLUMN_DISCOUNT] or given < price)
        out[at] = valid
    return out


def _code_numbers(
    batch: Any,
    columns: Columns,
    cache: PlanCache,
    plans: list[SalePlan],
    numbers: Any,
    order: Any,
    rows_of_laws: dict[int, RowsOfLaw],
) -> tuple[Any, GoodsCells]:
    """For each row the number of its HS code under its law, and the codes.

    The number is negative where a row has none: it is assessed one by one. `order`, `rows_of_laws`: see
    `_order_by_plan`.
    """
    out = np.full(batch.num_rows, -1, np.int64)
    column = columns.column(batch, "hs_code")
    field = field_of("hs_code")
    if field is None:
        return out, GoodsCells(out, [])
    if column is None:
        known: list[Any] = [columns.constants.get("hs_code")]
        places = np.zeros(batch.num_rows, np.int64)
    else:
        coded = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
        known = cache.dictionaries.cells(coded.dictionary, field, "hs_code")
        indices = coded.indices.cast(pa.int64())
        indices = pc.fill_null(indices, len(known) - 1) if indices.null_count else indices
        places = indices.to_numpy(zero_copy_only=False)
    values = cache.dictionaries.value_numbers("hs_code", known)
    for number, (begin, _, end) in rows_of_laws.items():
        lookup, table = cache.code_numbers(number, values, known), cache.laws[number].goods
        rows = order[begin:end] if end - begin < len(order) else np.arange(len(order))  # their own order is faster
        origins = [table.origin_class(each.origin) if each.law_number == number else 0 for each in plans]
        table.extend_by_origin()
        classes = np.array(origins, np.int64)
        requested = _look_up_codes(lookup, places, rows, numbers, classes, table.by_origin, out)
        if len(requested):
            table.fill_by_origin(requested)
            _look_up_codes(lookup, places, rows, numbers, classes, table.by_origin, out)
    return out, GoodsCells(places, known)


@compiled_with_arrays
def _look_up_codes(lookup: Any, places: Any, rows: Any, numbers: Any, classes: Any, by_origin: Any, out: Any) -> Any:
    """Writes the numbers of the codes of rows of a law; returns short codes and classes of origins to fill first."""
    requested, many = np.empty((by_origin.size, 2), np.int64), 0
    for i in rows:
        found = lookup[places[i]]
        if found <= SHORT:
            short, origins = SHORT - found, classes[numbers[i]]
            found = by_origin[short, origins]
            if found == UNFILLED:
                by_origin[short, origins] = REQUESTED
                requested[many, 0], requested[many, 1] = short, origins
                many += 1
        out[i] = found
    return requested[:many]


def _line_numbers(
    batch: Any, columns: Columns, plan_offsets: Any, goods: Any, excluded: Any, one_piece: Any
) -> tuple[Any, Any]:
    """The numbers of all rows, and the column of each field (see `layout`); marks invalid rows in `excluded`.

    `one_piece`: whether a row that gives no number of pieces is one for rates, too (see `SalePlan`).
    """
    rows = batch.num_rows
    empty = np.full(rows, layout.ABSENT, np.int64)

    @cache  # a measure and what stands in for it read one column
    def numbers(field_name: str) -> Any:
        found = _numbers_of(batch, columns, field_name, excluded)
        return empty if found is None else found

    pieces, quantity = numbers("items"), numbers("quantity")
    stated = np.where(quantity == layout.ABSENT, pieces, quantity) if pieces is not empty else quantity
    counted = np.where(stated == layout.ABSENT, layout.MICRO, stated)
    of_rates = counted if one_piece.all() else np.where(one_piece, counted, stated) if one_piece.any() else stated
    line_columns, columns_of_fields = (
        [plan_offsets, goods, numbers("amount"), np.zeros(rows, np.int64)],
        np.full(layout.COLUMN_SIZE, -1, np.int64),
    )

    def put(number: int, column: Any) -> None:
        if column is not empty:
            columns_of_fields[number] = len(line_columns)
            line_columns.append(column)

    for number, field_name in enumerate(MEASURE_FIELDS):
        column = numbers(field_name)
        if field_name == "net_mass_kg" and (gross := numbers("gross_mass_kg")) is not empty:
            column = gross if column is empty else np.where(column == layout.ABSENT, gross, column)
        if field_name == "items":
            if column is not empty:
                put(layout.COLUMN_COUNTED, column)
            column = np.where(column == layout.ABSENT, of_rates, column) if column is not empty else of_rates
        if field_name == "quantity" and pieces is not empty:
            column = pieces if column is empty else np.where(pieces == layout.ABSENT, column, pieces)
        put(number, column)
    litres, strength = numbers("litres"), numbers("alcohol_percent")
    if litres is not empty and strength is not empty:
        put(len(MEASURES) - 1, _pure_alcohol(litres, strength))
    for number, field_name in enumerate(("shipping_cost", "insurance_cost", "discount_amount")):
        put(layout.COLUMN_SHIPPING + number, numbers(field_name))
    put(layout.COLUMN_QUANTITY, counted)
    put(layout.COLUMN_SPENT, numbers("buyer_year_to_date"))
    return _interleave(line_columns), columns_of_fields


def _numbers_of(batch: Any, columns: Columns, field_name: str, excluded: Any) -> Any | None:
    """The numbers of a field in all rows, None where no row gives one; marks invalid rows in `excluded`."""
    column = columns.column(batch, field_name)
    if column is None and columns.constants.get(field_name) is None:
        return None
    found = (
        np.repeat(to_millionths(pa.array([columns.constants[field_name]])), batch.num_rows)
        if column is None
        else to_millionths(column)
    )
    _exclude_invalid(found, field_name in POSITIVE_FIELDS, excluded)
    return found


def _interleave(columns: list[Any]) -> Any:
    """The numbers of each row next to each other, so that the loop reads a line from one place."""
    rows = len(columns[0])
    out = aligned_rows(rows, len(columns))
    for begin in range(0, rows, COPY_ROWS):
        for number, column in enumerate(columns):
            out[begin : begin + COPY_ROWS, number] = column[begin : begin + COPY_ROWS]
    return out


@compiled_with_arrays
def _exclude_invalid(column: Any, least: int, excluded: Any) -> None:
    """Excludes rows with a number that is too small or cannot be read: `one_by_one` reports the error."""
    for i in range(len(column)):
        if column[i] < least and column[i] != layout.ABSENT and column[i] != layout.TOO_FINE:
            excluded[i] = True


@compiled_with_arrays
def _pure_alcohol(litres: Any, strength: Any) -> Any:
    """Litres of pure alcohol, in millionths where they are whole."""
    out = np.empty(len(litres), np.int64)
    for i in range(len(litres)):
        if litres[i] == layout.ABSENT or strength[i] == layout.ABSENT:
            out[i] = layout.ABSENT
        elif litres[i] <= 0 or strength[i] <= 0 or float(litres[i]) * strength[i] > 1e18:
            out[i] = layout.TOO_FINE
        else:
            product = litres[i] * strength[i]
            out[i] = product // 100_000_000 if product % 100_000_000 == 0 else layout.TOO_FINE
    return out


def _excluded_rows(batch: Any, columns: Columns) -> Any:
    """The rows that the loop does not support: services, and rates that the caller gives."""
    excluded = np.zeros(batch.num_rows, np.bool_)
    for field_name in columns.fields():
        if field_name == "service" or field_name.startswith(RATE_PREFIX):
            column = columns.column(batch, field_name)
            if column is None:
                excluded |= columns.constants.get(field_name, "") != ""
            else:
                excluded |= pc.is_valid(column).to_numpy(zero_copy_only=False)
    return excluded


@compiled_with_arrays
def _count(numbers: Any, many: int) -> Any:
    counts = np.zeros(many + 1, np.int64)
    for number in numbers:
        counts[number + 1] += 1
    return counts


@compiled_with_arrays
def _counting_sort(numbers: Any, begins: Any, order: Any) -> None:
    for i in range(len(numbers)):
        order[begins[numbers[i]]] = i
        begins[numbers[i]] += 1


class RowsOfLaw(NamedTuple):
    """Where the rows of a law begin in an order of rows, where those without a plan begin, and where these end."""

    begin: int
    unplanned: int
    end: int


def _order_by_plan(numbers: Any, plans: list[SalePlan]) -> tuple[Any, dict[int, RowsOfLaw]]:
    """The rows by law and then by combination of fields, so that rows of one plan follow each other.

    The rows of a law that have no plan come after those that have one.
    """
    many, keys = len(plans), np.array([2 * each.law_number + (each.state != PLANNED) for each in plans], np.int64)
    by_key = np.argsort(keys, kind="stable")
    rank = np.empty(many, np.int64)
    rank[by_key] = np.arange(many)
    ranked = rank[numbers]
    counts = np.cumsum(_count(ranked, many))
    order = np.empty(len(numbers), np.int64)
    _counting_sort(ranked, counts[:-1].copy(), order)
    laws = {each.law_number for each in plans if each.law_number >= 0}
    bounds = {law: counts[np.searchsorted(keys[by_key], [2 * law, 2 * law + 1, 2 * law + 2])] for law in laws}
    return order, {law: RowsOfLaw(*found.tolist()) for law, found in bounds.items()}
