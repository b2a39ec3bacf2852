"""How the candidates of sales are written and divided by the facts that are open, in arrays that every chunk uses."""

from __future__ import annotations

from typing import Any, NamedTuple

from entrepot.batch.kernel import layout
from entrepot.batch.kernel.compiler import compiled, non_negative
from entrepot.batch.kernel.reasons import REASON_NUMBER

#: Where the place of a candidate in its sale's sequence has the line, the state or province, the class, and the limit;
#: the end is the lowest bit.
LINE_SHIFT, PLACE_SHIFT, CLASS_SHIFT, LIMIT_SHIFT = 24, 8, 4, 2
#: The reasons of open facts; a sale with none so far, and one with several, of which the engine tells the first.
CODE, PLACE, CLASS, EXCHANGE, RATE = (
    REASON_NUMBER[code]
    for code in ("hs_code.ambiguous", "place.missing", "class.unknown", "exchange.missing", "rate.range")
)
NOTHING, SEVERAL = -2, -1
#: The bits of LINE_FACTS that are given to a candidate; the others are found by the loop.
GIVEN_FACTS = layout.FOUND_RANGE - 1 | layout.EVERY_REGIME
#: So many lines have at most 8 candidates each in 13 provinces, fewer than `engine.flow.candidates` assesses.
FEW_LINES = 4
#: How a candidate is divided: it is final, or it has one for each state or province, class, side of a limit, end.
FINAL, BY_PLACE, BY_CLASS, BY_LIMIT, BY_END = range(5)
#: In `OpenRows.place_starts`: a combination of which the plans are not known yet.
UNFILLED = -1


class Candidates(NamedTuple):
    """Of each candidate the place of its sale in the chunk, its place in the sale's sequence, its numbers and results.

    `lines`: with its own goods, plan and facts. `regimes`: what each regime gives (see `candidates`). `placed`: whether
    its state or province is given; `weights`: for how many of these it stands. `kinds`: how it is divided after it was
    assessed. `places`: 0, 1, 2 … `order`, `prices`: see `sort_by_sale`.
    """

    sales: Any
    sequence: Any
    lines: Any
    results: Any
    law_rows: Any
    regimes: Any
    placed: Any
    weights: Any
    kinds: Any
    places: Any
    order: Any
    prices: Any


class Sales(NamedTuple):
    """Of each sale of a chunk whether it is supported, and the fact that it is asked for.

    `reasons`: the number of its reason; `details`: what decides its sentence; `before`: space for reasons. `counts`,
    `filled`: numbers of candidates. `found`, `starts`: see `sort_by_sale`; then the results of these, and what is asked
    of them.
    """

    supported: Any
    reasons: Any
    details: Any
    before: Any
    counts: Any
    filled: Any
    found: Any
    starts: Any
    results: Any
    law_rows: Any
    ends: Any
    asked: Any
    about: Any


class OpenRows(NamedTuple):
    """The rows of a batch that leave facts open, and what the loop needs of all rows.

    `is_short`: whether a row's code is shorter than those of national schedules. `combinations`: the number of each
    row's combination of text fields; `place_starts[number]`, `place_counts[number]`: where its plans with each state or
    province are in `place_plans`; `place_weights`: for how many of these a plan stands. Rows of one law follow each
    other, and so do those of one plan.
    """

    rows: Any
    goods: Any
    is_short: Any
    lines: Any
    columns: Any
    combinations: Any
    place_starts: Any
    place_counts: Any
    place_plans: Any
    place_weights: Any


class LoopLaw(NamedTuple):
    """The arrays of a law (see `block`), and the lines that short codes may stand for.

    `starts`, `every`: see `GoodsTable.candidate_lists`; `highest`: the highest number of a code that has a list.
    """

    plan: Any
    schedule: Any
    entries: Any
    goods: Any
    starts: Any
    every: Any
    highest: int


@compiled
def clear_result(some: Any, c: int) -> None:
    """A candidate has no result yet."""
    for field in range(layout.RESULT_SIZE):
        some.results[c, field] = 0
    some.results[c, layout.RESULT_UNSUPPORTED] = 1
    for k in range(some.law_rows.shape[1]):
        some.law_rows[c, k] = -1


@compiled
def count_lines(open_rows: Any, begin: int, end: int, law: Any) -> int:
    """How many candidates some sales have by the lines under their codes."""
    many = 0
    for at in range(begin, end):
        code = open_rows.goods[non_negative(open_rows.rows[at])]
        listed = code <= law.highest
        place = law.highest - code
        many += law.starts[place + 1] - law.starts[place] if listed else 1
    return many


@compiled
def write_lines(open_rows: Any, begin: int, end: int, law: Any, every_regime: bool, some: Any, sales: Any) -> int:
    """Writes the sales with each of the tariff lines that their codes may stand for; notes that the code is open.

    Of sales with more than FEW_LINES every regime is assessed: they may have more candidates than the engine assesses.
    """
    c = 0
    for at in range(begin, end):
        row, sale = non_negative(open_rows.rows[at]), at - begin
        code = open_rows.goods[row]
        listed = code <= law.highest
        first = law.starts[law.highest - code] if listed else 0
        many = law.starts[law.highest - code + 1] - first if listed else 1
        sales.supported[sale], sales.details[sale] = True, 0
        sales.reasons[sale] = CODE if many > 1 else NOTHING
        for place in range(many):
            for field in range(some.lines.shape[1]):
                some.lines[c, field] = open_rows.lines[row, field]
            some.lines[c, layout.LINE_GOODS] = law.every[first + place] if listed else code
            every = every_regime or many > FEW_LINES or some.law_rows.shape[1] > 0
            some.lines[c, layout.LINE_FACTS] = layout.EVERY_REGIME if every else 0
            some.sales[c], some.sequence[c], some.placed[c] = sale, place << LINE_SHIFT, False
            some.weights[c] = 1
            clear_result(some, c)
            c += 1
    return c


@compiled
def mark_large(some: Any, begin: int, end: int, most: int, sales: Any, many: int) -> bool:
    """Marks the sales with more new candidates than `most` as not supported; returns whether one is not supported."""
    for sale in range(many):
        sales.counts[sale] = 0
    for c in range(begin, end):
        sales.counts[some.sales[c]] += some.weights[c]
    some_left = False
    for sale in range(many):
        if sales.counts[sale] > most:
            sales.supported[sale] = False
        some_left |= not sales.supported[sale]
    return some_left


@compiled
def keep_supported(some: Any, begin: int, end: int, sales: Any) -> int:
    """Keeps the new candidates of supported sales; returns where they end."""
    at = begin
    for c in range(begin, end):
        if sales.supported[some.sales[c]]:
            if at < c:
                copy_candidate(some, c, at)
            at += 1
    return at


@compiled
def copy_candidate(some: Any, source: int, target: int) -> None:
    """Writes a new candidate with what is given of another one."""
    some.sales[target], some.sequence[target] = some.sales[source], some.sequence[source]
    some.placed[target], some.weights[target] = some.placed[source], some.weights[source]
    for field in range(some.lines.shape[1]):
        some.lines[target, field] = some.lines[source, field]
    some.lines[target, layout.LINE_FACTS] &= GIVEN_FACTS
    clear_result(some, target)


@compiled
def find_divisions(some: Any, begin: int, end: int) -> tuple[int, bool]:
    """Writes how each candidate is divided by the facts that the loop came upon.

    Returns how many candidates those give that are not divided by place (see `divide`), and whether one is by place.
    """
    parts, by_place = 0, False
    for c in range(begin, end):
        found, kind = some.lines[c, layout.LINE_FACTS], FINAL
        if found & layout.FOUND_PLACE and not some.placed[c]:
            kind, by_place = BY_PLACE, True
        elif found & layout.FOUND_CLASS and not found & layout.CLASS_GIVEN:
            kind = BY_CLASS
            parts += 2
        elif found & layout.FOUND_LIMIT and not found & layout.LIMIT_GIVEN:
            kind = BY_LIMIT
            parts += 2
        elif found & layout.FOUND_RANGE and not found & layout.END_GIVEN:
            kind = BY_END
            parts += 1
        some.kinds[c] = kind
    return parts, by_place


@compiled
def note_facts(some: Any, begin: int, end: int, open_rows: Any, first: int, sales: Any, many: int) -> None:
    """Notes the fact that each sale is asked for; a sale with another fact already has several.

    `first`: where the `many` rows of the chunk begin.
    """
    for kind, reason in ((BY_PLACE, PLACE), (BY_CLASS, CLASS), (BY_LIMIT, EXCHANGE), (BY_END, RATE)):
        for sale in range(many):
            sales.before[sale] = sales.reasons[sale]
        for c in range(begin, end):
            if some.kinds[c] != kind:
                continue
            sale = some.sales[c]
            known = sales.before[sale]
            short = open_rows.is_short[open_rows.rows[first + sale]]
            # A short code is told before the range of its lines; of a code of a national schedule the engine tells it.
            same = known == reason or (kind == BY_END and known == CODE and short)
            if known == NOTHING:
                sales.reasons[sale] = reason
            elif not same:
                sales.reasons[sale] = SEVERAL
            if known == NOTHING and kind in (BY_PLACE, BY_CLASS):
                charge = some.lines[c, layout.LINE_FACTS] >> layout.FOUND_CHARGE
                sales.details[sale] = charge & 1023 | (charge >> 10 & 1023) - 1 << 10


@compiled
def divide(some: Any, begin: int, end: int) -> int:
    """Writes the candidates by class, by limit and by end after the others; returns where they end.

    A candidate that came upon a range is that of its lowest end and stays; the one of the highest comes beside it.
    """
    at = end
    for c in range(begin, end):
        kind = some.kinds[c]
        if kind in (FINAL, BY_PLACE):
            continue
        given, second, shift = layout.CLASS_GIVEN, layout.CLASS_ABOVE, CLASS_SHIFT
        if kind == BY_LIMIT:
            given, second, shift = layout.LIMIT_GIVEN, layout.BEYOND_LIMIT, LIMIT_SHIFT
        elif kind == BY_END:
            given, second, shift = layout.END_GIVEN, layout.HIGH_END, 0
        for part in range(kind == BY_END, 2):
            copy_candidate(some, c, at)
            some.lines[at, layout.LINE_FACTS] |= given | (second if part else 0)
            some.sequence[at] |= part << shift
            at += 1
    return at


@compiled
def count_places(some: Any, begin: int, end: int, open_rows: Any, first: int, sales: Any) -> tuple[int, int]:
    """How many candidates those give that are divided by place, and a combination whose plans are missing, or -1.

    Marks the sales of which a place has no plan as not supported.
    """
    many = 0
    for c in range(begin, end):
        if some.kinds[c] != BY_PLACE:
            continue
        number = open_rows.combinations[open_rows.rows[first + some.sales[c]]]
        if open_rows.place_starts[number] == UNFILLED:
            return many, number
        if open_rows.place_counts[number] == 0:
            sales.supported[some.sales[c]] = False
        many += open_rows.place_counts[number]
    return many, -1


@compiled
def write_places(some: Any, begin: int, end: int, at: int, open_rows: Any, first: int) -> int:
    """Writes candidates with each state or province after the others, those of one plan together; where they end."""
    c = begin
    while c < end:
        if some.kinds[c] != BY_PLACE:
            c += 1
            continue
        number, stop = open_rows.combinations[open_rows.rows[first + some.sales[c]]], c + 1
        while stop < end and (
            some.kinds[stop] != BY_PLACE or open_rows.combinations[open_rows.rows[first + some.sales[stop]]] == number
        ):
            stop += 1
        for place in range(open_rows.place_counts[number]):
            plan = open_rows.place_starts[number] + place
            for source in range(c, stop):
                if some.kinds[source] == BY_PLACE:
                    copy_candidate(some, source, at)
                    some.lines[at, layout.LINE_PLAN] = open_rows.place_plans[plan]
                    some.weights[at] = open_rows.place_weights[plan]
                    some.sequence[at] |= place << PLACE_SHIFT
                    some.placed[at] = True
                    at += 1
        c = stop
    return at


@compiled
def sort_by_sale(some: Any, many_candidates: int, sales: Any, many: int) -> int:
    """Writes the final candidates of the supported sales by sale and sequence; returns how many sales have them.

    `sales.found`: these sales; `sales.starts`: where the candidates of each begin in `some.order`, and where the last
    ones end. `some.prices`: of each candidate goods, shipping and insurance.
    """
    for sale in range(many + 1):
        sales.counts[sale] = 0
    for c in range(many_candidates):
        if some.kinds[c] in (FINAL, BY_END) and sales.supported[some.sales[c]]:
            sales.counts[some.sales[c] + 1] += 1
        some.prices[c] = some.results[c, layout.RESULT_LANDED]
        for field in range(layout.RESULT_DUTIES, layout.RESULT_FEES + 1):
            some.prices[c] -= some.results[c, field]
    n_found = 0
    for sale in range(many):
        if sales.counts[sale + 1]:
            sales.found[n_found], sales.starts[n_found] = sale, sales.counts[sale]
            n_found += 1
        sales.counts[sale + 1] += sales.counts[sale]
        sales.filled[sale] = sales.counts[sale]
    sales.starts[n_found] = sales.counts[many]
    for c in range(many_candidates):
        sale = some.sales[c]
        if some.kinds[c] not in (FINAL, BY_END) or not sales.supported[sale]:
            continue
        at = sales.filled[sale]
        while at > sales.counts[sale] and some.sequence[some.order[at - 1]] > some.sequence[c]:
            some.order[at] = some.order[at - 1]
            at -= 1
        some.order[at] = c
        sales.filled[sale] += 1
    return n_found
