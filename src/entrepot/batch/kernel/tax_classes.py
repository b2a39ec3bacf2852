"""taxing: in which class of a tax goods fall, and what is owed in it; as `flow.rate`."""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.batch.kernel import layout as f
from entrepot.batch.kernel.buffers import ASSUMED, ROW, ROW_TOO
from entrepot.batch.kernel.compiler import compiled, inlined, sure


@inlined
def class_slot(
    column: int, plan: Any, cells: Any, worth: int, lines: Any, where: Any, i: int, place: int
) -> tuple[int, int]:
    """Which slot of a tax holds for goods, and the row that says their class; minus the reason where not known."""
    if column < 0:
        return 0, -1
    slot = cells[sure(column), place, 1]
    if slot >= 0:
        return slot, cells[column, place, 2]
    return by_worth(plan, cells[column, place, 0], worth, lines, where, i)


@compiled
def by_worth(plan: Any, group: int, worth: int, lines: Any, where: Any, i: int) -> tuple[int, int]:
    """As `class_slot`, where a class turns on the value of a unit."""
    for at in range(plan[plan[f.A_GROUPS] + group], plan[plan[f.A_GROUPS] + group + 1]):
        entry = plan[at]
        if plan[entry + f.E_UNIT_START] < plan[entry + f.E_UNIT_STOP]:
            reached = unit_value(plan, entry, worth, lines, where, i)
            if reached < 0:
                return reached, plan[entry + f.E_BASIS]
            if not reached:
                continue
        return plan[entry + f.E_NAMED] + 1, plan[entry + f.E_BASIS]
    return 0, -1


@compiled
def unit_value(plan: Any, entry: int, worth: int, lines: Any, where: Any, i: int) -> int:
    """Whether the customs value of one of the measures given reaches the row's; minus the reason where not known."""
    known, reached = False, False
    for unit in range(plan[entry + f.E_UNIT_START], plan[entry + f.E_UNIT_STOP], f.U_SIZE):
        measure = plan[unit + f.U_MEASURE]
        column = where[8 if measure == 2 else measure]  # pieces only where the sale itself counts them
        given = lines[i, column] if column >= 0 else f.ABSENT
        if plan[unit + f.U_NUM] < 0 or (given < 0 and given != f.ABSENT):
            return -f.BEYOND
        if given == f.ABSENT:
            continue
        if float(given) * plan[unit + f.U_NUM] > 1e18 or float(worth) * plan[unit + f.U_DEN] > 1e18:
            return -f.BEYOND
        known = True
        reached = reached or worth * plan[unit + f.U_DEN] >= given * plan[unit + f.U_NUM]
    return int(reached) if known else -f.LACKS_CLASS


@inlined
def taxed(
    plan: Any,
    o: int,
    base: int,
    cells: Any,
    lines: Any,
    where: Any,
    worth: int,
    i: int,
    place: int,
    mine: Any,
) -> tuple[int, int, int, int]:
    """Why a tax is owed, and its rate (-1: none), floor and cap: the class of goods, and the band of the base."""
    slot, row = class_slot(plan[o + f.C_COLUMN], plan, cells, worth, lines, where, i, place)
    mine[ROW] = row
    none = np.int64(-1)
    if slot < 0:
        return -slot, none, none, none
    s = sure(plan[o + f.C_SLOTS]) + sure(slot) * f.S_SIZE
    why = plan[s + f.S_WHY]
    if why != f.BY_RATE:
        return why, none, none, none
    mine[ASSUMED] = plan[s + f.S_ASSUMED]
    t, choices = sure(plan[s + f.S_CHOICES]), plan[s + f.S_N_CHOICES]
    if plan[s + f.S_BANDS]:
        while choices > 0 and outside(plan, t, base):
            t, choices = t + f.O_SIZE, choices - 1
    if choices == 0:
        return np.int64(f.LACKS_ROW), none, none, none
    mine[ROW], mine[ROW_TOO] = plan[t + f.O_ROW], row
    return why, plan[t + f.O_RATE], plan[t + f.O_FLOOR], plan[t + f.O_CAP]


@inlined
def outside(plan: Any, t: int, base: int) -> bool:
    """Whether a base falls outside the band of a choice."""
    over, up_to = plan[t + f.O_OVER], plan[t + f.O_UP_TO]
    return (over >= 0 and over >= base) or (up_to >= 0 and base > up_to)
