"""rating: what one rate of law comes to as a charge counts it; as `reckon`, by the shortest way."""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.batch.kernel import buffers as w
from entrepot.batch.kernel import layout as f
from entrepot.batch.kernel.buffers import D_RATE, D_RATE_TOO
from entrepot.batch.kernel.compiler import inlined, sure
from entrepot.batch.kernel.rate_amount import SAFE, rounded, unusual


@inlined
def rule_of(plan: Any, o: int) -> tuple[int, int, int, int, int, int]:
    """How a charge counts: plain, inclusive, factor, direction and unit of rounding; read before the lines."""
    return (
        plan[o + f.C_PLAIN],
        plan[o + f.C_INCLUSIVE],
        plan[o + f.C_FACTOR_NUM],
        plan[o + f.C_FACTOR_DEN],
        plan[o + f.C_LINE_DIR],
        plan[o + f.C_LINE_UNIT],
    )


@inlined
def one(
    plan: Any, k: int, base: int, rule: Any, floor: int, cap: int, lines: Any, where: Any, i: int, stack: Any
) -> int:
    """The amount of one rate as a charge counts it; the commonest, shares of the base, by short ways."""
    kind = plan[k + f.Q_KIND]
    plain, inclusive, factor_num, factor_den, direction, unit = rule
    if kind <= f.SHARE and floor < 0 and cap < 0:
        if kind == f.FREE:
            return 0
        if kind == f.PPM and plain:
            product = base * plan[k + f.Q_NUM]  # dividing by constants is multiplying
            if direction == f.HALF_UP:
                return np.int64((np.uint64(2 * product) + np.uint64(f.MICRO)) // np.uint64(2 * f.MICRO))
            if direction == f.DOWN:
                return np.int64(np.uint64(product) // np.uint64(f.MICRO))
        num = plan[k + f.Q_NUM] * factor_num
        den = (plan[k + f.Q_DEN] - plan[k + f.Q_NUM] * inclusive) * factor_den
        if float(base) * num < SAFE and den > 0 and float(den) * unit < SAFE:
            return rounded(base * num, den, direction, unit)
    return unusual(plan, k, base, rule, np.int64(floor), np.int64(cap), lines, where, i, stack)


@inlined
def duty(rule: Any, plan: Any, t: int, j: int, base: int, lines: Any, where: Any, room: Any, told: Any) -> int:
    """The duty of a line under a treatment: by its own rate or the provisional one, the lower."""
    i = sure(room[w.LINE, j])
    amount = one(plan, sure(told[t, D_RATE, j]), base, rule, -1, -1, lines, where, i, room[w.STACK])
    beside = told[t, D_RATE_TOO, j]
    if amount >= 0 and beside >= 0:
        amount = min(amount, one(plan, sure(beside), base, rule, -1, -1, lines, where, i, room[w.STACK]))
    return amount
