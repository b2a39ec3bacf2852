"""The customs value of a unit of goods, on which a class of tax or the line of the schedule may depend."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

import msgspec

from entrepot.engine.case import Case, CaseLine
from entrepot.law.codes import LineGroup
from entrepot.law.compiled import Law
from entrepot.law.rates import MEASURES, UNITS
from entrepot.law.records import Regime, UnitBound

#: How the value of a unit is compared with a bound (`UnitBound.compare`).
COMPARE = {"over": operator.gt, "at_least": operator.ge, "up_to": operator.le, "below": operator.lt}
#: Digits of the code that the candidates of a description have in common.
SIX = 6


def worth_of_unit(case: Case, line: CaseLine, value: int, currency: str, unit: str) -> Fraction | None:
    """The customs value of a unit, in major units of a currency; None without the measure or an exchange rate."""
    measure, factor = UNITS[unit]
    given = line.measures[MEASURES.index(measure)]
    if measure == "item" and line.sale_line.items is None:
        given = None  # a quantity of bottles is not a number of sheets
    if given is None or not given[0] or currency not in case.rates_to:
        return None
    return Fraction(value) / (Fraction(*given) / factor) / Fraction(*case.rates_to[currency])


def values_as_usual(regime: Regime) -> bool:
    """Whether a procedure values goods by the pack's own rule, on which the lines of the schedule depend."""
    return not regime.value_basis and regime.value_num == regime.value_den


def within_bands(case: Case, values: Sequence[int]) -> Case:
    """The case without the lines under short codes that are for goods of another value of a unit.

    `values`: the customs value of each line of the sale. Where all lines under a code would be left out, all stay.
    """
    lines = [
        _within(case, line, value) if line.groups else line for line, value in zip(case.lines, values, strict=True)
    ]
    return msgspec.structs.replace(case, lines=lines)


def groups_with(law: Law, groups: Iterable[LineGroup], admits: Callable[[str], bool]) -> list[LineGroup]:
    """The groups of lines, without the lines that are not admitted."""
    found = [(group, tuple(code for code in group.codes if admits(code))) for group in groups]
    return [LineGroup(codes, law.index.get(codes[0], group.row)) for group, codes in found if codes]


def _within(case: Case, line: CaseLine, value: int) -> CaseLine:
    left = groups_with(case.law, line.groups, lambda code: _admits(case, line, value, case.law.bands.get(code, ())))
    if not left:
        return line
    only = left[0] if len(left) == 1 else None
    given = line.given_code if only is None or line.unsure is None else only.codes[0][:SIX]
    groups = () if only else tuple(left)
    return msgspec.structs.replace(line, given_code=given, code=left[0].codes[0], row=left[0].row, groups=groups)


def _admits(case: Case, line: CaseLine, value: int, bounds: tuple[UnitBound, ...]) -> bool:
    """Whether a line of the schedule may be that of goods: false only where the value of a unit is known."""
    for bound in bounds:
        worth = worth_of_unit(case, line, value, bound.currency, bound.unit)
        if worth is not None and not COMPARE[bound.compare](worth, Fraction(bound.num, bound.den)):
            return False
    return True
