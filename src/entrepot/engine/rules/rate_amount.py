"""The amount of a rate on a base, and its rounding.

Amounts are exact fractions of whole numbers until the rounding that the law prescribes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from entrepot.law.rates import ADD, FLAT, MEASURES, MIN, SHARE, SUB, UNIT, VALUE, Rate
from entrepot.law.records import Charge, Round
from entrepot.model.money import half_up, rounded

Number = tuple[int, int]


class Missing(Exception):
    """What a rate needs is not known: `measure:kg`, `currency:USD`, its `base`, or the rate: `unknown`, `text`."""


def rate_amount(
    charge: Charge,
    rate: Rate,
    base: int,
    measures: Sequence[Number | None],
    rates_to: Mapping[str, Number],
    full: bool = False,
) -> Number:
    """The exact amount of a charge's rate on a base, in minor units: inclusive where the charge is.

    Times the charge's factor unless `full`. Raises Missing where the rate, a measure or an exchange rate is not known.
    """
    if charge.unstated and any(step.op == VALUE or (step.op == SHARE and step.num) for step in rate.program):
        raise Missing("base")  # a percentage, other than 0 %, of a value that no sale states
    left = rate_left(charge, rate) if charge.inclusive else 1
    if left <= 0:
        raise Missing("unknown")  # an inclusive tax of 100 % or more of its own base has no amount
    if rate.kind == "share" and charge.inclusive:
        num, den = base * rate.num * charge.inclusive_den, left
    elif rate.kind == "share":
        num, den = base * rate.num, rate.den
    elif rate.kind == "free":
        return 0, 1
    elif rate.kind in ("unknown", "text", "range"):
        raise Missing("unknown" if rate.kind == "range" else rate.kind)
    elif charge.inclusive:
        rest_num, rest_den = run_program(rate, 0, measures, rates_to)
        num = (base * rest_den * rate.num + rest_num * rate.den) * charge.inclusive_den
        den = rest_den * left
    else:
        num, den = run_program(rate, base, measures, rates_to)
    return (num, den) if full else (num * charge.factor_num, den * charge.factor_den)


def rate_left(charge: Charge, rate: Rate) -> int:
    """What an inclusive charge leaves of its price, times the denominators: 1 - share of the charge × rate."""
    return rate.den * charge.inclusive_den - rate.num * charge.inclusive_num


def run_program(rate: Rate, base: int, measures: Sequence[Number | None], rates_to: Mapping[str, Number]) -> Number:
    """Runs a rate's program on a base and the measures in the order of `law.rates.MEASURES`.

    >>> from entrepot.law.grammar import read_rate
    >>> run_program(read_rate("8 % + 1.20 CNY/kg"), 10_000, [(5, 2)], {"CNY": (100, 1)})
    (275000, 250)
    """
    stack: list[Number] = []
    for step in rate.program:
        op = step.op
        if op == SHARE:
            stack.append((base * step.num, step.den))
        elif op in (UNIT, FLAT):
            measure: Number | None = measures[step.measure] if op == UNIT else (1, 1)
            if measure is None:
                raise Missing(f"measure:{MEASURES[step.measure]}")
            if step.currency not in rates_to:
                raise Missing(f"currency:{step.currency}")
            each = rates_to[step.currency]
            stack.append((step.num * measure[0] * each[0], step.den * measure[1] * each[1]))
        elif op == VALUE:
            stack.append((base, 1))
        else:
            right, left = stack.pop(), stack.pop()
            stack.append(_combine(op, left, right))
    return stack[0]


def _combine(op: int, left: Number, right: Number) -> Number:
    if op in (ADD, SUB):
        sign = 1 if op == ADD else -1
        return left[0] * right[1] + sign * right[0] * left[1], left[1] * right[1]
    lesser = left[0] * right[1] <= right[0] * left[1]
    return left if (op == MIN) is lesser else right


def rounded_amount(exact: Number, floor: int | None, cap: int | None, rule: Round) -> int:
    """An exact amount, not below zero, within its floor and cap, rounded as the law rounds a line."""
    num, den = exact
    if num <= 0:
        num, den = 0, 1
    if floor is not None and num < floor * den:
        num, den = floor, 1
    if cap is not None and num > cap * den:
        num, den = cap, 1
    if rule.direction == "half_up" and rule.num == rule.den:
        return (2 * num + den) // (2 * den)
    return half_up(*rounded(num, den, rule.direction, rule.num, rule.den))


def round_to(part: int, rule: Round) -> int:
    """A whole amount, rounded to the unit of a rounding rule."""
    return half_up(*rounded(part, 1, rule.direction, rule.num, rule.den))
