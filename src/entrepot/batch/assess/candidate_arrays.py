"""The candidates of a chunk of sales in arrays that are used again for the next chunk; compiled.

Copying what a pass needs from one array to the next took longer than assessing it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.batch.assess.answer_columns import LoopResults, allocate_results
from entrepot.batch.kernel import layout
from entrepot.batch.kernel.buffers import aligned_rows
from entrepot.batch.kernel.candidates import N_FIELDS
from entrepot.batch.kernel.compiler import compiled_with_arrays
from entrepot.batch.kernel.reasons import REASON_NUMBER
from entrepot.batch.plans.codes import CANDIDATES

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
GIVEN_FACTS = layout.FOUND_RANGE - 1
#: How a candidate is divided: it is final, or it has one for each state or province, class, side of a limit, end.
FINAL, BY_PLACE, BY_CLASS, BY_LIMIT, BY_END = range(5)
#: What the arrays have space for at first.
CAPACITY = 1 << 13


class CandidateArrays:
    """Of each candidate the place of its sale in the chunk, its place in the sale's sequence, its numbers and results.

    `lines`: with its own goods, plan and facts. `regimes`: what each regime gives (see `kernel.candidates`).
    `placed`: whether its state or province is given. `kinds`: how it is divided after it was assessed.
    """

    def __init__(self, width: int, law_rows: int, regimes: int) -> None:
        self.shape = width, law_rows, regimes
        self.sales, self.sequence, self.lines, self.results, self.regimes, self.placed, self.kinds = self._allocate(
            CAPACITY
        )

    def _allocate(self, size: int) -> tuple[Any, ...]:
        width, law_rows, regimes = self.shape
        return (
            np.empty(size, np.int64),
            np.empty(size, np.int64),
            aligned_rows(size, width),
            allocate_results(size, law_rows),
            np.empty((size, regimes, N_FIELDS), np.int64),
            np.empty(size, np.bool_),
            np.empty(size, np.int8),
        )

    def reserve(self, size: int, kept: int) -> None:
        """Makes room for `size` candidates, of which the first `kept` stay."""
        if size <= len(self.sales):
            return
        before = (self.sales, self.sequence, self.lines, self.results, self.regimes, self.placed, self.kinds)
        after = self._allocate(max(size, 2 * len(self.sales)))
        for old, new in zip(before, after, strict=True):
            pairs = zip(old, new, strict=True) if isinstance(old, LoopResults) else ((old, new),)
            for own, other in pairs:
                other[:kept] = own[:kept]
        self.sales, self.sequence, self.lines, self.results, self.regimes, self.placed, self.kinds = after

    def columns(self) -> tuple[Any, ...]:
        """The arrays that a new candidate is written to (see `_write`)."""
        return self.sales, self.sequence, self.lines, self.results.lines, self.results.rows, self.placed

    def keep(self, begin: int, kept: Any) -> int:
        """Keeps some of the new candidates from `begin` on, given as a mask; returns where they end."""
        chosen = begin + np.flatnonzero(kept)
        end = begin + len(chosen)
        for each in self.columns():
            each[begin:end] = each[chosen]
        return end


@compiled_with_arrays
def count_lines(rows: Any, goods: Any, starts: Any) -> int:
    """How many candidates some sales have by the lines under their codes."""
    many = 0
    for row in rows:
        code = goods[row]
        many += starts[CANDIDATES - code + 1] - starts[CANDIDATES - code] if code <= CANDIDATES else 1
    return many


@compiled_with_arrays
def write_lines(
    rows: Any,
    goods: Any,
    starts: Any,
    every: Any,
    given: Any,
    sales: Any,
    sequence: Any,
    lines: Any,
    results: Any,
    law_rows: Any,
    placed: Any,
    reasons: Any,
) -> int:
    """Writes the sales with each of the tariff lines that their codes may stand for; notes that the code is open.

    `given`: the numbers of all rows of the table. The other arrays are those of `CandidateArrays.columns`.
    """
    c = 0
    for sale in range(len(rows)):
        code = goods[rows[sale]]
        begin, many = np.int64(0), np.int64(1)
        if code <= CANDIDATES:
            begin = starts[CANDIDATES - code]
            many = starts[CANDIDATES - code + 1] - begin
        reasons[sale] = CODE if many > 1 else NOTHING
        for at in range(many):
            for field in range(lines.shape[1]):
                lines[c, field] = given[rows[sale], field]
            lines[c, layout.LINE_GOODS] = every[begin + at] if code <= CANDIDATES else code
            lines[c, layout.LINE_FACTS] = 0
            sales[c], sequence[c], placed[c] = sale, at << LINE_SHIFT, False
            for field in range(layout.RESULT_SIZE):
                results[c, field] = field == layout.RESULT_UNSUPPORTED
            law_rows[c] = -1
            c += 1
    return c


@compiled_with_arrays
def most_of_a_sale(sales: Any, begin: int, end: int, counts: Any) -> int:
    """Counts the new candidates of each sale; returns the most."""
    counts[:] = 0
    most = 0
    for c in range(begin, end):
        counts[sales[c]] += 1
        most = max(most, counts[sales[c]])
    return most


@compiled_with_arrays
def find_divisions(begin: int, end: int, lines: Any, placed: Any, kinds: Any) -> tuple[int, int]:
    """Writes how each candidate is divided by the facts that the loop came upon.

    Returns how many are divided by place, and how many candidates the others give (see `divide`).
    """
    by_place = parts = 0
    for c in range(begin, end):
        found = lines[c, layout.LINE_FACTS]
        kind = FINAL
        if found & layout.FOUND_PLACE and not placed[c]:
            kind = BY_PLACE
            by_place += 1
        elif found & layout.FOUND_CLASS and not found & layout.CLASS_GIVEN:
            kind = BY_CLASS
            parts += 2
        elif found & layout.FOUND_LIMIT and not found & layout.LIMIT_GIVEN:
            kind = BY_LIMIT
            parts += 2
        elif found & layout.FOUND_RANGE and not found & layout.END_GIVEN:
            kind = BY_END
            parts += 1
        kinds[c] = kind
    return by_place, parts


@compiled_with_arrays
def note_facts(
    begin: int, end: int, sales: Any, lines: Any, kinds: Any, short: Any, reasons: Any, details: Any, before: Any
) -> None:
    """Notes the fact that each sale is asked for; a sale with another fact already has several.

    `short`: whether the code of each sale is a short one. `before`: space for the reasons.
    """
    for kind, reason in ((BY_PLACE, PLACE), (BY_CLASS, CLASS), (BY_LIMIT, EXCHANGE), (BY_END, RATE)):
        before[:] = reasons
        for c in range(begin, end):
            if kinds[c] != kind:
                continue
            sale = sales[c]
            known = before[sale]
            # A short code settles a range too; with a code of a national schedule it is the rate that settles it.
            same = known == reason or (kind == BY_END and known == CODE and short[sale])
            if known == NOTHING:
                reasons[sale] = reason
            elif not same:
                reasons[sale] = SEVERAL
            if known == NOTHING and kind in (BY_PLACE, BY_CLASS):
                charge = lines[c, layout.LINE_FACTS] >> layout.FOUND_CHARGE
                details[sale] = charge & 1023 | (charge >> 10) - 1 << 10


@compiled_with_arrays
def copy_candidate(
    source: int, target: int, sales: Any, sequence: Any, lines: Any, results: Any, law_rows: Any, placed: Any
) -> None:
    """Writes a new candidate with what is given of another one."""
    sales[target], sequence[target], placed[target] = sales[source], sequence[source], placed[source]
    for field in range(lines.shape[1]):
        lines[target, field] = lines[source, field]
    lines[target, layout.LINE_FACTS] &= GIVEN_FACTS
    for field in range(layout.RESULT_SIZE):
        results[target, field] = field == layout.RESULT_UNSUPPORTED
    law_rows[target] = -1


@compiled_with_arrays
def divide(
    begin: int, end: int, sales: Any, sequence: Any, lines: Any, results: Any, law_rows: Any, placed: Any, kinds: Any
) -> int:
    """Writes the candidates by class, by limit and by end after the others; returns where they end.

    A candidate that came upon a range is that of its lowest end and stays; the one of the highest comes beside it.
    """
    at = end
    for c in range(begin, end):
        kind = kinds[c]
        if kind in (FINAL, BY_PLACE):
            continue
        first, second, shift = layout.CLASS_GIVEN, layout.CLASS_ABOVE, CLASS_SHIFT
        if kind == BY_LIMIT:
            first, second, shift = layout.LIMIT_GIVEN, layout.BEYOND_LIMIT, LIMIT_SHIFT
        elif kind == BY_END:
            first, second, shift = layout.END_GIVEN, layout.HIGH_END, 0
        for part in range(kind == BY_END, 2):
            copy_candidate(c, at, sales, sequence, lines, results, law_rows, placed)
            lines[at, layout.LINE_FACTS] |= first | (second if part else 0)
            sequence[at] |= part << shift
            at += 1
    return at


@compiled_with_arrays
def write_places(
    sources: Any,
    begin: int,
    plans: Any,
    places: Any,
    sales: Any,
    sequence: Any,
    lines: Any,
    results: Any,
    law_rows: Any,
    placed: Any,
) -> None:
    """Writes candidates with a state or province after the others: the plan of each, and its place in the sequence."""
    for at in range(len(sources)):
        copy_candidate(sources[at], begin + at, sales, sequence, lines, results, law_rows, placed)
        lines[begin + at, layout.LINE_PLAN] = plans[at]
        sequence[begin + at] |= places[at] << PLACE_SHIFT
        placed[begin + at] = True


@compiled_with_arrays
def order_by_sale(
    many: int, sales: Any, sequence: Any, kinds: Any, supported: Any, results: Any
) -> tuple[Any, Any, Any, Any]:
    """The final candidates of the supported sales, by sale and sequence: `sales`, `starts`, `order`, `prices`.

    `starts`: where the candidates of each sale begin in `order`, and where the last ones end. `prices`: of each
    candidate goods, shipping and insurance.
    """
    counts = np.zeros(many + 1, np.int64)
    prices = np.empty(len(sales), np.int64)
    for c in range(len(sales)):
        if kinds[c] in (FINAL, BY_END) and supported[sales[c]]:
            counts[sales[c] + 1] += 1
        prices[c] = results[c, layout.RESULT_LANDED]
        for field in range(layout.RESULT_DUTIES, layout.RESULT_FEES + 1):
            prices[c] -= results[c, field]
    found, starts, n_found = np.empty(many, np.int64), np.empty(many + 1, np.int64), 0
    for sale in range(many):
        if counts[sale + 1]:
            found[n_found], starts[n_found] = sale, counts[sale]
            n_found += 1
        counts[sale + 1] += counts[sale]
    starts[n_found] = counts[many]
    order, filled = np.empty(counts[many], np.int64), counts[:many].copy()
    for c in range(len(sales)):
        sale = sales[c]
        if kinds[c] not in (FINAL, BY_END) or not supported[sale]:
            continue
        at = filled[sale]
        while at > counts[sale] and sequence[order[at - 1]] > sequence[c]:
            order[at] = order[at - 1]
            at -= 1
        order[at] = c
        filled[sale] += 1
    return found[:n_found], starts[: n_found + 1], order, prices


@compiled_with_arrays
def write_results(
    sales: Any, rows: Any, out: Any, out_rows: Any, ends: Any, results: Any, law_rows: Any
) -> tuple[Any, Any]:
    """Writes the results of sales that have one to their rows; returns the rows that are ranges, and their ends."""
    ranged, of_ranges, many = np.empty(len(sales), np.int64), np.empty_like(ends), 0
    for s in range(len(sales)):
        if out[s, layout.RESULT_UNSUPPORTED]:
            continue
        row = rows[sales[s]]
        for field in range(layout.RESULT_SIZE):
            results[row, field] = out[s, field]
        for k in range(law_rows.shape[1]):
            law_rows[row, k] = out_rows[s, k]
        if out[s, layout.RESULT_WORDS] >> layout.NO_FIGURE & 1:
            ranged[many] = row
            for end in range(ends.shape[1]):
                of_ranges[many, end] = ends[s, end]
            many += 1
    return ranged[:many], of_ranges[:many]
