"""Lines of the schedule that are for goods of some values of a unit only; as `engine.rules.unit_values`.

A row with such a short code gets the number of a code that stands for the lines of its own value only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from entrepot.batch.kernel import buffers, layout
from entrepot.batch.kernel.compiler import compiled_with_arrays
from entrepot.batch.kernel.divisions import OpenRows
from entrepot.batch.kernel.values import compute_customs_value, compute_prices, gather_inputs
from entrepot.batch.plans.codes import CANDIDATES
from entrepot.batch.plans.plan_cache import PreparedLaw
from entrepot.engine.rules.unit_values import COMPARE, values_as_usual
from entrepot.law.compiled import Law
from entrepot.law.rates import MEASURES, UNITS
from entrepot.law.records import UnitBound

#: The largest product that is compared.
MAX_PRODUCT = 1 << 62

#: The number of a code of a law that stands for some of its lines only.
Narrow = Callable[[int, int, frozenset[str]], int]


def narrow_codes(
    open_rows: OpenRows,
    law_numbers: Any,
    laws: Sequence[PreparedLaw],
    law_arrays: Callable[[int], tuple[Any, ...]],
    regime_numbers: dict[str, int],
    narrow: Narrow,
) -> tuple[Any, Any, Any]:
    """The codes of all rows, without the lines for goods of another value.

    Returns also which of the open rows have another code than before, and which the loop does not support.
    """
    goods, changed = open_rows.goods, np.zeros(len(open_rows.rows), np.bool_)
    left_out = changed.copy()
    begins = np.flatnonzero(np.diff(law_numbers, prepend=-1))  # the rows of one law follow each other
    for begin, end in pairwise([*begins.tolist(), len(law_numbers)]):
        number = int(law_numbers[begin])
        law, bands = laws[number].law, dict(laws[number].goods.bands)  # other threads add to it
        usual = [each.id for each in law.regimes if each.of == "goods" and values_as_usual(each)]
        if not usual or not bands or not _has_measures(law, open_rows):
            continue
        codes = open_rows.goods[open_rows.rows[begin:end]]
        banded, codes = _rows_with(codes, list(bands))
        banded += begin
        is_usual = np.isin(np.arange(len(regime_numbers)), [regime_numbers.get(each, -1) for each in usual])
        plan, rows = law_arrays(number)[0], open_rows.rows[banded]
        values = customs_values(plan, is_usual, open_rows.lines, open_rows.columns, rows)
        for code in np.unique(codes).tolist():
            of_code = codes == code
            at, lines = banded[of_code], [line for group in bands[code] for line in group.codes]
            admitted, known = _admitted(law, lines, values[of_code], open_rows.rows[at], open_rows)
            found = _narrowed(code, lines, admitted, partial(narrow, number))
            changed[at], left_out[at] = found != code, ~known
            goods = goods.copy() if goods is open_rows.goods else goods
            goods[open_rows.rows[at]] = found
    return goods, changed, left_out


def _rows_with(codes: Any, wanted: Sequence[int]) -> tuple[Any, Any]:
    """The places of rows with one of some codes, which are lists of candidates, and the code of each.

    >>> places, codes = _rows_with(np.array([3, CANDIDATES - 2, CANDIDATES]), [CANDIDATES - 2, CANDIDATES - 7])
    >>> places.tolist(), (CANDIDATES - codes).tolist()
    ([1], [2])
    """
    lists = CANDIDATES - np.array(wanted)
    is_wanted = np.zeros(lists.max() + 2, np.bool_)
    is_wanted[lists] = True
    places = np.flatnonzero(is_wanted[np.clip(CANDIDATES - codes, -1, len(is_wanted) - 1)])
    return places, codes[places]


def _narrowed(code: int, lines: list[str], admitted: Any, narrow: Callable[[int, frozenset[str]], int]) -> Any:
    """The code of each row; the same where it admits all lines, or none."""
    kinds, kind_of = np.unique(admitted, axis=0, return_inverse=True)
    numbers = [
        narrow(code, frozenset(line for line, there in zip(lines, kind, strict=True) if there))
        if kind.any() and not kind.all()
        else code
        for kind in kinds
    ]
    return np.array(numbers, np.int64)[kind_of.reshape(-1)]


def _admitted(law: Law, codes: list[str], values: Any, rows: Any, open_rows: OpenRows) -> tuple[Any, Any]:
    """For each row which lines of the schedule it may be, and whether that is known."""
    admitted, known = np.ones((len(rows), len(codes)), np.bool_), np.ones(len(rows), np.bool_)
    for place, code in enumerate(codes):
        for bound in law.bands.get(code, ()):
            column = _column_of(bound, open_rows)
            if column < 0:
                continue
            given = open_rows.lines[rows, column]
            there = given != layout.ABSENT
            left, right = _factors(law, bound)
            fits = (values >= 0) & (given >= 0) & (values < MAX_PRODUCT // left) & (given < MAX_PRODUCT // right)
            known &= ~there | (fits & (bound.currency == law.currency))
            holds = COMPARE[bound.compare](np.where(fits, values, 0) * left, np.where(fits, given, 0) * right)
            admitted[:, place] &= ~there | holds
    return admitted, known


def _has_measures(law: Law, open_rows: OpenRows) -> bool:
    """Whether the table has a column of a unit whose value a line of the schedule is for."""
    return any(_column_of(bound, open_rows) >= 0 for bounds in law.bands.values() for bound in bounds)


def _column_of(bound: UnitBound, open_rows: OpenRows) -> int:
    """The column of the measure of a bound, or -1; pieces count only where the sale gives them, as in `tax_classes`."""
    measure = MEASURES.index(UNITS[bound.unit][0])
    return int(open_rows.columns[layout.COLUMN_COUNTED if measure == layout.ITEMS else measure])


def _factors(law: Law, bound: UnitBound) -> tuple[int, int]:
    """What a customs value in minor units, and a measure in millionths, are multiplied by to compare them.

    The value of a unit is value / minor / (measure / MICRO / factor), the bound num / den.
    """
    ratio = UNITS[bound.unit][1] * layout.MICRO * bound.den / (bound.num * 10**law.decimals)
    return ratio.numerator, ratio.denominator


@compiled_with_arrays
def customs_values(plan: Any, is_usual: Any, lines: Any, columns: Any, rows: Any) -> Any:
    """The customs value of rows in minor units under a regime of these; -1 where the loop does not support it."""
    out, work = np.empty(len(rows), np.int64), np.zeros((buffers.N_WORK_ROWS, buffers.CACHE_LINE), np.int64)
    for at in range(len(rows)):
        work[buffers.LINE, 0], out[at] = rows[at], -1
        p = lines[rows[at], layout.LINE_PLAN]
        gather_inputs(lines, columns, work, 1)
        compute_prices(plan, p, columns, work, 1)
        for place in range(plan[p + layout.PLAN_N_REGIMES]):
            r = plan[p + layout.PLAN_REGIMES] + place * layout.REGIME_SIZE
            number = plan[r + layout.REGIME_ID]
            if out[at] < 0 and number < len(is_usual) and is_usual[number]:
                compute_customs_value(plan, r, work, 1)
                out[at] = work[buffers.CUSTOMS_VALUE, 0] if work[buffers.SUPPORTED, 0] else -1
    return out
