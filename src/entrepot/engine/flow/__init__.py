"""flow: the steps of an assessment. `VERBS` is their order, `quote` takes them one after the other.

    describe   what is sold, between whom, in the importer's words?
    originate  which tariff treatments may each line claim?
    value      what are the goods worth at the border?
    rate       which rows of the schedule are in force, for each line and way?
    charge     what is owed, for each line and way, and for the consignment?
    choose     which treatment is best for each line, and which regime for the consignment?
    require    which papers and permissions does each way take?
    explain    how is it said, with the law behind each figure?

No verb knows another; each gets values and gives values. The day and the exchange rates are arguments. Two modules
beside them combine verbs: `treatments` charges each line under its best treatment, and `ddp` solves a price that
includes its charges.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from entrepot.engine.case import Assessed, Case, Claim, Rated, Values
from entrepot.engine.flow import choose
from entrepot.engine.flow.ddp import before_charges
from entrepot.engine.flow.describe import describe
from entrepot.engine.flow.explain import explain
from entrepot.engine.flow.originate import originate
from entrepot.engine.flow.rate import rate
from entrepot.engine.flow.require import require
from entrepot.engine.flow.treatments import buyer_bears, charge_best
from entrepot.engine.flow.value import prices, value
from entrepot.engine.rules.conditions import conditions
from entrepot.law.compiled import Law, World
from entrepot.law.records import Regime
from entrepot.model.quote import Exchange, Quote
from entrepot.model.sale import Sale

VERBS = ("describe", "originate", "value", "rate", "charge", "choose", "require", "explain")

#: The values and the rows in force that procedures of one valuation share, by that valuation.
Shared = dict[tuple[str, int, int], tuple[Values, Rated]]


def quote(sale: Sale, law: Law, world: World, on: dt.date, reference: Mapping[str, Exchange]) -> Quote:
    """The quote of a sale under a law on a day. A function of its arguments alone.

    `reference`: exchange rates to fall back on. Raises SaleError where the request does not read as a sale.
    """
    case = describe(sale, law, on, world, reference)
    if case.refused:
        return explain(case, [], -1)
    claims = originate(case)
    price, shared = prices(case), Shared()
    ways = [_assess(case, regime, claims, price, shared) for regime in law.regimes if regime.of == case.of]
    return explain(case, ways, _best(case, ways))


def _assess(case: Case, regime: Regime, claims: list[list[Claim]], price: list[int], shared: Shared) -> Assessed:
    """One procedure: value, rate, charge under the best treatment of each line, require, and its status."""
    solved = True
    if case.sale.incoterm == "DDP":
        before = before_charges(case, regime, claims, price)
        solved = before is not None
        values = value(case, before or price, regime)
        rated = rate(case, values, claims)
    else:
        valuation = (regime.value_basis, regime.value_num, regime.value_den)
        if valuation not in shared:
            values = value(case, price, regime)
            shared[valuation] = values, rate(case, values, claims)
        values, rated = shared[valuation]
    way = charge_best(case, regime, claims, values, rated)
    way.unsolved = not solved and not way.unknown
    way.unknown = way.unknown or not solved
    way.fit = choose.fits(case, regime)
    way.held = conditions(case, values, regime)
    way.permits = require(case, regime)
    prohibited = any(permit.kind == "prohibition" for permit in way.permits)
    treatments = choose.picked_statuses(way.picks, way.statuses)
    way.status = choose.status(way.fit, way.held, prohibited, way.unknown, treatments)
    return way


def _best(case: Case, ways: list[Assessed]) -> int:
    """The index of the best procedure, or -1; a mandatory one that is open closes those that it names first."""
    closed = choose.closed_by_mandatory([way.regime for way in ways], [way.status for way in ways])
    for index, by in closed.items():
        ways[index].status, ways[index].closed_by = "closed", by
    return choose.best([way.status for way in ways], [_cost(case, way) for way in ways])


def _cost(case: Case, way: Assessed) -> int | None:
    """What a procedure costs in the end, less what is recovered. Under DDP the price is fixed: its charges alone."""
    if way.unknown:
        return None
    price = 0 if case.sale.incoterm == "DDP" else sum(way.values.total[:3])
    return price + buyer_bears(case, way.owed)
