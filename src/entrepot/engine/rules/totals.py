"""What a procedure costs in all: the subtotals, the charges, the part recovered and the landed amount."""

from __future__ import annotations

from typing import NamedTuple

from entrepot.engine.case import AssessedRegime, Case
from entrepot.model.rule_kinds import CHARGE_KINDS

#: The sums of a procedure: the goods, and the charges that the buyer pays, by kind.
SUMS = ("goods", "duties", "taxes", "fees")


class Totals(NamedTuple):
    """Whole minor units. `subtotals`: of the goods, duties, taxes and fees."""

    subtotals: dict[str, int]
    charges: int
    recovered: int
    landed: int


def totals(case: Case, assessed: AssessedRegime) -> Totals:
    """The totals of a procedure whose duties and taxes are known.

    Of a charge that is not known they count the lowest amount, where a candidate of highest rates has one.
    """
    sums = dict.fromkeys(SUMS, 0)
    charges = recovered = 0
    business = case.buyer == "business"
    for owed in assessed.charges:
        amount = owed.total or owed.least_total
        if not amount or owed.charge.charged_to != "buyer":
            continue
        sums[CHARGE_KINDS[owed.charge.kind].subtotal] += amount
        charges += amount
        if business and owed.charge.recoverable == "yes":
            recovered += amount
    goods, shipping, insurance = assessed.values.total[:3]
    if case.sale.incoterm == "DDP":  # the price includes the charges
        goods = sum([line.amount for line in case.lines]) - case.discount - shipping - insurance - charges
    sums["goods"] = goods
    return Totals(sums, charges, recovered, goods + shipping + insurance + charges)
