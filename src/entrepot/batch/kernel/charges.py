"""The charges of a regime on each line of a block, one charge after the other; as `engine.flow.charge`."""

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
    TILE,
    TOTAL,
    TREATMENT_COST,
    TREATMENT_PROVISIONAL_RATE,
    TREATMENT_PROVISIONAL_ROW,
    TREATMENT_RATE,
    TREATMENT_ROW,
    TREATMENT_STATE,
    TREATMENT_STATUS,
    UNFACTORED,
)
from entrepot.batch.kernel.compiler import compiled, inlined, non_negative
from entrepot.batch.kernel.rate_amount import amount_of_any_rate, end_of_range, round_to
from entrepot.batch.kernel.rates import amount_of_rate, rounding_rule
from entrepot.batch.kernel.reliefs import apply_charge_reliefs, charge_reliefs, find_limit, first_relief
from entrepot.batch.kernel.simple_charges import charge_simply
from entrepot.batch.kernel.tax_classes import find_class, find_tax_rate
from entrepot.batch.kernel.totals import write_costs, write_law_rows, write_totals
from entrepot.batch.kernel.values import additional_entry


@inlined
def charge_base(plan: Any, charge_at: int, work: Any, charges: Any, j: int) -> int:
    """The base of a charge: its terms, each rounded as it says; an unknown earlier charge counts its lowest amount."""
    base, term_at = 0, non_negative(plan[charge_at + layout.CHARGE_TERMS])
    for _ in range(plan[charge_at + layout.CHARGE_N_TERMS]):
        unit, value = plan[term_at + layout.TERM_UNIT], plan[term_at + layout.TERM_VALUE]
        if value >= 0:
            part = work[buffers.PRICE_PARTS + value, j]
        else:
            earlier = plan[term_at + layout.TERM_CHARGE]
            part = charges[earlier, UNFACTORED if plan[term_at + layout.TERM_UNFACTORED] else AMOUNT]
            if part < 0:
                part = charges[earlier, LEAST]
        base += round_to(part, 1, plan[term_at + layout.TERM_DIR], unit) if unit else part
        term_at += layout.TERM_SIZE
    unit = plan[charge_at + layout.CHARGE_BASE_UNIT]
    if unit:
        base = round_to(base, 1, plan[charge_at + layout.CHARGE_BASE_DIR], unit)
    if base > layout.MAX_AMOUNT:
        work[buffers.SUPPORTED, j], base = 0, 0
    return base


@inlined
def is_due(plan: Any, c: int, charge_at: int, by_itself: bool, charges: Any) -> int:
    """Whether a charge applies to a line: BY_RATE, or NOT_DUE."""
    if not plan[charge_at + layout.CHARGE_DUE] or (by_itself and not plan[charge_at + layout.CHARGE_BY_LINE]):
        return layout.NOT_DUE
    unless = plan[charge_at + layout.CHARGE_UNLESS]
    if unless:
        for before in range(c):
            if (unless >> before) & 1 and charges[before, AMOUNT] != 0:
                return layout.NOT_DUE
    return layout.BY_RATE


@compiled
def note_charge(plan: Any, p: int, r: int, c: int, lines: Any, i: int) -> None:
    """Notes the first charge that lacks a place or a class, in the order of the law: mandatory regimes come first."""
    place = r - plan[p + layout.PLAN_REGIMES]
    noted = lines[i, layout.LINE_FACTS] >> layout.FOUND_CHARGE
    if noted == 0 or place < noted >> 20:
        charge = plan[r + layout.REGIME_ID] & 1023 | (c + 1) << 10 | place << 20
        facts = lines[i, layout.LINE_FACTS] & (1 << layout.FOUND_CHARGE) - 1
        lines[i, layout.LINE_FACTS] = facts | charge << layout.FOUND_CHARGE


@inlined
def without_rate(lines: Any, i: int, charge: Any, state: int) -> int:
    """Minus the state of a charge without a rate; notes which fact would give it one."""
    if state == layout.NOT_DUE:
        charge[STATE] = state
    elif state == layout.LACKS_PLACE:
        lines[i, layout.LINE_FACTS] |= layout.FOUND_PLACE
    elif state == layout.LACKS_CLASS:
        lines[i, layout.LINE_FACTS] |= layout.FOUND_CLASS
    return -state


@inlined
def find_rate(
    plan: Any,
    p: int,
    charge_at: int,
    t: int,
    schedule: Any,
    entries: Any,
    lines: Any,
    columns: Any,
    work: Any,
    treatments: Any,
    charge: Any,
    j: int,
) -> tuple[int, int, int, int]:
    """The state of a charge, its rate (-1: none; of a tax the class of the goods), its row, the provisional rate."""
    source, column = plan[charge_at + layout.CHARGE_SOURCE], plan[charge_at + layout.CHARGE_COLUMN]
    none = np.int64(-1)
    state, rate_at, row, provisional_rate = layout.BY_RATE, none, none, none
    if source == layout.TAX:
        state, rate_at = find_class(plan, charge_at, schedule, lines, columns, work, charge, j)
    elif source == layout.TARIFF:
        state = treatments[t, TREATMENT_STATE, j]
        if state == layout.BY_RATE:
            rate_at, row = treatments[t, TREATMENT_RATE, j], treatments[t, TREATMENT_ROW, j]
            provisional_rate = treatments[t, TREATMENT_PROVISIONAL_RATE, j]
    elif source == layout.ADDITIONAL:
        schedule_row = non_negative(work[buffers.SCHEDULE_ROW, j])
        entry = additional_entry(plan, p, column, schedule, schedule_row, entries)
        state = layout.BY_RATE if entry >= 0 else layout.NOT_DUE  # goods without an entry do not owe the charge
        if entry >= 0:
            rate_at, row = plan[non_negative(entry) + layout.ENTRY_RATE], plan[entry + layout.ENTRY_BASIS]
    else:
        rate_at, row = plan[charge_at + layout.CHARGE_RATE], plan[charge_at + layout.CHARGE_ROW]
    return state, rate_at, row, provisional_rate


@inlined
def amount_by_rate(
    plan: Any,
    p: int,
    charge_at: int,
    t: int,
    schedule: Any,
    entries: Any,
    lines: Any,
    columns: Any,
    work: Any,
    treatments: Any,
    charges: Any,
    charge: Any,
    j: int,
) -> int:
    """The amount of a charge by the rate that applies under treatment `t`; minus the state if it is not known.

    The base is calculated only where a rate applies.
    """
    i, stack, floor, cap = non_negative(work[buffers.LINE, j]), work[buffers.STACK], np.int64(-1), np.int64(-1)
    state, rate_at, row, provisional_rate = find_rate(
        plan, p, charge_at, t, schedule, entries, lines, columns, work, treatments, charge, j
    )
    if rate_at < 0:
        return without_rate(lines, i, charge, state)
    base = charge_base(plan, charge_at, work, charges, j)
    if plan[charge_at + layout.CHARGE_SOURCE] == layout.TAX:
        rate_at, floor, cap = find_tax_rate(plan, rate_at, base, charge)
        row = charge[ROW]
        if rate_at < 0:
            return np.int64(-layout.LACKS_ROW)
    rule = rounding_rule(plan, charge_at)
    amount = amount_of_rate(plan, non_negative(rate_at), base, rule, floor, cap, lines, columns, i, stack)
    if provisional_rate >= 0 and amount >= 0:
        other = amount_of_rate(plan, non_negative(provisional_rate), base, rule, -1, -1, lines, columns, i, stack)
        if other < amount:
            amount, rate_at, row = other, provisional_rate, treatments[t, TREATMENT_PROVISIONAL_ROW, j]
    charge[RATE], charge[ROW] = rate_at, row
    charge[TAKEN_RATE] = end_of_range(plan, non_negative(rate_at), lines, i)
    if amount < 0 and amount != -layout.UNSUPPORTED and lines[i, layout.LINE_FACTS] & layout.HIGH_END:
        find_least(plan, charge_at, rate_at, base, floor, cap, lines, columns, work, charge, j)
    if amount >= 0 and plan[charge_at + layout.CHARGE_KEEP_UNFACTORED]:
        charge[UNFACTORED] = amount_before_factor(plan, charge_at, rate_at, base, lines, columns, work, j)
    return amount


@compiled
def find_least(
    plan: Any,
    charge_at: int,
    rate_at: int,
    base: int,
    floor: int,
    cap: int,
    lines: Any,
    columns: Any,
    work: Any,
    charge: Any,
    j: int,
) -> None:
    """Writes the lowest amount of a charge without a highest one, unless a regime needs the charge to be known."""
    if plan[charge_at + layout.CHARGE_IS_DUTY] or plan[charge_at + layout.CHARGE_REQUIRED]:
        return
    i = non_negative(work[buffers.LINE, j])
    facts = lines[i, layout.LINE_FACTS]
    lines[i, layout.LINE_FACTS] = facts & ~layout.HIGH_END
    rule = rounding_rule(plan, charge_at)
    amount = amount_of_any_rate(plan, rate_at, base, rule, floor, cap, lines, columns, i, work[buffers.STACK])
    if amount > 0:
        charge[LEAST] = amount
        if plan[charge_at + layout.CHARGE_KEEP_UNFACTORED]:
            charge[UNFACTORED] = amount_before_factor(plan, charge_at, rate_at, base, lines, columns, work, j)
    elif amount == -layout.UNSUPPORTED:
        work[buffers.SUPPORTED, j] = 0
    lines[i, layout.LINE_FACTS] = facts


@compiled
def amount_before_factor(
    plan: Any, charge_at: int, rate_at: int, base: int, lines: Any, columns: Any, work: Any, j: int
) -> int:
    """The amount before the charge's factor, which a later base uses."""
    _, inclusive, whole, _, _, direction, unit = rounding_rule(plan, charge_at)
    one_to_one = plan[charge_at + layout.CHARGE_FACTOR_DEN]
    rule = (np.int64(0), inclusive, whole, one_to_one, one_to_one, direction, unit)
    none = np.int64(-1)
    amount = amount_of_any_rate(
        plan, rate_at, base, rule, none, none, lines, columns, work[buffers.LINE, j], work[buffers.STACK]
    )
    if amount < 0:
        work[buffers.SUPPORTED, j] = 0
    return max(amount, 0)


@inlined
def store_amount(plan: Any, charge_at: int, amount: int, by_itself: bool, work: Any, charge: Any, j: int) -> None:
    """Stores amount, state and total of a charge: waived where too small to collect, else rounded."""
    total = amount
    if charge[STATE] == layout.NOT_DUE:
        return
    if amount < 0:
        if amount == -layout.UNSUPPORTED:
            work[buffers.SUPPORTED, j] = 0
        else:
            charge[STATE] = -amount
        amount, total = -1, -1
        if not by_itself and charge[LEAST] < plan[charge_at + layout.CHARGE_WAIVED_BELOW]:
            charge[UNFACTORED], charge[LEAST] = 0, 0
    elif not by_itself:  # waiver and rounding apply to the consignment
        unit = plan[charge_at + layout.CHARGE_TOTAL_UNIT]
        if amount < plan[charge_at + layout.CHARGE_WAIVED_BELOW]:
            charge[UNFACTORED], amount, total = 0, 0, 0
        elif unit:
            total = round_to(amount, 1, plan[charge_at + layout.CHARGE_TOTAL_DIR], unit)
    charge[AMOUNT], charge[TOTAL] = amount, total


@inlined
def charge_amount(
    plan: Any,
    p: int,
    r: int,
    c: int,
    charge_at: int,
    t: int,
    by_itself: bool,
    schedule: Any,
    entries: Any,
    lines: Any,
    columns: Any,
    work: Any,
    treatments: Any,
    charges: Any,
    j: int,
) -> int:
    """What a line owes of a charge before waiver and rounding, unless a relief on a value takes it away."""
    charge, state, amount = charges[c], is_due(plan, c, charge_at, by_itself, charges), 0
    charge[ASSUMED] = 0
    charge[RATE], charge[ROW], charge[CLASS_ROW], charge[RELIEF] = -1, -1, -1, -1
    relief = first_relief(work[buffers.RELIEFS, j], plan[charge_at + layout.CHARGE_RELIEFS])
    if relief != -1 and (state or (by_itself and plan[charge_at + layout.CHARGE_BY_LINE])):
        within = relief >= 0
        charge[RELIEF], charge[STATE] = relief if within else -2 - relief, layout.RELIEVED
        amount = 0 if within else -layout.LACKS_EXCHANGE
        if not within:
            find_limit(plan, p, lines, work[buffers.LINE, j])
    else:
        charge[STATE] = state
        if plan[charge_at + layout.CHARGE_ELSEWHERE] and relief == -1 and not by_itself:
            lines[non_negative(work[buffers.LINE, j]), layout.LINE_FACTS] |= layout.FOUND_PLACE
            note_charge(plan, p, r, c, lines, work[buffers.LINE, j])
        if state:
            amount = amount_by_rate(
                plan, p, charge_at, t, schedule, entries, lines, columns, work, treatments, charges, charge, j
            )
            if amount in (-layout.LACKS_PLACE, -layout.LACKS_CLASS) and not by_itself:
                note_charge(plan, p, r, c, lines, work[buffers.LINE, j])
    return amount


@inlined
def has_plain_rate(plan: Any, t: int, treatments: Any, j: int) -> bool:
    """Whether the rates of a line under a treatment are free, or a share of the base: they leave no fact open."""
    if treatments[t, TREATMENT_STATE, j] != layout.BY_RATE:
        return True
    beside = treatments[t, TREATMENT_PROVISIONAL_RATE, j]
    if beside >= 0 and plan[non_negative(beside) + layout.RATE_KIND] > layout.SHARE:
        return False
    return plan[non_negative(treatments[t, TREATMENT_RATE, j]) + layout.RATE_KIND] <= layout.SHARE


@inlined
def needs_cost(plan: Any, r: int, t: int, work: Any, treatments: Any, j: int) -> bool:
    """Whether `pick_treatment` may take a treatment for its cost; that of the first one is known.

    It takes no closed one, none without a rate, none that is conditional where the first is open with a known cost, and
    none beside a first one that costs nothing. A rate that may leave a fact open is evaluated to find out.
    """
    if treatments[t, TREATMENT_STATE, j] != layout.BY_RATE and work[buffers.RELIEFS, j] == 0:
        return False
    if t == 0 or not has_plain_rate(plan, t, treatments, j):
        return True
    status, cost = treatments[t, TREATMENT_STATUS, j], treatments[0, TREATMENT_COST, j]
    if status == layout.CLOSED:
        return False
    if plan[r + layout.REGIME_TREATMENTS] != layout.MODE_ALL or treatments[0, TREATMENT_STATUS, j] != layout.OPEN:
        return True
    return cost < 0 or (cost > 0 and status == layout.OPEN)


@compiled
def compute_charges(
    plan: Any,
    p: int,
    r: int,
    schedule: Any,
    entries: Any,
    goods: Any,
    lines: Any,
    columns: Any,
    work: Any,
    treatments: Any,
    charges: Any,
    out: Any,
    law_rows: Any,
    supposed: int,
    n: int,
) -> None:
    """The charges of each active line under its treatment, their sums, and the rows of law behind them.

    With a treatment `supposed` (not -1): only the cost of what each line owes by itself under that treatment.
    """
    begin = 0
    while begin < n:
        many, end = 0, min(begin + TILE, n)
        for q in range(begin, end):
            j = non_negative(work[buffers.ACTIVE, q])
            if supposed >= 0 and not needs_cost(plan, r, supposed, work, treatments, j):
                treatments[supposed, TREATMENT_COST, j] = -1
                continue
            work[buffers.TILE_LINE, many] = j
            many += 1
        charge_tile(plan, p, r, schedule, entries, goods, lines, columns, work, treatments, charges, supposed, many)
        if supposed >= 0:
            write_costs(plan, r, charges, work, treatments[supposed], many)
        else:
            if law_rows.shape[1] > 0:
                for k in range(many):
                    j = non_negative(work[buffers.TILE_LINE, k])
                    t = non_negative(work[buffers.TREATMENT, j])
                    write_law_rows(plan, p, r, treatments, charges[:, k], law_rows[j], t, j)
            write_totals(plan, p, r, charges, work, out, many)
        begin = end


@inlined
def list_concerned(plan: Any, charge_at: int, work: Any, many: int) -> int:
    """Lists in TILE_PLACE the places in a tile of the lines that a charge concerns; returns how many they are."""
    cells, found = plan[charge_at + layout.CHARGE_CELLS], 0
    for k in range(many):
        work[buffers.TILE_PLACE, found] = k
        found += cells & work[buffers.CELLS, non_negative(work[buffers.TILE_LINE, k])] != 0
    return found


@compiled
def charge_tile(
    plan: Any,
    p: int,
    r: int,
    schedule: Any,
    entries: Any,
    goods: Any,
    lines: Any,
    columns: Any,
    work: Any,
    treatments: Any,
    charges: Any,
    supposed: int,
    many: int,
) -> None:
    """Evaluates one charge after the other on the lines of a tile, which it concerns.

    Lines that follow each other take the same steps, which is faster than all charges of one line after the other.
    """
    by_itself, tested = supposed >= 0, False  # whether a relief on charges may hold
    charges_at = non_negative(plan[non_negative(r) + layout.REGIME_CHARGES])
    for c in range(plan[r + layout.REGIME_N_CHARGES]):
        charge_at = charges_at + c * layout.CHARGE_SIZE
        left = list_concerned(plan, charge_at, work, many)
        if plan[charge_at + layout.CHARGE_SIMPLE] and (not by_itself or plan[charge_at + layout.CHARGE_BY_LINE]):
            left = charge_simply(
                plan, p, charge_at, c, supposed, schedule, entries, lines, work, treatments, charges, left
            )
        for q in range(left):
            k = non_negative(work[buffers.TILE_PLACE, q])
            j = non_negative(work[buffers.TILE_LINE, k])
            t, of_line = non_negative(supposed if by_itself else work[buffers.TREATMENT, j]), charges[:, k]
            amount = charge_amount(
                plan, p, r, c, charge_at, t, by_itself, schedule, entries, lines, columns, work, treatments, of_line, j
            )
            store_amount(plan, charge_at, amount, by_itself, work, of_line[c], j)
        if by_itself:
            continue
        if plan[charge_at + layout.CHARGE_ENDS_RELIEF_SUM]:
            for k in range(many):
                i = work[buffers.LINE, non_negative(work[buffers.TILE_LINE, k])]
                held = charge_reliefs(plan, p, r, c, charges[:, k], lines, i)
                work[buffers.TILE_RELIEFS, k] = work[buffers.TILE_RELIEFS, k] * np.int64(tested) | held
            tested = True
        if tested:
            for k in range(many):
                reliefs = work[buffers.TILE_RELIEFS, k]
                if reliefs:
                    g = work[buffers.CODE, non_negative(work[buffers.TILE_LINE, k])]
                    apply_charge_reliefs(plan, r, c, goods, g, charges[:, k], reliefs)
