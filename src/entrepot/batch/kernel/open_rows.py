"""Assesses the candidates of sales that leave facts open, a chunk of sales at a time; as `engine.flow.candidates`.

The arrays of a chunk are few enough to stay in the processor's cache.
"""

from __future__ import annotations

from typing import Any

from entrepot.batch.kernel import divisions, layout
from entrepot.batch.kernel.block import assess_lines
from entrepot.batch.kernel.candidates import fold_candidates
from entrepot.batch.kernel.compiler import compiled, entry_point, non_negative

#: What is wanted before the next chunk: nothing, or more space for candidates; otherwise the number of a combination,
#: whose plans with each state or province are to be filled in.
NOTHING, SPACE = -1, -2


@entry_point
def assess_open_rows(
    law: Any,
    open_rows: Any,
    begin: int,
    end: int,
    chunk: int,
    most: int,
    every_regime: bool,
    work: Any,
    some: Any,
    sales: Any,
    results: Any,
    result_rows: Any,
    ranged: Any,
    ends: Any,
    many_ranged: int,
) -> tuple[int, int, int]:
    """Writes the results of the rows from `begin` to `end` in `open_rows.rows`, which are of one law.

    `chunk`: sales that are assessed at a time; `most`: the most candidates of one; `every_regime`: whether also the
    regimes that an open mandatory one closes are assessed; otherwise rows that need it are marked AGAIN. `ranged`,
    `ends`: the rows that are ranges, `many_ranged` so far. Returns where to go on, how many ranges there are, and what
    is wanted before; a chunk that was not finished has written nothing. Rows that are not supported keep their mark.
    """
    while begin < end:
        stop = min(begin + chunk, end)
        for at in range(begin, stop):
            results[non_negative(open_rows.rows[at]), layout.RESULT_UNSUPPORTED] = 1
        many, wanted = assess_chunk(law, open_rows, begin, stop, most, every_regime, work, some, sales)
        if wanted != NOTHING:
            return begin, many_ranged, wanted
        n_found = divisions.sort_by_sale(some, many, sales, stop - begin)
        fold_chunk(some, sales, n_found)
        many_ranged = write_results(open_rows, begin, sales, n_found, results, result_rows, ranged, ends, many_ranged)
        begin = stop
    return begin, many_ranged, NOTHING


@compiled
def assess_chunk(
    law: Any,
    open_rows: Any,
    first: int,
    stop: int,
    most: int,
    every_regime: bool,
    work: Any,
    some: Any,
    sales: Any,
) -> tuple[int, int]:
    """Assesses the candidates of the sales from `first` to `stop`; returns how many there are, and what is wanted."""
    space, many = len(some.sales), stop - first
    if divisions.count_lines(open_rows, first, stop, law) > space:
        return 0, SPACE
    begin, end = 0, divisions.write_lines(open_rows, first, stop, law, every_regime, some, sales)
    while begin < end:
        if divisions.mark_large(some, begin, end, most, sales, many):
            end = divisions.keep_supported(some, begin, end, sales)
        assess_lines(
            law.plan,
            law.schedule,
            law.entries,
            law.goods,
            some.lines,
            open_rows.columns,
            some.places[begin:end],
            work.work,
            work.treatments,
            work.charges,
            work.regimes,
            work.law_rows,
            some.results,
            some.law_rows,
            some.regimes,
        )
        parts, by_place = divisions.find_divisions(some, begin, end)
        divisions.note_facts(some, begin, end, open_rows, first, sales, many)
        n_placed, wanted = (
            divisions.count_places(some, begin, end, open_rows, first, sales) if by_place else (0, NOTHING)
        )
        if wanted != NOTHING:
            return 0, wanted
        if end + parts + n_placed > space:
            return 0, SPACE
        after = divisions.divide(some, begin, end)
        if by_place:
            after = divisions.write_places(some, begin, end, after, open_rows, first)
        begin, end = end, after
    return end, NOTHING


@compiled
def fold_chunk(some: Any, sales: Any, n_found: int) -> None:
    """Writes one result for each sale in `sales.found`."""
    for s in range(n_found):
        for field in range(layout.RESULT_SIZE):
            sales.results[s, field] = 0
        sales.results[s, layout.RESULT_UNSUPPORTED] = 1
        for k in range(sales.law_rows.shape[1]):
            sales.law_rows[s, k] = -1
        for end in range(sales.ends.shape[1]):
            sales.ends[s, end] = 0
        sales.asked[s], sales.about[s] = sales.reasons[sales.found[s]], sales.details[sales.found[s]]
    fold_candidates(
        sales.starts[: n_found + 1],
        some.order,
        some.regimes,
        some.results,
        some.prices,
        sales.asked,
        sales.about,
        some.law_rows,
        sales.results,
        sales.law_rows,
        sales.ends,
    )


@compiled
def write_results(
    open_rows: Any,
    first: int,
    sales: Any,
    n_found: int,
    results: Any,
    law_rows: Any,
    ranged: Any,
    ends: Any,
    many_ranged: int,
) -> int:
    """Writes the results of sales that have one to their rows, and which are ranges; returns how many these are."""
    for s in range(n_found):
        row = non_negative(open_rows.rows[first + sales.found[s]])
        if sales.results[s, layout.RESULT_UNSUPPORTED]:
            results[row, layout.RESULT_UNSUPPORTED] = sales.results[s, layout.RESULT_UNSUPPORTED]
            continue
        for field in range(layout.RESULT_SIZE):
            results[row, field] = sales.results[s, field]
        for k in range(law_rows.shape[1]):
            law_rows[row, k] = sales.law_rows[s, k]
        if sales.results[s, layout.RESULT_WORDS] >> layout.NO_FIGURE & 1:
            ranged[many_ranged] = row
            for end in range(ends.shape[1]):
                ends[many_ranged, end] = sales.ends[s, end]
            many_ranged += 1
    return many_ranged
