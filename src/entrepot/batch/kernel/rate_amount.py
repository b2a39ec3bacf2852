"""What a rate gives on a base, in 64-bit integers; compiled, as `engine.rules.rate_amount`.

Amounts are never negative. A negative result is minus the state (`layout.LACKS_…`) for an amount that is not known, and
minus UNSUPPORTED where 64 bits do not suffice.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.batch.kernel import layout
from entrepot.batch.kernel.compiler import compiled, inlined

#: The largest product; a float64 estimates products well enough to detect larger ones. Those are unsupported.
MAX_PRODUCT = 1e18
#: An amount without a limit, by a measure that is not given; more than twice the largest product.
UNBOUNDED = 1 << 62


@inlined
def divide(num: int, den: int) -> int:
    """Num // den of integers that are not negative; unsigned division is faster."""
    return np.int64(np.uint64(num) // np.uint64(den))


@inlined
def round_to(num: int, den: int, direction: int, unit: int) -> int:
    """Num / den, not negative, rounded to a multiple of a unit in a direction."""
    bottom = den * unit
    if direction == layout.HALF_UP:
        return divide(2 * num + bottom, 2 * bottom) * unit
    steps = divide(num, bottom)
    rest = num - steps * bottom
    if direction == layout.UP:
        steps += rest > 0
    elif direction == layout.HALF_EVEN and (2 * rest > bottom or (2 * rest == bottom and steps % 2 == 1)):
        steps += 1
    return steps * unit


@compiled
def within_floor_and_cap(num: int, den: int, floor: int, cap: int, direction: int, unit: int) -> int:
    """An exact amount num / den within its floor and cap (-1: none), rounded as the law rounds a line."""
    if num <= 0:
        num, den = 0, 1
    if floor >= 0:
        if float(floor) * den > MAX_PRODUCT:
            return -layout.UNSUPPORTED
        if num < floor * den:
            num, den = floor, 1
    if cap >= 0:
        if float(cap) * den > MAX_PRODUCT:
            return -layout.UNSUPPORTED
        if num > cap * den:
            num, den = cap, 1
    if float(den) * unit > MAX_PRODUCT:
        return -layout.UNSUPPORTED
    return round_to(num, den, direction, unit)


@inlined
def without_measure(op: int, factor: int, measure: int, lines: Any, i: int) -> int:
    """An amount by a measure that a line does not give: the least or UNBOUNDED; noted, like a rate known as a range.

    The least is that of one piece, or nil by another measure. The lowest of a rate subtracts the highest.
    """
    facts = lines[i, layout.LINE_FACTS]
    lines[i, layout.LINE_FACTS] = facts | layout.FOUND_RANGE
    if factor != 0 and ((facts & layout.HIGH_END) != 0) == (op == layout.OP_UNIT):
        return UNBOUNDED
    return layout.MICRO * factor if measure == layout.ITEMS and factor > 0 else 0


@inlined
def combine(op: int, left: int, right: int) -> int:
    """Two amounts combined by an operation; one that is UNBOUNDED is added, or subtracted, as it is."""
    if op <= layout.OP_SUB:
        if left == UNBOUNDED or (right == UNBOUNDED and op == layout.OP_ADD):
            return UNBOUNDED
        if right == UNBOUNDED:
            return -UNBOUNDED
        return left + right if op == layout.OP_ADD else left - right
    return max(left, right) if op == layout.OP_MAX else min(left, right)


@compiled
def run_program(plan: Any, rate_at: int, base: int, lines: Any, columns: Any, i: int, stack: Any) -> int:
    """Runs a rate's program. Returns 0, with the numerator in `stack[0]`, or minus the state if it cannot be known."""
    top = -1
    for step in range(plan[rate_at + layout.RATE_START], plan[rate_at + layout.RATE_STOP], layout.STEP_SIZE):
        op, factor = plan[step + layout.STEP_OP], plan[step + layout.STEP_FACTOR]
        if op <= layout.OP_VALUE:  # a factor of the base (SHARE, VALUE), of a measure (UNIT) or of one (FLAT)
            counted = base
            if op in (layout.OP_UNIT, layout.OP_UNIT_SUBTRACTED):
                measure = plan[step + layout.STEP_MEASURE]
                column = columns[measure]
                counted = lines[i, column] if column >= 0 else layout.ABSENT
                if counted == layout.ABSENT:
                    top += 1
                    stack[top] = without_measure(op, factor, measure, lines, i)
                    continue
                if counted < 0:
                    return -layout.UNSUPPORTED
            elif op == layout.OP_FLAT:
                counted = 1
            if factor < 0:
                return -layout.LACKS_EXCHANGE
            if abs(float(counted) * factor) > MAX_PRODUCT:
                return -layout.UNSUPPORTED
            top += 1
            stack[top] = counted * factor
            continue
        top -= 1
        stack[top] = combine(op, stack[top], stack[top + 1])
        if abs(float(stack[top])) > MAX_PRODUCT and abs(stack[top]) != UNBOUNDED:
            return -layout.UNSUPPORTED
    return -layout.LACKS_MEASURE if stack[0] == UNBOUNDED else 0


@compiled
def end_of_range(plan: Any, rate_at: int, lines: Any, i: int) -> int:
    """The end of a range that a candidate is assessed with, and notes the range; a rate that is none as it is.

    A range that has no such end stays one, which is not known.
    """
    if plan[rate_at + layout.RATE_KIND] != layout.RANGE:
        return rate_at
    facts = lines[i, layout.LINE_FACTS]
    lines[i, layout.LINE_FACTS] = facts | layout.FOUND_RANGE
    end_at = plan[rate_at + (layout.RATE_STOP if facts & layout.HIGH_END else layout.RATE_START)]
    return end_at if end_at >= 0 else rate_at


@compiled
def lacks_measure(plan: Any, rate_at: int, lines: Any, columns: Any, i: int) -> bool:
    """Whether a rate needs a measure that the line does not give."""
    if plan[rate_at + layout.RATE_KIND] == layout.PROGRAM:
        for step in range(plan[rate_at + layout.RATE_START], plan[rate_at + layout.RATE_STOP], layout.STEP_SIZE):
            op = plan[step + layout.STEP_OP]
            if op in (layout.OP_UNIT, layout.OP_UNIT_SUBTRACTED):
                column = columns[plan[step + layout.STEP_MEASURE]]
                if column < 0 or lines[i, column] == layout.ABSENT:
                    return True
    return False


@inlined
def lacks_in_range(plan: Any, rate_at: int, lines: Any, columns: Any, i: int) -> bool:
    """Whether the lowest rate of a range, which has no highest, needs a measure that the line does not give."""
    low_at = plan[rate_at + layout.RATE_START]
    return low_at >= 0 and lacks_measure(plan, low_at, lines, columns, i)


@compiled
def lacking_state(kind: int) -> int:
    """Why a rate of a kind has no amount."""
    if kind in (layout.UNKNOWN, layout.RANGE):
        return layout.LACKS_RATE
    return layout.LACKS_READING if kind == layout.TEXT else layout.UNSUPPORTED


@compiled
def is_share(plan: Any, rate_at: int) -> bool:
    """Whether a rate, or a part of it, is a share of the base, other than 0 %."""
    kind = plan[rate_at + layout.RATE_KIND]
    if kind == layout.PROGRAM:
        for step in range(plan[rate_at + layout.RATE_START], plan[rate_at + layout.RATE_STOP], layout.STEP_SIZE):
            op = plan[step + layout.STEP_OP]
            if op == layout.OP_VALUE or (op == layout.OP_SHARE and plan[step + layout.STEP_FACTOR] > 0):
                return True
        return False
    return kind in (layout.PPM, layout.SHARE) and plan[rate_at + layout.RATE_NUM] > 0


@compiled
def amount_of_any_rate(
    plan: Any, rate_at: int, base: int, rule: Any, floor: int, cap: int, lines: Any, columns: Any, i: int, stack: Any
) -> int:
    """The amount of any kind of rate on a base, as a charge counts it (`rates.rounding_rule`), within floor and cap."""
    _, inclusive, whole, factor_num, factor_den, direction, unit = rule
    rate_at = end_of_range(plan, rate_at, lines, i)
    kind = plan[rate_at + layout.RATE_KIND]
    num, den = 0, 1
    if whole == 0:  # the base is a value that no sale states
        if is_share(plan, rate_at):
            return -layout.LACKS_BASE
        inclusive, whole = np.int64(0), np.int64(1)
    if kind in (layout.PPM, layout.SHARE):
        num = base * plan[rate_at + layout.RATE_NUM] * whole
        den = plan[rate_at + layout.RATE_DEN] * whole - plan[rate_at + layout.RATE_NUM] * inclusive
        if den <= 0:
            return -layout.LACKS_RATE
    elif kind == layout.PROGRAM:
        left = plan[rate_at + layout.RATE_WHOLE] * whole - plan[rate_at + layout.RATE_NUM] * inclusive
        if left <= 0:
            return -layout.LACKS_RATE
        state = run_program(plan, rate_at, np.int64(0) if inclusive else base, lines, columns, i, stack)
        if state < 0:
            return state
        num, den = stack[0], plan[rate_at + layout.RATE_DEN]
        if inclusive:
            # The share is of a price that includes the charge: (base * share + rest) / (1 - share).
            share, one = plan[rate_at + layout.RATE_NUM], plan[rate_at + layout.RATE_WHOLE]
            if (float(base) * den * share + abs(float(num)) * one) * whole > MAX_PRODUCT:
                return -layout.UNSUPPORTED
            if float(den) * left > MAX_PRODUCT:
                return -layout.UNSUPPORTED
            num, den = (base * den * share + num * one) * whole, den * left
    elif kind == layout.RANGE and lacks_in_range(plan, rate_at, lines, columns, i):
        return -layout.LACKS_MEASURE
    elif kind != layout.FREE:
        return -lacking_state(kind)
    if factor_num != factor_den:
        if abs(float(num) * factor_num) > MAX_PRODUCT or float(den) * factor_den > MAX_PRODUCT:
            return -layout.UNSUPPORTED
        num, den = num * factor_num, den * factor_den
    return within_floor_and_cap(num, den, floor, cap, direction, unit)


@inlined
def is_in_list(goods: Any, g: int, flag: int) -> bool:
    """Whether a code begins with one of a list of prefixes; list -1 contains all codes."""
    return flag < 0 or (goods[g, 1 + (flag >> 6)] >> (flag & 63)) & 1 == 1
