"""Assesses lines of one plan under every regime. Compiled, without the GIL, so that threads share the work."""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.batch.kernel import buffers, layout
from entrepot.batch.kernel.buffers import (
    BLOCK,
    N_REGIME_TOTALS,
    NOT_ASSESSED,
    REGIME_COST,
    REGIME_STATUS,
    REGIME_UNKNOWN,
    TREATMENT_COST,
)
from entrepot.batch.kernel.candidates import write_candidates
from entrepot.batch.kernel.charges import compute_charges
from entrepot.batch.kernel.choose import choose_regime, write_refusals
from entrepot.batch.kernel.compiler import compiled, entry_point, non_negative
from entrepot.batch.kernel.conditions import check_conditions, set_regime_status
from entrepot.batch.kernel.reliefs import find_value_reliefs
from entrepot.batch.kernel.treatments import compare_by_charges, compare_by_duty, pick_treatment, treatment_statuses
from entrepot.batch.kernel.values import compute_customs_value, compute_prices, gather_inputs, look_up_tariff


@entry_point
def assess_lines(
    plan: Any,
    schedule: Any,
    entries: Any,
    goods: Any,
    lines: Any,
    columns: Any,
    order: Any,
    work: Any,
    treatments: Any,
    charges: Any,
    regimes: Any,
    law_rows: Any,
    results: Any,
    result_rows: Any,
    candidates: Any,
) -> None:
    """Assesses the lines in `order`, blocks of one plan at a time; unsupported lines keep their mark.

    `candidates`: for candidates of sales, what each regime gives (see `candidates`); otherwise without lines.
    """
    begin = 0
    while begin < len(order):
        p = lines[non_negative(order[begin]), layout.LINE_PLAN]
        n = 0
        while n < BLOCK and begin + n < len(order) and lines[non_negative(order[begin + n]), layout.LINE_PLAN] == p:
            work[buffers.LINE, n] = order[begin + n]
            n += 1
        gather_codes(goods, lines, work, n)
        assess_block(
            plan,
            p,
            schedule,
            entries,
            goods,
            lines,
            columns,
            work,
            treatments,
            charges,
            regimes,
            law_rows,
            results,
            result_rows,
            candidates,
            n,
        )
        begin += n


@compiled
def gather_codes(goods: Any, lines: Any, work: Any, n: int) -> None:
    """Writes the number of the HS code of each line of a block, its row of the schedule, and its cells."""
    for j in range(n):
        work[buffers.CODE, j] = lines[non_negative(work[buffers.LINE, j]), layout.LINE_GOODS]
    last = goods.shape[1] - 1
    for j in range(n):
        g = non_negative(work[buffers.CODE, j])
        work[buffers.SCHEDULE_ROW, j], work[buffers.CELLS, j] = goods[g, 0], goods[g, last]


@compiled
def list_active(out: Any, at: int, work: Any, all_regimes: bool, n: int) -> int:
    """Lists the lines on which a regime is assessed; returns how many.

    Those on which no open mandatory regime closes it, and no condition, except with `all_regimes`.
    """
    n_active: Any = np.int64(0)
    for j in range(n):
        by_mandatory = work[buffers.CLOSED_REGIMES, j] >> at & 1
        skipped = by_mandatory | (out[REGIME_STATUS, j] == layout.CLOSED and not all_regimes)
        work[buffers.ACTIVE, n_active] = j
        n_active += not skipped
        out[REGIME_UNKNOWN, j] = NOT_ASSESSED if skipped else 0
        out[REGIME_STATUS, j] = layout.CLOSED if by_mandatory else out[REGIME_STATUS, j]
    return n_active


@compiled
def close_without_preference(plan: Any, p: int, lines: Any, work: Any, n: int) -> None:
    """Notes as closed the regimes that only admit preferences, where the origin has none."""
    found: Any = np.int64(0)
    if plan[p + layout.PLAN_N_TREATMENTS] <= 1:
        for at in range(plan[p + layout.PLAN_N_REGIMES]):
            r = plan[p + layout.PLAN_REGIMES] + at * layout.REGIME_SIZE
            found |= np.int64(plan[r + layout.REGIME_TREATMENTS] == layout.MODE_PREFERENCES) << at
    for j in range(n):
        every = lines[non_negative(work[buffers.LINE, j]), layout.LINE_FACTS] & layout.EVERY_REGIME
        work[buffers.CLOSED_REGIMES, j] = 0 if every else found


@compiled
def note_closed(plan: Any, r: int, out: Any, lines: Any, work: Any, n: int) -> None:
    """Notes the regimes that a mandatory one closes where it is open and not closed itself."""
    closes = plan[r + layout.REGIME_CLOSES]
    for j in range(n):
        every = lines[non_negative(work[buffers.LINE, j]), layout.LINE_FACTS] & layout.EVERY_REGIME
        if out[REGIME_STATUS, j] == layout.OPEN and not every:
            work[buffers.CLOSED_REGIMES, j] |= closes


@compiled
def assess_block(
    plan: Any,
    p: int,
    schedule: Any,
    entries: Any,
    goods: Any,
    lines: Any,
    columns: Any,
    work: Any,
    treatments: Any,
    charges: Any,
    regimes: Any,
    law_rows: Any,
    results: Any,
    result_rows: Any,
    candidates: Any,
    n: int,
) -> None:
    """Assesses a block of lines of one plan; for candidates also the regimes that conditions close."""
    gather_inputs(lines, columns, work, n)
    compute_prices(plan, p, columns, work, n)
    look_up_tariff(plan, p, schedule, entries, work, treatments, n)
    all_regimes = candidates.shape[0] > 0
    assess_regimes(
        plan, p, schedule, entries, goods, lines, columns, work, treatments, charges, regimes, law_rows, all_regimes, n
    )
    if choose_regime(plan, p, work, regimes, law_rows, results, result_rows, n):
        assess_closed_regimes(
            plan, p, schedule, entries, goods, lines, columns, work, treatments, charges, regimes, law_rows, results, n
        )
    if candidates.shape[0] > 0:
        write_candidates(plan, p, work, regimes, candidates, n)


@compiled
def assess_regimes(
    plan: Any,
    p: int,
    schedule: Any,
    entries: Any,
    goods: Any,
    lines: Any,
    columns: Any,
    work: Any,
    treatments: Any,
    charges: Any,
    regimes: Any,
    law_rows: Any,
    all_regimes: bool,
    n: int,
) -> None:
    """Assesses a block of lines under the regimes that may be chosen, or `all_regimes` that are not closed by another.

    Mandatory regimes come first: those that an open one closes are assessed only with EVERY_REGIME.
    """
    close_without_preference(plan, p, lines, work, n)
    n_regimes = plan[p + layout.PLAN_N_REGIMES]
    for k in range(2 * n_regimes):
        at = k % n_regimes
        r = plan[p + layout.PLAN_REGIMES] + at * layout.REGIME_SIZE
        mandatory = plan[r + layout.REGIME_MANDATORY] == 1
        if mandatory != (k < n_regimes):
            continue
        compute_customs_value(plan, r, work, n)
        check_conditions(plan, p, r, schedule, goods, lines, columns, work, regimes[at], n)
        n_active = list_active(regimes[at], at, work, all_regimes, n)
        assess_regime(
            plan,
            p,
            r,
            at,
            schedule,
            entries,
            goods,
            lines,
            columns,
            work,
            treatments,
            charges,
            regimes,
            law_rows,
            n_active,
        )
        if mandatory:
            note_closed(plan, r, regimes[at], lines, work, n)


@compiled
def assess_closed_regimes(
    plan: Any,
    p: int,
    schedule: Any,
    entries: Any,
    goods: Any,
    lines: Any,
    columns: Any,
    work: Any,
    treatments: Any,
    charges: Any,
    regimes: Any,
    law_rows: Any,
    results: Any,
    n: int,
) -> None:
    """Assesses also the regimes that conditions close, on lines without an open regime, to report what is unknown."""
    for at in range(plan[p + layout.PLAN_N_REGIMES]):
        r, out, n_active = plan[p + layout.PLAN_REGIMES] + at * layout.REGIME_SIZE, regimes[at], np.int64(0)
        compute_customs_value(plan, r, work, n)
        for j in range(n):
            work[buffers.ACTIVE, n_active] = j
            n_active += work[buffers.BEST_REGIME, j] < 0 and out[REGIME_UNKNOWN, j] == NOT_ASSESSED
        assess_regime(
            plan,
            p,
            r,
            at,
            schedule,
            entries,
            goods,
            lines,
            columns,
            work,
            treatments,
            charges,
            regimes,
            law_rows,
            n_active,
        )
    write_refusals(plan, p, goods, work, regimes, results, n)


@compiled
def assess_regime(
    plan: Any,
    p: int,
    r: int,
    at: int,
    schedule: Any,
    entries: Any,
    goods: Any,
    lines: Any,
    columns: Any,
    work: Any,
    treatments: Any,
    charges: Any,
    regimes: Any,
    law_rows: Any,
    n_active: int,
) -> None:
    """The charges of a regime on the active lines, and its status."""
    if n_active == 0:
        return
    find_value_reliefs(plan, r, goods, lines, work, n_active)
    treatment_statuses(plan, p, work, treatments, n_active)
    choose_treatment(
        plan, p, r, at, schedule, entries, goods, lines, columns, work, treatments, charges, regimes, law_rows, n_active
    )
    set_regime_status(plan, p, r, work, treatments, regimes[at], n_active)


@compiled
def choose_treatment(
    plan: Any,
    p: int,
    r: int,
    at: int,
    schedule: Any,
    entries: Any,
    goods: Any,
    lines: Any,
    columns: Any,
    work: Any,
    treatments: Any,
    charges: Any,
    regimes: Any,
    law_rows: Any,
    n: int,
) -> None:
    """The treatment of each line and its charges; MFN where a preference gains nothing."""
    out, rows, none = regimes[at], law_rows[at], np.int64(-1)
    comparing = plan[r + layout.REGIME_TREATMENTS] >= layout.MODE_ALL and plan[p + layout.PLAN_N_TREATMENTS] > 1
    if comparing:
        if plan[r + layout.REGIME_COMPARE_BY_DUTY]:
            compare_by_duty(plan, p, r, lines, columns, work, treatments, charges, n)
        else:
            compare_by_charges(
                plan, p, r, schedule, entries, goods, lines, columns, work, treatments, charges, out, rows, n
            )
    pick_treatment(plan, p, r, lines, columns, work, treatments, n)
    compute_charges(plan, p, r, schedule, entries, goods, lines, columns, work, treatments, charges, out, rows, none, n)
    if comparing and plan[r + layout.REGIME_COMPARE_BY_DUTY]:
        compare_by_all_charges(
            plan, p, r, at, schedule, entries, goods, lines, columns, work, treatments, charges, regimes, law_rows, n
        )
    if plan[r + layout.REGIME_TREATMENTS] in (layout.MODE_MFN, layout.MODE_ALL):
        prefer_mfn(
            plan, p, r, at, schedule, entries, goods, lines, columns, work, treatments, charges, regimes, law_rows, n
        )


@compiled
def compare_by_all_charges(
    plan: Any,
    p: int,
    r: int,
    at: int,
    schedule: Any,
    entries: Any,
    goods: Any,
    lines: Any,
    columns: Any,
    work: Any,
    treatments: Any,
    charges: Any,
    regimes: Any,
    law_rows: Any,
    n: int,
) -> None:
    """Where a tax is not known, the duty alone does not rank treatments: such lines are picked again by all charges."""
    out, rows, none, n_again = regimes[at], law_rows[at], np.int64(-1), np.int64(0)
    for q in range(n):
        j = non_negative(work[buffers.ACTIVE, q])
        work[buffers.SAVED, n_again] = j
        n_again += out[REGIME_UNKNOWN, j] == 1 and work[buffers.SUPPORTED, j] == 1
    if n_again == 0:
        return
    copy_row(work[buffers.ACTIVE], work[buffers.SAVED_ACTIVE], n)
    copy_row(work[buffers.SAVED], work[buffers.ACTIVE], n_again)
    compare_by_charges(
        plan, p, r, schedule, entries, goods, lines, columns, work, treatments, charges, out, rows, n_again
    )
    pick_treatment(plan, p, r, lines, columns, work, treatments, n_again)
    compute_charges(
        plan, p, r, schedule, entries, goods, lines, columns, work, treatments, charges, out, rows, none, n_again
    )
    copy_row(work[buffers.SAVED_ACTIVE], work[buffers.ACTIVE], n)


@compiled
def copy_row(source: Any, target: Any, n: int) -> None:
    """Copies the first numbers of a row into another."""
    for q in range(n):
        target[q] = source[q]


@compiled
def prefer_mfn(
    plan: Any,
    p: int,
    r: int,
    at: int,
    schedule: Any,
    entries: Any,
    goods: Any,
    lines: Any,
    columns: Any,
    work: Any,
    treatments: Any,
    charges: Any,
    regimes: Any,
    law_rows: Any,
    n: int,
) -> None:
    """Takes MFN where it costs no more: a proof of origin is required only where it gains something."""
    out, mfn, margin = regimes[at], regimes[regimes.shape[0] - 1], plan[r + layout.REGIME_DUTY_MARGIN]
    none, n_near = np.int64(-1), np.int64(0)
    for q in range(n):
        j = non_negative(work[buffers.ACTIVE, q])
        t = non_negative(work[buffers.TREATMENT, j])
        mfn_cost = treatments[0, TREATMENT_COST, j]
        gain = mfn_cost - treatments[t, TREATMENT_COST, j]
        # A duty lower by more than rounding can hide gives a lower total; where MFN has no rate there is no choice.
        certain = margin >= 0 and (mfn_cost < 0 or gain >= margin) and out[REGIME_UNKNOWN, j] == 0
        if t != 0 and not certain:
            work[buffers.SAVED, n_near], work[buffers.SAVED_TREATMENT, n_near] = j, t
            n_near += np.int64(1)
    if n_near == 0:
        return
    copy_row(work[buffers.ACTIVE], work[buffers.SAVED_ACTIVE], n)
    for q in range(n_near):
        work[buffers.ACTIVE, q] = work[buffers.SAVED, q]
        work[buffers.TREATMENT, work[buffers.SAVED, q]] = 0
    mfn_rows = law_rows[law_rows.shape[0] - 1]
    compute_charges(
        plan, p, r, schedule, entries, goods, lines, columns, work, treatments, charges, mfn, mfn_rows, none, n_near
    )
    for q in range(n_near):
        j = non_negative(work[buffers.ACTIVE, q])
        if mfn[REGIME_UNKNOWN, j] or mfn[REGIME_COST, j] > out[REGIME_COST, j]:
            work[buffers.TREATMENT, j] = work[buffers.SAVED_TREATMENT, q]
            continue
        for field in range(N_REGIME_TOTALS):
            out[field, j] = mfn[field, j]
        for k in range(law_rows.shape[2]):
            law_rows[at, j, k] = mfn_rows[j, k]
    copy_row(work[buffers.SAVED_ACTIVE], work[buffers.ACTIVE], n)
