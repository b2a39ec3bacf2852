"""Charges that are a share of their base without further rules, on the lines of a tile: most charges, by short code."""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.batch.kernel import buffers, layout
from entrepot.batch.kernel.buffers import (
    AMOUNT,
    ASSUMED,
    CLASS_ROW,
    LEAST,
    RATE,
    RELIEF,
    ROW,
    STATE,
    TAKEN_RATE,
    TOTAL,
    TREATMENT_PROVISIONAL_RATE,
    TREATMENT_RATE,
    TREATMENT_ROW,
    TREATMENT_STATE,
)
from entrepot.batch.kernel.compiler import compiled, inlined, non_negative
from entrepot.batch.kernel.rate_amount import end_of_range, round_to
from entrepot.batch.kernel.rates import share_of
from entrepot.batch.kernel.reliefs import first_relief
from entrepot.batch.kernel.values import additional_entry


@compiled
def charge_simply(
    plan: Any,
    p: int,
    charge_at: int,
    c: int,
    supposed: int,
    schedule: Any,
    entries: Any,
    lines: Any,
    work: Any,
    treatments: Any,
    charges: Any,
    many: int,
) -> int:
    """Writes a simple charge on the lines that TILE_PLACE lists, where its rate is a share in millionths.

    Lists the other lines there, and returns how many these are. See `layout.CHARGE_SIMPLE`.
    """
    sum_bases(plan, charge_at, work, charges, many)
    reliefs, left = plan[charge_at + layout.CHARGE_RELIEFS], np.int64(0)
    for q in range(many):
        k, base = non_negative(work[buffers.TILE_PLACE, q]), work[buffers.TILE_BASE, q]
        j, charge = non_negative(work[buffers.TILE_LINE, k]), charges[c, k]
        t = non_negative(supposed if supposed >= 0 else work[buffers.TREATMENT, j])
        rate_at, row, class_row, assumed = find_simple_rate(
            plan, p, charge_at, t, schedule, entries, work, treatments, j
        )
        relieved = reliefs and first_relief(work[buffers.RELIEFS, j], reliefs) != -1
        taken = rate_at
        if rate_at >= 0 and plan[rate_at + layout.RATE_KIND] == layout.RANGE and not relieved:
            taken = end_of_range(plan, rate_at, lines, non_negative(work[buffers.LINE, j]))
        if relieved or taken < 0 or plan[taken + layout.RATE_KIND] != layout.PPM or base > layout.MAX_AMOUNT:
            work[buffers.TILE_PLACE, left] = k
            left += 1
            continue
        write_amount(plan, charge_at, base, taken, supposed >= 0, charge)
        charge[RATE], charge[TAKEN_RATE], charge[ROW] = rate_at, taken, row
        charge[CLASS_ROW], charge[ASSUMED], charge[RELIEF] = class_row, assumed, -1
    return left


@inlined
def write_amount(plan: Any, charge_at: int, base: int, rate_at: int, by_itself: bool, charge: Any) -> None:
    """Writes state, amount and total of a charge that is a share of its base."""
    amount = share_of(base, plan[rate_at + layout.RATE_NUM], plan[charge_at + layout.CHARGE_LINE_DIR])
    total = amount
    if not by_itself:  # waiver and rounding apply to the consignment
        unit = plan[charge_at + layout.CHARGE_TOTAL_UNIT]
        if amount < plan[charge_at + layout.CHARGE_WAIVED_BELOW]:
            amount, total = 0, 0
        elif unit:
            total = round_to(amount, 1, plan[charge_at + layout.CHARGE_TOTAL_DIR], unit)
    charge[STATE], charge[AMOUNT], charge[TOTAL] = layout.BY_RATE, amount, total


@compiled
def sum_bases(plan: Any, charge_at: int, work: Any, charges: Any, many: int) -> None:
    """Writes into TILE_BASE the base of a simple charge on the lines that TILE_PLACE lists (see `charge_base`)."""
    for q in range(many):
        work[buffers.TILE_BASE, q] = 0
    term_at = non_negative(plan[charge_at + layout.CHARGE_TERMS])
    for _ in range(plan[charge_at + layout.CHARGE_N_TERMS]):
        value, earlier = plan[term_at + layout.TERM_VALUE], plan[term_at + layout.TERM_CHARGE]
        if value >= 0:
            parts = work[buffers.PRICE_PARTS + value]
            for q in range(many):
                k = non_negative(work[buffers.TILE_PLACE, q])
                work[buffers.TILE_BASE, q] += parts[non_negative(work[buffers.TILE_LINE, k])]
        else:
            for q in range(many):
                charge = charges[non_negative(earlier), non_negative(work[buffers.TILE_PLACE, q])]
                work[buffers.TILE_BASE, q] += charge[AMOUNT] if charge[AMOUNT] >= 0 else charge[LEAST]
        term_at += layout.TERM_SIZE


@inlined
def find_simple_rate(
    plan: Any,
    p: int,
    charge_at: int,
    t: int,
    schedule: Any,
    entries: Any,
    work: Any,
    treatments: Any,
    j: int,
) -> tuple[int, int, int, int]:
    """The one rate of a charge on a line (-1: not so simple), its row, that of the tax class, whether it is assumed."""
    source, column = plan[charge_at + layout.CHARGE_SOURCE], plan[charge_at + layout.CHARGE_COLUMN]
    schedule_row, none = non_negative(work[buffers.SCHEDULE_ROW, j]), np.int64(-1)
    if source == layout.TAX:
        tax_class: Any = np.int64(0)
        class_row: Any = none
        if column >= 0:
            tax_class = np.int64(schedule[non_negative(column), schedule_row, layout.CELL_SLOT])
            class_row = np.int64(schedule[non_negative(column), schedule_row, layout.CELL_SLOT_ROW])
        if tax_class < 0:
            return none, none, none, np.int64(0)
        class_at = non_negative(plan[charge_at + layout.CHARGE_CLASSES]) + tax_class * layout.CLASS_SIZE
        choice_at = non_negative(plan[class_at + layout.CLASS_RATES])
        if (
            plan[class_at + layout.CLASS_STATE] != layout.BY_RATE
            or plan[class_at + layout.CLASS_BANDS]
            or plan[class_at + layout.CLASS_N_RATES] == 0
            or plan[choice_at + layout.RATE_CHOICE_FLOOR] >= 0
            or plan[choice_at + layout.RATE_CHOICE_CAP] >= 0
        ):
            return none, none, none, np.int64(0)
        row = plan[choice_at + layout.RATE_CHOICE_ROW]
        return plan[choice_at + layout.RATE_CHOICE_RATE], row, class_row, plan[class_at + layout.CLASS_ASSUMED]
    if source == layout.TARIFF:
        if treatments[t, TREATMENT_STATE, j] != layout.BY_RATE or treatments[t, TREATMENT_PROVISIONAL_RATE, j] >= 0:
            return none, none, none, np.int64(0)
        return treatments[t, TREATMENT_RATE, j], treatments[t, TREATMENT_ROW, j], none, np.int64(0)
    if source == layout.ADDITIONAL:
        entry = np.int64(additional_entry(plan, p, column, schedule, schedule_row, entries))
        if entry < 0:
            return none, none, none, np.int64(0)
        return plan[entry + layout.ENTRY_RATE], plan[entry + layout.ENTRY_BASIS], none, np.int64(0)
    return plan[charge_at + layout.CHARGE_RATE], plan[charge_at + layout.CHARGE_ROW], none, np.int64(0)
