"""figure: what a rate gives on a base, in whole numbers of 64 bits; the same as `reckon`, compiled.

Amounts are never below zero; what is not known is minus the reason (`form`), and minus BEYOND what 64 bits do not hold.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.batch.kernel import layout as f
from entrepot.batch.kernel.compiler import compiled, inlined

#: Products beyond it are left to the single walk; float64 is exact enough to see it from afar.
SAFE = 1e18


@inlined
def divided(num: int, den: int) -> int:
    """Num // den for whole numbers that are not negative: without a sign, which spares its cases."""
    return np.int64(np.uint64(num) // np.uint64(den))


@inlined
def rounded(num: int, den: int, direction: int, unit: int) -> int:
    """Num / den, not negative, to a multiple of a unit."""
    bottom = den * unit
    if direction == f.HALF_UP:
        return divided(2 * num + bottom, 2 * bottom) * unit
    steps = divided(num, bottom)
    rest = num - steps * bottom
    if direction == f.UP:
        steps += rest > 0
    elif direction == f.HALF_EVEN and (2 * rest > bottom or (2 * rest == bottom and steps % 2 == 1)):
        steps += 1
    return steps * unit


@compiled
def bounded(num: int, den: int, floor: int, cap: int, direction: int, unit: int) -> int:
    """An exact amount within its floor and cap (-1: none), rounded as the law rounds a line."""
    if num <= 0:
        num, den = 0, 1
    if floor >= 0:
        if float(floor) * den > SAFE:
            return -f.BEYOND
        if num < floor * den:
            num, den = floor, 1
    if cap >= 0:
        if float(cap) * den > SAFE:
            return -f.BEYOND
        if num > cap * den:
            num, den = cap, 1
    if float(den) * unit > SAFE:
        return -f.BEYOND
    return rounded(num, den, direction, unit)


@compiled
def run(plan: Any, k: int, base: int, lines: Any, where: Any, i: int, stack: Any) -> int:
    """Runs a rate's program: 0 with the numerator in `stack[0]`, or minus why it cannot be known."""
    top = -1
    for step in range(plan[k + f.Q_START], plan[k + f.Q_STOP], f.P_SIZE):
        op, factor = plan[step + f.P_OP], plan[step + f.P_FACTOR]
        if op < 4:  # SHARE and VALUE of the base, UNIT of a measure, FLAT
            counted = base
            if op == 1:
                column = where[plan[step + f.P_MEASURE]]
                counted = lines[i, column] if column >= 0 else f.ABSENT
                if counted == f.ABSENT:
                    return -f.LACKS_MEASURE
                if counted < 0:
                    return -f.BEYOND
            elif op == 2:
                counted = 1
            if abs(float(counted) * factor) > SAFE:
                return -f.BEYOND
            top += 1
            stack[top] = counted * factor
            continue
        right = stack[top]
        top -= 1
        left = stack[top]
        if op == 4:
            stack[top] = left + right
        elif op == 5:
            stack[top] = left - right
        elif op == 6:
            stack[top] = max(left, right)
        else:
            stack[top] = min(left, right)
        if abs(float(stack[top])) > SAFE:
            return -f.BEYOND
    return 0


@compiled
def unusual(
    plan: Any,
    k: int,
    base: int,
    rule: Any,
    floor: int,
    cap: int,
    lines: Any,
    where: Any,
    i: int,
    stack: Any,
) -> int:
    """The amount of any rate on a base, as a charge counts it (`owing.rule_of`), within a floor and a cap."""
    _, inclusive, factor_num, factor_den, direction, unit = rule
    kind = plan[k + f.Q_KIND]
    num, den = 0, 1
    if kind in (f.PPM, f.SHARE):
        num, den = base * plan[k + f.Q_NUM], plan[k + f.Q_DEN]
        if inclusive:
            den -= plan[k + f.Q_NUM]
            if den <= 0:
                return -f.LACKS_RATE
    elif kind == f.PROGRAM:
        if inclusive and plan[k + f.Q_NUM] >= plan[k + f.Q_WHOLE]:
            return -f.LACKS_RATE
        why = run(plan, k, np.int64(0) if inclusive else base, lines, where, i, stack)
        if why < 0:
            return why
        num, den = stack[0], plan[k + f.Q_DEN]
        if inclusive:
            # The share is of a price that holds the whole: (base + rest) * share / (1 - share) + rest.
            share, left = plan[k + f.Q_NUM], plan[k + f.Q_WHOLE] - plan[k + f.Q_NUM]
            if (float(base) * den + abs(float(num))) * (share + left) > SAFE or float(den) * left > SAFE:
                return -f.BEYOND
            num, den = (base * den + num) * share + num * left, den * left
    elif kind == f.UNKNOWN:
        return -f.LACKS_RATE
    elif kind == f.TEXT:
        return -f.LACKS_READING
    elif kind != f.FREE:
        return -f.BEYOND
    if factor_num != factor_den:
        if abs(float(num) * factor_num) > SAFE or float(den) * factor_den > SAFE:
            return -f.BEYOND
        num, den = num * factor_num, den * factor_den
    return bounded(num, den, floor, cap, direction, unit)


@inlined
def held(goods: Any, g: int, flag: int) -> bool:
    """Whether goods begin with one of a list of codes; -1 is the list of all."""
    return flag < 0 or (goods[g, 1 + (flag >> 6)] >> (flag & 63)) & 1 == 1
