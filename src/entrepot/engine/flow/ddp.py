"""DDP: the price before charges of a sale whose price includes the import charges.

Under DDP (delivered duty paid) the seller quotes one amount that includes duties and taxes. Customs assess the charges
on the price without them, and that price is not given: charges depend on the price, and the price on the charges.
There is no formula for it, because rates may be by weight, have floors and steps, and reliefs end at a limit. So it is
solved backwards: for a price tried, all charges are calculated as for any other sale, and the greatest price is sought
at which price and charges together do not exceed the amount. What rounding leaves over stays in the price of the goods.
Each import procedure has its own charges, and so its own price before charges.

A charge may be known at low prices only, where a relief ends: then the price before charges is unknown too, unless the
known charges alone rule out the prices above. What is unknown because the sale leaves a fact open is settled first:
each candidate of the fact has its own price.
"""

from __future__ import annotations

from collections.abc import Callable

from entrepot.engine.case import AssessedRegime, Case, Claim
from entrepot.engine.flow.candidates import leaves_open
from entrepot.engine.flow.rate import rate
from entrepot.engine.flow.treatments import charge_best
from entrepot.engine.flow.value import value
from entrepot.law.records import Regime
from entrepot.model.errors import SaleError
from entrepot.model.money import split


def price_before_charges(case: Case, regime: Regime, claims: list[list[Claim]], prices: list[int]) -> list[int] | None:
    """Each line's price before the charges of a procedure, in minor units of the importer's currency.

    `prices`: each line's part of the DDP amount. The price found is split over the lines by them. None where no price
    solves it: even at a price of zero the charges exceed the amount, or one of them is not known. Where the charges
    leave a fact open at a price tried, that price, at which the fact is asked for.
    """
    amount, rank = sum(prices), case.rank or None
    not_known: list[int] = []

    def fits(total: int) -> bool:
        """Whether a price before charges is possible, and with its charges does not exceed the amount."""
        try:
            values = value(case, split(total, prices, rank), regime)
        except SaleError:
            return False  # the freight and insurance that it includes are more than the price
        assessed = charge_best(case, regime, claims, values, rate(case, values, claims))
        if leaves_open(case, assessed):
            raise _FactOpen(total)
        if total + _paid_by_buyer(assessed) > amount:
            return False
        if assessed.unknown:
            not_known.append(total)
        return not assessed.unknown

    try:
        found = greatest(amount, fits)
    except _FactOpen as left_open:
        return split(left_open.price, prices, rank)
    if found is None or any(total > found for total in not_known):
        return None
    return split(found, prices, rank)


class _FactOpen(Exception):
    """The charges on a price leave a fact open, whose candidates are assessed instead."""

    def __init__(self, price: int) -> None:
        super().__init__(price)
        self.price = price


def greatest(top: int, fits: Callable[[int], bool]) -> int | None:
    """The greatest whole number up to `top` that fits, as far as this search finds it; None where none is found.

    Below some number nearly all fit, which bisection finds. But where charges fall as a price rises (a relief ends, a
    lower band starts), numbers above it may fit again: after each bisection fifteen numbers spread over what is above,
    and the next sixteen, are tried, until none of them fits.

    >>> greatest(100, lambda number: number <= 37), greatest(100, lambda number: False)
    (37, None)
    """
    if fits(top):
        return top
    low = next((start for start in (0, 1, top // 4, top // 2, top * 3 // 4) if fits(start)), None)
    while low is not None:
        high = top
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if fits(middle) else (low, middle)
        above = sorted(
            {low + (top - low) * part // 16 for part in range(1, 16)} | set(range(low + 1, low + 17)), reverse=True
        )
        higher = next((number for number in above if low < number < top and fits(number)), None)
        if higher is None:
            break
        low = higher
    return low


def _paid_by_buyer(assessed: AssessedRegime) -> int:
    return sum(each.total or each.least_total for each in assessed.charges if each.charge.charged_to == "buyer")
