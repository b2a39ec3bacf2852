"""Assesses the candidates of sales that leave facts open, in the compiled loop; as `engine.flow.candidates`.

Each candidate is a row of its own: with one of the tariff lines under a short code, one of the buyer's states or
provinces, one end of the rates known as ranges. The loop says which facts it came upon; the candidates that have them
are divided further, until none is open. Then the candidates of each sale become one result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from entrepot.batch.assess.answer_columns import LoopResults, Ranges, allocate_results
from entrepot.batch.kernel import candidates as folding
from entrepot.batch.kernel import layout
from entrepot.batch.kernel.block import assess_lines
from entrepot.batch.kernel.buffers import aligned_rows, allocate_work
from entrepot.batch.kernel.reasons import REASON_NUMBER
from entrepot.batch.plans.codes import CANDIDATES
from entrepot.batch.plans.plan_cache import PreparedLaw

#: Sales whose candidates are assessed at a time, and the most candidates of one; with more it is assessed one by one.
CHUNK, MAX_CANDIDATES = 4_096, 200
#: Where the place of a candidate in its sale's sequence has the line, the state or province, the class, and the limit;
#: the end is the lowest bit.
LINE_SHIFT, PLACE_SHIFT, CLASS_SHIFT, LIMIT_SHIFT = 24, 8, 4, 2
#: Where a candidate's place among those of all sales has its sale.
SALE_SHIFT = 40
#: The reasons of open facts; a sale with none so far, and one with several, of which the engine tells the first.
CODE, PLACE, CLASS, EXCHANGE, RATE = (
    REASON_NUMBER[code]
    for code in ("hs_code.ambiguous", "place.missing", "class.unknown", "exchange.missing", "rate.range")
)
NOTHING, SEVERAL = -2, -1
#: The facts of the two candidates of a class of tax that depends on the value of a unit.
CLASSES = (layout.CLASS_GIVEN, layout.CLASS_GIVEN | layout.CLASS_ABOVE)
#: The facts of the two candidates of a value within or beyond limits that lack an exchange rate.
LIMITS = (layout.LIMIT_GIVEN, layout.LIMIT_GIVEN | layout.BEYOND_LIMIT)


class OpenRows(NamedTuple):
    """The rows of a batch that leave facts open, and what the loop needs of all rows.

    `is_short`: whether a row's code is shorter than those of national schedules. `combinations`: the number of each
    row's combination of text fields; `place_plans(number)`: the offsets of its plans with each state or province, or
    nothing. `law_arrays(number)`: the arrays of a law (see `PreparedLaw`).
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


class Asked(NamedTuple):
    """The fact that each sale is asked for, as the number of its reason, and what decides its sentence."""

    reasons: Any
    details: Any


class Assessed(NamedTuple):
    """Candidates, their results, and what each regime gives (see `kernel.candidates`).

    `final`: which candidates leave nothing open; the others are replaced by those of the next pass.
    """

    candidates: Candidates
    results: LoopResults
    regimes: Any
    final: Any


class Work(NamedTuple):
    """What the loop needs for the candidates under one law: its arrays, and the sizes of the work arrays."""

    law: PreparedLaw
    arrays: Callable[[], tuple[Any, ...]]
    sizes: Callable[[], tuple[int, ...]]


def assess_candidates(
    open_rows: OpenRows, laws: Sequence[PreparedLaw], sizes: Callable[[], tuple[int, ...]], results: LoopResults
) -> Ranges:
    """Writes the results of the rows that leave facts open; returns those that are ranges.

    `sizes`: the sizes of the work arrays (see `buffers.allocate_work`). Rows that are not supported keep their mark.
    """
    found = [Ranges(np.empty(0, np.int64), np.empty((0, folding.N_ENDS), np.int64))]
    numbers = open_rows.law_numbers[open_rows.rows]
    for number in np.unique(numbers).tolist():
        rows = open_rows.rows[numbers == number]
        work = Work(laws[number], partial(open_rows.law_arrays, number), sizes)
        for start in range(0, len(rows), CHUNK):
            chunk = open_rows._replace(rows=rows[start : start + CHUNK])
            found.append(_assess_chunk(chunk, work, results))
    return Ranges(np.concatenate([each.rows for each in found]), np.concatenate([each.ends for each in found]))


def _assess_chunk(open_rows: OpenRows, work: Work, results: LoopResults) -> Ranges:
    many = len(open_rows.rows)
    results.lines[open_rows.rows, layout.RESULT_UNSUPPORTED] = 1
    supported = np.ones(many, np.bool_)
    pending, done = _with_lines(open_rows, work.law), list[Assessed]()
    asked = Asked(np.where(np.bincount(pending.sales, minlength=many) > 1, CODE, NOTHING), np.zeros(many, np.int64))
    while len(pending.sales):
        supported &= np.bincount(pending.sales, minlength=many) <= MAX_CANDIDATES
        if not supported.all():
            pending = pending.some(supported[pending.sales])
        assessed, found = _run(pending, open_rows, work, results.rows.shape[1])
        final, pending = _divide(pending, found, open_rows, supported, asked)
        done.append(assessed._replace(final=final))
    return _fold(done, open_rows, supported, asked, results)


def _with_lines(open_rows: OpenRows, law: PreparedLaw) -> Candidates:
    """The sales with each of the tariff lines that their codes may stand for."""
    codes = open_rows.goods[open_rows.rows]
    starts, every = law.goods.candidate_lists()
    several = codes <= CANDIDATES
    lists = np.where(several, CANDIDATES - codes, 0)
    counts = np.where(several, starts[lists + 1] - starts[lists], 1)
    sales = np.repeat(np.arange(len(codes)), counts)
    at = np.arange(len(sales)) - np.repeat(np.cumsum(counts) - counts, counts)
    goods = np.where(several[sales], every[np.where(several[sales], starts[lists][sales] + at, 0)], codes[sales])
    zeros = np.zeros(len(sales), np.int64)
    return Candidates(
        sales=sales,
        goods=goods,
        plans=open_rows.lines[open_rows.rows[sales], layout.LINE_PLAN],
        facts=zeros,
        sequence=at << LINE_SHIFT,
        placed=zeros.astype(np.bool_),
    )


def _run(pending: Candidates, open_rows: OpenRows, work: Work, wide: int) -> tuple[Assessed, Any]:
    """Assesses candidates; also the facts that the loop came upon, as bits."""
    many, sizes = len(pending.sales), work.sizes()
    lines = aligned_rows(many, open_rows.lines.shape[1])
    np.take(open_rows.lines, open_rows.rows[pending.sales], axis=0, out=lines, mode="clip")
    lines[:, layout.LINE_PLAN], lines[:, layout.LINE_GOODS] = pending.plans, pending.goods
    lines[:, layout.LINE_FACTS] = pending.facts
    results = allocate_results(many, wide)
    regimes = np.empty((many, work.law.law_arrays.regimes, folding.N_FIELDS), np.int64)
    plan, schedule, entries, table, _ = work.arrays()
    order = np.argsort(pending.plans, kind="stable")
    columns, buffers = open_rows.columns_of_fields, allocate_work(sizes, wide)
    assess_lines(plan, schedule, entries, table, lines, columns, order, *buffers, *results, regimes)
    return Assessed(pending, results, regimes, np.empty(0, np.bool_)), lines[:, layout.LINE_FACTS]


def _divide(
    pending: Candidates, found: Any, open_rows: OpenRows, supported: Any, asked: Asked
) -> tuple[Any, Candidates]:
    """Which candidates leave nothing open, and those that replace the others, or that come beside them.

    Marks sales that are not supported, and notes the fact that each sale is asked for.
    """
    by_place = (found & layout.FOUND_PLACE != 0) & ~pending.placed
    by_class = (found & layout.FOUND_CLASS != 0) & (pending.facts & layout.CLASS_GIVEN == 0) & ~by_place
    by_limit = (found & layout.FOUND_LIMIT != 0) & (pending.facts & layout.LIMIT_GIVEN == 0) & ~by_place & ~by_class
    replaced = by_place | by_class | by_limit
    by_end = (found & layout.FOUND_RANGE != 0) & (pending.facts & layout.END_GIVEN == 0) & ~replaced
    for mask, reason in ((by_place, PLACE), (by_class, CLASS), (by_limit, EXCHANGE), (by_end, RATE)):
        _note_fact(pending.sales[mask], found[mask], reason, open_rows, asked)
    # A candidate that came upon a range is that of its lowest end; the one of the highest comes beside it.
    parts = [_divided(pending.some(by_class), facts, at << CLASS_SHIFT) for at, facts in enumerate(CLASSES)]
    parts += [_divided(pending.some(by_limit), facts, at << LIMIT_SHIFT) for at, facts in enumerate(LIMITS)]
    parts.append(_divided(pending.some(by_end), layout.HIGH_END | layout.END_GIVEN, 1))
    parts.append(_with_places(pending.some(by_place), open_rows, supported))
    return ~replaced, Candidates(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _note_fact(sales: Any, found: Any, reason: int, open_rows: OpenRows, asked: Asked) -> None:
    """Notes an open fact of some sales; a sale with another fact already has several."""
    before = asked.reasons[sales]
    same = before == reason
    if reason == RATE:
        # A short code settles a range too; with a code of a national schedule it is the rate that settles it.
        same |= (before == CODE) & open_rows.is_short[open_rows.rows[sales]]
    asked.reasons[sales] = np.where(before == NOTHING, reason, np.where(same, before, SEVERAL))
    if reason in (PLACE, CLASS):
        charge = found >> layout.FOUND_CHARGE
        detail = charge & 1023 | (charge >> 10) - 1 << 10
        asked.details[sales] = np.where(before == NOTHING, detail, asked.details[sales])


def _with_places(some: Candidates, open_rows: OpenRows, supported: Any) -> Candidates:
    """Candidates with each state or province; marks sales of which one has no plan as not supported."""
    numbers, inverse = np.unique(open_rows.combinations[open_rows.rows[some.sales]], return_inverse=True)
    plans = [np.array(open_rows.place_plans(number), np.int64) for number in numbers.tolist()]
    counts = np.array([len(each) for each in plans], np.int64)
    supported[some.sales[counts[inverse] == 0]] = False
    copies = counts[inverse]
    found = some.some(np.repeat(np.arange(len(copies)), copies))
    at = np.arange(len(found.sales)) - np.repeat(np.cumsum(copies) - copies, copies)
    every = np.concatenate([np.empty(0, np.int64), *plans])
    return found._replace(
        plans=every[np.repeat((np.cumsum(counts) - counts)[inverse], copies) + at],
        sequence=found.sequence | at << PLACE_SHIFT,
        placed=np.ones(len(at), np.bool_),
    )


def _divided(some: Candidates, facts: int, at: int) -> Candidates:
    """Candidates with one more fact decided, and their places in the sequence."""
    return some._replace(facts=some.facts | facts, sequence=some.sequence | at)


def _fold(done: list[Assessed], open_rows: OpenRows, supported: Any, asked: Asked, results: LoopResults) -> Ranges:
    """Writes one result for each sale; returns those that are ranges."""
    lines = _joined([each.results.lines for each in done])
    law_rows = _joined([each.results.rows for each in done])
    regimes = _joined([each.regimes for each in done])
    of_candidates = _joined([each.candidates.sales for each in done])
    sequence = _joined([each.candidates.sequence for each in done])
    places = np.flatnonzero(_joined([each.final for each in done]) & supported[of_candidates])
    order = places[np.argsort(of_candidates[places] << SALE_SHIFT | sequence[places], kind="stable")]
    in_order = of_candidates[order]
    firsts = np.flatnonzero(np.diff(in_order, prepend=-1))
    sales, starts = in_order[firsts], np.append(firsts, len(order))
    out = allocate_results(len(sales), law_rows.shape[1])
    ends = np.zeros((len(sales), folding.N_ENDS), np.int64)
    prices = lines[:, layout.RESULT_LANDED] - lines[:, layout.RESULT_DUTIES : layout.RESULT_FEES + 1].sum(axis=1)
    folding.fold_candidates(
        starts, order, regimes, lines, prices, asked.reasons[sales], asked.details[sales], law_rows, *out, ends
    )
    rows = open_rows.rows[sales]
    written = out.lines[:, layout.RESULT_UNSUPPORTED] == 0
    results.lines[rows[written]], results.rows[rows[written]] = out.lines[written], out.rows[written]
    ranged = written & (out.lines[:, layout.RESULT_WORDS] >> layout.NO_FIGURE & 1 == 1)
    return Ranges(rows[ranged], ends[ranged])


def _joined(parts: list[Any]) -> Any:
    """Arrays one after the other; a single one is not copied."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
