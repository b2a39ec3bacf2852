"""A rate of law as numbers that a table can hold: the greatest of the least of linear forms.

A linear form is `value * v + grams * g + items * i + f`, over one denominator for the whole law. That covers every
rate of the grammar: percentages, specific, compound and mixed rates, and differential ones such as
`max(0 %, 524 JPY/kg - value)`. A rate that counts a measure which the drawn sales do not give is not known.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import lcm

from entrepot.law.compiled import Law
from entrepot.law.rates import ADD, MAX, MEASURES, MIN, SHARE, SUB, UNIT, VALUE, Rate

Line = tuple[Fraction, Fraction, Fraction, Fraction]  # of the value, a gram, an item, and nothing
Form = tuple[tuple[Line, ...], ...]  # the greatest of these, each the least of its own

NIL: Line = (Fraction(0),) * 4
GIVEN = {"kg": (1, Fraction(1, 1000)), "item": (2, Fraction(1))}


def form(rate: Rate, law: Law) -> Form | None:
    """The form of a rate; None where its amount cannot be known from the columns that are drawn."""
    if rate.kind == "free":
        return ((NIL,),)
    if rate.kind == "share":
        return (((Fraction(rate.num, rate.den), *NIL[1:]),),)
    if rate.kind not in ("sum", "mixed"):
        return None
    stack: list[Form] = []
    for step in rate.program:
        if step.op in (ADD, SUB, MAX, MIN):
            right, left = stack.pop(), stack.pop()
            stack.append(_joined(step.op, left, right))
            continue
        line = list(NIL)
        if step.op in (SHARE, VALUE):
            line[0] = Fraction(step.num, step.den) if step.op == SHARE else Fraction(1)
        else:
            name = MEASURES[step.measure] if step.op == UNIT else ""
            if step.currency != law.currency or (step.op == UNIT and name not in GIVEN):
                return None
            place, each = GIVEN[name] if step.op == UNIT else (3, Fraction(1))
            line[place] = Fraction(step.num, step.den) * 10**law.decimals * each
        stack.append(((tuple(line),),))
    return _lean(stack[0])


def denominator(forms: list[Form | None]) -> int:
    """One denominator for all."""
    return lcm(*(part.denominator for each in forms if each for least in each for line in least for part in line))


def share(each: Form | None) -> Fraction | None:
    """The part of the value, where that is all a form is."""
    if each is None or len(each) > 1 or len(each[0]) > 1 or any(each[0][0][1:]):
        return None
    return each[0][0][0]


def padded(each: Form, many: int, parts: int) -> list[Line]:
    """A form as the greatest of so many, each the least of so many lines, some of them again and again."""
    wide = [each[min(place, len(each) - 1)] for place in range(many)]
    return [least[min(place, len(least) - 1)] for least in wide for place in range(parts)]


def _joined(op: int, left: Form, right: Form) -> Form:
    if op == MAX:
        return left + right
    if op == MIN:
        return tuple(one + other for one, other in product(left, right))
    if op == SUB:
        # Less the greatest of the least is more the least of the greatest, put the other way round again.
        negative = [[tuple(-part for part in line) for line in least] for least in right]
        right = tuple(tuple(choice) for choice in product(*negative))
    return tuple(
        tuple(tuple(a + b for a, b in zip(*pair, strict=True)) for pair in product(one, other))  # type: ignore[misc]  # four parts stay four
        for one, other in product(left, right)
    )


def _lean(each: Form) -> Form:
    """Without lines that say the same, and without the nil that an amount is never below anyway."""
    kept = tuple(dict.fromkeys(tuple(dict.fromkeys(least)) for least in each))
    return tuple(least for least in kept if least != (NIL,)) or ((NIL,),)
