"""A rate of law as text, read by a grammar into a short exact program.

    7.5 %    2.50 CNY/kg    max(10 %, 3 JPY/kg)    max(0 %, 524 JPY/kg - value)    22/78    free    none    unknown

The program is a postfix list of operations on the charge's base and the line's measures, all integers; `flow.charge` runs it.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

import msgspec

#: The measures a specific rate may count, in the units that a line gives them in.
MEASURES = ("kg", "l", "item", "pair", "m2", "m3", "head", "l_alc")

#: A unit of the law as (measure, how many of the measure). One % vol of a hectolitre is a litre of pure alcohol.
UNITS = {
    "kg": ("kg", Fraction(1)),
    "g": ("kg", Fraction(1, 1000)),
    "t": ("kg", Fraction(1000)),
    "l": ("l", Fraction(1)),
    "ml": ("l", Fraction(1, 1000)),
    "hl": ("l", Fraction(100)),
    "item": ("item", Fraction(1)),
    "dozen": ("item", Fraction(12)),
    "pair": ("pair", Fraction(1)),
    "m2": ("m2", Fraction(1)),
    "m3": ("m3", Fraction(1)),
    "head": ("head", Fraction(1)),
    "hl_vol": ("l_alc", Fraction(1)),
    "l_alc": ("l_alc", Fraction(1)),
}

SHARE, UNIT, FLAT, VALUE, ADD, SUB, MAX, MIN = range(8)


class Step(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One operation: its code, and for SHARE, UNIT and FLAT the exact number, the measure and the currency."""

    op: int
    num: int = 0
    den: int = 1
    measure: int = 0
    currency: str = ""


class Rate(msgspec.Struct, frozen=True, gc=False):
    """A rate as the law writes it and as the engine runs it. `kind`: free, none, unknown, text, share, sum or mixed.

    A `share` is a plain percentage num / den of the base. A `sum` has percentages and other amounts; a `mixed` rate compares.
    """

    text: str
    kind: str
    program: tuple[Step, ...] = ()
    num: int = 0
    den: int = 1


@lru_cache(maxsize=65536)
def read_rate(text: str) -> Rate:
    """A rate from its text. Raises ValueError with what could not be read and where.

    >>> read_rate("7.5 %").num, read_rate("7.5 %").den, read_rate("free").kind
    (3, 40, 'free')
    >>> read_rate("8 % + 1.20 CNY/kg").kind, read_rate("max(10 %, 3 JPY/100kg)").kind
    ('sum', 'mixed')
    >>> read_rate("10 percent")
    Traceback (most recent call last):
    ValueError: '10 percent' is no rate: it cannot be read from 'percent' on. Write '10 %', '2.50 CNY/kg', 'free' …
    """
    text = text.strip()
    if text in ("free", "none", "unknown") or text.startswith("text:"):
        return Rate(text, text.split(":")[0])
    from entrepot.pack.grammar import read_program  # a parser is needed only where law is read, not where it is kept

    program = read_program(text)
    ops = {step.op for step in program}
    if ops == {SHARE} and len(program) == 1:
        return Rate(text, "share", program, program[0].num, program[0].den)
    if ops & {MAX, MIN, VALUE}:
        return Rate(text, "mixed", program)
    share = _share(program)
    return Rate(text, "sum", program, share.numerator, share.denominator)


def _share(program: tuple[Step, ...]) -> Fraction:
    """The sum of the percentages of a rate that only adds and subtracts."""
    stack: list[Fraction] = []
    for step in program:
        if step.op in (ADD, SUB):
            right = stack.pop()
            stack[-1] += right if step.op == ADD else -right
        else:
            stack.append(Fraction(step.num, step.den) if step.op == SHARE else Fraction(0))
    return stack[0]
