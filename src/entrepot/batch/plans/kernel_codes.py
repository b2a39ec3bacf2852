"""The kernel's codes: a whole number for each kind of rule that the compiled loops know.

The names are those of `entrepot.model.rule_kinds`; a kind that is SINGLE_QUOTE_ONLY there has no code here.
"""

from __future__ import annotations

from collections.abc import Mapping

from entrepot.batch.kernel import layout
from entrepot.batch.kernel.reasons import REASON_NUMBER
from entrepot.batch.plans.plan_buffer import NotInKernel
from entrepot.model import rule_kinds

#: The kinds of charge: the subtotal that each is part of.
CHARGE_KINDS: dict[str, int] = {
    "duty": layout.DUTIES,
    "additional_duty": layout.DUTIES,
    "excise": layout.TAXES,
    "vat": layout.TAXES,
    "income_tax": layout.TAXES,
    "fee": layout.FEES,
}
RATE_SOURCES: dict[str, int] = {
    "literal": layout.LITERAL,
    "tariff": layout.TARIFF,
    "tax": layout.TAX,
    "additional": layout.ADDITIONAL,
}
#: T_FIXED: the test turns on the sale and the origin alone, so that the engine's own function settles it beforehand.
CONDITION_TESTS: dict[str, int] = {
    "at_most": layout.TEST_AT_MOST,
    "below": layout.TEST_BELOW,
    "at_least": layout.TEST_AT_LEAST,
    "above": layout.TEST_ABOVE,
    "annual": layout.TEST_ANNUAL,
    "single_item": layout.TEST_SINGLE,
    "several_items": layout.TEST_SEVERAL,
    "at_most_one_litre": layout.TEST_LITRE,
    "registered": layout.TEST_FIXED,
    "unregistered": layout.TEST_FIXED,
    "listed": layout.TEST_LISTED,
    "unlisted": layout.TEST_LISTED,
    "goods_in": layout.TEST_IN,
    "goods_not_in": layout.TEST_NOT_IN,
    "origin_in": layout.TEST_FIXED,
    "ship_from_in": layout.TEST_FIXED,
    "asserted": layout.TEST_FIXED,
}
TREATMENT_MODES: dict[str, int] = layout.TREATMENT_MODES
#: The number of a reason; for the reasons of an open regime also the number of its bit.
REASONS: dict[str, int] = REASON_NUMBER

for _name, _kinds, _codes in (
    ("CHARGE_KINDS", rule_kinds.in_kernel(rule_kinds.CHARGE_KINDS), CHARGE_KINDS),
    ("RATE_SOURCES", rule_kinds.in_kernel(rule_kinds.RATE_SOURCES), RATE_SOURCES),
    ("CONDITION_TESTS", rule_kinds.in_kernel(rule_kinds.CONDITION_TESTS), CONDITION_TESTS),
    ("TREATMENT_MODES", rule_kinds.in_kernel(rule_kinds.TREATMENT_MODES), TREATMENT_MODES),
    ("REASONS", {key for key, known in rule_kinds.REASONS.items() if known}, REASONS),
):
    rule_kinds.require_same(_kinds, _codes, f"batch.plans.kernel_codes.{_name}")


def code_of(codes: Mapping[str, int], name: str) -> int:
    """The kernel's code of a kind. Raises NotInKernel where it has none: such sales are assessed one by one.

    >>> code_of(CONDITION_TESTS, "single_item")
    5
    """
    found = codes.get(name)
    if found is None:
        raise NotInKernel
    return found
