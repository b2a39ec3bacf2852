"""The class of a tax that goods belong to, and the rate of that class; as `engine.flow.rate`."""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.batch.kernel import buffers, layout
from entrepot.batch.kernel.buffers import ASSUMED, CLASS_ROW, ROW
from entrepot.batch.kernel.compiler import compiled, inlined, non_negative


@inlined
def find_tax_class(
    column: int, plan: Any, schedule: Any, customs_value: int, lines: Any, columns: Any, i: int, schedule_row: int
) -> tuple[int, int]:
    """The tax class of goods, and the row of law that says so; minus the state where it is not known."""
    if column < 0:
        return 0, -1
    tax_class = schedule[non_negative(column), schedule_row, 1]
    if tax_class >= 0:
        return tax_class, schedule[column, schedule_row, 2]
    return tax_class_by_unit_value(plan, schedule[column, schedule_row, 0], customs_value, lines, columns, i)


@compiled
def tax_class_by_unit_value(
    plan: Any, group: int, customs_value: int, lines: Any, columns: Any, i: int
) -> tuple[int, int]:
    """As `find_tax_class`, where the class depends on the value of a unit."""
    for at in range(plan[plan[layout.LAW_GROUPS] + group], plan[plan[layout.LAW_GROUPS] + group + 1]):
        entry = plan[at]
        if plan[entry + layout.ENTRY_UNIT_START] < plan[entry + layout.ENTRY_UNIT_STOP]:
            reached = reaches_unit_value(plan, entry, customs_value, lines, columns, i)
            facts = lines[i, layout.LINE_FACTS]
            if reached == -layout.LACKS_CLASS and facts & layout.CLASS_GIVEN:
                reached = facts & layout.CLASS_ABOVE
            if reached < 0:
                return reached, plan[entry + layout.ENTRY_BASIS]
            if not reached:
                continue
        return plan[entry + layout.ENTRY_CLASS] + 1, plan[entry + layout.ENTRY_BASIS]
    return 0, -1


@compiled
def reaches_unit_value(plan: Any, entry: int, customs_value: int, lines: Any, columns: Any, i: int) -> int:
    """Whether the customs value per unit of one of the given measures reaches the row's; minus the state if unknown."""
    known, reached = False, False
    for unit in range(plan[entry + layout.ENTRY_UNIT_START], plan[entry + layout.ENTRY_UNIT_STOP], layout.UNIT_SIZE):
        measure = plan[unit + layout.UNIT_MEASURE]
        # Pieces count only where the sale gives them.
        column = columns[layout.COLUMN_COUNTED if measure == layout.ITEMS else measure]
        given = lines[i, column] if column >= 0 else layout.ABSENT
        if plan[unit + layout.UNIT_NUM] < 0 or (given < 0 and given != layout.ABSENT):
            return -layout.UNSUPPORTED
        if given == layout.ABSENT:
            continue
        if (
            float(given) * plan[unit + layout.UNIT_NUM] > 1e18
            or float(customs_value) * plan[unit + layout.UNIT_DEN] > 1e18
        ):
            return -layout.UNSUPPORTED
        known = True
        reached = reached or customs_value * plan[unit + layout.UNIT_DEN] >= given * plan[unit + layout.UNIT_NUM]
    return int(reached) if known else -layout.LACKS_CLASS


@inlined
def find_class(
    plan: Any, charge_at: int, schedule: Any, lines: Any, columns: Any, work: Any, charge: Any, j: int
) -> tuple[int, int]:
    """The state of a tax by the class of the goods, and where the class is in the plan (-1: its goods owe nothing)."""
    i, schedule_row = non_negative(work[buffers.LINE, j]), non_negative(work[buffers.SCHEDULE_ROW, j])
    column, customs_value = plan[charge_at + layout.CHARGE_COLUMN], work[buffers.CUSTOMS_VALUE, j]
    tax_class, row = find_tax_class(column, plan, schedule, customs_value, lines, columns, i, schedule_row)
    charge[ROW] = row
    if tax_class < 0:
        return -tax_class, np.int64(-1)
    class_at = non_negative(plan[charge_at + layout.CHARGE_CLASSES]) + non_negative(tax_class) * layout.CLASS_SIZE
    state = plan[class_at + layout.CLASS_STATE]
    if state != layout.BY_RATE:
        return state, np.int64(-1)
    charge[ASSUMED] = plan[class_at + layout.CLASS_ASSUMED]
    return state, class_at


@inlined
def find_tax_rate(plan: Any, class_at: int, base: int, charge: Any) -> tuple[int, int, int]:
    """The rate of a tax for a class of goods (-1: none), floor and cap: by the band of the base."""
    none = np.int64(-1)
    choice_at, choices = non_negative(plan[class_at + layout.CLASS_RATES]), plan[class_at + layout.CLASS_N_RATES]
    if plan[class_at + layout.CLASS_BANDS]:
        while choices > 0 and is_outside_band(plan, choice_at, base):
            choice_at, choices = choice_at + layout.RATE_CHOICE_SIZE, choices - 1
    if choices == 0:
        return none, none, none
    charge[CLASS_ROW] = charge[ROW]
    charge[ROW] = plan[choice_at + layout.RATE_CHOICE_ROW]
    return (
        plan[choice_at + layout.RATE_CHOICE_RATE],
        plan[choice_at + layout.RATE_CHOICE_FLOOR],
        plan[choice_at + layout.RATE_CHOICE_CAP],
    )


@inlined
def is_outside_band(plan: Any, choice_at: int, base: int) -> bool:
    """Whether a base is outside the band (over, up to) of a rate."""
    over, up_to = plan[choice_at + layout.RATE_CHOICE_OVER], plan[choice_at + layout.RATE_CHOICE_UP_TO]
    return (over >= 0 and over >= base) or (up_to >= 0 and base > up_to)
