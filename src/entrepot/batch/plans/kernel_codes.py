"""The kernel's codes: a whole number for each kind of rule that the compiled loops know.

The names are those of `entrepot.model.rule_kinds`; a kind that is SINGLE_QUOTE_ONLY there has no code here.
"""

from __future__ import annotations

from collections.abc import Mapping

from entrepot.batch.kernel import layout as f
from entrepot.batch.kernel.reasons import PLACE
from entrepot.batch.plans.plan_buffer import NotInKernel
from entrepot.model import rule_kinds

#: By the subtotal that a charge is part of.
CHARGE_KINDS: dict[str, int] = {
    "duty": f.DUTIES,
    "additional_duty": f.DUTIES,
    "excise": f.TAXES,
    "vat": f.TAXES,
    "income_tax": f.TAXES,
    "fee": f.FEES,
}
RATE_SOURCES: dict[str, int] = {
    "literal": f.LITERAL,
    "tariff": f.TARIFF,
    "tax": f.TAX,
    "additional": f.ADDITIONAL,
}
#: T_FIXED: the test turns on the sale and the origin alone, so that the engine's own function settles it beforehand.
CONDITION_TESTS: dict[str, int] = {
    "at_most": f.T_AT_MOST,
    "below": f.T_BELOW,
    "at_least": f.T_AT_LEAST,
    "above": f.T_ABOVE,
    "annual": f.T_ANNUAL,
    "single_item": f.T_SINGLE,
    "several_items": f.T_SEVERAL,
    "registered": f.T_FIXED,
    "unregistered": f.T_FIXED,
    "listed": f.T_LISTED,
    "unlisted": f.T_LISTED,
    "goods_in": f.T_IN,
    "goods_not_in": f.T_NOT_IN,
    "origin_in": f.T_FIXED,
    "ship_from_in": f.T_FIXED,
    "asserted": f.T_FIXED,
}
TREATMENT_MODES: dict[str, int] = f.TREATMENTS
#: The place of a reason; of a reason that an open way may carry, also its bit.
REASONS: dict[str, int] = PLACE

for _name, _kinds, _codes in (
    ("CHARGE_KINDS", rule_kinds.in_kernel(rule_kinds.CHARGE_KINDS), CHARGE_KINDS),
    ("RATE_SOURCES", rule_kinds.in_kernel(rule_kinds.RATE_SOURCES), RATE_SOURCES),
    ("CONDITION_TESTS", rule_kinds.in_kernel(rule_kinds.CONDITION_TESTS), CONDITION_TESTS),
    ("TREATMENT_MODES", rule_kinds.in_kernel(rule_kinds.TREATMENT_MODES), TREATMENT_MODES),
    ("REASONS", {key for key, known in rule_kinds.REASONS.items() if known}, REASONS),
):
    rule_kinds.require_same(_kinds, _codes, f"fleet.kernel_codes.{_name}")


def code_of(codes: Mapping[str, int], name: str) -> int:
    """The kernel's code of a kind. Raises Beyond where it has none: such sales are assessed one by one.

    >>> code_of(CONDITION_TESTS, "single_item")
    5
    """
    found = codes.get(name)
    if found is None:
        raise NotInKernel
    return found
