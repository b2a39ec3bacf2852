"""ddp: the price before charges of a sale whose amount includes them (incoterm DDP), solved backwards.

Charges depend on the price and the price on the charges: the price is searched for of which price and charges together
are the amount.
"""

from __future__ import annotations

from collections.abc import Callable

from entrepot.engine.case import Assessed, Case, Claim
from entrepot.engine.flow.rate import rate
from entrepot.engine.flow.treatments import charge_best
from entrepot.engine.flow.value import value
from entrepot.law.records import Regime
from entrepot.model.errors import SaleError
from entrepot.model.money import split


def before_charges(case: Case, regime: Regime, claims: list[list[Claim]], price: list[int]) -> list[int] | None:
    """The price of which price and charges together are the DDP amount, shared over the lines.

    None where no price is.
    """
    whole, rank = sum(price), case.rank or None

    def fits(total: int) -> bool:
        """Whether a price before charges is possible and not above the amount with its charges."""
        try:
            values = value(case, split(total, price, rank), regime)
        except SaleError:
            return False  # it cannot carry the costs that are inside it
        way = charge_best(case, regime, claims, values, rate(case, values, claims))
        return not way.unknown and total + _paid(way) <= whole

    found = greatest(whole, fits)
    return None if found is None else split(found, price, rank)


def greatest(top: int, fits: Callable[[int], bool]) -> int | None:
    """The greatest whole number up to `top` that fits.

    Nearly every number under a limit fits, but where charges fall as a price rises there are islands above it: after
    halving, what is above is probed in sixteen parts and in the next sixteen numbers, until nothing more is found.

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
        island = next((number for number in above if low < number < top and fits(number)), None)
        if island is None:
            break
        low = island
    return low


def _paid(way: Assessed) -> int:
    return sum(each.total or 0 for each in way.owed if each.charge.charged_to == "buyer")
