"""emit: what the loop found, as columns of Arrow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from entrepot.batch.kernel import layout as f
from entrepot.batch.kernel.buffers import rows_of
from entrepot.batch.kernel.compiler import prepared
from entrepot.batch.kernel.reasons import CODES, OPEN
from entrepot.batch.plans.plan_cache import PlanCache, PreparedLaw, SalePlan
from entrepot.batch.rows.answers import COLUMN_TYPES, MONEY, WORD, answer_schema

STATUS = ("open", "conditional", "closed")
OUTCOME = ("complete", "estimated", "refused")
#: The codes of reasons in the sequence of their bits, and the rank of each by its letters.
RANKED = sorted(OPEN)
BITS = np.array([OPEN.index(code) for code in RANKED], np.int64)
PLACES = 3


class LoopResults(NamedTuple):
    """What the loop finds: `lines[line, field]`, and `rows[line, k]`, the rows of law that decided."""

    lines: Any
    rows: Any


def allocate_results(rows: int, wide: int) -> LoopResults:
    """Room for what is found about so many rows, and so many rows of law for each."""
    lines = rows_of(rows, f.F_SIZE)
    lines[:, f.F_BEYOND] = 1
    return LoopResults(lines, np.full((rows, wide), -1, np.int64))


def build_answers(
    found: LoopResults,
    mask: Any,
    numbers: Any,
    sets: Sequence[SalePlan],
    ready: Sequence[PreparedLaw],
    stock: PlanCache,
    explain: bool,
) -> pa.RecordBatch:
    """The answers of the rows in the mask, as lanes give them. `ready`: the laws that the sets name by their places."""
    if not mask.all():
        found, numbers = LoopResults(found.lines[mask], found.rows[mask]), numbers[mask]
    rows = len(numbers)
    currencies = sorted({each.currency for each in sets if each.currency})
    places = {frame.law.currency: frame.law.decimals for frame in ready}
    of_set = np.array([currencies.index(each.currency) if each.currency else -1 for each in sets], np.int16)
    factors = np.array([10 ** (PLACES - places.get(each.currency, PLACES)) for each in sets], np.int64)
    words = np.empty((5, rows), np.int16)
    money = np.empty((5, rows, 2), np.int64)
    there = np.empty(rows, np.bool_)
    _taken_apart(found.lines, numbers, factors, words, money, there)
    valid = None if there.all() else pa.py_buffer(np.packbits(there, bitorder="little").tobytes())
    columns: dict[str, Any] = {
        "regime": _words(words[0], stock.ways),
        "treatment": _words(words[1], stock.titles),
        "status": _words(words[2], STATUS),
        "outcome": _words(words[4], OUTCOME),
        "at_least": pa.array(found.lines[:, f.F_WORDS] >> 48 != 0, mask=~there),
        "out_currency": _words(of_set[numbers], currencies),
        "fault": _words(words[3], CODES),
    }
    for place, name in enumerate(("duties", "taxes", "fees", "charges", "landed")):
        columns[name] = pa.Array.from_buffers(MONEY, rows, [valid, pa.py_buffer(money[place])])
    if any(each.message for each in sets):
        columns["fault_message"] = pa.array([each.message for each in sets], pa.string()).take(pa.array(numbers))
        params = pa.array([each.param for each in sets], pa.string()).dictionary_encode().cast(WORD)
        columns["fault_param"] = params.take(pa.array(numbers))
    if explain:
        frames = np.array([each.frame for each in sets], np.int64)[numbers]
        columns["law"] = _words(frames.astype(np.int16), [frame.law.hash[:8] for frame in ready])
        columns["reasons"] = _reasons(found, words[3])
        columns["rows"] = _rows(found, frames, ready)
    blank = [columns.get(field.name) for field in answer_schema(explain)]
    arrays = [
        pa.nulls(rows, field.type) if got is None else got
        for got, field in zip(blank, answer_schema(explain), strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=answer_schema(explain))


@prepared
def _taken_apart(lines: Any, numbers: Any, factors: Any, words: Any, money: Any, there: Any) -> None:
    """Words by their places (-1: nothing), and amounts as words of 128 bits with three decimals."""
    for i in range(len(lines)):
        packed = lines[i, f.F_WORDS]
        for place in range(4):
            words[place, i] = ((packed >> (12 * place)) & 4095) - 1
        there[i] = words[3, i] < 0
        words[4, i] = 2 if words[3, i] >= 0 else lines[i, f.F_REASONS] != 0
        factor = factors[numbers[i]]
        duties, taxes, fees = lines[i, f.F_DUTIES], lines[i, f.F_TAXES], lines[i, f.F_FEES]
        amounts = (duties, taxes, fees, duties + taxes + fees, lines[i, f.F_LANDED])
        for place in range(5):
            money[place, i, 0] = amounts[place] * factor
            money[place, i, 1] = 0  # nothing here is below zero


def _words(places: Any, words: Any) -> Any:
    """A column of words by their places; -1 is nothing."""
    absent = places < 0
    indices = pa.array(places, mask=absent if absent.any() else None)
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(words), pa.string()))


def _reasons(found: LoopResults, faults: Any) -> Any:
    """The codes of the reasons; of a refusal the one that is its fault."""
    counts = np.zeros(len(faults) + 1, np.int32)
    reasons = np.ascontiguousarray(found.lines[:, f.F_REASONS])
    _counted(reasons, faults, counts)
    offsets = np.cumsum(counts, dtype=np.int32)
    flat = np.empty(offsets[-1], np.int16)
    _spread(reasons, faults, BITS, offsets, flat)
    values = pa.DictionaryArray.from_arrays(pa.array(flat), pa.array([*RANKED, *CODES]))
    return pa.ListArray.from_arrays(pa.array(offsets), values).cast(COLUMN_TYPES["reasons"])


@prepared
def _counted(reasons: Any, faults: Any, counts: Any) -> None:
    for i in range(len(reasons)):
        counts[i + 1] = faults[i] >= 0
        left = reasons[i]
        while left:
            left &= left - 1
            counts[i + 1] += 1


@prepared
def _spread(reasons: Any, faults: Any, bits: Any, offsets: Any, flat: Any) -> None:
    for i in range(len(reasons)):
        at = offsets[i]
        if faults[i] >= 0:
            flat[at] = len(bits) + faults[i]
        for rank in range(len(bits)):
            if (reasons[i] >> bits[rank]) & 1:
                flat[at] = rank
                at += 1


def _rows(found: LoopResults, frames: Any, ready: Sequence[PreparedLaw]) -> Any:
    """The places of the rows of law, those of all laws one after the other."""
    starts = np.cumsum([0, *(len(frame.law.bases) for frame in ready)])
    names = pa.array([basis.where for frame in ready for basis in frame.law.bases], pa.string())
    counts = np.zeros(len(frames) + 1, np.int32)
    counts[1:] = (found.rows >= 0).sum(axis=1)
    offsets = np.cumsum(counts, dtype=np.int32)
    flat = (found.rows + starts[np.maximum(frames, 0)][:, None])[found.rows >= 0].astype(np.int32)
    values = pa.DictionaryArray.from_arrays(pa.array(flat), names)
    return pa.ListArray.from_arrays(pa.array(offsets), values).cast(COLUMN_TYPES["rows"])
