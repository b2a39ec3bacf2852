"""A rate of law: its text, and the short exact program that the grammar reads from it.

    7.5 %    2.50 CNY/kg    max(10 %, 3 JPY/kg)    max(0 %, 524 JPY/kg - value)    22/78    free    none    unknown
    from 5 % to 20 %    from 5 %

The program is a postfix list of integer operations on the charge's base and the line's measures;
`engine.rules.rate_amount` runs it.
"""

from __future__ import annotations

from fractions import Fraction

import msgspec

#: The measures that a specific rate may use, in the units of a line. A line that gives no number is one "item", but has
#: no "count": goods that the law counts in thousands are not sold singly.
MEASURES = ("kg", "l", "item", "pair", "m2", "m3", "head", "kg_gross", "count", "l_alc")

#: A unit of the law as (measure, how many of the measure). One % vol of a hectolitre is a litre of pure alcohol.
UNITS = {
    "kg": ("kg", Fraction(1)),
    "g": ("kg", Fraction(1, 1000)),
    "t": ("kg", Fraction(1000)),
    "kg_gross": ("kg_gross", Fraction(1)),
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

#: From so many pieces in a unit of the law (`1000item`) on, the number of pieces must be given.
COUNTED_FROM = 1000

SHARE, UNIT, FLAT, VALUE, ADD, SUB, MAX, MIN = range(8)


class Step(msgspec.Struct, frozen=True, array_like=True, gc=False, cache_hash=True):
    """One operation: its code, and for SHARE, UNIT and FLAT the exact number, the measure and the currency."""

    op: int
    num: int = 0
    den: int = 1
    measure: int = 0
    currency: str = ""


class Rate(msgspec.Struct, frozen=True, gc=False, cache_hash=True):
    """A rate as the law writes it and as the engine runs it.

    `kind`: free, none, unknown, text, share, sum, mixed or range. A `share` is a percentage, num / den of the base. A
    `sum` adds percentages and other amounts; a `mixed` rate compares amounts. A `range` is a rate of which only the
    lowest (`low`) and the highest (`high`) are known; `high` is None where it may be higher than anything known.
    """

    text: str
    kind: str
    program: tuple[Step, ...] = ()
    num: int = 0
    den: int = 1
    low: Rate | None = None
    high: Rate | None = None

    @property
    def ends(self) -> tuple[Rate, ...]:
        """The known ends of a range; of any other rate the rate itself.

        >>> from entrepot.law.grammar import read_rate
        >>> [end.text for end in read_rate("from 5 % to 20 %").ends], [end.text for end in read_rate("5 %").ends]
        (['5 %', '20 %'], ['5 %'])
        """
        return tuple(end for end in (self.low, self.high) if end is not None) or (self,)
