"""held: the reliefs and conditions of a regime, with what the sale itself settles of them."""

from __future__ import annotations

from entrepot.batch.kernel import layout as f
from entrepot.batch.plans.kernel_codes import CONDITION_TESTS, code_of
from entrepot.batch.plans.law_arrays import LawArrays, includes
from entrepot.batch.plans.plan_buffer import NotInKernel, PlanBuffer
from entrepot.engine.case import Case
from entrepot.engine.rules.conditions import TESTS
from entrepot.engine.rules.currency import converted_limit
from entrepot.engine.rules.reliefs import concerns_sale
from entrepot.law.records import Condition, Regime, Threshold


def write_reliefs(tape: PlanBuffer, folded: LawArrays, case: Case, regime: Regime) -> tuple[int, int, list[int]]:
    """The reliefs that concern such a sale, in the order of the file: where they begin, and how many.

    And for each charge which of them relieve it because a value is small, as bits.
    """
    places = {charge.id: place for place, charge in enumerate(regime.charges)}
    found: list[int] = []
    origin = case.lines[0].origin
    for threshold in regime.thresholds:
        if concerns_sale(case, threshold) and includes(threshold.origin, origin):
            found += _encode_relief(folded, case, threshold, places)
    if len(found) > 30 * f.L_SIZE:
        raise NotInKernel  # they are kept as bits of one number
    many = len(found) // f.L_SIZE
    by_value = [t for t in range(many) if found[t * f.L_SIZE + f.L_VALUE] >= 0]
    relieved = [
        sum(((found[t * f.L_SIZE + f.L_RELIEVES] >> charge) & 1) << t for t in by_value)
        for charge in range(len(regime.charges))
    ]
    return tape.add(found), many, relieved


def _encode_relief(folded: LawArrays, case: Case, threshold: Threshold, places: dict[str, int]) -> list[int]:
    entry = [0] * f.L_SIZE
    entry[f.L_VALUE] = threshold.value
    entry[f.L_ITEM] = threshold.per == "item" and threshold.value >= 0
    entry[f.L_BELOW] = threshold.below
    bound = converted_limit(case, threshold.amount_num, threshold.amount_den, threshold.currency)
    entry[f.L_KNOWN] = bound is not None
    if bound is not None:
        num, den = bound
        # Whole amounts: less than a bound is at most the whole number before it.
        entry[f.L_LIMIT] = -(-num // den) - 1 if threshold.below else num // den
        rate = case.rates_to[threshold.currency]
        entry[f.L_NUM] = threshold.amount_num * rate[0]
        entry[f.L_DEN] = threshold.amount_den * rate[1]
        entry[f.L_FOREIGN] = threshold.currency != case.law.currency
    entry[f.L_GOODS] = folded.prefixes[threshold.goods]
    entry[f.L_EXCLUDES] = folded.prefixes[threshold.excludes] if threshold.excludes else -1
    entry[f.L_RELIEVES] = sum(1 << places[name] for name in threshold.relieves if name in places)
    entry[f.L_AFTER] = places.get(threshold.after, -1)
    entry[f.L_SUMS] = sum(1 << places[name] for name in threshold.charges if name in places)
    entry[f.L_ROW] = threshold.basis
    return entry


def write_conditions(tape: PlanBuffer, folded: LawArrays, case: Case, regime: Regime) -> tuple[int, int]:
    """The conditions that may concern such a sale: where they begin, and how many."""
    found: list[int] = []
    origin, ship_from = case.lines[0].origin, case.sale.ship_from.country
    for condition in regime.conditions:
        if includes(condition.ship_from, ship_from) and includes(condition.origin, origin):
            found += _encode_condition(folded, case, condition)
    return tape.add(found), len(found) // f.K_SIZE


def _encode_condition(folded: LawArrays, case: Case, condition: Condition) -> list[int]:
    law, entry = case.law, [0] * f.K_SIZE
    entry[f.K_VALUE], entry[f.K_ITEM] = condition.value, condition.per == "item"
    entry[f.K_DECIMALS] = law.decimals
    entry[f.K_GOODS] = folded.prefixes[condition.goods] if condition.goods else -1
    entry[f.K_COLUMN] = condition.column
    entry[f.K_ASSUME], entry[f.K_VOUCHED] = condition.assume, condition.id in case.sale.asserted
    entry[f.K_UNCHECKED] = law.bases[condition.basis].trust == 2
    entry[f.K_REASON] = condition.currency in case.reference and condition.currency != case.sale.currency
    test = code_of(CONDITION_TESTS, condition.test)
    if test == f.T_FIXED:
        # These look at the sale and the origin alone, so that the engine's own test can be asked.
        outcome = TESTS[condition.test](case, None, condition, [0])  # type: ignore[arg-type]  # they read no values
        entry[f.K_TEST] = f.T_FIXED
        entry[f.K_STATIC] = f.MAYBE if outcome is None else f.YES if outcome else f.NO
        return entry
    entry[f.K_TEST] = test
    if test in (f.T_IN, f.T_NOT_IN):
        entry[f.K_SET] = folded.prefixes[condition.goods_in]
    if test == f.T_LISTED:
        entry[f.K_OTHER] = folded.names.get("no" if condition.test == "listed" else "yes", -1)
        entry[f.K_SET] = folded.names.get("unknown", -1)
        complete = condition.column >= 0 and law.columns[condition.column].complete
        # Without a row: not on the list where the list is whole, else unknown.
        absent = "no" if complete else "unknown"
        fails = "no" if condition.test == "listed" else "yes"
        entry[f.K_STATIC] = f.NO if absent == fails else f.MAYBE if absent == "unknown" else f.YES
    bound = (
        converted_limit(case, condition.amount_num, condition.amount_den, condition.currency)
        if condition.currency
        else None
    )
    entry[f.K_KNOWN] = bound is not None
    if bound is not None:
        num, den = bound
        up = test in (f.T_BELOW, f.T_AT_LEAST)
        entry[f.K_LIMIT] = -(-num // den) if up else num // den
        rate = case.rates_to[condition.currency]
        entry[f.K_NUM], entry[f.K_DEN] = condition.amount_num * rate[0], condition.amount_den * rate[1]
        entry[f.K_FOREIGN] = condition.currency != law.currency
    return entry
