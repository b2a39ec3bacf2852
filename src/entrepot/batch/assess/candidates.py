"""Assesses the candidates of sales that leave facts open, in the compiled loop; as `engine.flow.candidates`.

Each candidate is a row of its own: with one of the tariff lines under a short code, one of the buyer's states or
provinces, one end of the rates known as ranges. The loop says which facts it came upon; the candidates that have them
are divided further, until none is open. Then the candidates of each sale become one result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from entrepot.batch.assess.answer_columns import LoopResults, Ranges, allocate_results
from entrepot.batch.kernel import candidates as folding
from entrepot.batch.kernel import layout
from entrepot.batch.kernel.buffers import WorkArrays, aligned_rows, allocate_work
from entrepot.batch.kernel.divisions import UNFILLED, Candidates, LoopLaw, OpenRows, Sales
from entrepot.batch.kernel.open_rows import NOTHING, SPACE, assess_open_rows
from entrepot.batch.plans.codes import CANDIDATES
from entrepot.batch.plans.plan_cache import PreparedLaw

#: Sales whose candidates are assessed at a time, and the most candidates of one; with more it is assessed one by one.
CHUNK, MAX_CANDIDATES = 256, 200
#: The candidates that there is space for at first.
CAPACITY = 1 << 12

#: The offsets of the plans of a combination of text fields with each state or province, or nothing; and for how many of
#: these each plan stands.
PlacePlans = Callable[[int], Mapping[int, int]]


class Work:
    """The arrays for candidates under all laws: their own, those of the sales of a chunk, and the loop's work arrays.

    `width`: the numbers of a line. `wide`: rows of law to record. `sizes`: see `buffers.allocate_work`.
    """

    def __init__(self, width: int, wide: int, regimes: int, sizes: Callable[[], tuple[int, ...]]) -> None:
        self.width, self.wide, self.regimes, self._sizes = width, wide, regimes, sizes
        self.candidates = self._allocate(CAPACITY)
        self.sales = _allocate_sales(CHUNK, wide)
        self._buffers: tuple[tuple[int, ...], WorkArrays] | None = None

    def buffers(self) -> WorkArrays:
        """The work arrays; other ones only where a new plan needs larger ones."""
        sizes = self._sizes()
        if self._buffers is None or self._buffers[0] != sizes:
            self._buffers = sizes, allocate_work(sizes, self.wide)
        return self._buffers[1]

    def grow(self) -> None:
        """Makes space for twice as many candidates; those that were there are not kept."""
        self.candidates = self._allocate(2 * len(self.candidates.sales))

    def _allocate(self, size: int) -> Candidates:
        found = allocate_results(size, self.wide)
        return Candidates(
            sales=np.empty(size, np.int64),
            sequence=np.empty(size, np.int64),
            lines=aligned_rows(size, self.width),
            results=found.lines,
            law_rows=found.rows,
            regimes=np.empty((size, self.regimes, folding.N_FIELDS), np.int64),
            placed=np.empty(size, np.bool_),
            weights=np.empty(size, np.int64),
            kinds=np.empty(size, np.int8),
            places=np.arange(size),
            order=np.empty(size, np.int64),
            prices=np.empty(size, np.int64),
        )


def _allocate_sales(size: int, wide: int) -> Sales:
    found = allocate_results(size, wide)

    def numbers() -> Any:
        return np.empty(size + 1, np.int64)

    return Sales(
        supported=np.empty(size, np.bool_),
        reasons=numbers(),
        details=numbers(),
        before=numbers(),
        counts=numbers(),
        filled=numbers(),
        found=numbers(),
        starts=numbers(),
        results=found.lines,
        law_rows=found.rows,
        ends=np.empty((size, folding.N_ENDS), np.int64),
        asked=numbers(),
        about=numbers(),
    )


def assess_candidates(
    open_rows: OpenRows,
    law_numbers: Any,
    laws: Sequence[PreparedLaw],
    law_arrays: Callable[[int], tuple[Any, ...]],
    place_plans: PlacePlans,
    sizes: Callable[[], tuple[int, ...]],
    results: LoopResults,
) -> Ranges:
    """Writes the results of the rows that leave facts open; returns those that are ranges.

    `law_numbers`: the law of each of these rows; `law_arrays(number)`: its arrays (see `PreparedLaw`). `sizes`: the
    sizes of the work arrays (see `buffers.allocate_work`). Rows that are not supported keep their mark.
    """
    rows = len(open_rows.rows)
    found = Ranges(np.empty(rows, np.int64), np.empty((rows, folding.N_ENDS), np.int64))
    if not rows:
        return found
    firsts = np.flatnonzero(np.diff(law_numbers, prepend=-1))
    numbers, stops = law_numbers[firsts].tolist(), [*firsts[1:].tolist(), rows]
    regimes = max(laws[number].law_arrays.regimes for number in numbers)
    work, many = Work(open_rows.lines.shape[1], results.rows.shape[1], regimes, sizes), 0
    for number, begin, stop in zip(numbers, firsts.tolist(), stops, strict=True):
        rows, every_regime = open_rows.rows[begin:stop], False
        while len(rows):
            at, wanted = 0, SPACE
            while wanted != NOTHING:
                starts, every = laws[number].goods.candidate_lists()
                plan, schedule, entries, goods, _ = law_arrays(number)
                law = LoopLaw(plan, schedule, entries, goods, starts, every, CANDIDATES)
                given, limits = open_rows._replace(rows=rows), (at, len(rows), CHUNK, MAX_CANDIDATES, every_regime)
                arrays = work.buffers(), work.candidates, work.sales
                at, many, wanted = assess_open_rows(law, given, *limits, *arrays, *results, *found, many)
                if wanted == SPACE:
                    work.grow()
                elif wanted != NOTHING:
                    open_rows = _with_plans(open_rows, wanted, place_plans(wanted))
            rows, every_regime = rows[results.lines[rows, layout.RESULT_UNSUPPORTED] == folding.AGAIN], True
    return Ranges(found.rows[:many], found.ends[:many])


def without_plans(numbers: int) -> tuple[Any, Any, Any, Any]:
    """No plans with states or provinces yet, for so many combinations of text fields (see `OpenRows`)."""
    return (
        np.full(numbers, UNFILLED, np.int64),
        np.zeros(numbers, np.int64),
        np.empty(0, np.int64),
        np.empty(0, np.int64),
    )


def _with_plans(open_rows: OpenRows, number: int, plans: Mapping[int, int]) -> OpenRows:
    """The rows with the plans of a combination, of which there may be none."""
    open_rows.place_starts[number], open_rows.place_counts[number] = len(open_rows.place_plans), len(plans)
    return open_rows._replace(
        place_plans=np.append(open_rows.place_plans, np.array(list(plans), np.int64)),
        place_weights=np.append(open_rows.place_weights, np.array(list(plans.values()), np.int64)),
    )
