"""owing: the charges of a regime on each line of a block, one charge after the other; as `flow.charge` and `sole`."""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.fleet.loop import form as f
from entrepot.fleet.loop import work as w
from entrepot.fleet.loop.figure import rounded, unusual
from entrepot.fleet.loop.machine import compiled
from entrepot.fleet.loop.rating import duty, one, rule_of
from entrepot.fleet.loop.relieved import by_charges, relieve
from entrepot.fleet.loop.taxing import taxed
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


@compiled
def bases(plan: Any, o: int, room: Any, owed: Any, many: int) -> None:
    """The base of a charge: its terms, each rounded as it says; an earlier charge not known counts nothing."""
    for q in range(many):
        j = room[w.LIVE, q]
        room[w.BASE, j] = 0
    for m in range(plan[o + f.C_N_TERMS]):
        t = plan[o + f.C_TERMS] + m * f.M_SIZE
        unit, direction, value, charge = plan[t + f.M_UNIT], plan[t + f.M_DIR], plan[t], plan[t + f.M_CHARGE]
        part = room[w.VALUES + value] if value >= 0 else owed[charge, FULL if plan[t + f.M_FULL] else AMOUNT]
        if unit:
            for q in range(many):
                j = room[w.LIVE, q]
                room[w.BASE, j] += rounded(max(part[j], 0), 1, direction, unit)
        else:
            for q in range(many):
                j = room[w.LIVE, q]
                room[w.BASE, j] += max(part[j], 0)
    unit, direction = plan[o + f.C_BASE_UNIT], plan[o + f.C_BASE_DIR]
    for q in range(many):
        j = room[w.LIVE, q]
        if unit:
            room[w.BASE, j] = rounded(room[w.BASE, j], 1, direction, unit)
        if room[w.BASE, j] > f.LARGEST:
            room[w.FINE, j] = 0
            room[w.BASE, j] = 0


@compiled
def by_literal(plan: Any, c: int, o: int, lines: Any, where: Any, room: Any, owed: Any, many: int) -> None:
    """The amounts of a charge by a rate of its own."""
    rule, k, row, mine = rule_of(plan, o), plan[o + f.C_RATE], plan[o + f.C_ROW], owed[c]
    for q in range(many):
        j = room[w.LIVE, q]
        if mine[WHY, j] == f.BY_RATE:
            mine[RATE, j], mine[ROW, j] = k, row
            mine[AMOUNT, j] = one(plan, k, room[w.BASE, j], rule, -1, -1, lines, where, room[w.LINE, j], room[w.STACK])


@compiled
def by_tariff(plan: Any, c: int, o: int, lines: Any, where: Any, room: Any, told: Any, owed: Any, many: int) -> None:
    """The amounts of a charge by the tariff, under the treatment that each line takes."""
    rule, mine = rule_of(plan, o), owed[c]
    for q in range(many):
        j = room[w.LIVE, q]
        if mine[WHY, j] != f.BY_RATE:
            continue
        t = room[w.PICK, j]
        if told[t, D_WHY, j] != f.BY_RATE:
            mine[AMOUNT, j] = -told[t, D_WHY, j]
            continue
        amount, beside = duty(rule, plan, t, j, lines, where, room, told)
        mine[RATE, j] = told[t, D_RATE_TOO, j] if beside else told[t, D_RATE, j]
        mine[ROW, j] = told[t, D_ROW_TOO, j] if beside else told[t, D_ROW, j]
        mine[AMOUNT, j] = amount


@compiled
def by_programme(
    plan: Any, p: int, c: int, o: int, cells: Any, first: Any, lines: Any, where: Any, room: Any, owed: Any, many: int
) -> None:
    """The amounts of a programme of additional duties; goods that no row is about bear none."""
    rule, mine, column, origins = rule_of(plan, o), owed[c], plan[o + f.C_COLUMN], plan[p + f.H_FIRST]
    for q in range(many):
        j = room[w.LIVE, q]
        if mine[WHY, j] != f.BY_RATE:
            continue
        group = cells[room[w.PLACE, j], column, 0] if column >= 0 else -1
        entry = first[origins, group] if group >= 0 else -1
        if entry < 0:
            mine[WHY, j] = f.BEARS_NOT
            continue
        k = plan[entry + f.E_RATE]
        mine[RATE, j], mine[ROW, j] = k, plan[entry + f.E_BASIS]
        mine[AMOUNT, j] = one(plan, k, room[w.BASE, j], rule, -1, -1, lines, where, room[w.LINE, j], room[w.STACK])


@compiled
def bearing(plan: Any, c: int, o: int, alone: int, room: Any, owed: Any, many: int) -> None:
    """On which lines a charge bears, and where a relief of value takes it off; clears what was there before."""
    unless, why, mine = plan[o + f.C_UNLESS], f.BY_RATE if plan[o + f.C_BEARS] else f.BEARS_NOT, owed[c]
    by_line, relief = plan[o + f.C_BY_LINE], owed[c, w.BY_VALUE]
    if alone and not by_line:
        unless, why = 0, f.BEARS_NOT
    for field in (AMOUNT, TOTAL, FULL, ASSUMED):
        mine[field] = 0
    for field in (RATE, ROW, ROW_TOO, RELIEF):
        mine[field] = -1
    mine[WHY] = why
    if unless and why:
        for before in range(c):
            if (unless >> before) & 1:
                for q in range(many):
                    j = room[w.LIVE, q]
                    if owed[before, AMOUNT, j] != 0:
                        mine[WHY, j] = f.BEARS_NOT
    for q in range(many):
        j = room[w.LIVE, q]
        if relief[j] != -1 and (mine[WHY, j] or (alone and by_line)):
            within = relief[j] >= 0
            mine[WHY, j] = f.RELIEVED if within else f.LACKS_EXCHANGE
            mine[AMOUNT, j] = 0 if within else -1
            mine[RELIEF, j] = relief[j] if within else -2 - relief[j]


@compiled
def settled(plan: Any, c: int, o: int, alone: int, lines: Any, where: Any, room: Any, owed: Any, many: int) -> None:
    """What was reckoned, as amount, reason and total: waived where too small to collect, else rounded."""
    waived, unit, direction = plan[o + f.C_WAIVED_BELOW], plan[o + f.C_TOTAL_UNIT], plan[o + f.C_TOTAL_DIR]
    mine = owed[c]
    if alone:
        waived, unit = 0, 0  # these are of the consignment
    if plan[o + f.C_FULL]:
        for q in range(many):
            j = room[w.LIVE, q]
            if mine[AMOUNT, j] >= 0 and mine[RATE, j] >= 0:
                mine[FULL, j] = whole(plan, o, mine[RATE, j], lines, where, room, j)
    for q in range(many):
        j = room[w.LIVE, q]
        amount = mine[AMOUNT, j]
        if amount < 0:
            if mine[WHY, j] == f.BY_RATE:
                mine[WHY, j] = -amount
            if amount == -f.BEYOND:
                room[w.FINE, j] = 0
            mine[AMOUNT, j], amount = -1, -1
        elif amount < waived:
            mine[AMOUNT, j], mine[FULL, j], amount = 0, 0, 0
        elif unit:
            amount = rounded(amount, 1, direction, unit)
        mine[TOTAL, j] = amount


@compiled
def whole(plan: Any, o: int, k: int, lines: Any, where: Any, room: Any, j: int) -> int:
    """The amount before the charge's factor, where a later base asks for it."""
    _, inclusive, _, _, direction, unit = rule_of(plan, o)
    one_to_one = plan[o + f.C_FACTOR_DEN]
    rule = (np.int64(0), inclusive, one_to_one, one_to_one, direction, unit)
    none = np.int64(-1)
    amount = unusual(plan, k, room[w.BASE, j], rule, none, none, lines, where, room[w.LINE, j], room[w.STACK])
    if amount < 0:
        room[w.FINE, j] = 0
    return max(amount, 0)


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
    alone: int,
    many: int,
) -> None:
    """Fills `owed` for the treatments in `pick`; `alone`: only what each line owes by itself."""
    for q in range(many):
        j = room[w.LIVE, q]
        room[w.FLAG, j] = 0  # thresholds on charges that hold so far
    standing = False
    for c in range(plan[r + f.R_N_CHARGES]):
        o = plan[r + f.R_CHARGES] + c * f.C_SIZE
        bearing(plan, c, o, alone, room, owed, many)
        bases(plan, o, room, owed, many)
        source = plan[o + f.C_SOURCE]
        if source == f.TAX:
            taxed(plan, c, o, cells, lines, where, room, owed, many)
        elif source == f.TARIFF:
            by_tariff(plan, c, o, lines, where, room, told, owed, many)
        elif source == f.ADDITIONAL:
            by_programme(plan, p, c, o, cells, first, lines, where, room, owed, many)
        else:
            by_literal(plan, c, o, lines, where, room, owed, many)
        settled(plan, c, o, alone, lines, where, room, owed, many)
        if alone:
            continue
        if plan[o + f.C_TESTED]:
            by_charges(plan, r, c, room, owed, many)
            standing = True
        if standing:
            relieve(plan, r, c, goods, room, owed, many)
