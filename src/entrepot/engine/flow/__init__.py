"""The steps of an assessment. `VERBS` is their order; `assess` performs all but the last, `quote` all of them.

    describe   what is sold, and between whom?
    originate  which tariff treatments may each line claim?
    value      what are the goods worth at the border?
    rate       which rates may apply to each charge, by which rows of the law?
    charge     how much is each charge?
    choose     which treatment is best for each line, and which procedure for the consignment?
    require    which documents and permits does a procedure need?
    explain    what does the quote say, and which law is behind each figure?

What passes between them is in `engine.case`: a Sale is described as a Case; its lines have Claims; under each procedure
the Case has Values, ApplicableRates and AssessedCharges; together they are an AssessedRegime for each procedure, and an
AssessedSale, which is explained as a Quote. A step imports no other step. The day and the exchange rates are arguments.

Three modules combine steps: `treatments` charges each line under its best treatment, `ddp` finds the price before
charges of a sale whose price includes them, and `candidates` assesses a sale with each value of a fact that it leaves
open.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import msgspec

from entrepot.engine.case import (
    ApplicableRates,
    AssessedRegime,
    AssessedSale,
    Case,
    Claim,
    ConditionState,
    Goods,
    Regimes,
    Values,
    goods_of,
)
from entrepot.engine.flow import choose
from entrepot.engine.flow.candidates import with_candidates
from entrepot.engine.flow.ddp import price_before_charges
from entrepot.engine.flow.describe import describe
from entrepot.engine.flow.explain import explain
from entrepot.engine.flow.originate import originate
from entrepot.engine.flow.rate import rate, rate_other_case
from entrepot.engine.flow.require import require
from entrepot.engine.flow.treatments import buyer_bears, charge_best
from entrepot.engine.flow.value import line_prices, value
from entrepot.engine.rules.conditions import assess_conditions
from entrepot.engine.rules.confidence import leaves_out_a_charge
from entrepot.engine.rules.reasons import reason
from entrepot.engine.rules.totals import totals
from entrepot.engine.rules.unit_values import values_as_usual, within_bands
from entrepot.law.compiled import Law, Memo, World
from entrepot.law.records import Permit, Regime
from entrepot.model.money import in_major
from entrepot.model.quote import Exchange, Quote, Reason
from entrepot.model.sale import Sale

VERBS = ("describe", "originate", "value", "rate", "charge", "choose", "require", "explain")


def quote(sale: Sale, law: Law, world: World, on: dt.date, reference: Mapping[str, Exchange]) -> Quote:
    """The quote of a sale under a law on a day. A function of its arguments alone.

    `reference`: exchange rates to use where neither the sale nor the law has one. Raises SaleError where the sale is
    not valid.
    """
    return explain(assess(sale, law, world, on, reference))


def assess(sale: Sale, law: Law, world: World, on: dt.date, reference: Mapping[str, Exchange]) -> AssessedSale:
    """The figures of a sale under each import procedure, and the best of them; arguments and errors as of `quote`."""
    case = describe(sale, law, on, world, reference)
    if case.refused:
        return AssessedSale(case, [], -1)
    if case.law.bands and case.of == "goods":
        case = _within_bands(case)
    found = _assess_candidates(case)
    if case.assumed_schemes and found.best >= 0:
        return found._replace(seller_assumed=partial(_seller_assumed, case, found))
    return found


def _within_bands(case: Case) -> Case:
    """A case without the lines under short codes that are for goods of another value of a unit.

    Under DDP the customs value is not known before the charges: all lines stay. It is the value by the pack's own rule
    of valuation, whatever a single procedure values.
    """
    usual = next((each for each in case.law.regimes if each.of == case.of and values_as_usual(each)), None)
    if usual is None or case.sale.incoterm == "DDP" or not any(line.groups for line in case.lines):
        return case
    return within_bands(case, value(case, line_prices(case), usual).by_name[4])


def _seller_assumed(case: Case, found: AssessedSale) -> Reason | None:
    """The registrations that are assumed of the seller, with the total of a seller that has none; None without any."""
    best = found.regimes[found.best]
    assumed = [each.condition.name for each in best.conditions if each.state == "assumed" and each.condition.name]
    schemes = sorted(case.assumed_schemes.intersection(assumed))
    if not schemes:
        return None
    unregistered = msgspec.structs.replace(case, registrations=(), assumed_schemes=frozenset())
    other = _assess_candidates(unregistered)
    if other.best < 0:
        return None
    values = {"schemes": ", ".join(schemes), "currency": case.law.currency, "amount": _landed_text(other)}
    return reason("seller.assumed", "seller.registrations", **values)


def _landed_text(found: AssessedSale) -> str:
    """The landed amount under the best procedure: one figure, a range, or the lowest where no highest is known."""
    each = [(one.case, one.regimes[found.best]) for one in found.candidates or (found,)]
    known = [totals(case, regime).landed for case, regime in each if not regime.unknown]
    low, high = (in_major(end, found.case.law.decimals) for end in (min(known), max(known)))
    fixed = found.case.sale.incoterm == "DDP"
    if (not fixed and len(known) < len(each)) or any(leaves_out_a_charge(case, regime) for case, regime in each):
        return f"≥ {low}"
    return low if low == high else f"{low}–{high}"


def _assess_candidates(case: Case) -> AssessedSale:
    """The figures of a case with each value of the facts that it leaves open."""
    assess = _Assessor()
    return with_candidates(assess(case), assess, _cost)


@dataclass(slots=True)
class _Derived:
    """What this module caches with a law: the procedures of goods and of services.

    With each of them the index of the first one that has its valuation.
    """

    regimes: Memo[str, tuple[list[Regime], list[int]]] = field(default_factory=Memo)


class _Common(NamedTuple):
    """What the candidates of a case with the same lines have in common, by procedure.

    `before`: the price of each line before the charges; None where no price gives the DDP amount. `mismatches`: what of
    the sale the procedure is not for; `facts`: its conditions and permits, found when they are asked for where it is
    not for the sale; `closed`: whether it is closed whatever it costs.
    Found for several candidates: `rated`: values and rates, by places and `dearer`; `free`: procedures without charges.
    """

    case: Case
    regimes: list[Regime]
    claims: list[list[Claim]]
    before: list[list[int] | None]
    valued: list[tuple[Values, ApplicableRates]]
    mismatches: list[str]
    facts: list[tuple[list[ConditionState], tuple[Permit, ...]] | None]
    closed: list[bool]
    rated: dict[tuple[tuple[str, ...], bool | None], list[tuple[Values, ApplicableRates]]]
    free: dict[tuple[str, frozenset[str] | None, bool | None], AssessedRegime]


class _Assessor:
    """Assesses a case, and then its candidates: what these have in common is found once.

    A candidate with other lines has nothing in common with those before it; nor has any under DDP, where the prices
    depend on the charges.
    """

    __slots__ = ("_common",)

    def __init__(self) -> None:
        self._common: _Common | None = None

    def __call__(self, case: Case) -> AssessedSale:
        common = self._common
        if common is None or case.lines is not common.case.lines or case.sale.incoterm == "DDP":
            common = self._common = _find_common(case)
        return _assess_case(case, common)


def _find_common(case: Case) -> _Common:
    """Values, rates and conditions of a case under each import procedure."""
    claims = originate(case)
    prices = line_prices(case)
    known = case.law.derived(_Derived).regimes
    laws, first_of = known.get(case.of) or known.store(case.of, _regimes_of(case.law, case.of))
    before: list[list[int] | None] = [prices] * len(laws)
    if case.sale.incoterm == "DDP":
        # The price includes the charges of the procedure: the price before them is found first.
        before = [price_before_charges(_under(case, regime), regime, claims, prices) for regime in laws]
    # All values first: they raise SaleError where the costs of the sale contradict each other.
    valued: list[tuple[Values, ApplicableRates]] = []
    for index, own in enumerate(before):
        first = first_of[index]
        if first < index and before[first] == own:
            valued.append(valued[first])
        else:
            values = value(case, own or prices, laws[index])
            valued.append((values, rate(case, values, claims)))
    mismatches = [choose.mismatch(case, regime) for regime in laws]
    goods = goods_of(case)
    no_preference = 1 in [len(mine) for mine in claims]
    facts = [
        None
        if (no_preference and regime.treatments == "preferences") or choose.is_closed(mismatch, (), ())
        else _facts(case, values, regime, goods)
        for mismatch, regime, (values, _) in zip(mismatches, laws, valued, strict=True)
    ]
    closed = [
        found is None or choose.is_closed(mismatch, *found) for mismatch, found in zip(mismatches, facts, strict=True)
    ]
    return _Common(case, laws, claims, before, valued, mismatches, facts, closed, {}, {})


def _regimes_of(law: Law, of: str) -> tuple[list[Regime], list[int]]:
    """The procedures of goods or of services, and for each the first one of its valuation."""
    regimes = [each for each in law.regimes if each.of == of]
    valuations = [(each.value_basis, each.value_num, each.value_den) for each in regimes]
    return regimes, [valuations.index(each) for each in valuations]


def _facts(case: Case, values: Values, regime: Regime, goods: Goods) -> tuple[list[ConditionState], tuple[Permit, ...]]:
    """The conditions of a procedure and its permits."""
    return assess_conditions(case, values, regime, goods), require(case, regime, goods)


def _assess_case(case: Case, common: _Common) -> AssessedSale:
    """The figures of a case under each import procedure, with the first candidate of each fact that is open."""
    laws, closed = common.regimes, common.closed
    valued = common.valued if case is common.case else _rate_again(case, common)

    def assess_regime(index: int) -> AssessedRegime:
        regime, (values, rates) = laws[index], valued[index]
        assessed = _charge(_under(case, regime), regime, common, values, rates)
        assessed.unsolved = common.before[index] is None and not assessed.unknown
        assessed.unknown = assessed.unknown or common.before[index] is None
        if (facts := common.facts[index]) is None:
            facts = common.facts[index] = _facts(case, values, regime, goods_of(case))
        assessed.mismatch, (assessed.conditions, assessed.permits) = common.mismatches[index], facts
        assessed.status = "closed" if closed[index] else choose.status(assessed)
        if index in mandatory:
            assessed.status, assessed.closed_by = "closed", mandatory[index]
        return assessed

    mandatory: dict[int, Regime] = {}
    # A procedure that is closed whatever it costs is assessed when it is asked for.
    found = [None if closed[index] else assess_regime(index) for index in range(len(laws))]
    mandatory |= choose.closed_by_mandatory(laws, ["closed" if each is None else each.status for each in found])
    for index, by in mandatory.items():
        if (known := found[index]) is not None:
            known.status, known.closed_by = "closed", by

    def leaves_out(index: int) -> bool:
        each = found[index]
        return each is not None and leaves_out_a_charge(case, each)

    best = choose.best(
        ["closed" if each is None else each.status for each in found],
        [None if each is None else _cost(case, each) for each in found],
        leaves_out,
    )
    return AssessedSale(case, Regimes(found, assess_regime), best, rates=valued[0][1] if valued else None)


def _rate_again(case: Case, common: _Common) -> list[tuple[Values, ApplicableRates]]:
    """The values and rates of a candidate: those that it has in common, with the rates of its place and classes."""
    first = common.case
    if case.places == first.places and case.dearer == first.dearer:
        return common.valued
    key = (case.places, case.dearer)
    if key not in common.rated:
        again: dict[int, tuple[Values, ApplicableRates]] = {}
        for values, rates in common.valued:  # procedures of one valuation have the same ones
            if id(values) not in again:
                again[id(values)] = values, rate_other_case(case, values, rates)
        common.rated[key] = [again[id(values)] for values, _ in common.valued]
    return common.rated[key]


def _charge(case: Case, regime: Regime, common: _Common, values: Values, rates: ApplicableRates) -> AssessedRegime:
    """The charges of a procedure under the best treatment of each line."""
    if regime.charges:
        return charge_best(case, regime, common.claims, values, rates)
    # Without charges nothing differs between candidates but these.
    key = (regime.id, case.nil, case.within)
    if key not in common.free:
        common.free[key] = charge_best(case, regime, common.claims, values, rates)
    return msgspec.structs.replace(common.free[key], rates=rates)


def _under(case: Case, regime: Regime) -> Case:
    """A case under a procedure: what is not known is nil only where the procedure knows other lines."""
    return msgspec.structs.replace(case, nil=frozenset()) if case.nil and regime.id not in case.nil else case


def _cost(case: Case, assessed: AssessedRegime) -> int | None:
    """What a procedure costs the buyer, less what the buyer recovers; None where a duty or VAT is not known.

    Under DDP the buyer pays the same under every procedure: its charges alone are compared.
    """
    if assessed.unknown:
        return None
    price = 0 if case.sale.incoterm == "DDP" else sum(assessed.values.total[:3])
    return price + buyer_bears(case, assessed.charges)
