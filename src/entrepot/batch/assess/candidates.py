"""Assesses the candidates of sales that leave facts open, in the compiled loop; as `engine.flow.candidates`.

Each candidate is a row of its own: with one of the tariff lines under a short code, one of the buyer's states or
provinces, one end of the rates known as ranges. The loop says which facts it came upon; the candidates that have them
are divided further, until none is open. Then the candidates of each sale become one result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from entrepot.batch.assess import candidate_arrays as arrays
from entrepot.batch.assess.answer_columns import LoopResults, Ranges, allocate_results
from entrepot.batch.assess.candidate_arrays import CandidateArrays
from entrepot.batch.kernel import candidates as folding
from entrepot.batch.kernel import layout
from entrepot.batch.kernel.block import assess_lines
from entrepot.batch.kernel.buffers import WorkArrays, allocate_work
from entrepot.batch.plans.plan_cache import PreparedLaw

#: Sales whose candidates are assessed at a time, and the most candidates of one; with more it is assessed one by one.
CHUNK, MAX_CANDIDATES = 1_024, 200


class OpenRows(NamedTuple):
    """The rows of a batch that leave facts open, and what the loop needs of all rows.

    `is_short`: whether a row's code is shorter than those of national schedules. `combinations`: the number of each
    row's combination of text fields; `place_plans(number)`: the offsets of its plans with each state or province, or
    nothing. `law_arrays(number)`: the arrays of a law (see `PreparedLaw`). Rows of one law follow each
    other, and so do those of one plan.
    """

    rows: Any
    goods: Any
    law_numbers: Any
    is_short: Any
    lines: Any
    columns_of_fields: Any
    combinations: Any
    place_plans: Callable[[int], Sequence[int]]
    law_arrays: Callable[[int], tuple[Any, ...]]


class Work:
    """The arrays for candidates under all laws: their own, and the loop's work arrays.

    `width`: the numbers of a line. `wide`: rows of law to record. `sizes`: see `buffers.allocate_work`.
    """

    def __init__(self, width: int, wide: int, regimes: int, sizes: Callable[[], tuple[int, ...]]) -> None:
        self.wide, self.candidates, self._sizes = wide, CandidateArrays(width, wide, regimes), sizes
        self._buffers: tuple[tuple[int, ...], WorkArrays] | None = None

    def buffers(self) -> WorkArrays:
        """The work arrays; other ones only where a new plan needs larger ones."""
        sizes = self._sizes()
        if self._buffers is None or self._buffers[0] != sizes:
            self._buffers = sizes, allocate_work(sizes, self.wide)
        return self._buffers[1]


class Asked(NamedTuple):
    """The fact that each sale is asked for, as the number of its reason, and what decides its sentence."""

    reasons: Any
    details: Any


def assess_candidates(
    open_rows: OpenRows, laws: Sequence[PreparedLaw], sizes: Callable[[], tuple[int, ...]], results: LoopResults
) -> Ranges:
    """Writes the results of the rows that leave facts open; returns those that are ranges.

    `sizes`: the sizes of the work arrays (see `buffers.allocate_work`). Rows that are not supported keep their mark.
    """
    found = [Ranges(np.empty(0, np.int64), np.empty((0, folding.N_ENDS), np.int64))]
    if not len(open_rows.rows):
        return found[0]
    numbers = open_rows.law_numbers[open_rows.rows]
    firsts = np.flatnonzero(np.diff(numbers, prepend=-1))
    ends = np.append(firsts[1:], len(numbers))
    regimes = max(laws[number].law_arrays.regimes for number in numbers[firsts].tolist())
    work = Work(open_rows.lines.shape[1], results.rows.shape[1], regimes, sizes)
    for number, first, end in zip(numbers[firsts].tolist(), firsts.tolist(), ends.tolist(), strict=True):
        for start in range(first, end, CHUNK):
            chunk = open_rows._replace(rows=open_rows.rows[start : min(start + CHUNK, end)])
            found.append(_assess_chunk(chunk, number, laws[number], work, results))
    return Ranges(np.concatenate([each.rows for each in found]), np.concatenate([each.ends for each in found]))


def _assess_chunk(open_rows: OpenRows, number: int, law: PreparedLaw, work: Work, results: LoopResults) -> Ranges:
    """Assesses the candidates of some rows of one law, given with its number."""
    many, some = len(open_rows.rows), work.candidates
    results.lines[open_rows.rows, layout.RESULT_UNSUPPORTED] = 1
    supported, counts = ~_by_unit_value(open_rows, law), np.empty(many, np.int64)
    asked = Asked(np.empty(many, np.int64), np.zeros(many, np.int64))
    begin, end = 0, _write_lines(open_rows, law, some, asked)
    while begin < end:
        if arrays.most_of_a_sale(some.sales, begin, end, counts) > MAX_CANDIDATES:
            supported &= counts <= MAX_CANDIDATES
        if not supported.all():
            end = some.keep(begin, supported[some.sales[begin:end]])
        begin, end = end, _assess(begin, end, open_rows, number, work, supported, asked)
    return _fold(end, open_rows, work, supported, asked, results)


def _by_unit_value(open_rows: OpenRows, law: PreparedLaw) -> Any:
    """The rows whose value of a unit decides between the lines under their code: the engine leaves some of them out."""
    found = np.zeros(len(open_rows.rows), np.bool_)
    goods = open_rows.goods[open_rows.rows]
    for code, measures in law.goods.bands.items():
        for measure in measures:
            # Pieces count only where the sale gives them, as in `kernel.tax_classes`.
            column = open_rows.columns_of_fields[8 if measure == 2 else measure]
            if column >= 0:
                found |= (goods == code) & (open_rows.lines[open_rows.rows, column] != layout.ABSENT)
    return found


def _write_lines(open_rows: OpenRows, law: PreparedLaw, some: CandidateArrays, asked: Asked) -> int:
    """Writes the sales with each of the tariff lines that their codes may stand for; returns how many."""
    starts, every = law.goods.candidate_lists()
    rows, goods = open_rows.rows, open_rows.goods
    some.reserve(arrays.count_lines(rows, goods, starts), 0)
    return int(arrays.write_lines(rows, goods, starts, every, open_rows.lines, *some.columns(), asked.reasons))


def _assess(begin: int, end: int, open_rows: OpenRows, number: int, work: Work, supported: Any, asked: Asked) -> int:
    """Assesses the candidates from `begin` on and writes those of the next pass; returns where these end.

    Marks sales that are not supported, and notes the fact that each sale is asked for.
    """
    some = work.candidates
    plan, schedule, entries, table, _ = open_rows.law_arrays(number)
    order = np.arange(begin, end)
    if some.placed[begin:end].any():  # the candidates of one plan do not follow each other
        order = begin + np.argsort(some.lines[begin:end, layout.LINE_PLAN], kind="stable")
    columns = open_rows.columns_of_fields
    assess_lines(
        plan, schedule, entries, table, some.lines, columns, order, *work.buffers(), *some.results, some.regimes
    )
    by_place, parts = arrays.find_divisions(begin, end, some.lines, some.placed, some.kinds)
    short = open_rows.is_short[open_rows.rows]
    before = np.empty_like(asked.reasons)
    arrays.note_facts(begin, end, some.sales, some.lines, some.kinds, short, *asked, before)
    some.reserve(end + parts, end)
    after = int(arrays.divide(begin, end, *some.columns(), some.kinds))
    if by_place:
        after = _write_places(begin, end, after, open_rows, some, supported)
    return after


def _write_places(begin: int, end: int, after: int, open_rows: OpenRows, some: CandidateArrays, supported: Any) -> int:
    """Writes candidates with each state or province; marks sales of which one has no plan as not supported."""
    divided = begin + np.flatnonzero(some.kinds[begin:end] == arrays.BY_PLACE)
    rows = open_rows.rows[some.sales[divided]]
    numbers, inverse = np.unique(open_rows.combinations[rows], return_inverse=True)
    plans = [np.array(open_rows.place_plans(number), np.int64) for number in numbers.tolist()]
    counts = np.array([len(each) for each in plans], np.int64)
    supported[some.sales[divided[counts[inverse] == 0]]] = False
    copies = counts[inverse]
    sources = np.repeat(divided, copies)
    at = np.arange(len(sources)) - np.repeat(np.cumsum(copies) - copies, copies)
    every = np.concatenate([np.empty(0, np.int64), *plans])
    some.reserve(after + len(sources), after)
    arrays.write_places(
        sources, after, every[np.repeat((np.cumsum(counts) - counts)[inverse], copies) + at], at, *some.columns()
    )
    return after + len(sources)


def _fold(end: int, open_rows: OpenRows, work: Work, supported: Any, asked: Asked, results: LoopResults) -> Ranges:
    """Writes one result for each sale; returns those that are ranges."""
    some, many = work.candidates, len(open_rows.rows)
    sales, starts, order, prices = arrays.order_by_sale(
        many, some.sales[:end], some.sequence, some.kinds, supported, some.results.lines
    )
    out = allocate_results(len(sales), work.wide)
    ends = np.zeros((len(sales), folding.N_ENDS), np.int64)
    reasons, details = asked.reasons[sales], asked.details[sales]
    folding.fold_candidates(
        starts, order, some.regimes, some.results.lines, prices, reasons, details, some.results.rows, *out, ends
    )
    return Ranges(*arrays.write_results(sales, open_rows.rows, *out, ends, *results))
