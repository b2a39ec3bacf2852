"""Assesses the candidates of sales that leave facts open, in the compiled loop; as `engine.flow.candidates`.

Each candidate is a row of its own: with one of the tariff lines under a short code, one of the buyer's states or
provinces, one end of the rates known as ranges. The loop says which facts it came upon; the candidates that have them
are divided further, until none is open. Then the candidates of each sale become one result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from entrepot.batch.assess.answer_columns import LoopResults, Ranges, allocate_results
from entrepot.batch.kernel import candidates as folding
from entrepot.batch.kernel import layout
from entrepot.batch.kernel.block import assess_lines
from entrepot.batch.kernel.buffers import aligned_rows, allocate_work
from entrepot.batch.plans.codes import CANDIDATES
from entrepot.batch.plans.plan_cache import PreparedLaw

#: Sales whose candidates are assessed at a time, and the most candidates of one; with more it is assessed one by one.
CHUNK, MAX_CANDIDATES = 4_096, 200
#: Where the place of a candidate in its sale's sequence has the line, the state or province, and the class; the end is
#: the lowest bit.
LINE_SHIFT, PLACE_SHIFT, CLASS_SHIFT = 24, 8, 4
#: The facts of the two candidates of a class of tax that depends on the value of a unit.
CLASSES = (layout.CLASS_GIVEN, layout.CLASS_GIVEN | layout.CLASS_ABOVE)


class OpenRows(NamedTuple):
    """The rows of a batch that leave facts open, and what the loop needs of all rows.

    `is_short`: whether a row's code is shorter than those of national schedules. `place_plans(row)`: the offsets of the
    plans of a row with each state or province, or nothing. `law_arrays(number)`: the arrays of a law (see
    `PreparedLaw`).
    """

    rows: Any
    goods: Any
    law_numbers: Any
    is_short: Any
    lines: Any
    columns_of_fields: Any
    place_plans: Callable[[int], Sequence[int]]
    law_arrays: Callable[[int], tuple[Any, ...]]


class Candidates(NamedTuple):
    """Candidates: the place of each one's sale among the rows, its goods, plan and facts, its place in the sequence.

    `placed`: whether its state or province is given.
    """

    sales: Any
    goods: Any
    plans: Any
    facts: Any
    sequence: Any
    placed: Any

    def some(self, chosen: Any) -> Candidates:
        """The candidates at some places, or in a mask."""
        return Candidates(*(column[chosen] for column in self))


class Assessed(NamedTuple):
    """Candidates that leave nothing open, their results, and what each regime gives (see `kernel.candidates`)."""

    candidates: Candidates
    results: LoopResults
    regimes: Any


def assess_candidates(
    open_rows: OpenRows, laws: Sequence[PreparedLaw], sizes: Callable[[], tuple[int, ...]], results: LoopResults
) -> Ranges:
    """Writes the results of the rows that leave facts open; returns those that are ranges.

    `sizes`: the sizes of the work arrays (see `buffers.allocate_work`). Rows that are not supported keep their mark.
    """
    found = [Ranges(np.empty(0, np.int64), np.empty((0, folding.N_ENDS), np.int64))]
    for start in range(0, len(open_rows.rows), CHUNK):
        chunk = open_rows._replace(rows=open_rows.rows[start : start + CHUNK])
        found.append(_assess_chunk(chunk, laws, sizes, results))
    return Ranges(np.concatenate([each.rows for each in found]), np.concatenate([each.ends for each in found]))


def _assess_chunk(
    open_rows: OpenRows, laws: Sequence[PreparedLaw], sizes: Callable[[], tuple[int, ...]], results: LoopResults
) -> Ranges:
    many = len(open_rows.rows)
    results.lines[open_rows.rows, layout.RESULT_UNSUPPORTED] = 1
    supported = np.ones(many, np.bool_)
    pending, done = _with_lines(open_rows, laws), list[Assessed]()
    asks_code = np.bincount(pending.sales, minlength=many) > 1
    while len(pending.sales):
        supported &= np.bincount(pending.sales, minlength=many) <= MAX_CANDIDATES
        pending = pending.some(supported[pending.sales])
        assessed, found = _run(pending, open_rows, sizes(), results.rows.shape[1])
        final, pending = _divide(pending, found, open_rows, supported, asks_code)
        done.append(
            Assessed(
                assessed.candidates.some(final),
                LoopResults(assessed.results.lines[final], assessed.results.rows[final]),
                assessed.regimes[final],
            )
        )
    return _fold(done, open_rows, supported, asks_code, results)


def _with_lines(open_rows: OpenRows, laws: Sequence[PreparedLaw]) -> Candidates:
    """The sales with each of the tariff lines that their codes may stand for."""
    goods, numbers = open_rows.goods[open_rows.rows], open_rows.law_numbers[open_rows.rows]
    lists: list[tuple[int, ...]] = [
        laws[law].goods.candidates[CANDIDATES - code] if code <= CANDIDATES else (code,)
        for code, law in zip(goods.tolist(), numbers.tolist(), strict=True)
    ]
    counts = np.array([len(each) for each in lists], np.int64)
    sales = np.repeat(np.arange(len(lists)), counts)
    begins = np.cumsum(counts) - counts
    zeros = np.zeros(len(sales), np.int64)
    return Candidates(
        sales=sales,
        goods=np.array([line for each in lists for line in each], np.int64),
        plans=open_rows.lines[open_rows.rows[sales], layout.LINE_PLAN],
        facts=zeros,
        sequence=(np.arange(len(sales)) - begins[sales]) << LINE_SHIFT,
        placed=zeros.astype(np.bool_),
    )


def _run(pending: Candidates, open_rows: OpenRows, sizes: tuple[int, ...], wide: int) -> tuple[Assessed, Any]:
    """Assesses candidates; also the facts that the loop came upon, as bits."""
    many, rows = len(pending.sales), open_rows.rows[pending.sales]
    lines = aligned_rows(many, open_rows.lines.shape[1])
    lines[:] = open_rows.lines[rows]
    lines[:, layout.LINE_PLAN], lines[:, layout.LINE_GOODS] = pending.plans, pending.goods
    lines[:, layout.LINE_FACTS] = pending.facts
    results = allocate_results(many, wide)
    regimes = np.full((many, sizes[0], folding.N_FIELDS), -1, np.int64)
    law_numbers = open_rows.law_numbers[rows]
    order = np.lexsort((pending.plans, law_numbers))
    for number in np.unique(law_numbers).tolist():
        plan, schedule, entries, table, _ = open_rows.law_arrays(number)
        assess_lines(
            plan,
            schedule,
            entries,
            table,
            lines,
            open_rows.columns_of_fields,
            order[law_numbers[order] == number],
            *allocate_work(sizes, wide),
            *results,
            regimes,
        )
    return Assessed(pending, results, regimes), lines[:, layout.LINE_FACTS]


def _divide(
    pending: Candidates, found: Any, open_rows: OpenRows, supported: Any, asks_code: Any
) -> tuple[Any, Candidates]:
    """Which candidates leave nothing open, and those that replace the others, or that come beside them.

    Marks sales that are not supported, and those of which another fact than the code is open.
    """
    by_place = (found & layout.FOUND_PLACE != 0) & ~pending.placed
    by_class = (found & layout.FOUND_CLASS != 0) & (pending.facts & layout.CLASS_GIVEN == 0) & ~by_place
    by_end = (found & layout.FOUND_RANGE != 0) & (pending.facts & layout.END_GIVEN == 0) & ~by_place & ~by_class
    # A short code settles a range too; with a code of a national schedule it is the rate that settles it.
    by_rate = by_end & ~open_rows.is_short[open_rows.rows[pending.sales]]
    asks_code[pending.sales[by_place | by_class | by_rate]] = False
    # A candidate that came upon a range is that of its lowest end; the one of the highest comes beside it.
    parts = [_divided(pending.some(by_class), facts, at << CLASS_SHIFT) for at, facts in enumerate(CLASSES)]
    parts.append(_divided(pending.some(by_end), layout.HIGH_END | layout.END_GIVEN, 1))
    for at in np.flatnonzero(by_place).tolist():
        plans = open_rows.place_plans(int(open_rows.rows[pending.sales[at]]))
        if not plans:
            supported[pending.sales[at]] = False
        one = pending.some(np.full(len(plans), at))
        sequence = one.sequence | np.arange(len(plans)) << PLACE_SHIFT
        parts.append(one._replace(plans=np.array(plans, np.int64), sequence=sequence, placed=np.ones(len(plans), bool)))
    replaced = Candidates(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    return ~(by_place | by_class), replaced


def _divided(some: Candidates, facts: int, at: int) -> Candidates:
    """Candidates with one more fact decided, and their places in the sequence."""
    return some._replace(facts=some.facts | facts, sequence=some.sequence | at)


def _fold(done: list[Assessed], open_rows: OpenRows, supported: Any, asks_code: Any, results: LoopResults) -> Ranges:
    """Writes one result for each sale; returns those that are ranges."""
    candidates = Candidates(
        *(np.concatenate(columns) for columns in zip(*(each.candidates for each in done), strict=True))
    )
    lines = np.concatenate([each.results.lines for each in done])
    law_rows = np.concatenate([each.results.rows for each in done])
    regimes = np.concatenate([each.regimes for each in done])
    order = np.lexsort((candidates.sequence, candidates.sales))
    order = order[supported[candidates.sales[order]]]
    sales, counts = np.unique(candidates.sales[order], return_counts=True)
    starts = np.concatenate([[0], np.cumsum(counts)])
    out = allocate_results(len(sales), law_rows.shape[1])
    ends = np.zeros((len(sales), folding.N_ENDS), np.int64)
    prices = lines[:, layout.RESULT_LANDED] - lines[:, layout.RESULT_DUTIES : layout.RESULT_FEES + 1].sum(axis=1)
    folding.fold_candidates(starts, order, regimes, lines, prices, asks_code[sales], law_rows, *out, ends)
    rows = open_rows.rows[sales]
    written = out.lines[:, layout.RESULT_UNSUPPORTED] == 0
    results.lines[rows[written]], results.rows[rows[written]] = out.lines[written], out.rows[written]
    ranged = written & (out.lines[:, layout.RESULT_WORDS] >> layout.NO_FIGURE & 1 == 1)
    return Ranges(rows[ranged], ends[ranged])
