"""owing: the charges of a regime on each line of a block, one charge after the other; as `flow.charge` and `sole`."""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.batch.kernel import buffers as w
from entrepot.batch.kernel import layout as f
from entrepot.batch.kernel.buffers import (
    AMOUNT,
    ASSUMED,
    D_COST,
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
from entrepot.batch.kernel.compiler import compiled, inlined, sure
from entrepot.batch.kernel.rate_amount import rounded, unusual
from entrepot.batch.kernel.rates import one, rule_of
from entrepot.batch.kernel.reliefs import by_charges, relief_of, relieve
from entrepot.batch.kernel.tax_classes import taxed
from entrepot.batch.kernel.totals import alone, noted, sums


@inlined
def base_of(plan: Any, o: int, room: Any, owed: Any, j: int) -> int:
    """The base of a charge: its terms, each rounded as it says; an earlier charge not known counts nothing."""
    base, t = 0, sure(plan[o + f.C_TERMS])
    for _ in range(plan[o + f.C_N_TERMS]):
        unit, value = plan[t + f.M_UNIT], plan[t + f.M_VALUE]
        if value >= 0:
            part = room[w.VALUES + value, j]
        else:
            part = max(owed[plan[t + f.M_CHARGE], FULL if plan[t + f.M_FULL] else AMOUNT], 0)
        base += rounded(part, 1, plan[t + f.M_DIR], unit) if unit else part
        t += f.M_SIZE
    unit = plan[o + f.C_BASE_UNIT]
    if unit:
        base = rounded(base, 1, plan[o + f.C_BASE_DIR], unit)
    if base > f.LARGEST:
        room[w.FINE, j], base = 0, 0
    return base


@inlined
def bearing(plan: Any, c: int, o: int, by_itself: bool, owed: Any) -> int:
    """Whether a charge bears on a line: BY_RATE, or BEARS_NOT."""
    if not plan[o + f.C_BEARS] or (by_itself and not plan[o + f.C_BY_LINE]):
        return f.BEARS_NOT
    unless = plan[o + f.C_UNLESS]
    if unless:
        for before in range(c):
            if (unless >> before) & 1 and owed[before, AMOUNT] != 0:
                return f.BEARS_NOT
    return f.BY_RATE


@inlined
def charged(
    plan: Any,
    p: int,
    o: int,
    t: int,
    base: int,
    cells: Any,
    first: Any,
    lines: Any,
    where: Any,
    room: Any,
    told: Any,
    mine: Any,
    j: int,
) -> int:
    """The amount of a charge by the rate that holds for a line, under treatment `t`; minus the reason if not known."""
    source, column, i, place = plan[o + f.C_SOURCE], plan[o + f.C_COLUMN], sure(room[w.LINE, j]), sure(room[w.PLACE, j])
    why, k, row, beside, floor, cap = f.BY_RATE, np.int64(-1), np.int64(-1), np.int64(-1), np.int64(-1), np.int64(-1)
    if source == f.TAX:
        why, k, floor, cap = taxed(plan, o, base, cells, lines, where, room[w.VALUES + 4, j], i, place, mine)
        row = mine[ROW]
    elif source == f.TARIFF:
        why = told[t, D_WHY, j]
        if why == f.BY_RATE:
            k, row, beside = told[t, D_RATE, j], told[t, D_ROW, j], told[t, D_RATE_TOO, j]
    elif source == f.ADDITIONAL:
        group = cells[sure(column), place, 0] if column >= 0 else -1
        entry = first[sure(plan[p + f.H_FIRST]), sure(group)] if group >= 0 else -1
        if entry >= 0:
            k, row = plan[sure(entry) + f.E_RATE], plan[entry + f.E_BASIS]
        else:
            why = f.BEARS_NOT  # goods that no row of a programme is about bear none of it
    else:
        k, row = plan[o + f.C_RATE], plan[o + f.C_ROW]
    if k < 0:
        if why == f.BEARS_NOT:
            mine[WHY] = why
        return -why
    rule = rule_of(plan, o)
    amount = one(plan, sure(k), base, rule, floor, cap, lines, where, i, room[w.STACK])
    if beside >= 0 and amount >= 0:
        other = one(plan, sure(beside), base, rule, -1, -1, lines, where, i, room[w.STACK])
        if other < amount:
            amount, k, row = other, beside, told[t, D_ROW_TOO, j]
    mine[RATE], mine[ROW] = k, row
    if amount >= 0 and plan[o + f.C_FULL]:
        mine[FULL] = whole(plan, o, k, base, lines, where, room, j)
    return amount


@compiled
def whole(plan: Any, o: int, k: int, base: int, lines: Any, where: Any, room: Any, j: int) -> int:
    """The amount before the charge's factor, where a later base asks for it."""
    _, inclusive, _, _, direction, unit = rule_of(plan, o)
    one_to_one = plan[o + f.C_FACTOR_DEN]
    rule = (np.int64(0), inclusive, one_to_one, one_to_one, direction, unit)
    none = np.int64(-1)
    amount = unusual(plan, k, base, rule, none, none, lines, where, room[w.LINE, j], room[w.STACK])
    if amount < 0:
        room[w.FINE, j] = 0
    return max(amount, 0)


@inlined
def settled(plan: Any, o: int, amount: int, by_itself: bool, room: Any, mine: Any, j: int) -> None:
    """What was reckoned, as amount, reason and total: waived where too small to collect, else rounded."""
    total = amount
    if amount < 0:
        if amount == -f.BEYOND:
            room[w.FINE, j] = 0
        else:
            mine[WHY] = -amount
        amount, total = -1, -1
    elif not by_itself:  # these are of the consignment
        unit = plan[o + f.C_TOTAL_UNIT]
        if amount < plan[o + f.C_WAIVED_BELOW]:
            mine[FULL], amount, total = 0, 0, 0
        elif unit:
            total = rounded(amount, 1, plan[o + f.C_TOTAL_DIR], unit)
    mine[AMOUNT], mine[TOTAL] = amount, total


@inlined
def owes(
    plan: Any,
    p: int,
    c: int,
    o: int,
    t: int,
    by_itself: bool,
    cells: Any,
    first: Any,
    lines: Any,
    where: Any,
    room: Any,
    told: Any,
    owed: Any,
    j: int,
) -> int:
    """What a line owes of a charge before waiver and rounding, unless a relief of value takes it off."""
    mine, why, amount = owed[c], bearing(plan, c, o, by_itself, owed), 0
    mine[ASSUMED], mine[FULL] = 0, 0
    mine[RATE], mine[ROW], mine[ROW_TOO], mine[RELIEF] = -1, -1, -1, -1
    relief = relief_of(room[w.RELIEVING, j], plan[o + f.C_RELIEVED])
    if relief != -1 and (why or (by_itself and plan[o + f.C_BY_LINE])):
        within = relief >= 0
        mine[RELIEF], mine[WHY] = relief if within else -2 - relief, f.RELIEVED
        amount = 0 if within else -f.LACKS_EXCHANGE
    else:
        mine[WHY] = why
        if why:
            base = base_of(plan, o, room, owed, j)
            amount = charged(plan, p, o, t, base, cells, first, lines, where, room, told, mine, j)
    return amount


@compiled
def bear(
    plan: Any,
    p: int,
    r: int,
    cells: Any,
    first: Any,
    goods: Any,
    lines: Any,
    where: Any,
    room: Any,
    told: Any,
    owed: Any,
    out: Any,
    notes: Any,
    supposed: int,
    many: int,
) -> None:
    """The charges of each line under the treatment in `pick`, their sums, and the rows of law behind them.

    With a treatment that is `supposed`, not -1: only the cost of what each line owes by itself under that one.
    """
    by_itself = supposed >= 0
    p, charges, many_charges = sure(p), sure(plan[sure(r) + f.R_CHARGES]), plan[r + f.R_N_CHARGES]
    for q in range(many):
        j = sure(room[w.LIVE, q])
        t = sure(supposed if by_itself else room[w.PICK, j])
        standing, tested = np.int64(0), False  # thresholds on charges that hold so far
        for c in range(many_charges):
            o, mine = charges + c * f.C_SIZE, owed[c]
            amount = owes(plan, p, c, o, t, by_itself, cells, first, lines, where, room, told, owed, j)
            settled(plan, o, amount, by_itself, room, mine, j)
            if by_itself:
                continue
            if plan[o + f.C_TESTED]:
                standing, tested = standing | by_charges(plan, r, c, owed), True
            if tested and standing:
                relieve(plan, r, c, goods, room[w.GOODS, j], owed, standing)
        if by_itself:
            known = told[t, D_WHY, j] == f.BY_RATE or room[w.RELIEVING, j] != 0
            told[t, D_COST, j] = alone(plan, r, owed) if known else -1
            continue
        sums(plan, p, r, owed, out, j)
        if notes.shape[1] > 0:
            noted(plan, p, r, told, owed, notes[j], t, j)
