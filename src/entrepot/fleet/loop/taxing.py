"""taxing: in which class of a tax goods fall, and what is owed in it; as `flow.rate`."""

from __future__ import annotations

from typing import Any

from entrepot.fleet.loop import form as f
from entrepot.fleet.loop import work as w
from entrepot.fleet.loop.machine import compiled, inlined
from entrepot.fleet.loop.rating import one, rule_of
from entrepot.fleet.loop.work import AMOUNT, ASSUMED, RATE, ROW, ROW_TOO, WHY


@inlined
def class_slot(
    column: int, plan: Any, cells: Any, worth: int, lines: Any, where: Any, i: int, place: int
) -> tuple[int, int]:
    """Which slot of a tax holds for goods, and the row that says their class; minus the reason where not known."""
    if column < 0:
        return 0, -1
    slot = cells[place, column, 1]
    if slot >= 0:
        return slot, cells[place, column, 2]
    return by_worth(plan, cells[place, column, 0], worth, lines, where, i)


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
        given = lines[column, i] if column >= 0 else f.ABSENT
        if plan[unit + f.U_NUM] < 0 or (given < 0 and given != f.ABSENT):
            return -f.BEYOND
        if given == f.ABSENT:
            continue
        if float(given) * plan[unit + f.U_NUM] > 1e18 or float(worth) * plan[unit + f.U_DEN] > 1e18:
            return -f.BEYOND
        known = True
        reached = reached or worth * plan[unit + f.U_DEN] >= given * plan[unit + f.U_NUM]
    return int(reached) if known else -f.LACKS_CLASS


@compiled
def taxed(plan: Any, c: int, o: int, cells: Any, lines: Any, where: Any, room: Any, owed: Any, many: int) -> None:
    """The amounts of a tax: the class of the goods, and in it the band that the base falls in."""
    rule, column, slots, mine = rule_of(plan, o), plan[o + f.C_COLUMN], plan[o + f.C_SLOTS], owed[c]
    for q in range(many):
        j = room[w.LIVE, q]
        if mine[WHY, j] != f.BY_RATE:
            continue
        i, base = room[w.LINE, j], room[w.BASE, j]
        slot, row = class_slot(column, plan, cells, room[w.VALUES + 4, j], lines, where, i, room[w.PLACE, j])
        mine[ROW, j] = row
        if slot < 0:
            mine[AMOUNT, j] = slot
            continue
        s = slots + slot * f.S_SIZE
        why = plan[s + f.S_WHY]
        if why != f.BY_RATE:
            mine[AMOUNT, j], mine[WHY, j] = -why, why
            continue
        mine[ASSUMED, j] = plan[s + f.S_ASSUMED]
        t, choices, bands = plan[s + f.S_CHOICES], plan[s + f.S_N_CHOICES], plan[s + f.S_BANDS]
        while bands and choices > 0 and outside(plan, t, base):
            t, choices = t + f.O_SIZE, choices - 1
        if choices == 0:
            mine[AMOUNT, j] = -f.LACKS_ROW
            continue
        k = plan[t + f.O_RATE]
        mine[RATE, j], mine[ROW, j], mine[ROW_TOO, j] = k, plan[t + f.O_ROW], row
        floor, cap = plan[t + f.O_FLOOR], plan[t + f.O_CAP]
        mine[AMOUNT, j] = one(plan, k, base, rule, floor, cap, lines, where, i, room[w.STACK])


@inlined
def outside(plan: Any, t: int, base: int) -> bool:
    """Whether a base falls outside the band of a choice."""
    over, up_to = plan[t + f.O_OVER], plan[t + f.O_UP_TO]
    return (over >= 0 and over >= base) or (up_to >= 0 and base > up_to)
