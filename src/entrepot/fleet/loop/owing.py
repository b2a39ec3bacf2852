"""owing: the charges of a regime on each line of a block, one charge after the other; as `flow.charge` and `sole`."""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.fleet.loop import form as f
from entrepot.fleet.loop.figure import SAFE, rounded, unusual
from entrepot.fleet.loop.machine import compiled, inlined
from entrepot.fleet.loop.relieved import by_charges, relieve
from entrepot.fleet.loop.work import (
    AMOUNT,
    ASSUMED,
    D_RATE,
    D_RATE_TOO,
    D_ROW,
    D_ROW_TOO,
    D_WHY,
    FULL,
    RATE,
    RELIEF,
    ROW,
    ROW_TOO,
    TOTAL,
    WHY,
)


@inlined
def rule_of(plan: Any, o: int) -> tuple[int, int, int, int, int, int]:
    """How a charge counts: plain, inclusive, factor, direction and unit of the line's rounding; read before the lines."""
    return (
        plan[o + f.C_PLAIN],
        plan[o + f.C_INCLUSIVE],
        plan[o + f.C_FACTOR_NUM],
        plan[o + f.C_FACTOR_DEN],
        plan[o + f.C_LINE_DIR],
        plan[o + f.C_LINE_UNIT],
    )


@inlined
def one(rates: Any, k: int, base: int, rule: Any, floor: int, cap: int, lines: Any, i: int, stack: Any) -> int:
    """The amount of one rate as a charge counts it; the commonest, shares of the base, by short ways."""
    kind = rates.kind[k]
    plain, inclusive, factor_num, factor_den, direction, unit = rule
    if kind <= f.SHARE and floor < 0 and cap < 0:
        if kind == f.FREE:
            return 0
        if kind == f.PPM and plain:
            product = base * rates.num[k]  # dividing by constants is multiplying
            if direction == f.HALF_UP:
                return np.int64((np.uint64(2 * product) + np.uint64(f.MICRO)) // np.uint64(2 * f.MICRO))
            if direction == f.DOWN:
                return np.int64(np.uint64(product) // np.uint64(f.MICRO))
        num = rates.num[k] * factor_num
        den = (rates.den[k] - rates.num[k] * inclusive) * factor_den
        if float(base) * num < SAFE and den > 0 and float(den) * unit < SAFE:
            return rounded(base * num, den, direction, unit)
    return slow(rates, k, base, rule, floor, cap, lines.measures, lines.where, i, stack)


@compiled
def slow(
    rates: Any, k: int, base: int, rule: Any, floor: int, cap: int, measures: Any, where: Any, i: int, stack: Any
) -> int:
    """As `one`, for any rate."""
    return unusual(
        rates, k, base, rule[1], (rule[2], rule[3]), (floor, cap), (rule[4], rule[5]), measures, where, i, stack
    )


@compiled
def bases(plan: Any, o: int, work: Any, many: int) -> None:
    """The base of a charge: its terms, each rounded as it says; an earlier charge not known counts nothing."""
    for q in range(many):
        j = work.live[q]
        work.base[j] = 0
    for m in range(plan[o + f.C_N_TERMS]):
        t = plan[o + f.C_TERMS] + m * f.M_SIZE
        unit, direction, value, charge = plan[t + f.M_UNIT], plan[t + f.M_DIR], plan[t], plan[t + f.M_CHARGE]
        part = work.values[value] if value >= 0 else work.owed[charge, FULL if plan[t + f.M_FULL] else AMOUNT]
        if unit:
            for q in range(many):
                j = work.live[q]
                work.base[j] += rounded(max(part[j], 0), 1, direction, unit)
        else:
            for q in range(many):
                j = work.live[q]
                work.base[j] += max(part[j], 0)
    unit, direction = plan[o + f.C_BASE_UNIT], plan[o + f.C_BASE_DIR]
    for q in range(many):
        j = work.live[q]
        if unit:
            work.base[j] = rounded(work.base[j], 1, direction, unit)
        if work.base[j] > f.LARGEST:
            work.fine[j] = 0
            work.base[j] = 0


@inlined
def duty(rule: Any, rates: Any, t: int, j: int, lines: Any, work: Any) -> tuple[int, bool]:
    """The duty of a line under a treatment: of its own rate and the provisional one the lower; and whether that is it."""
    i, base = work.line[j], work.base[j]
    amount = one(rates, work.told[t, D_RATE, j], base, rule, -1, -1, lines, i, work.stack)
    beside = work.told[t, D_RATE_TOO, j]
    if amount >= 0 and beside >= 0:
        other = one(rates, beside, base, rule, -1, -1, lines, i, work.stack)
        if other < amount:
            return other, True
    return amount, False


@inlined
def class_slot(column: int, rows: Any, worth: int, lines: Any, i: int, place: int) -> tuple[int, int]:
    """Which slot of a tax holds for goods, and the row that says their class; minus the reason where not known."""
    if column < 0:
        return 0, -1
    slot = rows.slot[place, column]
    if slot >= 0:
        return slot, rows.slot_row[place, column]
    return by_worth(rows, rows.cells[place, column], worth, lines, i)


@compiled
def by_worth(rows: Any, group: int, worth: int, lines: Any, i: int) -> tuple[int, int]:
    """As `class_slot`, where a class turns on the value of a unit."""
    for at in range(rows.start[group], rows.start[group + 1]):
        entry = rows.members[at]
        if rows.unit_start[entry] < rows.unit_stop[entry]:
            reached = unit_value(rows, entry, worth, lines, i)
            if reached < 0:
                return reached, rows.basis[entry]
            if not reached:
                continue
        return rows.named[entry] + 1, rows.basis[entry]
    return 0, -1


@compiled
def unit_value(rows: Any, entry: int, worth: int, lines: Any, i: int) -> int:
    """Whether the customs value of one of the measures given reaches the row's; minus the reason where not known."""
    known, reached = False, False
    for unit in range(rows.unit_start[entry], rows.unit_stop[entry]):
        measure = rows.unit_measure[unit]
        column = lines.where[8 if measure == 2 else measure]  # pieces only where the sale itself counts them
        given = lines.measures[column, i] if column >= 0 else f.ABSENT
        if rows.unit_num[unit] < 0 or given == f.UNREADABLE:
            return -f.BEYOND
        if given == f.ABSENT:
            continue
        if float(given) * rows.unit_num[unit] > 1e18 or float(worth) * rows.unit_den[unit] > 1e18:
            return -f.BEYOND
        known = True
        reached = reached or worth * rows.unit_den[unit] >= given * rows.unit_num[unit]
    return int(reached) if known else -f.LACKS_CLASS


@compiled
def taxed(plan: Any, c: int, o: int, rates: Any, rows: Any, lines: Any, work: Any, many: int) -> None:
    """The amounts of a tax: the class of the goods, and in it the band that the base falls in."""
    rule, column, slots, owed = rule_of(plan, o), plan[o + f.C_COLUMN], plan[o + f.C_SLOTS], work.owed[c]
    for q in range(many):
        j = work.live[q]
        if owed[WHY, j] != f.BY_RATE:
            continue
        i, base = work.line[j], work.base[j]
        slot, row = class_slot(column, rows, work.values[4, j], lines, i, work.place[j])
        owed[ROW, j] = row
        if slot < 0:
            owed[AMOUNT, j] = slot
            continue
        s = slots + slot * f.S_SIZE
        why = plan[s + f.S_WHY]
        if why != f.BY_RATE:
            owed[AMOUNT, j], owed[WHY, j] = -why, why
            continue
        owed[ASSUMED, j] = plan[s + f.S_ASSUMED]
        t, choices, bands = plan[s + f.S_CHOICES], plan[s + f.S_N_CHOICES], plan[s + f.S_BANDS]
        while bands and choices > 0 and outside(plan, t, base):
            t, choices = t + f.O_SIZE, choices - 1
        if choices == 0:
            owed[AMOUNT, j] = -f.LACKS_ROW
            continue
        k = plan[t + f.O_RATE]
        owed[RATE, j], owed[ROW, j], owed[ROW_TOO, j] = k, plan[t + f.O_ROW], row
        floor, cap = plan[t + f.O_FLOOR], plan[t + f.O_CAP]
        owed[AMOUNT, j] = one(rates, k, base, rule, floor, cap, lines, i, work.stack)


@inlined
def outside(plan: Any, t: int, base: int) -> bool:
    """Whether a base falls outside the band of a choice."""
    over, up_to = plan[t + f.O_OVER], plan[t + f.O_UP_TO]
    return (over >= 0 and over >= base) or (up_to >= 0 and base > up_to)


@compiled
def by_literal(plan: Any, c: int, o: int, rates: Any, lines: Any, work: Any, many: int) -> None:
    """The amounts of a charge by a rate of its own."""
    rule, k, row, owed = rule_of(plan, o), plan[o + f.C_RATE], plan[o + f.C_ROW], work.owed[c]
    for q in range(many):
        j = work.live[q]
        if owed[WHY, j] == f.BY_RATE:
            owed[RATE, j], owed[ROW, j] = k, row
            owed[AMOUNT, j] = one(rates, k, work.base[j], rule, -1, -1, lines, work.line[j], work.stack)


@compiled
def by_tariff(plan: Any, c: int, o: int, rates: Any, lines: Any, work: Any, many: int) -> None:
    """The amounts of a charge by the tariff, under the treatment that each line takes."""
    rule, owed, told = rule_of(plan, o), work.owed[c], work.told
    for q in range(many):
        j = work.live[q]
        if owed[WHY, j] != f.BY_RATE:
            continue
        t = work.pick[j]
        if told[t, D_WHY, j] != f.BY_RATE:
            owed[AMOUNT, j] = -told[t, D_WHY, j]
            continue
        amount, beside = duty(rule, rates, t, j, lines, work)
        owed[RATE, j] = told[t, D_RATE_TOO, j] if beside else told[t, D_RATE, j]
        owed[ROW, j] = told[t, D_ROW_TOO, j] if beside else told[t, D_ROW, j]
        owed[AMOUNT, j] = amount


@compiled
def by_programme(plan: Any, p: int, c: int, o: int, rates: Any, rows: Any, lines: Any, work: Any, many: int) -> None:
    """The amounts of a programme of additional duties; goods that no row is about bear none."""
    rule, owed, column, first = rule_of(plan, o), work.owed[c], plan[o + f.C_COLUMN], plan[p + f.H_FIRST]
    for q in range(many):
        j = work.live[q]
        if owed[WHY, j] != f.BY_RATE:
            continue
        group = rows.cells[work.place[j], column] if column >= 0 else -1
        entry = rows.first[first, group] if group >= 0 else -1
        if entry < 0:
            owed[WHY, j] = f.BEARS_NOT
            continue
        k = rows.rate[entry]
        owed[RATE, j], owed[ROW, j] = k, rows.basis[entry]
        owed[AMOUNT, j] = one(rates, k, work.base[j], rule, -1, -1, lines, work.line[j], work.stack)


@compiled
def bearing(plan: Any, c: int, o: int, alone: bool, work: Any, many: int) -> None:
    """On which lines a charge bears, and where a relief of value takes it off; clears what was there before."""
    unless, why, owed = plan[o + f.C_UNLESS], f.BY_RATE if plan[o + f.C_BEARS] else f.BEARS_NOT, work.owed[c]
    by_line, relief = plan[o + f.C_BY_LINE], work.relief[c]
    if alone and not by_line:
        unless, why = 0, f.BEARS_NOT
    for field in (AMOUNT, TOTAL, FULL, ASSUMED):
        owed[field] = 0
    for field in (RATE, ROW, ROW_TOO, RELIEF):
        owed[field] = -1
    owed[WHY] = why
    if unless and why:
        for before in range(c):
            if (unless >> before) & 1:
                for q in range(many):
                    j = work.live[q]
                    if work.owed[before, AMOUNT, j] != 0:
                        owed[WHY, j] = f.BEARS_NOT
    for q in range(many):
        j = work.live[q]
        if relief[j] != -1 and (owed[WHY, j] or (alone and by_line)):
            within = relief[j] >= 0
            owed[WHY, j] = f.RELIEVED if within else f.LACKS_EXCHANGE
            owed[AMOUNT, j] = 0 if within else -1
            owed[RELIEF, j] = relief[j] if within else -2 - relief[j]


@compiled
def settled(plan: Any, c: int, o: int, rates: Any, alone: bool, lines: Any, work: Any, many: int) -> None:
    """What was reckoned, as amount, reason and total: waived where too small to collect, else rounded."""
    waived, unit, direction = plan[o + f.C_WAIVED_BELOW], plan[o + f.C_TOTAL_UNIT], plan[o + f.C_TOTAL_DIR]
    owed = work.owed[c]
    if alone:
        waived, unit = 0, 0  # these are of the consignment
    if plan[o + f.C_FULL]:
        for q in range(many):
            j = work.live[q]
            if owed[AMOUNT, j] >= 0 and owed[RATE, j] >= 0:
                owed[FULL, j] = whole(plan, o, rates, owed[RATE, j], lines, work, j)
    for q in range(many):
        j = work.live[q]
        amount = owed[AMOUNT, j]
        if amount < 0:
            if owed[WHY, j] == f.BY_RATE:
                owed[WHY, j] = -amount
            if amount == -f.BEYOND:
                work.fine[j] = 0
            owed[AMOUNT, j], amount = -1, -1
        elif amount < waived:
            owed[AMOUNT, j], owed[FULL, j], amount = 0, 0, 0
        elif unit:
            amount = rounded(amount, 1, direction, unit)
        owed[TOTAL, j] = amount


@compiled
def whole(plan: Any, o: int, rates: Any, k: int, lines: Any, work: Any, j: int) -> int:
    """The amount before the charge's factor, where a later base asks for it."""
    rounding = (plan[o + f.C_LINE_DIR], plan[o + f.C_LINE_UNIT])
    amount = unusual(
        rates,
        k,
        work.base[j],
        plan[o + f.C_INCLUSIVE],
        (1, 1),
        (-1, -1),
        rounding,
        lines.measures,
        lines.where,
        work.line[j],
        work.stack,
    )
    if amount < 0:
        work.fine[j] = 0
    return max(amount, 0)


@compiled
def bear(
    plan: Any, p: int, r: int, rates: Any, rows: Any, goods: Any, lines: Any, work: Any, alone: bool, many: int
) -> None:
    """Fills `owed` for the treatments in `pick`; `alone`: only what each line owes by itself."""
    for q in range(many):
        j = work.live[q]
        work.flag[j] = 0  # thresholds on charges that hold so far
    standing = False
    for c in range(plan[r + f.R_N_CHARGES]):
        o = plan[r + f.R_CHARGES] + c * f.C_SIZE
        bearing(plan, c, o, alone, work, many)
        bases(plan, o, work, many)
        source = plan[o + f.C_SOURCE]
        if source == f.TAX:
            taxed(plan, c, o, rates, rows, lines, work, many)
        elif source == f.TARIFF:
            by_tariff(plan, c, o, rates, lines, work, many)
        elif source == f.ADDITIONAL:
            by_programme(plan, p, c, o, rates, rows, lines, work, many)
        else:
            by_literal(plan, c, o, rates, lines, work, many)
        settled(plan, c, o, rates, alone, lines, work, many)
        if alone:
            continue
        if plan[o + f.C_TESTED]:
            by_charges(plan, r, c, goods, work, many)
            standing = True
        if standing:
            relieve(plan, r, c, goods, work, many)
