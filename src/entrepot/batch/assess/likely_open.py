"""Which rows probably leave a fact open, so that the loop assesses only their candidates and not first the row itself.

Rows of one plan and one code mostly leave the same facts open. Of each such group the first rows are assessed; where
all of them left a fact open, the others are assumed to be open too. The guess changes no answer: a row without an open
fact has one candidate, which gives its result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from entrepot.batch.kernel import layout
from entrepot.batch.kernel.compiler import compiled_with_arrays

#: Rows of a group that are assessed before the others are guessed, and the mark of a group that has other rows too.
FIRST_ROWS, MIXED = 8, 255


def assess_rows(rows: Any, lines: Any, law_number: int, counters: Any, assess: Callable[[Any], None]) -> None:
    """Assesses rows of a law, except those that are assumed to be open, whose facts it marks.

    `rows`: in their order by plan, which the selections keep. `counters`: of each group how many of its first rows left
    a fact open, or MIXED. Groups that share a counter are mixed at worst. Threads write to it without a lock: a count
    that is lost only delays a guess.
    """
    first, undecided, mixed = _sort_rows(rows, lines, law_number, counters)
    if len(first):
        assess(first)
        _note_first(first, lines, law_number, counters)
        _, undecided, more = _sort_rows(undecided, lines, law_number, counters)
        for each in (undecided, more):
            if len(each):
                assess(each)
    if len(mixed):
        assess(mixed)


@compiled_with_arrays
def _counter_of(line: Any, law_number: int, many: int) -> Any:
    key = (line[layout.LINE_PLAN] * 1_000_003 + line[layout.LINE_GOODS]) * 1_009 + law_number
    return (key * np.int64(-7046029254386353131)) >> 40 & (many - 1)


@compiled_with_arrays
def _sort_rows(rows: Any, lines: Any, law_number: int, counters: Any) -> tuple[Any, Any, Any]:
    """Marks the rows of groups of which all first rows were open; returns the others in three lists.

    The first rows of groups that are not decided yet, the other rows of these groups, and the rows of mixed groups.
    """
    counted = counters.copy()
    first, undecided, mixed = np.empty_like(rows), np.empty_like(rows), np.empty_like(rows)
    n_first, n_undecided, n_mixed = 0, 0, 0
    for row in rows:
        at = _counter_of(lines[row], law_number, len(counters))
        if counters[at] == MIXED:
            mixed[n_mixed] = row
            n_mixed += 1
        elif counters[at] == FIRST_ROWS:
            lines[row, layout.LINE_FACTS] = layout.FOUND_RANGE
        elif counted[at] < FIRST_ROWS:
            counted[at] += 1
            first[n_first] = row
            n_first += 1
        else:
            undecided[n_undecided] = row
            n_undecided += 1
    return first[:n_first], undecided[:n_undecided], mixed[:n_mixed]


@compiled_with_arrays
def _note_first(rows: Any, lines: Any, law_number: int, counters: Any) -> None:
    for row in rows:
        at = _counter_of(lines[row], law_number, len(counters))
        if lines[row, layout.LINE_FACTS] < layout.FOUND_RANGE:
            counters[at] = MIXED
        elif counters[at] < FIRST_ROWS:
            counters[at] += 1
