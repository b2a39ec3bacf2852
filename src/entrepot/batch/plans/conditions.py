"""Writes the reliefs and conditions of a regime, with what the sale itself decides of them."""

from __future__ import annotations

from entrepot.batch.kernel import layout
from entrepot.batch.plans.kernel_codes import CONDITION_TESTS, code_of
from entrepot.batch.plans.law_arrays import LawArrays, includes
from entrepot.batch.plans.plan_buffer import NotInKernel, PlanBuffer
from entrepot.engine.case import Case
from entrepot.engine.rules.conditions import TESTS
from entrepot.engine.rules.currency import converted_limit
from entrepot.engine.rules.reliefs import concerns_sale
from entrepot.law.records import Condition, Regime, Threshold


def write_reliefs(buffer: PlanBuffer, law_arrays: LawArrays, case: Case, regime: Regime) -> tuple[int, int, list[int]]:
    """Writes the reliefs that apply to a sale, in the order of the file.

    Returns where they begin, how many, and for each charge which of them relieve it because a value is small, as bits.
    """
    indices = {charge.id: index for index, charge in enumerate(regime.charges)}
    entries: list[int] = []
    origin = case.lines[0].origin
    for threshold in regime.thresholds:
        if concerns_sale(case, threshold) and includes(threshold.origin, origin):
            entries += _encode_relief(law_arrays, case, threshold, indices)
    if len(entries) > 30 * layout.RELIEF_SIZE:
        raise NotInKernel  # they are bits of one number
    count = len(entries) // layout.RELIEF_SIZE
    by_value = [t for t in range(count) if entries[t * layout.RELIEF_SIZE + layout.RELIEF_VALUE] >= 0]
    relieved = [
        sum(((entries[t * layout.RELIEF_SIZE + layout.RELIEF_RELIEVES] >> charge) & 1) << t for t in by_value)
        for charge in range(len(regime.charges))
    ]
    return buffer.add(entries), count, relieved


def _encode_relief(law_arrays: LawArrays, case: Case, threshold: Threshold, indices: dict[str, int]) -> list[int]:
    entry = [0] * layout.RELIEF_SIZE
    entry[layout.RELIEF_VALUE] = threshold.value
    entry[layout.RELIEF_ITEM] = threshold.per == "item" and threshold.value >= 0
    entry[layout.RELIEF_BELOW] = threshold.below
    bound = converted_limit(case, threshold.amount_num, threshold.amount_den, threshold.currency)
    entry[layout.RELIEF_KNOWN] = bound is not None
    if bound is not None:
        num, den = bound
        # Amounts are whole: less than a bound is at most the whole number before it.
        entry[layout.RELIEF_LIMIT] = -(-num // den) - 1 if threshold.below else num // den
        rate = case.rates_to[threshold.currency]
        entry[layout.RELIEF_NUM] = threshold.amount_num * rate[0]
        entry[layout.RELIEF_DEN] = threshold.amount_den * rate[1]
        entry[layout.RELIEF_FOREIGN] = threshold.currency != case.law.currency
    else:
        entry[layout.RELIEF_SURE], entry[layout.RELIEF_OPEN] = _ends_of_limit(case, threshold)
    entry[layout.RELIEF_GOODS] = law_arrays.prefixes[threshold.goods]
    entry[layout.RELIEF_EXCLUDES] = law_arrays.prefixes[threshold.excludes] if threshold.excludes else -1
    entry[layout.RELIEF_RELIEVES] = sum(1 << indices[name] for name in threshold.relieves if name in indices)
    entry[layout.RELIEF_AFTER] = indices.get(threshold.after, -1)
    entry[layout.RELIEF_SUMS] = sum(1 << indices[name] for name in threshold.charges if name in indices)
    entry[layout.RELIEF_ROW] = threshold.basis
    return entry


def _ends_of_limit(case: Case, threshold: Threshold) -> tuple[int, int]:
    """The most that is surely within a limit without an exchange rate, and the most that may be.

    Raises NotInKernel for a limit of each piece that lies between amounts of another currency.
    """
    ends = [
        converted_limit(case, *end, threshold.known_currency)
        for end in (threshold.known_low, threshold.known_high)
        if threshold.known_currency
    ]
    known = [end for end in ends if end is not None]
    if len(known) < 2:
        return -1, (1 << 62) - 1
    if threshold.per == "item":
        raise NotInKernel
    low, high = sorted(-(-num // den) - 1 if threshold.below else num // den for num, den in known)
    return low, high


def write_conditions(buffer: PlanBuffer, law_arrays: LawArrays, case: Case, regime: Regime) -> tuple[int, int]:
    """Writes the conditions that may apply to a sale; returns where they begin, and how many."""
    entries: list[int] = []
    origin, ship_from = case.lines[0].origin, case.sale.ship_from.country
    for index, condition in enumerate(regime.conditions):
        if includes(condition.ship_from, ship_from) and includes(condition.origin, origin):
            entries += _encode_condition(law_arrays, case, condition)
            entries[layout.CONDITION_INDEX - layout.CONDITION_SIZE] = index
    return buffer.add(entries), len(entries) // layout.CONDITION_SIZE


def _encode_condition(law_arrays: LawArrays, case: Case, condition: Condition) -> list[int]:
    law, entry = case.law, [0] * layout.CONDITION_SIZE
    entry[layout.CONDITION_VALUE], entry[layout.CONDITION_ITEM] = condition.value, condition.per == "item"
    entry[layout.CONDITION_DECIMALS] = law.decimals
    entry[layout.CONDITION_GOODS] = law_arrays.prefixes[condition.goods] if condition.goods else -1
    entry[layout.CONDITION_COLUMN] = condition.column
    entry[layout.CONDITION_ASSUME], entry[layout.CONDITION_ASSERTED] = (
        condition.assume,
        condition.id in case.sale.asserted,
    )
    entry[layout.CONDITION_UNCHECKED] = law.bases[condition.basis].trust >= 2
    entry[layout.CONDITION_REFERENCE_RATE] = (
        condition.currency in case.reference and condition.currency != case.sale.currency
    )
    test = code_of(CONDITION_TESTS, condition.test)
    if test == layout.TEST_FIXED:
        # These depend only on the sale and the origin: the engine's own test decides.
        outcome = TESTS[condition.test](case, None, condition, [0])  # type: ignore[arg-type]  # they read no values
        entry[layout.CONDITION_TEST] = layout.TEST_FIXED
        entry[layout.CONDITION_OUTCOME] = layout.MAYBE if outcome is None else layout.YES if outcome else layout.NO
        return entry
    entry[layout.CONDITION_TEST] = test
    if test in (layout.TEST_IN, layout.TEST_NOT_IN):
        entry[layout.CONDITION_LIST] = law_arrays.prefixes[condition.goods_in]
    if test == layout.TEST_LISTED:
        entry[layout.CONDITION_FAILING_NAME] = law_arrays.names.get("no" if condition.test == "listed" else "yes", -1)
        entry[layout.CONDITION_LIST] = law_arrays.names.get("unknown", -1)
        complete = condition.column >= 0 and law.columns[condition.column].complete
        # Without a row: not on the list where the list is complete, else unknown.
        absent = "no" if complete else "unknown"
        fails = "no" if condition.test == "listed" else "yes"
        entry[layout.CONDITION_OUTCOME] = (
            layout.NO if absent == fails else layout.MAYBE if absent == "unknown" else layout.YES
        )
    bound = (
        converted_limit(case, condition.amount_num, condition.amount_den, condition.currency)
        if condition.currency
        else None
    )
    entry[layout.CONDITION_KNOWN] = bound is not None
    if bound is not None:
        num, den = bound
        up = test in (layout.TEST_BELOW, layout.TEST_AT_LEAST)
        entry[layout.CONDITION_LIMIT] = -(-num // den) if up else num // den
        rate = case.rates_to[condition.currency]
        entry[layout.CONDITION_NUM] = condition.amount_num * rate[0]
        entry[layout.CONDITION_DEN] = condition.amount_den * rate[1]
        entry[layout.CONDITION_FOREIGN] = condition.currency != law.currency
    return entry
