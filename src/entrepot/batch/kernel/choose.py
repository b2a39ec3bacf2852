"""The best regime of each line of a block, and the result that is written; as `engine.flow.choose`."""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.batch.kernel import buffers, layout
from entrepot.batch.kernel.buffers import (
    CONDITION_QUESTION,
    FIRST_QUESTION,
    IS_AT_LEAST,
    IS_PROHIBITED,
    REGIME_AT_LEAST,
    REGIME_COST,
    REGIME_DUTIES,
    REGIME_FEES,
    REGIME_MISSING,
    REGIME_QUESTIONS,
    REGIME_REASONS,
    REGIME_STATUS,
    REGIME_TAXES,
    REGIME_TREATMENT,
    REGIME_UNKNOWN,
)
from entrepot.batch.kernel.compiler import compiled, inlined, non_negative
from entrepot.batch.kernel.rate_amount import is_in_list
from entrepot.batch.kernel.reasons import REASON_NUMBER

CONDITION_ASKED = REASON_NUMBER["condition.asked"]
OWN_CURRENCY = REASON_NUMBER["exchange.own_currency"]
PROHIBITED = REASON_NUMBER["goods.prohibited"]
CONDITIONAL_REGIME, CLOSED_REGIME = REASON_NUMBER["way.conditional"], REASON_NUMBER["way.closed"]


@compiled
def close_by_mandatory(plan: Any, p: int, regimes: Any, n: int) -> None:
    """An open mandatory regime closes those that it names, in the order of the file; a closed one closes none."""
    n_regimes = plan[p + layout.PLAN_N_REGIMES]
    any_mandatory = False
    for at in range(n_regimes):
        any_mandatory = (
            any_mandatory
            or plan[plan[p + layout.PLAN_REGIMES] + at * layout.REGIME_SIZE + layout.REGIME_MANDATORY] == 1
        )
    if not any_mandatory:
        return
    for j in range(n):
        closed = 0
        for at in range(n_regimes):
            r = plan[p + layout.PLAN_REGIMES] + at * layout.REGIME_SIZE
            if (
                plan[r + layout.REGIME_MANDATORY]
                and regimes[at, REGIME_STATUS, j] == layout.OPEN
                and not (closed >> at) & 1
            ):
                closed |= plan[r + layout.REGIME_CLOSES]
        for at in range(n_regimes):
            if (closed >> at) & 1:
                regimes[at, REGIME_STATUS, j] = layout.CLOSED


@compiled
def find_best_regime(plan: Any, p: int, work: Any, regimes: Any, n: int) -> None:
    """Writes the open regime of least cost of each line; -1 where none is open.

    Of equals the first that knows each charge, else the first.
    """
    for j in range(n):
        best = -1
        for at in range(plan[p + layout.PLAN_N_REGIMES]):
            if regimes[at, REGIME_STATUS, j] != layout.OPEN:
                continue
            if best < 0 or regimes[at, REGIME_COST, j] < regimes[best, REGIME_COST, j]:
                best = at
            elif regimes[at, REGIME_COST, j] == regimes[best, REGIME_COST, j]:
                known, part = regimes[at, REGIME_AT_LEAST, j], regimes[best, REGIME_AT_LEAST, j]
                best = at if (known & IS_AT_LEAST) < (part & IS_AT_LEAST) else best
        work[buffers.BEST_REGIME, j] = best


@compiled
def choose_regime(
    plan: Any, p: int, work: Any, regimes: Any, law_rows: Any, results: Any, result_rows: Any, n: int
) -> bool:
    """Writes the best open regime, by the least cost. Returns whether a line has none."""
    close_by_mandatory(plan, p, regimes, n)
    find_best_regime(plan, p, work, regimes, n)
    refused = False
    for j in range(n):
        i, best = non_negative(work[buffers.LINE, j]), work[buffers.BEST_REGIME, j]
        out = results[i]
        if not work[buffers.SUPPORTED, j]:
            continue
        out[layout.RESULT_UNSUPPORTED] = 0
        if best < 0:
            refused = True
            continue
        r = non_negative(plan[p + layout.PLAN_REGIMES]) + non_negative(best) * layout.REGIME_SIZE
        regime, t, treatment = plan[r + layout.REGIME_ID], regimes[best, REGIME_TREATMENT, j], np.int64(-1)
        if t >= 0:
            treatment_at = non_negative(plan[p + layout.PLAN_TREATMENTS]) + non_negative(t) * layout.TREATMENT_SIZE
            treatment = plan[treatment_at + layout.TREATMENT_ID]
        out[layout.RESULT_WORDS] = pack_words(regime, treatment, layout.OPEN, -1) | (
            (regimes[best, REGIME_AT_LEAST, j] & IS_AT_LEAST) << layout.AT_LEAST_BIT
        )
        duties, taxes, fees = (
            regimes[best, REGIME_DUTIES, j],
            regimes[best, REGIME_TAXES, j],
            regimes[best, REGIME_FEES, j],
        )
        out[layout.RESULT_REASONS] = regimes[best, REGIME_REASONS, j]
        out[layout.RESULT_DUTIES], out[layout.RESULT_TAXES], out[layout.RESULT_FEES] = duties, taxes, fees
        out[layout.RESULT_LANDED] = (
            work[buffers.GOODS_VALUE, j] + work[buffers.FREIGHT, j] + work[buffers.INSURANCE, j] + duties + taxes + fees
        )
    if result_rows.shape[1]:
        copy_law_rows(work, law_rows, result_rows, n)
    return refused


@compiled
def copy_law_rows(work: Any, law_rows: Any, result_rows: Any, n: int) -> None:
    """Copies the rows of law of the best regime of each line to the results."""
    for j in range(n):
        if work[buffers.SUPPORTED, j] and work[buffers.BEST_REGIME, j] >= 0:
            i, best = non_negative(work[buffers.LINE, j]), non_negative(work[buffers.BEST_REGIME, j])
            for k in range(result_rows.shape[1]):
                result_rows[i, k] = law_rows[best, j, k]


@compiled
def write_refusals(plan: Any, p: int, goods: Any, work: Any, regimes: Any, results: Any, n: int) -> None:
    """Writes the reason of the refusal on the lines that have no open regime."""
    for j in range(n):
        if not work[buffers.SUPPORTED, j]:
            results[work[buffers.LINE, j], layout.RESULT_UNSUPPORTED] = 1
        elif work[buffers.BEST_REGIME, j] < 0:
            words, detail = refusal_words(plan, p, regimes, j)
            at = prohibition_of(plan, p, goods, non_negative(work[buffers.CODE, j]))
            if at >= 0:
                words, detail = pack_words(-1, -1, layout.CLOSED, PROHIBITED), at
            i = non_negative(work[buffers.LINE, j])
            results[i, layout.RESULT_WORDS], results[i, layout.RESULT_DETAIL] = words, detail


@inlined
def pack_words(regime: int, treatment: int, status: int, fault: int) -> int:
    """Packs four small numbers into one, each plus one: -1 means none."""
    return (regime + 1) | (treatment + 1) << 12 | (status + 1) << 24 | (fault + 1) << 36


@compiled
def prohibition_of(plan: Any, p: int, goods: Any, g: int) -> int:
    """The place in the law of the first prohibition of goods under every regime; -1 without one."""
    for b in range(plan[p + layout.PLAN_N_PROHIBITIONS]):
        at = plan[p + layout.PLAN_PROHIBITIONS] + 2 * b
        if is_in_list(goods, g, plan[at]):
            return plan[at + 1]
    return -1


@compiled
def refusal_words(plan: Any, p: int, regimes: Any, j: int) -> tuple[int, int]:
    """The first reason of a refusal, and whether a regime is conditional, as `pack_words`; and the reason's detail.

    The detail: the number of the regime (10 bits), then what `buffers.REGIME_MISSING` says of the charge, or the
    condition or the treatment, plus one.
    """
    fault, status, detail = -1, layout.CLOSED, 0
    if plan[p + layout.PLAN_IN_OWN_CURRENCY]:
        fault = OWN_CURRENCY
    for at in range(plan[p + layout.PLAN_N_REGIMES]):
        r = plan[p + layout.PLAN_REGIMES] + at * layout.REGIME_SIZE
        if regimes[at, REGIME_STATUS, j] == layout.CONDITIONAL:
            status = layout.CONDITIONAL
        # A rate that is missing is no reason where the goods are prohibited.
        prohibited = regimes[at, REGIME_QUESTIONS, j] & IS_PROHIBITED
        if fault < 0 and regimes[at, REGIME_UNKNOWN, j] and not prohibited:
            missing = regimes[at, REGIME_MISSING, j]
            if missing >= 0:
                fault, detail = missing & 255, plan[r + layout.REGIME_ID] & 1023 | (missing >> 8) << 10
    for at in range(plan[p + layout.PLAN_N_REGIMES]):
        if fault < 0 and regimes[at, REGIME_STATUS, j] == layout.CONDITIONAL:
            questions, t = regimes[at, REGIME_QUESTIONS, j], regimes[at, REGIME_TREATMENT, j]
            regime = plan[plan[p + layout.PLAN_REGIMES] + at * layout.REGIME_SIZE + layout.REGIME_ID] & 1023
            if questions & CONDITION_QUESTION:
                fault, detail = CONDITION_ASKED, regime | (questions >> FIRST_QUESTION) << 10
            else:
                treatment_at = plan[p + layout.PLAN_TREATMENTS] + non_negative(max(t, 0)) * layout.TREATMENT_SIZE
                fault = CONDITIONAL_REGIME
                detail = regime | (plan[treatment_at + layout.TREATMENT_ID] + 1 if t >= 0 else 0) << 10
    return pack_words(-1, -1, status, fault if fault >= 0 else CLOSED_REGIME), detail
