"""The results of the compiled loop as Arrow columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from entrepot.batch.kernel import layout
from entrepot.batch.kernel.buffers import aligned_rows
from entrepot.batch.kernel.compiler import compiled_with_arrays
from entrepot.batch.kernel.reasons import ESTIMATING, OPEN_REASONS, REASON_CODES
from entrepot.batch.plans.plan_cache import PlanCache, PreparedLaw, SalePlan
from entrepot.batch.rows.answers import COLUMN_TYPES, MONEY, answer_schema
from entrepot.batch.rows.columns import FIGURE_COLUMNS, RANGE_COLUMNS

STATUSES = ("open", "conditional", "closed")
OUTCOMES = ("complete", "estimated", "refused")
#: The codes of reasons in alphabetical order, and the bit of each.
SORTED_CODES = sorted(OPEN_REASONS)
SORTED_BITS = np.array([OPEN_REASONS.index(code) for code in SORTED_CODES], np.int64)
DECIMALS = 3
#: Rows that are unpacked at a time, few enough to stay in the cache.
UNPACK_ROWS = 1 << 8


#: For each of FIGURE_COLUMNS and RANGE_COLUMNS the bit of a row that has none, because it differs between candidates or
#: is not known; -1 where every open row has one.
NO_AMOUNT_BITS = (
    *(layout.NO_DUTIES, layout.NO_TAXES, layout.NO_FEES, layout.NO_FIGURE, layout.NO_FIGURE),
    *(-1, layout.NO_HIGHEST, -1, layout.NO_HIGHEST),
)
#: What `_unpack` writes of each row: whether it has an answer, and whether an amount is left out of it.
IS_OPEN, AT_LEAST = 0, 1


class Ranges(NamedTuple):
    """The rows with ranges, and the ends of each (see `kernel.candidates`)."""

    rows: Any
    ends: Any


class LoopResults(NamedTuple):
    """The results of the loop: `lines[line, field]`, and `rows[line, k]`, the rows of law that decided."""

    lines: Any
    rows: Any


def allocate_results(rows: int, wide: int) -> LoopResults:
    """Allocates the results of so many rows, with room for `wide` rows of law each."""
    lines = aligned_rows(rows, layout.RESULT_SIZE)
    lines[:, layout.RESULT_UNSUPPORTED] = 1
    return LoopResults(lines, np.full((rows, wide), -1, np.int64))


def build_answers(
    results: LoopResults,
    mask: Any,
    numbers: Any,
    plans: Sequence[SalePlan],
    laws: Sequence[PreparedLaw],
    cache: PlanCache,
    explain: bool,
    fault_details: Mapping[str, Any],
    ranges: Ranges,
) -> pa.RecordBatch:
    """The answers of the rows in the mask, as assessors return them.

    `laws`: the laws that the plans refer to. `fault_details`: the columns `fault_field` and `fault_message` of the rows
    in the mask. `ranges`: the rows of which figures differ between candidates.
    """
    if not mask.all():
        kept = mask[ranges.rows]
        ranges = Ranges(ranges.rows[kept], ranges.ends[kept])
        ranges = ranges._replace(rows=(np.cumsum(mask) - 1)[ranges.rows])
        results, numbers = LoopResults(results.lines[mask], results.rows[mask]), numbers[mask]
    rows = len(numbers)
    currencies = sorted({each.currency for each in plans if each.currency})
    places = {prepared.law.currency: prepared.law.decimals for prepared in laws}
    currency_numbers = np.array([currencies.index(each.currency) if each.currency else -1 for each in plans], np.int16)
    factors = np.array([10 ** (DECIMALS - places.get(each.currency, DECIMALS)) for each in plans], np.int64)
    words, states = np.empty((5, rows), np.int16), np.empty((2, rows), np.bool_)
    figures = _figures(results.lines, numbers, factors, ranges, words, states)
    columns: dict[str, Any] = {
        "regime": _dictionary_column(words[0], cache.regime_numbers),
        "treatment": _dictionary_column(words[1], cache.treatment_numbers),
        "status": _dictionary_column(words[2], STATUSES),
        "outcome": _dictionary_column(words[4], OUTCOMES),
        "at_least": pa.array(states[AT_LEAST], mask=~states[IS_OPEN]),
        "out_currency": _dictionary_column(currency_numbers[numbers], currencies),
        "fault": _dictionary_column(words[3], REASON_CODES),
    }
    columns |= {**figures, **fault_details}
    if explain:
        law_numbers = np.array([each.law_number for each in plans], np.int64)[numbers]
        columns["law"] = _law_column(law_numbers, laws)
        columns["reasons"] = _reasons(results, words[3])
        columns["rows"] = _rows(results, law_numbers, laws)
    blank = [columns.get(field.name) for field in answer_schema(explain)]
    arrays = [
        pa.nulls(rows, field.type) if got is None else got
        for got, field in zip(blank, answer_schema(explain), strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=answer_schema(explain))


def _figures(lines: Any, numbers: Any, factors: Any, ranges: Ranges, words: Any, states: Any) -> dict[str, Any]:
    """The columns of amounts; writes the others (see `_unpack`)."""
    rows, names = len(lines), FIGURE_COLUMNS if not len(ranges.rows) else (*FIGURE_COLUMNS, *RANGE_COLUMNS)
    money, known = np.empty((len(names), rows, 2), np.int64), np.empty((len(names), rows), np.bool_)
    range_of = np.full(rows, -1, np.int32)
    range_of[ranges.rows] = np.arange(len(ranges.rows))
    _unpack(lines, numbers, factors, range_of, ranges.ends, words, money, known, states)
    found = {name: _money_column(*each) for name, *each in zip(names, money, known, strict=True)}
    # Without ranges the lowest and the highest amounts are the figures themselves.
    return found if len(ranges.rows) else found | {name: found[name.partition("_")[0]] for name in RANGE_COLUMNS}


def _money_column(amounts: Any, known: Any) -> Any:
    return pa.Array.from_buffers(MONEY, len(amounts), [_validity(known), pa.py_buffer(amounts)])


def _validity(known: Any) -> Any:
    """The validity bitmap of rows; None where all are valid."""
    return None if known.all() else pa.py_buffer(np.packbits(known, bitorder="little").tobytes())


@compiled_with_arrays
def _unpack(
    lines: Any, numbers: Any, factors: Any, range_of: Any, ends: Any, words: Any, money: Any, known: Any, states: Any
) -> None:
    """Texts by their numbers (-1: none), and amounts as 128-bit integers with three decimals.

    `range_of`: the place of each row in `ends` (see `kernel.candidates`), or -1. `money`, `known`: the amounts of
    FIGURE_COLUMNS and whether each is known; where there is room also those of RANGE_COLUMNS. `states`: IS_OPEN and
    AT_LEAST. Some rows at a time, one column after the other: writing all columns at once is slower.
    """
    amounts = np.empty((len(NO_AMOUNT_BITS), UNPACK_ROWS), np.int64)
    one: Any = np.int64(1)
    for begin in range(0, len(lines), UNPACK_ROWS):
        n = min(UNPACK_ROWS, len(lines) - begin)
        _unpack_rows(begin, n, lines, numbers, factors, range_of, ends, words, states, amounts)
        for place in range(len(money)):
            bit = NO_AMOUNT_BITS[place]
            mask = one << bit if bit >= 0 else np.int64(0)
            for j in range(n):
                money[place, begin + j, 0] = amounts[place, j]
                money[place, begin + j, 1] = 0  # no amount is negative
            for j in range(n):
                has_one = lines[begin + j, layout.RESULT_WORDS] & mask == 0
                known[place, begin + j] = states[IS_OPEN, begin + j] & has_one


@compiled_with_arrays
def _unpack_rows(
    begin: int,
    n: int,
    lines: Any,
    numbers: Any,
    factors: Any,
    range_of: Any,
    ends: Any,
    words: Any,
    states: Any,
    amounts: Any,
) -> None:
    """Writes the texts and states of `n` rows from `begin` on, and their `amounts`, one row for each column."""
    for j in range(n):
        i = begin + j
        packed, factor, ranged = lines[i, layout.RESULT_WORDS], factors[numbers[i]], range_of[i]
        for place in range(4):
            words[place, i] = ((packed >> (12 * place)) & 4095) - 1
        is_open = words[3, i] < 0
        states[IS_OPEN, i], states[AT_LEAST, i] = is_open, packed >> layout.AT_LEAST_BIT & 1 != 0
        words[4, i] = lines[i, layout.RESULT_REASONS] & ESTIMATING != 0 if is_open else 2
        duties, taxes = lines[i, layout.RESULT_DUTIES] * factor, lines[i, layout.RESULT_TAXES] * factor
        fees, landed = lines[i, layout.RESULT_FEES] * factor, lines[i, layout.RESULT_LANDED] * factor
        charges = duties + taxes + fees
        amounts[0, j], amounts[1, j], amounts[2, j] = duties, taxes, fees
        amounts[3, j], amounts[4, j] = charges, landed
        low, high, landed_low = charges, charges, landed
        if ranged >= 0:
            low, high, landed_low = ends[ranged, 0] * factor, ends[ranged, 1] * factor, ends[ranged, 2] * factor
        amounts[5, j], amounts[6, j] = low, high
        amounts[7, j], amounts[8, j] = landed_low, landed_low + high - low


def _law_column(law_numbers: Any, laws: Sequence[PreparedLaw]) -> Any:
    """The hash of each row's law; a law in several currencies has one."""
    hashes = [prepared.law.hash[:8] for prepared in laws]
    words = list(dict.fromkeys(hashes))
    return _dictionary_column(np.array([*map(words.index, hashes), -1], np.int16)[law_numbers], words)


def _dictionary_column(places: Any, words: Any) -> Any:
    """A column of texts by their numbers; -1 is null."""
    absent = places < 0
    indices = pa.array(places, mask=absent if absent.any() else None)
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(words), pa.string()))


def _reasons(results: LoopResults, faults: Any) -> Any:
    """The codes of the reasons; for a refusal its reason."""
    counts = np.zeros(len(faults) + 1, np.int32)
    reasons = np.ascontiguousarray(results.lines[:, layout.RESULT_REASONS])
    _count_reasons(reasons, faults, counts)
    offsets = np.cumsum(counts, dtype=np.int32)
    flat = np.empty(offsets[-1], np.int16)
    _list_reasons(reasons, faults, SORTED_BITS, offsets, flat)
    values = pa.DictionaryArray.from_arrays(pa.array(flat), pa.array([*SORTED_CODES, *REASON_CODES]))
    return pa.ListArray.from_arrays(pa.array(offsets), values).cast(COLUMN_TYPES["reasons"])


@compiled_with_arrays
def _count_reasons(reasons: Any, faults: Any, counts: Any) -> None:
    for i in range(len(reasons)):
        counts[i + 1] = faults[i] >= 0
        left = reasons[i]
        while left:
            left &= left - 1
            counts[i + 1] += 1


@compiled_with_arrays
def _list_reasons(reasons: Any, faults: Any, bits: Any, offsets: Any, flat: Any) -> None:
    for i in range(len(reasons)):
        at = offsets[i]
        if faults[i] >= 0:
            flat[at] = len(bits) + faults[i]
        for rank in range(len(bits)):
            if (reasons[i] >> bits[rank]) & 1:
                flat[at] = rank
                at += 1


def _rows(results: LoopResults, law_numbers: Any, laws: Sequence[PreparedLaw]) -> Any:
    """The names of the rows of law."""
    starts = np.cumsum([0, *(len(prepared.law.bases) for prepared in laws)])
    names = pa.array([basis.where for prepared in laws for basis in prepared.law.bases], pa.string())
    counts = np.zeros(len(law_numbers) + 1, np.int32)
    counts[1:] = (results.rows >= 0).sum(axis=1)
    offsets = np.cumsum(counts, dtype=np.int32)
    flat = (results.rows + starts[np.maximum(law_numbers, 0)][:, None])[results.rows >= 0].astype(np.int32)
    values = pa.DictionaryArray.from_arrays(pa.array(flat), names)
    return pa.ListArray.from_arrays(pa.array(offsets), values).cast(COLUMN_TYPES["rows"])
