"""flow: the road that every sale takes. `VERBS` is its map, `quote` walks it.

    describe   what is sold, between whom, in the importer's words?
    originate  which tariff treatments may each line claim?
    value      what are the goods worth at the border?
    rate       which rows of the schedule are in force, for each line and way?
    charge     what is owed, for each line and way, and for the consignment?
    choose     which treatment is best for each line, and which regime for the consignment?
    require    which papers and permissions does each way take?
    explain    how is it said, with the law behind each figure?

No verb knows another; each gets values and gives values. The day and the exchange rates are arguments.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from entrepot.case import Assessed, Case, Claim, Owed, Rated, Values
from entrepot.faults import SaleError
from entrepot.flow import charge as charging
from entrepot.flow import choose
from entrepot.flow.charge import charge
from entrepot.flow.describe import describe
from entrepot.flow.explain import explain
from entrepot.flow.originate import originate
from entrepot.flow.rate import rate
from entrepot.flow.require import require
from entrepot.flow.value import prices, value
from entrepot.hold import conditions
from entrepot.money import split
from entrepot.pack.law import Law, World
from entrepot.pack.records import Regime
from entrepot.relief import Reliefs, reliefs
from entrepot.sole import alone, counts
from entrepot.words import Exchange, Quote, Sale

VERBS = ("describe", "originate", "value", "rate", "charge", "choose", "require", "explain")


def quote(sale: Sale, law: Law, world: World, on: dt.date, reference: Mapping[str, Exchange]) -> Quote:
    """The quote of a sale under a law on a day. A function of its arguments alone.

    `reference`: exchange rates to fall back on. Raises SaleError where the request is no sale.
    """
    case = describe(sale, law, on, world, reference)
    if case.refused:
        return explain(case, [], -1)
    claims = originate(case)
    price = prices(case)
    known: dict[tuple[str, int, int], tuple[Values, Rated]] = {}
    ways = [_assess(case, regime, claims, price, known) for regime in law.regimes if regime.of == case.of]
    closed = choose.closed_by_mandatory([way.regime for way in ways], [way.status for way in ways])
    for index, by in closed.items():
        ways[index].status, ways[index].closed_by = "closed", by
    best = choose.best([way.status for way in ways], [_cost(case, way) for way in ways])
    return explain(case, ways, best)


def _assess(
    case: Case,
    regime: Regime,
    claims: list[list[Claim]],
    price: list[int],
    known: dict[tuple[str, int, int], tuple[Values, Rated]],
) -> Assessed:
    """A regime with each line's best treatment; DDP prices are solved backwards first.

    `known`: values and rows that regimes of one valuation share.
    """
    shared = (regime.value_basis, regime.value_num, regime.value_den)
    solved = True
    if case.sale.incoterm == "DDP":
        before = _before_charges(case, regime, claims, price)
        solved, price = before is not None, before or price
        known.pop(shared, None)
    if shared not in known:
        values = value(case, price, regime)
        known[shared] = values, rate(case, values, claims)
    values, rated = known[shared]
    way = _charged(case, regime, claims, values, rated)
    way.unsolved = not solved and not way.unknown
    way.unknown = way.unknown or not solved
    held = conditions(case, values, regime)
    permits = require(case, regime)
    fit = choose.fits(case, regime)
    prohibited = any(permit.kind == "prohibition" for permit in permits)
    way.held, way.permits, way.fit = held, permits, fit
    way.status = choose.status(fit, held, prohibited, way.unknown, choose.taken(way.picks, way.statuses))
    return way


def _charged(case: Case, regime: Regime, claims: list[list[Claim]], values: Values, rated: Rated) -> Assessed:
    """The charges of a regime under each line's best open treatment."""
    relief = reliefs(case, values, regime) if regime.thresholds else {}
    statuses = rated.statuses or [[choose.claim_status(case, values, claim) for claim in mine] for mine in claims]
    rated.statuses = statuses
    picks, costs = _treatments(case, regime, claims, values, rated, relief)
    owed = charge(case, values, rated, regime, picks, relief)
    plain = picks if regime.treatments in ("none", "preferences") else [0 if mine else -1 for mine in claims]
    if plain != picks:
        # A paper is asked for only where it gains something: reliefs of the consignment may take the gain away.
        normal = charge(case, values, rated, regime, plain, relief)
        if not choose.refused(normal) and _sum(case, normal) <= _sum(case, owed):
            picks, owed = plain, normal
    for i, found in enumerate(costs):
        if len(found) == 1:
            found[next(iter(found))] = charging.duty_of(owed, i), choose.cost(case, owed, i)
    return Assessed(
        regime=regime,
        values=values,
        rated=rated,
        claims=claims,
        picks=picks,
        owed=owed,
        costs=costs,
        statuses=statuses,
        unknown=choose.refused(owed) or choose.lacking(regime, claims, picks),
    )


def _treatments(
    case: Case, regime: Regime, claims: list[list[Claim]], values: Values, rated: Rated, relief: Reliefs
) -> tuple[list[int], list[dict[int, tuple[int | None, int | None]]]]:
    """For each line the treatment taken, and what each admitted one would cost: the duty, its own charges."""
    picks, costs = [], []
    for i, mine in enumerate(claims):
        admitted = choose.wanted(regime, mine)
        found: dict[int, tuple[int | None, int | None]] = {}
        if len(admitted) > 1:
            for index in admitted:
                if not rated.tariff[i][index].choices and not relief:
                    found[index] = (None, None)
                    continue
                found[index] = alone(case, values, rated, regime, i, index, relief)
        elif admitted:
            found[admitted[0]] = (None, 0)
        picks.append(choose.pick(admitted, rated.statuses[i], found))
        costs.append(found)
    return picks, costs


def _before_charges(case: Case, regime: Regime, claims: list[list[Claim]], price: list[int]) -> list[int] | None:
    """The price of which price and charges together are the DDP amount, shared over the lines.

    None where there is none.
    """
    whole, rank = sum(price), case.rank or None

    def fits(total: int) -> bool:
        """Whether a price before charges is possible and not above the amount with its charges."""
        try:
            values = value(case, split(total, price, rank), regime)
        except SaleError:
            return False  # it cannot carry the costs that are inside it
        way = _charged(case, regime, claims, values, rate(case, values, claims))
        return not way.unknown and total + _paid(way) <= whole

    found = _greatest(whole, fits)
    return None if found is None else split(found, price, rank)


def _greatest(top: int, fits: Callable[[int], bool]) -> int | None:
    """The greatest whole number up to `top` that fits.

    Nearly all that lies under a limit fits, but where charges fall as a price rises there are islands above: after
    halving,
    what lies above is probed in sixteen parts and in the next sixteen numbers, until nothing more is found.
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


def _sum(case: Case, owed: list[Owed]) -> int:
    return sum(each.total or 0 for each in owed if counts(case, each.charge))


def _paid(way: Assessed) -> int:
    return sum(each.total or 0 for each in way.owed if each.charge.charged_to == "buyer")


def _cost(case: Case, way: Assessed) -> int | None:
    """What a regime costs in the end, less what is recovered. Under DDP the price is fixed, so its charges alone."""
    if way.unknown:
        return None
    price = 0 if case.sale.incoterm == "DDP" else sum(way.values.total[:3])
    return price + _sum(case, way.owed)
