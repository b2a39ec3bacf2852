"""lane: the fast lane: sales of one line of goods, assessed in a loop of machine code; the rest is left to the walk."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from entrepot.fleet.cells import cells
from entrepot.fleet.columns import RATE, Columns, field_of
from entrepot.fleet.emit import emitted, room_for
from entrepot.fleet.encode import encoded
from entrepot.fleet.goods import BY_ORIGIN
from entrepot.fleet.house import House
from entrepot.fleet.loop import form as f
from entrepot.fleet.loop.block import loop
from entrepot.fleet.loop.machine import prepared
from entrepot.fleet.loop.work import work_of
from entrepot.fleet.numbers import micro
from entrepot.fleet.stock import PLANNED, REFUSED, Set, Stock, stock_of
from entrepot.pack.rates import MEASURES

#: The columns of measures in the order of `pack.rates.MEASURES`; net mass goes before gross.
OF_MEASURES = ("net_mass_kg", "litres", "items", "pairs", "square_metres", "cubic_metres", "head")


def fast(batch: Any, columns: Columns, house: House) -> tuple[Any, Any]:
    """The answers of the rows that the loop can tell (see `answers.Lane`)."""
    stock = stock_of(house)
    with stock.lock:
        numbers, said = encoded(batch, columns)
        sets = [stock.settled(each, columns.on) for each in said]
        plans = np.array([each.at if each.state == PLANNED else -1 for each in sets], np.int64)
        frames = np.array([each.frame if each.state == PLANNED else -1 for each in sets], np.int64)
        goods = _goods(batch, columns, stock, sets, numbers)
        tapes = [(frame.tape.array(), frame.folded, *frame.goods.arrays()) for frame in stock.frames]
        widest = tuple(stock.widest)
    found = room_for(batch.num_rows, 4 * widest[1] + 5 if columns.explain else 0)
    lines = _lines(batch, columns, plans[numbers], goods)
    lines.quantity[_set_aside(batch, columns)] = -1  # the loop leaves a line of no quantity
    order, ends = _in_order(numbers, len(sets), frames)
    for place in np.unique(frames[frames >= 0]):
        tape, folded, table, faults = tapes[place]
        mine = order[ends[place] : ends[place + 1]]
        mine = mine[goods[mine] >= 0]
        refused = faults[goods[mine]]
        _refuse(mine[refused >= 0], refused[refused >= 0], found)
        loop(
            tape,
            folded.rates,
            folded.rows,
            table,
            lines,
            mine[refused < 0],
            work_of(widest, found.rows.shape[1]),
            found,
        )
    for number, each in enumerate(sets):
        if each.state == REFUSED:
            rows = np.flatnonzero((numbers == number) & (goods != -1))
            _refuse(rows, np.full(len(rows), each.at), found)
    mask = found.lines[:, f.F_BEYOND] == 0
    return mask, emitted(found, mask, numbers, sets, stock, columns.explain)


def _refuse(rows: Any, faults: Any, found: f.Found) -> None:
    """Writes a refusal that comes before any way in is looked at."""
    found.lines[rows, f.F_WORDS] = (f.CLOSED + 1) << 24 | (faults + 1) << 36
    found.lines[rows, f.F_BEYOND] = 0


def _goods(batch: Any, columns: Columns, stock: Stock, sets: list[Set], numbers: Any) -> Any:
    """For each row the number of its code under its law; negative where it has none and the sale is walked."""
    out = np.full(batch.num_rows, -1, np.int64)
    column = columns.column(batch, "hs_code")
    field = field_of("hs_code")
    if field is None:
        return out
    if column is None:
        known, places = [columns.constants.get("hs_code")], np.zeros(batch.num_rows, np.int64)
    else:
        coded = column if pa.types.is_dictionary(column.type) else pc.dictionary_encode(column)
        known = [each if isinstance(each, str) else None for each in cells(coded.dictionary, field, "hs_code")]
        known.append(None)
        places = pc.fill_null(coded.indices, len(known) - 1).to_numpy(zero_copy_only=False)
    frames = np.array([each.frame for each in sets], np.int64)
    for place in np.unique(frames[frames >= 0]):
        table = stock.frames[place].goods
        lookup = np.array([table.number(code) for code in known], np.int64)
        _looked_up(lookup, places, frames, numbers, place, out)
    for row in np.flatnonzero(out == BY_ORIGIN):
        each, code = sets[numbers[row]], known[places[row]]
        if code is not None:
            out[row] = stock.frames[each.frame].goods.number_from(code, each.origin)
    return out


@prepared
def _looked_up(lookup: Any, places: Any, frames: Any, numbers: Any, frame: int, out: Any) -> None:
    for i in range(len(out)):
        if frames[numbers[i]] == frame:
            out[i] = lookup[places[i]]


def _lines(batch: Any, columns: Columns, plans: Any, goods: Any) -> f.Lines:
    """The numbers of all rows; a column that is not there is empty."""
    rows = batch.num_rows
    empty = np.full(rows, f.ABSENT, np.int64)

    def numbers(ours: str) -> Any:
        column = columns.column(batch, ours)
        if column is not None:
            return micro(column)
        given = columns.constants.get(ours)
        return empty if given is None else np.repeat(micro(pa.array([given])), rows)

    pieces, quantity = numbers("items"), numbers("quantity")
    counted = np.where(quantity == f.ABSENT, pieces, quantity) if pieces is not empty else quantity
    counted = np.full(rows, f.MICRO, np.int64) if counted is empty else np.where(counted == f.ABSENT, f.MICRO, counted)
    rows_of, where = [], np.full(9, -1, np.int64)
    for place, ours in enumerate(OF_MEASURES):
        column = numbers(ours)
        if ours == "net_mass_kg" and (gross := numbers("gross_mass_kg")) is not empty:
            column = gross if column is empty else np.where(column == f.ABSENT, gross, column)
        if ours == "items":
            where[8] = len(rows_of) if column is not empty else -1
            if column is not empty:
                rows_of.append(_positive(column))
            column = np.where(column == f.ABSENT, counted, column) if column is not empty else counted
        if column is not empty:
            where[place] = len(rows_of)
            rows_of.append(_positive(column))
    litres, strength = numbers("litres"), numbers("alcohol_percent")
    if litres is not empty and strength is not empty:
        where[len(MEASURES) - 1] = len(rows_of)
        rows_of.append(_pure(litres, strength))
    costs = [numbers(ours) for ours in ("shipping_cost", "insurance_cost", "discount_amount")]
    given = [cost is not empty for cost in costs]
    return f.Lines(
        plan=plans,
        goods=goods,
        given=np.array([*given, True], np.int64),
        amount=numbers("amount"),
        shipping=costs[0],
        insurance=costs[1],
        discount=costs[2],
        spent=numbers("buyer_year_to_date"),
        quantity=counted,
        measures=np.stack(rows_of) if rows_of else np.zeros((1, 1), np.int64),
        where=where,
    )


def _positive(column: Any) -> Any:
    """A measure is above zero: what is not is left to the walk, which says so."""
    return np.where((column <= 0) & (column != f.ABSENT), f.UNREADABLE, column)


@prepared
def _pure(litres: Any, strength: Any) -> Any:
    """Litres of pure alcohol, in millionths where they are whole."""
    out = np.empty(len(litres), np.int64)
    for i in range(len(litres)):
        if litres[i] == f.ABSENT or strength[i] == f.ABSENT:
            out[i] = f.ABSENT
        elif litres[i] <= 0 or strength[i] <= 0 or float(litres[i]) * strength[i] > 1e18:
            out[i] = f.UNREADABLE
        else:
            product = litres[i] * strength[i]
            out[i] = product // 100_000_000 if product % 100_000_000 == 0 else f.UNREADABLE
    return out


def _set_aside(batch: Any, columns: Columns) -> Any:
    """The rows that are not for the loop: services, and rates that the caller gives."""
    aside = np.zeros(batch.num_rows, np.bool_)
    for ours in columns.fields():
        if ours == "service" or ours.startswith(RATE):
            column = columns.column(batch, ours)
            if column is None:
                aside |= columns.constants.get(ours, "") != ""
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
