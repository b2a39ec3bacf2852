"""lane: the fast lane: sales of one line of goods, assessed in a loop of machine code; the rest is left to the walk."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from entrepot.batch.assess.answer_columns import LoopResults, allocate_results, build_answers
from entrepot.batch.assess.compile_lock import compile_lock, loops_are_ready
from entrepot.batch.kernel import layout as f
from entrepot.batch.kernel.block import loop
from entrepot.batch.kernel.buffers import rows_of, work_of
from entrepot.batch.kernel.compiler import prepared
from entrepot.batch.plans.codes import BY_ORIGIN
from entrepot.batch.plans.encode import encode_rows
from entrepot.batch.plans.numbers import to_millionths
from entrepot.batch.plans.plan_cache import PLANNED, REFUSED, PlanCache, SalePlan, plan_cache_of
from entrepot.batch.rows.answers import answer_batch
from entrepot.batch.rows.columns import RATE_PREFIX, Columns, field_of
from entrepot.batch.rows.context import LawContext
from entrepot.law.rates import MEASURES

#: The columns of measures in the order of `pack.rates.MEASURES`; net mass goes before gross.
OF_MEASURES = ("net_mass_kg", "litres", "items", "pairs", "square_metres", "cubic_metres", "head")

#: Rows that are laid side by side at a time, so few that they stay in the fast memory.
PART = 1 << 12
#: Fewer rows than these do not wait for the loop to be compiled or loaded.
FEW = 100
#: What is above zero where it is given; other numbers may be nil.
ABOVE_ZERO = {"amount", "quantity", "gross_mass_kg", "alcohol_percent", *OF_MEASURES}


def assess_compiled(batch: Any, columns: Columns, context: LawContext) -> tuple[Any, Any]:
    """The answers of the rows that the loop can tell (see `answers.Lane`)."""
    if batch.num_rows < FEW and not loops_are_ready():
        # So few are walked before the machine code is even loaded.
        return np.zeros(batch.num_rows, np.bool_), answer_batch([], columns.explain)
    with compile_lock():
        return _looped(batch, columns, context)


def _looped(batch: Any, columns: Columns, context: LawContext) -> tuple[Any, Any]:
    stock = plan_cache_of(context)
    with stock.lock:
        stock.trimmed()
        given = encode_rows(batch, columns, stock.kept)
        numbers, settled = given.numbers, stock.settled(given, columns.on)
        sets = [each.of for each in settled]
        plans = np.array([each.at if each.state == PLANNED else -1 for each in sets], np.int64)
        frames = np.array([each.frame if each.state == PLANNED else -1 for each in sets], np.int64)
        units = np.array([each.unit for each in settled], np.int64)
        goods = _goods(batch, columns, stock, sets, numbers)
        tapes = [
            (frame.tape.array(), frame.folded.cells, frame.folded.first, *frame.goods.arrays())
            for frame in stock.frames
        ]
        ready = list(stock.frames)
        widest = tuple(stock.widest)
    found = allocate_results(batch.num_rows, 4 * widest[1] + 5 if columns.explain else 0)
    aside = _set_aside(batch, columns)
    lines, where = _lines(batch, columns, plans[numbers], goods, aside)
    goods[aside] = -1
    order, ends = _in_order(numbers, len(sets), frames)
    for place in np.unique(frames[frames >= 0]):
        tape, schedule, first, table, faults = tapes[place]
        mine = order[ends[place] : ends[place + 1]]
        mine = mine[goods[mine] >= 0]
        barring = faults[goods[mine]]
        barred = mine[barring >= 0]
        _refuse(barred, barring[barring >= 0], units[numbers[barred]], lines, where, found)
        loop(
            tape,
            schedule,
            first,
            table,
            lines,
            where,
            mine[barring < 0],
            *work_of(widest, found.rows.shape[1]),
            *found,
        )
    refused = np.array([each.at if each.state == REFUSED else -1 for each in sets], np.int64)
    if (refused >= 0).any():
        rows = np.flatnonzero((refused[numbers] >= 0) & (goods != -1))
        _refuse(rows, refused[numbers[rows]], units[numbers[rows]], lines, where, found)
    mask = found.lines[:, f.F_BEYOND] == 0
    return mask, build_answers(found, mask, numbers, sets, ready, stock, columns.explain)


def _refuse(rows: Any, faults: Any, units: Any, lines: Any, where: Any, found: LoopResults) -> None:
    """Writes a refusal that comes before any way in is looked at, where the sale is one at all."""
    fine = _sound(rows, units, lines, where)
    found.lines[rows[fine], f.F_WORDS] = ((f.CLOSED + 1) << 24 | (faults + 1) << 36)[fine]
    found.lines[rows[fine], f.F_BEYOND] = 0


@prepared
def _sound(rows: Any, units: Any, lines: Any, where: Any) -> Any:
    """Which lines have a price and costs in whole minor units, `units` millionths each, and a discount below it."""
    out = np.empty(len(rows), np.bool_)
    for at in range(len(rows)):
        i, price = rows[at], lines[rows[at], f.N_AMOUNT]
        fine = price > 0 and price % units[at] == 0
        for column in (where[f.W_SHIPPING], where[f.W_INSURANCE], where[f.W_DISCOUNT]):
            given = lines[i, column] if column >= 0 else f.ABSENT
            if given != f.ABSENT:
                fine = fine and given >= 0 and given % units[at] == 0
                fine = fine and (column != where[f.W_DISCOUNT] or given < price)
        out[at] = fine
    return out


def _goods(batch: Any, columns: Columns, stock: PlanCache, sets: list[SalePlan], numbers: Any) -> Any:
    """For each row the number of its code under its law; negative where it has none and the sale is walked."""
    out = np.full(batch.num_rows, -1, np.int64)
    column = columns.column(batch, "hs_code")
    field = field_of("hs_code")
    if field is None:
        return out
    if column is None:
        known: list[Any] = [columns.constants.get("hs_code")]
        places = np.zeros(batch.num_rows, np.int64)
    else:
        coded = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
        known = stock.kept.cells(coded.dictionary, field, "hs_code")
        places = pc.fill_null(coded.indices.cast(pa.int64()), len(known) - 1).to_numpy(zero_copy_only=False)
    frames = np.array([each.frame for each in sets], np.int64)
    for place in np.unique(frames[frames >= 0]):
        lookup = stock.numbers(int(place), known)
        _looked_up(lookup, places, frames, numbers, place, out)
    for row in np.flatnonzero(out == BY_ORIGIN):
        each, code = sets[numbers[row]], known[places[row]]
        if isinstance(code, str):
            out[row] = stock.frames[each.frame].goods.number_from(code, each.origin)
    return out


@prepared
def _looked_up(lookup: Any, places: Any, frames: Any, numbers: Any, frame: int, out: Any) -> None:
    for i in range(len(out)):
        if frames[numbers[i]] == frame:
            out[i] = lookup[places[i]]


def _lines(batch: Any, columns: Columns, plans: Any, goods: Any, aside: Any) -> tuple[Any, Any]:
    """The numbers of all rows, and where each stands (see `form`); `aside`: those that are no sale."""
    rows = batch.num_rows
    empty = np.full(rows, f.ABSENT, np.int64)

    def numbers(field_name: str) -> Any:
        column = columns.column(batch, field_name)
        if column is None and columns.constants.get(field_name) is None:
            return empty
        found = (
            np.repeat(to_millionths(pa.array([columns.constants[field_name]])), rows)
            if column is None
            else to_millionths(column)
        )
        _checked(found, field_name in ABOVE_ZERO, aside)
        return found

    pieces, quantity = numbers("items"), numbers("quantity")
    counted = np.where(quantity == f.ABSENT, pieces, quantity) if pieces is not empty else quantity
    given = counted is not empty
    counted = np.where(counted == f.ABSENT, f.MICRO, counted) if given else np.full(rows, f.MICRO, np.int64)
    found, where = [plans, goods, numbers("amount")], np.full(f.W_SIZE, -1, np.int64)

    def put(place: int, column: Any) -> None:
        if column is not empty:
            where[place] = len(found)
            found.append(column)

    for place, field_name in enumerate(OF_MEASURES):
        column = numbers(field_name)
        if field_name == "net_mass_kg" and (gross := numbers("gross_mass_kg")) is not empty:
            column = gross if column is empty else np.where(column == f.ABSENT, gross, column)
        if field_name == "items":
            if column is not empty:
                put(f.W_COUNTED, column)
            column = np.where(column == f.ABSENT, counted, column) if column is not empty else counted
        put(place, column)
    litres, strength = numbers("litres"), numbers("alcohol_percent")
    if litres is not empty and strength is not empty:
        put(len(MEASURES) - 1, _pure(litres, strength))
    for place, field_name in enumerate(("shipping_cost", "insurance_cost", "discount_amount")):
        put(f.W_SHIPPING + place, numbers(field_name))
    put(f.W_QUANTITY, counted)
    put(f.W_SPENT, numbers("buyer_year_to_date"))
    return _side_by_side(found), where


def _side_by_side(columns: list[Any]) -> Any:
    """The numbers of each row next to each other: what the loop reads of a line then lies at one place."""
    rows = len(columns[0])
    out = rows_of(rows, len(columns))
    for begin in range(0, rows, PART):
        for place, column in enumerate(columns):
            out[begin : begin + PART, place] = column[begin : begin + PART]
    return out


@prepared
def _checked(column: Any, least: int, aside: Any) -> None:
    """Sets those lines aside of which a number is too small or cannot be read: the walk says so."""
    for i in range(len(column)):
        if column[i] < least and column[i] != f.ABSENT and column[i] != f.TOO_FINE:
            aside[i] = True


@prepared
def _pure(litres: Any, strength: Any) -> Any:
    """Litres of pure alcohol, in millionths where they are whole."""
    out = np.empty(len(litres), np.int64)
    for i in range(len(litres)):
        if litres[i] == f.ABSENT or strength[i] == f.ABSENT:
            out[i] = f.ABSENT
        elif litres[i] <= 0 or strength[i] <= 0 or float(litres[i]) * strength[i] > 1e18:
            out[i] = f.TOO_FINE
        else:
            product = litres[i] * strength[i]
            out[i] = product // 100_000_000 if product % 100_000_000 == 0 else f.TOO_FINE
    return out


def _set_aside(batch: Any, columns: Columns) -> Any:
    """The rows that are not for the loop: services, and rates that the caller gives."""
    aside = np.zeros(batch.num_rows, np.bool_)
    for field_name in columns.fields():
        if field_name == "service" or field_name.startswith(RATE_PREFIX):
            column = columns.column(batch, field_name)
            if column is None:
                aside |= columns.constants.get(field_name, "") != ""
            else:
                aside |= pc.is_valid(column).to_numpy(zero_copy_only=False)
    return aside


@prepared
def _counted(numbers: Any, many: int) -> Any:
    counts = np.zeros(many + 1, np.int64)
    for number in numbers:
        counts[number + 1] += 1
    return counts


@prepared
def _sorted(numbers: Any, begins: Any, order: Any) -> None:
    for i in range(len(numbers)):
        order[begins[numbers[i]]] = i
        begins[numbers[i]] += 1


def _in_order(numbers: Any, many: int, frames: Any) -> tuple[Any, dict[int, int]]:
    """The rows by law and then by what they say, so that the loop meets the same plan again and again."""
    by_law = np.argsort(frames, kind="stable")
    rank = np.empty(many, np.int64)
    rank[by_law] = np.arange(many)
    ranked = rank[numbers]
    counts = np.cumsum(_counted(ranked, many))
    order = np.empty(len(numbers), np.int64)
    _sorted(ranked, counts[:-1].copy(), order)
    ends: dict[int, int] = {}
    for place in range(int(frames.max(initial=-1)) + 2):
        ends[place] = int(counts[np.searchsorted(frames[by_law], place)])
    return order, ends
