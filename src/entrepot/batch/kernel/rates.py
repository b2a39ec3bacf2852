"""What one rate gives as a charge counts it, with short code for the most frequent kinds of rate."""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.batch.kernel import buffers, layout
from entrepot.batch.kernel.buffers import TREATMENT_PROVISIONAL_RATE, TREATMENT_RATE
from entrepot.batch.kernel.compiler import inlined, non_negative
from entrepot.batch.kernel.rate_amount import MAX_PRODUCT, amount_of_any_rate, round_to


@inlined
def rounding_rule(plan: Any, charge_at: int) -> tuple[int, int, int, int, int, int, int]:
    """How a charge counts: plain, inclusive and factor (each numerator, denominator), direction, unit of rounding."""
    return (
        plan[charge_at + layout.CHARGE_PLAIN],
        plan[charge_at + layout.CHARGE_INCLUSIVE_NUM],
        plan[charge_at + layout.CHARGE_INCLUSIVE_DEN],
        plan[charge_at + layout.CHARGE_FACTOR_NUM],
        plan[charge_at + layout.CHARGE_FACTOR_DEN],
        plan[charge_at + layout.CHARGE_LINE_DIR],
        plan[charge_at + layout.CHARGE_LINE_UNIT],
    )


@inlined
def share_of(base: int, millionths: int, direction: int) -> int:
    """A share of a base, rounded to whole minor units half up or down."""
    product = base * millionths  # division by a constant compiles to a multiplication
    if direction == layout.HALF_UP:
        return np.int64((np.uint64(2 * product) + np.uint64(layout.MICRO)) // np.uint64(2 * layout.MICRO))
    return np.int64(np.uint64(product) // np.uint64(layout.MICRO))


@inlined
def amount_of_rate(
    plan: Any, rate_at: int, base: int, rule: Any, floor: int, cap: int, lines: Any, columns: Any, i: int, stack: Any
) -> int:
    """The amount of one rate as a charge counts it; shares of the base, the most frequent, by the shortest code."""
    kind = plan[rate_at + layout.RATE_KIND]
    plain, inclusive, whole, factor_num, factor_den, direction, unit = rule
    if kind <= layout.SHARE and floor < 0 and cap < 0:
        if kind == layout.FREE:
            return 0
        if kind == layout.PPM and plain and direction in (layout.HALF_UP, layout.DOWN):
            return share_of(base, plan[rate_at + layout.RATE_NUM], direction)
        num = plan[rate_at + layout.RATE_NUM] * whole * factor_num
        den = (plan[rate_at + layout.RATE_DEN] * whole - plan[rate_at + layout.RATE_NUM] * inclusive) * factor_den
        if float(base) * num < MAX_PRODUCT and den > 0 and float(den) * unit < MAX_PRODUCT:
            return round_to(base * num, den, direction, unit)
    return amount_of_any_rate(plan, rate_at, base, rule, np.int64(floor), np.int64(cap), lines, columns, i, stack)


@inlined
def duty_under_treatment(
    rule: Any, plan: Any, t: int, j: int, base: int, lines: Any, columns: Any, work: Any, treatments: Any
) -> int:
    """The duty of a line under a treatment: by its own rate or the provisional one, whichever is lower."""
    i = non_negative(work[buffers.LINE, j])
    amount = amount_of_rate(
        plan, non_negative(treatments[t, TREATMENT_RATE, j]), base, rule, -1, -1, lines, columns, i, work[buffers.STACK]
    )
    beside = treatments[t, TREATMENT_PROVISIONAL_RATE, j]
    if amount >= 0 and beside >= 0:
        amount = min(
            amount,
            amount_of_rate(plan, non_negative(beside), base, rule, -1, -1, lines, columns, i, work[buffers.STACK]),
        )
    return amount
