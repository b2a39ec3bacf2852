"""The amount of a rate on a base, and its rounding.

Amounts are exact fractions of whole numbers until the rounding that the law prescribes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from entrepot.law.rates import ADD, FLAT, MAX, MEASURES, MIN, SHARE, SUB, UNIT, VALUE, Rate, Step
from entrepot.law.records import Charge, Round
from entrepot.model.money import half_up, rounded

Number = tuple[int, int]
#: The lowest and the highest of an amount; None where it has no limit.
Ends = tuple[Number | None, Number | None]


class Missing(Exception):
    """What a rate needs is not known: `measure:kg`, `currency:USD`, its `base`, or the rate: `unknown`, `text`."""


def takes_share(rate: Rate) -> bool:
    """Whether a rate, or an end of a range, takes a share of the value.

    >>> from entrepot.law.grammar import read_rate
    >>> [takes_share(read_rate(text)) for text in ("from free to 2 EUR", "from free to 5 %", "from 10 % + 2 EUR/l")]
    [False, True, True]
    """
    return any(step.op == VALUE or (step.op == SHARE and step.num) for each in rate.ends for step in each.program)


def rate_amount(
    charge: Charge,
    rate: Rate,
    base: int,
    measures: Sequence[Number | None],
    rates_to: Mapping[str, Number],
    full: bool = False,
    end: str = "",
) -> Number:
    """The exact amount of a charge's rate on a base, in minor units: inclusive where the charge is.

    Times the charge's factor unless `full`. With an `end`, `low` or `high`, measures that are not known give the lowest
    or the highest amount that the rate can have. Raises Missing where the rate, a measure or an exchange rate is not
    known.
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
    elif rate.kind == "range":
        # The measure that the known end of a range needs is asked for before the rate.
        lacking = first_lacking((step for each in rate.ends for step in each.program), measures)
        raise Missing(f"measure:{lacking}" if lacking else "unknown")
    elif rate.kind in ("unknown", "text"):
        raise Missing(rate.kind)
    elif charge.inclusive:
        rest_num, rest_den = run_program(rate, 0, measures, rates_to, end)
        num = (base * rest_den * rate.num + rest_num * rate.den) * charge.inclusive_den
        den = rest_den * left
    else:
        num, den = run_program(rate, base, measures, rates_to, end)
    return (num, den) if full else (num * charge.factor_num, den * charge.factor_den)


def first_lacking(steps: Iterable[Step], measures: Sequence[Number | None]) -> str:
    """The first measure that steps need and that is not given, one of `law.rates.MEASURES`; empty if none is."""
    lacking = (step.measure for step in steps if step.op == UNIT and measures[step.measure] is None)
    return next((MEASURES[each] for each in lacking), "")


def rate_left(charge: Charge, rate: Rate) -> int:
    """What an inclusive charge leaves of its price, times the denominators: 1 - share of the charge × rate."""
    return rate.den * charge.inclusive_den - rate.num * charge.inclusive_num


def run_program(
    rate: Rate, base: int, measures: Sequence[Number | None], rates_to: Mapping[str, Number], end: str = ""
) -> Number:
    """Runs a rate's program on a base and the measures in the order of `law.rates.MEASURES`.

    >>> from entrepot.law.grammar import read_rate
    >>> run_program(read_rate("8 % + 1.20 CNY/kg"), 10_000, [(5, 2)], {"CNY": (100, 1)})
    (275000, 250)
    >>> run_program(read_rate("min(4.9 %, 0.011 USD/kg)"), 10_000, [None], {"USD": (100, 1)}, end="high")
    (490000, 1000)
    """
    if end and first_lacking(rate.program, measures):
        return _end_of_program(rate, base, measures, rates_to, end)
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


def _end_of_program(
    rate: Rate, base: int, measures: Sequence[Number | None], rates_to: Mapping[str, Number], end: str
) -> Number:
    """The lowest or the highest amount of a program over all values of the measures that are not known.

    Goods by the piece are at least one piece. The lowest is nil where nothing limits it. Raises Missing where nothing
    limits the highest.
    """
    stack: list[Ends] = []
    for step in rate.program:
        if step.op == UNIT and measures[step.measure] is None:
            stack.append((_least_by_measure(step, rates_to), None if step.num else (0, 1)))
        elif step.op in (SHARE, UNIT, FLAT, VALUE):
            alone = Rate(rate.text, rate.kind, (step,))
            exact = run_program(alone, base, measures, rates_to)
            stack.append((exact, exact))
        else:
            right, left = stack.pop(), stack.pop()
            stack.append(_combine_ends(step.op, left, right))
    found = stack[0][0 if end == "low" else 1]
    if found is None and end == "high":
        raise Missing(f"measure:{first_lacking(rate.program, measures)}")
    return found or (0, 1)


def _least_by_measure(step: Step, rates_to: Mapping[str, Number]) -> Number:
    """The lowest amount by a measure that is not known: that of one piece, or nil by another measure.

    >>> _least_by_measure(Step(UNIT, 3, 1, MEASURES.index("item"), "CNY"), {"CNY": (100, 1)})
    (300, 1)
    """
    if MEASURES[step.measure] != "item" or step.currency not in rates_to:
        return 0, 1
    num, den = rates_to[step.currency]
    return step.num * num, step.den * den


def _combine_ends(op: int, left: Ends, right: Ends) -> Ends:
    """The ends of two combined amounts; an end is None where there is no limit."""
    if op == SUB:
        right = (right[1], right[0])
    found: list[Number | None] = []
    for one, other in zip(left, right, strict=True):
        if one is not None and other is not None:
            found.append(_combine(op, one, other))
        elif op == (MIN if found else MAX):  # the highest of the less of two, the lowest of the greater
            found.append(one or other)
        else:
            found.append(None)
    return found[0], found[1]


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
