"""The figures of a consignment, shared over its lines so that the parts add up to the unit."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from entrepot.engine.case import AssessedRegime, AssessedSale, Case
from entrepot.engine.flow.value import line_prices
from entrepot.engine.rules.confidence import leaves_out_a_charge, subtotals_without_highest
from entrepot.model.money import split
from entrepot.model.rule_kinds import CHARGE_KINDS

#: The places of figures in the shares of a line.
SUBTOTALS = ("duties", "taxes", "fees")
FEES, CHARGES, LANDED = 2, 3, 4


class Figures(NamedTuple):
    """The figures of a row, in major units.

    None where there is none, where it differs between candidates, or where a charge in it has no highest amount.
    """

    duties: Decimal | None
    taxes: Decimal | None
    fees: Decimal | None
    charges: Decimal | None
    landed: Decimal | None
    charges_low: Decimal | None
    charges_high: Decimal | None
    landed_low: Decimal | None
    landed_high: Decimal | None


def consignment_figures(assessed_sale: AssessedSale) -> list[Figures]:
    """The figures of each line of a consignment; of one with candidates, those that are the same for all.

    The lowest and the highest are the shares of the candidates with the lowest and the highest landed price, so that
    they add up to those of the consignment.
    """
    best = assessed_sale.best
    some = assessed_sale.candidates or (assessed_sale,)
    known = [each._replace(best=best) for each in some if not each.regimes[best].unknown]
    shares = sorted((line_shares(each) for each in known), key=_totals)
    all_known = len(known) == len(some)
    lowest_only = _lowest_only(known)
    # A charge that is left out of a candidate's sums has no highest amount.
    bounded = all_known and not any(leaves_out_a_charge(each.case, each.regimes[best]) for each in known)
    same_sums = {
        place
        for place in (CHARGES, LANDED)
        if not lowest_only and len({sum(line[place] for line in lines) for lines in shares}) == 1
    }
    found = []
    for i, lines in enumerate(zip(*shares, strict=True)):
        figures: list[Decimal | None] = []
        for place, amounts in enumerate(zip(*lines, strict=True)):
            # A fee is no part of what makes a candidate unknown.
            same = len(set(amounts)) == 1 and (all_known or place == FEES) and place not in lowest_only.get(i, ())
            figures.append(amounts[0] if same else None)
        ends: list[Decimal | None] = []
        for place in (CHARGES, LANDED):
            ends += [lines[0][place], lines[-1][place] if bounded or (all_known and place in same_sums) else None]
        found.append(Figures(*figures, *ends))
    return found


def _lowest_only(known: list[AssessedSale]) -> dict[int, set[int]]:
    """The figures, by line, in which a charge counts its lowest amount because it has no highest one."""
    found: dict[int, set[int]] = {}
    for each in known:
        best = each.regimes[each.best]
        if not subtotals_without_highest(each.case, best):
            continue
        for owed in best.charges:
            if owed.least_total and owed.charge.charged_to == "buyer":
                places = {SUBTOTALS.index(CHARGE_KINDS[owed.charge.kind].subtotal), CHARGES, LANDED}
                for i, least in enumerate(owed.least):
                    if least and owed.amounts[i] is None:
                        found.setdefault(i, set()).update(places)
    return found


def _totals(lines: list[tuple[Decimal, ...]]) -> tuple[Decimal, Decimal]:
    """The landed price of all lines, and their charges: under DDP only these differ."""
    return sum((line[LANDED] for line in lines), Decimal(0)), sum((line[CHARGES] for line in lines), Decimal(0))


def line_shares(assessed_sale: AssessedSale) -> list[tuple[Decimal, ...]]:
    """For each line its duties, taxes, fees, charges and landed price under the best procedure, in major units.

    A charge of the consignment is shared by what each line owes before the rounding of totals; units left over are
    given as in the engine, so that the sequence of lines does not matter.
    """
    case = assessed_sale.case
    best = assessed_sale.regimes[assessed_sale.best]
    places, rank = case.law.decimals, case.rank or None
    sums: dict[str, list[int]] = {name: [0] * len(case.lines) for name in SUBTOTALS}
    for owed in best.charges:
        total = owed.total or owed.least_total
        if not total or owed.charge.charged_to != "buyer":
            continue
        group = CHARGE_KINDS[owed.charge.kind].subtotal
        shares = split(total, list(map(owed.counted, range(len(owed.amounts)))), rank)
        sums[group] = [before + share for before, share in zip(sums[group], shares, strict=True)]
    lines = [sum(amounts) for amounts in zip(*sums.values(), strict=True)]
    found = []
    for duty, tax, fee, charges, price in zip(*sums.values(), lines, _prices(case, best, sum(lines)), strict=True):
        minor = (duty, tax, fee, charges, price + charges)
        found.append(tuple(Decimal(amount).scaleb(-places) for amount in minor))
    return found


def _prices(case: Case, best: AssessedRegime, charges: int) -> list[int]:
    """What the buyer pays for each line's goods, carriage and insurance, in minor units."""
    if case.sale.incoterm == "DDP":  # what the amount leaves after the charges, shared as the engine shares it
        prices = line_prices(case)
        return split(sum(prices) - charges, prices, case.rank or None)
    return [sum(part) for part in zip(*best.values.by_name[:3], strict=True)]
