"""One answer for the candidates of a sale, the values of facts that it leaves open; as `engine.flow.candidates`."""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.batch.kernel import buffers, layout
from entrepot.batch.kernel.buffers import (
    IS_AT_LEAST,
    NOT_ASSESSED,
    REGIME_AT_LEAST,
    REGIME_COST,
    REGIME_DUTIES,
    REGIME_FEES,
    REGIME_REASONS,
    REGIME_STATUS,
    REGIME_TAXES,
    REGIME_TREATMENT,
    REGIME_UNKNOWN,
    WITHOUT_HIGHEST,
)
from entrepot.batch.kernel.choose import pack_words
from entrepot.batch.kernel.compiler import compiled, non_negative
from entrepot.batch.kernel.reasons import ESTIMATING, REASON_BIT, REASON_NUMBER

# What a regime gives on a candidate: its status, whether a duty or VAT is not known, what the choice compares, the
# sums, whether one of them is not known, its reasons, the numbers of its treatment (-1: none) and of itself, and
# whether the treatment is a preference and the regime open.
STATUS, UNKNOWN, COST, DUTIES, TAXES, FEES, AT_LEAST, REASONS, TREATMENT, REGIME, PREFERENCE, N_FIELDS = range(12)
#: The fields that differ where the figures of two candidates do.
N_FIGURES = REASONS
#: What the fold writes of a sale besides its result: the lowest and the highest charges, the lowest landed price.
LOWEST, HIGHEST, LANDED, N_ENDS = range(4)
#: In `RESULT_UNSUPPORTED`: the sale is to be assessed once more, with every regime.
AGAIN = 2
OPEN_FACT = REASON_BIT["hs_code.ambiguous"]
RANGE = REASON_NUMBER["rate.range"]
PROHIBITED, CLOSED_REGIME = REASON_NUMBER["goods.prohibited"], REASON_NUMBER["way.closed"]


@compiled
def write_candidates(plan: Any, p: int, work: Any, regimes: Any, candidates: Any, n: int) -> None:
    """Copies what each regime gives on the lines of a block, after the choice; regimes that do not exist are -1."""
    for at in range(candidates.shape[1]):
        exists = at < plan[p + layout.PLAN_N_REGIMES]
        r = plan[p + layout.PLAN_REGIMES] + at * layout.REGIME_SIZE
        for j in range(n):
            out = candidates[non_negative(work[buffers.LINE, j]), at]
            out[REGIME] = plan[r + layout.REGIME_ID] if exists else -1
            if not exists:
                continue
            if regimes[at, REGIME_UNKNOWN, j] == NOT_ASSESSED:
                for field in range(REGIME):
                    out[field] = 0
                out[STATUS], out[UNKNOWN], out[PREFERENCE] = layout.CLOSED, NOT_ASSESSED, 0
                continue
            out[STATUS], out[UNKNOWN], out[COST] = (
                regimes[at, REGIME_STATUS, j],
                regimes[at, REGIME_UNKNOWN, j],
                regimes[at, REGIME_COST, j],
            )
            out[DUTIES], out[TAXES], out[FEES] = (
                regimes[at, REGIME_DUTIES, j],
                regimes[at, REGIME_TAXES, j],
                regimes[at, REGIME_FEES, j],
            )
            out[AT_LEAST], out[REASONS] = regimes[at, REGIME_AT_LEAST, j], regimes[at, REGIME_REASONS, j]
            t = regimes[at, REGIME_TREATMENT, j]
            treatment_at = plan[p + layout.PLAN_TREATMENTS] + max(t, 0) * layout.TREATMENT_SIZE
            out[TREATMENT] = plan[treatment_at + layout.TREATMENT_ID] if t >= 0 else -1
            out[PREFERENCE] = np.int64(t > 0 and out[STATUS] == layout.OPEN)


@compiled
def fold_candidates(
    starts: Any,
    order: Any,
    candidates: Any,
    results: Any,
    prices: Any,
    asked: Any,
    details: Any,
    law_rows: Any,
    out: Any,
    out_rows: Any,
    ends: Any,
) -> None:
    """Writes the result of each sale from those of its candidates: one where all are equal, otherwise a range.

    `starts`: where the candidates of each sale begin in `order`, the places of candidates. `prices`: goods, shipping
    and insurance of each candidate. `asked`, `details`: the reason that names the fact to ask for, -1 where there are
    several, and what decides its sentence. What cannot be told
    from these figures stays unsupported, and so does a range where the rows of law are recorded: their sequence is
    that of the citations of the single quote.
    """
    for s in range(len(starts) - 1):
        some = order[starts[s] : starts[s + 1]]
        first, supported, price = non_negative(some[0]), True, np.int64(0)
        for c in some:
            supported = supported and results[c, layout.RESULT_UNSUPPORTED] == 0
            price = max(price, prices[c])  # nil for a candidate that is refused
        if not supported:
            continue
        if lacks_regimes(some, candidates):
            out[s, layout.RESULT_UNSUPPORTED] = AGAIN
        elif not are_equal(some, candidates):
            if law_rows.shape[1] == 0:
                fold(some, candidates, results, price, asked[s], details[s], out[s], ends[s])
        elif have_equal_reasons(some, results, law_rows):
            for field in range(layout.RESULT_SIZE):
                out[s, field] = results[first, field]
            for k in range(law_rows.shape[1]):
                out_rows[s, k] = law_rows[first, k]


@compiled
def lacks_regimes(some: Any, candidates: Any) -> bool:
    """Whether a regime was not assessed on some candidates only, or not on all although none is open for all.

    An open mandatory regime closes those that were not assessed; they decide something only where it is not open for
    all candidates.
    """
    first, any_left_out = candidates[non_negative(some[0])], False
    for k in range(candidates.shape[1]):
        if first[k, REGIME] < 0:
            break
        left_out = first[k, UNKNOWN] == NOT_ASSESSED
        any_left_out = any_left_out or left_out
        for c in some:
            if (candidates[c, k, UNKNOWN] == NOT_ASSESSED) != left_out:
                return True
    return any_left_out and best_of_all(some, candidates) < 0


@compiled
def have_equal_reasons(some: Any, results: Any, law_rows: Any) -> bool:
    """Whether the results of candidates with equal figures are equal too, with their reasons and rows of law.

    Where no rows of law are recorded, the reasons only say whether the answer is estimated.
    """
    first = non_negative(some[0])
    reasons = results[first, layout.RESULT_REASONS]
    for c in some:
        if results[c, layout.RESULT_WORDS] != results[first, layout.RESULT_WORDS]:
            return False
        if results[c, layout.RESULT_REASONS] != reasons and (reasons & ESTIMATING == 0 or law_rows.shape[1] > 0):
            return False
        for k in range(law_rows.shape[1]):
            if law_rows[c, k] != law_rows[first, k]:
                return False
    return True


@compiled
def are_equal(some: Any, candidates: Any) -> bool:
    """Whether the figures of all candidates are equal, under every regime."""
    first = candidates[non_negative(some[0])]
    for c in some:
        for k in range(candidates.shape[1]):
            if first[k, REGIME] < 0:
                break
            for field in range(N_FIGURES):
                if candidates[c, k, field] != first[k, field]:
                    return False
            if candidates[c, k, TREATMENT] != first[k, TREATMENT]:
                return False
    return True


@compiled
def status_of_all(some: Any, candidates: Any, k: int) -> int:
    """The status of a regime for all candidates: conditional where it is not the same for all that are known."""
    any_known = False
    for c in some:
        any_known = any_known or candidates[c, k, UNKNOWN] == 0
    status = -1
    for c in some:
        if any_known and candidates[c, k, UNKNOWN]:
            continue
        own = candidates[c, k, STATUS]
        if status >= 0 and status != own:
            return layout.CONDITIONAL
        status = own
    return status


@compiled
def span_of(some: Any, candidates: Any, k: int, field: int) -> tuple[int, int, int, int]:
    """The lowest and the highest of a figure, how many candidates have it, and whether it differs between these.

    `field`: COST, one of the sums, or N_FIELDS for the charges, their sum.
    """
    known: Any = np.int64(0)
    low, high = np.int64(0), np.int64(0)
    for c in some:
        each = candidates[c, k]
        if each[UNKNOWN]:
            continue
        amount = each[DUTIES] + each[TAXES] + each[FEES] if field == N_FIELDS else each[field]
        low, high = (amount, amount) if known == 0 else (min(low, amount), max(high, amount))
        known += 1
    return low, high, known, np.int64(low != high)


@compiled
def leaves_out_a_charge(some: Any, candidates: Any, k: int) -> bool:
    """Whether a charge that the buyer pays is not known in a candidate whose duty and VAT are."""
    found: Any = np.int64(0)
    for c in some:
        found |= candidates[c, k, AT_LEAST] if candidates[c, k, UNKNOWN] == 0 else 0
    return bool(found & IS_AT_LEAST)


@compiled
def best_of_all(some: Any, candidates: Any) -> int:
    """The open regime whose highest cost is the lowest; of those without a known highest, whose lowest cost is.

    Of equals the first that knows each charge, else the first.
    """
    best, best_open, best_high, best_low, best_part = -1, True, np.int64(0), np.int64(0), False
    first = non_negative(some[0])
    for k in range(candidates.shape[1]):
        if candidates[first, k, REGIME] < 0:
            break
        low, high, known, _ = span_of(some, candidates, k, COST)
        if status_of_all(some, candidates, k) != layout.OPEN or known == 0:
            continue
        is_open = known < len(some)
        high = np.int64(0) if is_open else high
        part = leaves_out_a_charge(some, candidates, k)
        better = best < 0 or is_open < best_open
        if not better and is_open == best_open:
            same = high == best_high and low == best_low
            better = high < best_high or (high == best_high and low < best_low) or (same and part < best_part)
        if better:
            best, best_open, best_high, best_low, best_part = k, is_open, high, low, part
    return best


@compiled
def treatment_of_all(some: Any, candidates: Any, k: int) -> int:
    """The first open preference of a candidate, which saves there; without one the treatment of the first."""
    for c in some:
        if candidates[c, k, PREFERENCE]:
            return candidates[c, k, TREATMENT]
    return candidates[non_negative(some[0]), k, TREATMENT]


@compiled
def fold(some: Any, candidates: Any, results: Any, price: int, asked: int, about: int, out: Any, ends: Any) -> None:
    """Writes the result of a sale whose candidates have different figures."""
    best = best_of_all(some, candidates)
    if best < 0:
        fold_refusals(some, candidates, results, asked, about, out)
        return
    low, high, known, differ = span_of(some, candidates, best, N_FIELDS)
    reasons: Any = np.int64(0)
    at_least: Any = np.int64(0)
    moved = False
    for c in some:
        each = candidates[c, best]
        reasons |= each[REASONS]
        at_least |= each[AT_LEAST] if each[UNKNOWN] == 0 else 0
        own = results[c, layout.RESULT_WORDS]
        moved = moved or ((own >> 36) & 4095 == 0 and (own & 4095) - 1 != each[REGIME])
    some_unknown = np.int64(known < len(some))
    without_highest = at_least & ~IS_AT_LEAST
    no_highest = some_unknown | np.int64(without_highest != 0)
    at_least &= IS_AT_LEAST
    ranged = differ | no_highest
    if ranged or moved:
        reasons |= OPEN_FACT
    first = candidates[non_negative(some[0]), non_negative(best)]
    words = pack_words(first[REGIME], treatment_of_all(some, candidates, best), layout.OPEN, -1)
    words |= (at_least | some_unknown) << layout.AT_LEAST_BIT
    for field, bit in ((DUTIES, layout.NO_DUTIES), (TAXES, layout.NO_TAXES), (FEES, layout.NO_FEES)):
        amount, _, _, differs = span_of(some, candidates, best, field)
        out[layout.RESULT_DUTIES + field - DUTIES] = amount
        lowest_only = np.int64(without_highest & WITHOUT_HIGHEST << field - DUTIES != 0)
        words |= (differs | lowest_only | (some_unknown if field != FEES else 0)) << bit
    # A charge that is left out of a sum has no highest amount, and neither has the range.
    words |= ranged << layout.NO_FIGURE | (no_highest | (ranged & at_least)) << layout.NO_HIGHEST
    out[layout.RESULT_WORDS], out[layout.RESULT_REASONS] = words, reasons
    out[layout.RESULT_LANDED], out[layout.RESULT_UNSUPPORTED] = price + low, 0
    ends[LOWEST], ends[HIGHEST], ends[LANDED] = low, high, price + low


@compiled
def statuses_differ(some: Any, candidates: Any, k: int) -> bool:
    """Whether the status of a regime differs between the candidates that know its charges."""
    status = -1
    for c in some:
        if candidates[c, k, UNKNOWN] == 0:
            if status >= 0 and status != candidates[c, k, STATUS]:
                return True
            status = candidates[c, k, STATUS]
    return False


@compiled
def all_have_fault(some: Any, results: Any, fault: int) -> bool:
    """Whether the results of all candidates are refused for the same reason."""
    same = True
    for c in some:
        same = same and ((results[c, layout.RESULT_WORDS] >> 36) & 4095) - 1 == fault
    return same


@compiled
def fold_refusals(some: Any, candidates: Any, results: Any, asked: int, about: int, out: Any) -> None:
    """Writes the refusal of a sale without a regime that is open for all candidates."""
    first, status, differ = non_negative(some[0]), layout.CLOSED, False
    for k in range(candidates.shape[1]):
        if candidates[first, k, REGIME] < 0:
            break
        if status_of_all(some, candidates, k) == layout.CLOSED:
            continue
        status = layout.CONDITIONAL
        _, _, known, differs = span_of(some, candidates, k, N_FIELDS)
        differ = differ or differs != 0 or 0 < known < len(some) or statuses_differ(some, candidates, k)
        for c in some:
            differ = differ or (candidates[c, k, UNKNOWN] == 0 and candidates[c, k, AT_LEAST] > IS_AT_LEAST)
    words = results[first, layout.RESULT_WORDS]
    fault, detail = ((words >> 36) & 4095) - 1, results[first, layout.RESULT_DETAIL]
    if differ:
        fault, detail = asked, words & 4095 if asked == RANGE else about  # a range is that of the best procedure
    if fault == PROHIBITED and not all_have_fault(some, results, PROHIBITED):
        fault, detail = CLOSED_REGIME, 0
    if fault < 0:
        return  # the engine tells which fact is asked first
    out[layout.RESULT_WORDS], out[layout.RESULT_DETAIL] = pack_words(-1, -1, status, fault), detail
    out[layout.RESULT_UNSUPPORTED] = 0
