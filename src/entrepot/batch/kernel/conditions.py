"""Whether the conditions of a regime hold on each line of a block; as `engine.rules.conditions`."""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.batch.kernel import buffers, layout
from entrepot.batch.kernel.buffers import (
    CONDITION_QUESTION,
    FIRST_QUESTION,
    IS_PROHIBITED,
    PROOF_QUESTION,
    REGIME_EARLY_REASONS,
    REGIME_ORDINARY_DUTY,
    REGIME_QUESTIONS,
    REGIME_REASONS,
    REGIME_STATUS,
    REGIME_TREATMENT,
    REGIME_UNKNOWN,
    TREATMENT_ROW,
    TREATMENT_STATE,
    TREATMENT_STATUS,
)
from entrepot.batch.kernel.compiler import compiled, non_negative
from entrepot.batch.kernel.rate_amount import is_in_list
from entrepot.batch.kernel.reasons import REASON_BIT
from entrepot.batch.kernel.reliefs import limit_for_pieces

#: In place of a tariff entry: the tariff says that there is no such preference.
ROW_SAYS_NONE = -2
UNCHECKED, PIECES, CONDITION = (
    REASON_BIT["trust.unchecked"],
    REASON_BIT["quantity.assumed"],
    REASON_BIT["condition.assumed"],
)
LIMIT = REASON_BIT["law.limit"]
PREFERENCE, REFERENCE = REASON_BIT["preference.unknown"], REASON_BIT["limit.reference"]


@compiled
def check_conditions(
    plan: Any, p: int, r: int, schedule: Any, goods: Any, lines: Any, columns: Any, work: Any, out: Any, n: int
) -> None:
    """Writes what does not depend on the charges of a regime: closed or open, open questions, reasons."""
    reasons = plan[p + layout.PLAN_REASONS] | plan[r + layout.REGIME_REASON_BITS]
    if plan[p + layout.PLAN_PIECES_ASSUMED] and plan[r + layout.REGIME_COUNTS_PIECES]:
        reasons |= PIECES
    for j in range(n):
        out[REGIME_STATUS, j], out[REGIME_QUESTIONS, j], out[REGIME_EARLY_REASONS, j], out[REGIME_UNKNOWN, j] = (
            layout.OPEN,
            0,
            reasons,
            0,
        )
    for b in range(plan[r + layout.REGIME_N_PROHIBITIONS]):
        prefixes = plan[plan[r + layout.REGIME_PROHIBITIONS] + b]
        for j in range(n):
            if is_in_list(goods, non_negative(work[buffers.CODE, j]), prefixes):
                out[REGIME_STATUS, j], out[REGIME_QUESTIONS, j] = layout.CLOSED, IS_PROHIBITED
    for b in range(plan[r + layout.REGIME_N_LIMITS]):
        prefixes = plan[plan[r + layout.REGIME_LIMITS] + b]
        for j in range(n):
            if is_in_list(goods, non_negative(work[buffers.CODE, j]), prefixes):
                out[REGIME_EARLY_REASONS, j] |= LIMIT
    for c in range(plan[r + layout.REGIME_N_CONDITIONS]):
        condition_at = plan[r + layout.REGIME_CONDITIONS] + c * layout.CONDITION_SIZE
        run_test(plan, condition_at, schedule, goods, lines, columns, work, n)
        apply_condition(plan, condition_at, schedule, goods, work, out, n)


@compiled
def run_test(
    plan: Any, condition_at: int, schedule: Any, goods: Any, lines: Any, columns: Any, work: Any, n: int
) -> None:
    """Writes the outcome of a condition's test, YES, NO or MAYBE, into `work[OUTCOME]`."""
    test, out = plan[condition_at + layout.CONDITION_TEST], work[buffers.OUTCOME]
    if test == layout.TEST_FIXED:
        out[:] = plan[condition_at + layout.CONDITION_OUTCOME]
    elif test in (layout.TEST_SINGLE, layout.TEST_SEVERAL):
        for j in range(n):
            out[j] = (
                layout.YES if (work[buffers.QUANTITY, j] == layout.MICRO) == (test == layout.TEST_SINGLE) else layout.NO
            )
    elif test in (layout.TEST_IN, layout.TEST_NOT_IN):
        for j in range(n):
            out[j] = (
                layout.YES
                if is_in_list(goods, non_negative(work[buffers.CODE, j]), plan[condition_at + layout.CONDITION_LIST])
                == (test == layout.TEST_IN)
                else layout.NO
            )
    elif test == layout.TEST_LITRE:
        test_litre(columns, lines, work, n)
    elif test == layout.TEST_LISTED:
        test_listed(plan, condition_at, schedule, work, n)
    elif not plan[condition_at + layout.CONDITION_KNOWN]:
        out[:] = layout.MAYBE
    elif test == layout.TEST_ANNUAL:
        test_annual(plan, condition_at, lines, columns, work, n)
    else:
        test_limit(plan, condition_at, work, n)


@compiled
def test_listed(plan: Any, condition_at: int, schedule: Any, work: Any, n: int) -> None:
    """Test `listed` or `unlisted`: whether goods are on a list, by the list's own rows."""
    column, fails, unknown, absent = (
        plan[condition_at + layout.CONDITION_COLUMN],
        plan[condition_at + layout.CONDITION_FAILING_NAME],
        plan[condition_at + layout.CONDITION_LIST],
        plan[condition_at + layout.CONDITION_OUTCOME],
    )
    for j in range(n):
        group = schedule[non_negative(column), non_negative(work[buffers.SCHEDULE_ROW, j]), 0] if column >= 0 else -1
        outcome = absent
        if group >= 0:
            name = plan[
                non_negative(plan[non_negative(plan[non_negative(plan[layout.LAW_GROUPS]) + non_negative(group)])])
                + layout.ENTRY_CLASS
            ]
            outcome = layout.NO if name == fails else layout.MAYBE if name == unknown else layout.YES
        work[buffers.OUTCOME, j] = outcome


@compiled
def test_litre(columns: Any, lines: Any, work: Any, n: int) -> None:
    """Test `at_most_one_litre`: whether a line is one litre at most; not known without the litres."""
    column = columns[layout.LITRES]
    for j in range(n):
        litres = lines[non_negative(work[buffers.LINE, j]), non_negative(column)] if column >= 0 else layout.ABSENT
        if litres == layout.ABSENT:
            work[buffers.OUTCOME, j] = layout.MAYBE
        elif litres < 0:
            work[buffers.SUPPORTED, j] = 0
        else:
            work[buffers.OUTCOME, j] = layout.YES if litres <= layout.MICRO else layout.NO


@compiled
def test_annual(plan: Any, condition_at: int, lines: Any, columns: Any, work: Any, n: int) -> None:
    """Test `annual`: whether this year's purchases and this sale together are within a limit."""
    value, limit, unit = (
        plan[condition_at + layout.CONDITION_VALUE],
        plan[condition_at + layout.CONDITION_LIMIT],
        10 ** (6 - plan[condition_at + layout.CONDITION_DECIMALS]),
    )
    row = columns[layout.COLUMN_SPENT]
    for j in range(n):
        worth = work[buffers.PRICE_PARTS + value, j]
        spent = lines[non_negative(work[buffers.LINE, j]), non_negative(row)] if row >= 0 else layout.ABSENT
        if spent == layout.ABSENT:
            work[buffers.OUTCOME, j] = layout.NO if worth > limit else layout.MAYBE
        elif spent < 0 or spent % unit:
            work[buffers.SUPPORTED, j] = 0
        else:
            work[buffers.OUTCOME, j] = layout.YES if worth + spent // unit <= limit else layout.NO


@compiled
def test_limit(plan: Any, condition_at: int, work: Any, n: int) -> None:
    """Tests `at_most`, `below`, `at_least`, `above`: a value against a limit, of the sale or for each piece."""
    test, value, limit, item = (
        plan[condition_at + layout.CONDITION_TEST],
        plan[condition_at + layout.CONDITION_VALUE],
        plan[condition_at + layout.CONDITION_LIMIT],
        plan[condition_at + layout.CONDITION_ITEM],
    )
    num, den, foreign = (
        plan[condition_at + layout.CONDITION_NUM],
        plan[condition_at + layout.CONDITION_DEN],
        plan[condition_at + layout.CONDITION_FOREIGN],
    )
    open_end = np.int64(test in (layout.TEST_BELOW, layout.TEST_AT_LEAST))
    for j in range(n):
        worth = work[buffers.PRICE_PARTS + value, j]
        if item:
            limit = limit_for_pieces(num, den, foreign, open_end, work[buffers.QUANTITY, j])
            if limit < -1:
                work[buffers.SUPPORTED, j] = 0
            limit += open_end
        within = worth <= limit if test in (layout.TEST_AT_MOST, layout.TEST_ABOVE) else worth < limit
        work[buffers.OUTCOME, j] = (
            layout.YES if within == (test in (layout.TEST_AT_MOST, layout.TEST_BELOW)) else layout.NO
        )


@compiled
def apply_condition(plan: Any, condition_at: int, schedule: Any, goods: Any, work: Any, out: Any, n: int) -> None:
    """Applies the outcome of a condition: it closes the regime, asks a question, or is assumed."""
    assume, asserted, column = (
        plan[condition_at + layout.CONDITION_ASSUME],
        plan[condition_at + layout.CONDITION_ASSERTED],
        plan[condition_at + layout.CONDITION_COLUMN],
    )
    goods_list, reasons = (
        plan[condition_at + layout.CONDITION_GOODS],
        REFERENCE if plan[condition_at + layout.CONDITION_REFERENCE_RATE] else 0,
    )
    if plan[condition_at + layout.CONDITION_UNCHECKED]:
        reasons |= UNCHECKED
    asked = CONDITION_QUESTION | (plan[condition_at + layout.CONDITION_INDEX] + 1) << FIRST_QUESTION
    question, assumed_reason = (
        np.int64(0 if assume or asserted else asked),
        np.int64(CONDITION if assume and not asserted else 0),
    )
    for j in range(n):
        # Branchless, because outcomes vary from line to line; so far a status is OPEN or CLOSED.
        concerned = np.int64(is_in_list(goods, non_negative(work[buffers.CODE, j]), goods_list))
        fails, maybe = (
            concerned * (work[buffers.OUTCOME, j] == layout.NO),
            concerned * (work[buffers.OUTCOME, j] == layout.MAYBE),
        )
        out[REGIME_STATUS, j] |= fails * layout.CLOSED
        out[REGIME_EARLY_REASONS, j] |= maybe * assumed_reason | concerned * reasons
        out[REGIME_QUESTIONS, j] |= maybe * question * (out[REGIME_QUESTIONS, j] < CONDITION_QUESTION)
    if column >= 0 and not plan[condition_at + layout.CONDITION_UNCHECKED]:
        for j in range(n):
            group = schedule[non_negative(column), non_negative(work[buffers.SCHEDULE_ROW, j]), 0]
            if group < 0 or not is_in_list(goods, non_negative(work[buffers.CODE, j]), goods_list):
                continue
            entry = plan[non_negative(plan[non_negative(plan[layout.LAW_GROUPS]) + non_negative(group)])]
            if plan[
                non_negative(plan[layout.LAW_UNCHECKED]) + non_negative(plan[non_negative(entry) + layout.ENTRY_BASIS])
            ]:
                out[REGIME_EARLY_REASONS, j] |= UNCHECKED


@compiled
def set_regime_status(plan: Any, p: int, r: int, work: Any, treatments: Any, out: Any, n: int) -> None:
    """Completes the status of a regime with what depends on its charges and on the chosen treatment."""
    mode, none = plan[r + layout.REGIME_TREATMENTS], treatments.shape[0] - 1
    for q in range(n):
        j = non_negative(work[buffers.ACTIVE, q])
        t = non_negative(work[buffers.TREATMENT, j])
        out[REGIME_TREATMENT, j] = t if t != none else -1
        if mode > 0 and t == none:
            out[REGIME_UNKNOWN, j] = 1
        if t != none:
            if treatments[t, TREATMENT_STATUS, j] == layout.CONDITIONAL:
                out[REGIME_QUESTIONS, j] |= PROOF_QUESTION
            if plan[plan[p + layout.PLAN_TREATMENTS] + t * layout.TREATMENT_SIZE + layout.TREATMENT_UNCHECKED]:
                out[REGIME_REASONS, j] |= UNCHECKED
        out[REGIME_REASONS, j] |= out[REGIME_EARLY_REASONS, j]
        if out[REGIME_UNKNOWN, j]:
            out[REGIME_STATUS, j] = layout.CLOSED
        elif out[REGIME_STATUS, j] == layout.OPEN and out[REGIME_QUESTIONS, j]:
            out[REGIME_STATUS, j] = layout.CONDITIONAL
    add_preference_reasons(plan, p, r, work, treatments, out, n)


@compiled
def add_preference_reasons(plan: Any, p: int, r: int, work: Any, treatments: Any, out: Any, n: int) -> None:
    """Adds the reasons for what is not known about the treatments that a regime admits."""
    mode = plan[r + layout.REGIME_TREATMENTS]
    stop = 0 if mode == layout.MODE_NONE else 1 if mode == layout.MODE_MFN else plan[p + layout.PLAN_N_TREATMENTS]
    for t in range(1 if mode == layout.MODE_PREFERENCES else 0, stop):
        treatment_at = plan[p + layout.PLAN_TREATMENTS] + t * layout.TREATMENT_SIZE
        unknown = (
            plan[treatment_at + layout.TREATMENT_PREFERENCE] and not plan[treatment_at + layout.TREATMENT_COMPLETE]
        )
        foreign = plan[treatment_at + layout.TREATMENT_WAIVER_FOREIGN]
        if not unknown and not foreign:
            continue
        for q in range(n):
            j = non_negative(work[buffers.ACTIVE, q])
            if (
                unknown
                and treatments[t, TREATMENT_STATE, j] != layout.BY_RATE
                and treatments[t, TREATMENT_ROW, j] != ROW_SAYS_NONE
                and out[REGIME_ORDINARY_DUTY, j]
            ):
                out[REGIME_REASONS, j] |= PREFERENCE
            if foreign:
                out[REGIME_REASONS, j] |= REFERENCE
