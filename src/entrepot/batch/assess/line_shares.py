"""parts: the figures of a consignment shared over its lines, so that the parts add up to the unit."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from entrepot.batch.rows.context import LawContext
from entrepot.engine.case import Case
from entrepot.engine.flow.describe import describe
from entrepot.engine.flow.value import prices, value
from entrepot.engine.request import Asked
from entrepot.law.records import Regime
from entrepot.model.errors import SaleError
from entrepot.model.money import split
from entrepot.model.quote import Charge, Option
from entrepot.model.rule_kinds import CHARGE_KINDS


def line_shares(asked: Asked, best: Option, context: LawContext) -> list[tuple[Decimal, ...]]:
    """For each line its duties, taxes, fees, charges and landed price, in major units.

    A charge of the consignment is shared by what each line owes before the rounding of totals; units left over go as in
    the engine, so that the sequence of lines does not matter.
    """
    case = describe(asked.sale, asked.law, asked.on, context.world, asked.reference)
    places, rank = asked.law.decimals, case.rank or None
    sums: dict[str, list[int]] = {name: [0] * len(case.lines) for name in ("duties", "taxes", "fees")}
    for charge in best.charges:
        if charge.amount is None or charge.charged_to != "buyer":
            continue
        group = CHARGE_KINDS[charge.kind].subtotal
        shares = split(_minor(charge.amount, places), _weights(best, charge, places), rank)
        sums[group] = [before + share for before, share in zip(sums[group], shares, strict=True)]
    regime = next(each for each in asked.law.regimes if each.id == best.regime)
    found = []
    for duty, tax, fee, price in zip(*sums.values(), _prices(case, best, regime), strict=True):
        charges = duty + tax + fee
        minor = (duty, tax, fee, charges, price + charges)
        found.append(tuple(Decimal(amount).scaleb(-places) for amount in minor))
    return found


def _weights(best: Option, charge: Charge, places: int) -> list[int]:
    """What each line owes of a charge before the rounding of totals."""
    found = []
    for line in best.lines:
        own = next((each.amount for each in line.charges if each.id == charge.id), None)
        found.append(_minor(own, places) if own is not None else 0)
    return found


def _prices(case: Case, best: Option, regime: Regime) -> Sequence[int]:
    """What the buyer pays for each line's goods, carriage and insurance."""
    sums = best.amount_subtotals
    if sums is None:
        raise AssertionError("an open way has its amounts")
    price = prices(case)
    whole = sum(_minor(text, case.law.decimals) for text in (sums.goods, sums.shipping, sums.insurance))
    if case.sale.incoterm == "DDP":  # the price before charges is shared as the engine shares it
        return split(whole, price, case.rank or None)
    try:
        by_name = value(case, price, regime).by_name
    except SaleError as error:
        raise AssertionError("the sale was quoted already") from error
    return [sum(part) for part in zip(*by_name[:3], strict=True)]


def _minor(text: str, places: int) -> int:
    return int(Decimal(text).scaleb(places))
