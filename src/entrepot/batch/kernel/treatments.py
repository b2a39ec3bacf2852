"""Which treatment each line takes under a regime; as `engine.flow.originate` and `engine.flow.choose`."""

from __future__ import annotations

from typing import Any

from entrepot.batch.kernel import buffers, layout
from entrepot.batch.kernel.buffers import (
    TREATMENT_COST,
    TREATMENT_PROVISIONAL_RATE,
    TREATMENT_RATE,
    TREATMENT_STATE,
    TREATMENT_STATUS,
)
from entrepot.batch.kernel.charges import charge_base, compute_charges, needs_cost
from entrepot.batch.kernel.compiler import compiled, non_negative
from entrepot.batch.kernel.rate_amount import lacks_measure
from entrepot.batch.kernel.rates import duty_under_treatment, rounding_rule
from entrepot.batch.kernel.reliefs import first_relief


@compiled
def treatment_statuses(plan: Any, p: int, work: Any, treatments: Any, n: int) -> None:
    """Whether each treatment is open to each line: by its proof, or by a value up to which no proof is needed."""
    for t in range(plan[p + layout.PLAN_N_TREATMENTS]):
        treatment_at = plan[p + layout.PLAN_TREATMENTS] + t * layout.TREATMENT_SIZE
        proof, direct, waiver = (
            plan[treatment_at + layout.TREATMENT_PROOF],
            plan[treatment_at + layout.TREATMENT_DIRECT],
            plan[treatment_at + layout.TREATMENT_WAIVER],
        )
        value = plan[treatment_at + layout.TREATMENT_WAIVER_VALUE]
        for q in range(n):
            j = non_negative(work[buffers.ACTIVE, q])
            shown = proof
            if proof != layout.PASSED and waiver >= 0 and work[buffers.PRICE_PARTS + value, j] <= waiver:
                shown = layout.PASSED
            status = layout.OPEN
            if shown == layout.FAILED:
                status = layout.CLOSED
            elif layout.UNANSWERED in (shown, direct):
                status = layout.CONDITIONAL
            treatments[t, TREATMENT_STATUS, j] = status


@compiled
def compare_by_duty(
    plan: Any, p: int, r: int, lines: Any, columns: Any, work: Any, treatments: Any, charges: Any, n: int
) -> None:
    """Writes the duty of each treatment as its cost, where least duty means least charges; -1 where not known."""
    c = 0
    while plan[plan[r + layout.REGIME_CHARGES] + c * layout.CHARGE_SIZE + layout.CHARGE_SOURCE] != layout.TARIFF:
        c += 1
    charge_at = plan[r + layout.REGIME_CHARGES] + c * layout.CHARGE_SIZE
    due, rule, mask = (
        plan[charge_at + layout.CHARGE_DUE],
        rounding_rule(plan, charge_at),
        plan[charge_at + layout.CHARGE_RELIEFS],
    )
    for q in range(n):
        j = non_negative(work[buffers.ACTIVE, q])
        base, relief = (
            charge_base(plan, charge_at, work, charges[:, 0], j),
            first_relief(work[buffers.RELIEFS, j], mask),
        )
        for t in range(plan[p + layout.PLAN_N_TREATMENTS]):
            known, cost = treatments[t, TREATMENT_STATE, j] == layout.BY_RATE, -1
            if relief >= 0:
                cost = 0
            elif relief == -1 and (known or work[buffers.RELIEFS, j]):
                if not due:
                    cost = 0
                elif known and needs_cost(plan, r, t, work, treatments, j):
                    cost = duty_under_treatment(rule, plan, t, j, base, lines, columns, work, treatments)
                    if cost == -layout.UNSUPPORTED:
                        work[buffers.SUPPORTED, j] = 0
            treatments[t, TREATMENT_COST, j] = cost


@compiled
def compare_by_charges(
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
    n: int,
) -> None:
    """Writes what each line would owe by itself under each treatment as its cost; -1 where not known."""
    for t in range(plan[p + layout.PLAN_N_TREATMENTS]):
        compute_charges(
            plan, p, r, schedule, entries, goods, lines, columns, work, treatments, charges, out, law_rows, t, n
        )


@compiled
def has_open_rate(plan: Any, t: int, treatments: Any, lines: Any, columns: Any, work: Any, j: int) -> bool:
    """Whether a rate of a line under a treatment is a range, or needs a measure that the line does not give."""
    if treatments[t, TREATMENT_STATE, j] != layout.BY_RATE:
        return False
    for rate_at in (treatments[t, TREATMENT_RATE, j], treatments[t, TREATMENT_PROVISIONAL_RATE, j]):
        if rate_at >= 0 and (
            plan[rate_at + layout.RATE_KIND] == layout.RANGE
            or lacks_measure(plan, rate_at, lines, columns, non_negative(work[buffers.LINE, j]))
        ):
            return True
    return False


@compiled
def pick_treatment(plan: Any, p: int, r: int, lines: Any, columns: Any, work: Any, treatments: Any, n: int) -> None:
    """Picks the open treatment that costs least (the first of equals), else a conditional one, else none.

    Where no cost can be computed it is the first treatment that the regime admits, if that is not closed. No
    conditional one replaces a first one that is open and whose cost has no known end.
    """
    mode, none = plan[r + layout.REGIME_TREATMENTS], treatments.shape[0] - 1
    begin = 1 if mode == layout.MODE_PREFERENCES else 0
    stop = 0 if mode == layout.MODE_NONE else 1 if mode == layout.MODE_MFN else plan[p + layout.PLAN_N_TREATMENTS]
    for q in range(n):
        j = non_negative(work[buffers.ACTIVE, q])
        best, best_cost, best_status = none, 0, layout.CLOSED
        for t in range(begin, stop):
            status = treatments[t, TREATMENT_STATUS, j]
            cost = treatments[t, TREATMENT_COST, j] if stop - begin > 1 else 0
            if cost >= 0 and (status < best_status or (status == best_status != layout.CLOSED and cost < best_cost)):
                best, best_cost, best_status = t, cost, status
        if begin < stop:
            first = treatments[begin, TREATMENT_STATUS, j]
            if best == none and first != layout.CLOSED:
                best = begin
            elif (
                best_status == layout.CONDITIONAL
                and first == layout.OPEN
                and has_open_rate(plan, begin, treatments, lines, columns, work, j)
            ):
                best = begin  # an open treatment whose highest cost is not known
        work[buffers.TREATMENT, j] = best
