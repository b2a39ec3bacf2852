"""The charges of a procedure under the tariff treatment that is best for each line.

The steps `charge` and `choose` are combined: a line uses the open treatment under which it pays least.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from entrepot.engine.case import ApplicableRates, AssessedCharge, AssessedRegime, Case, Claim, Values
from entrepot.engine.flow import choose
from entrepot.engine.flow.charge import charge, duty_of
from entrepot.engine.rules.line_charge import ChargeOfGoods, borne_by_buyer, charges_of_goods, line_cost
from entrepot.engine.rules.reliefs import Reliefs, find_reliefs
from entrepot.law.records import Regime

#: For each line what each claim that a procedure admits would cost: the duty, and all its own charges.
Costs = list[dict[int, tuple[int | None, int | None]]]

NOT_KNOWN = (None, None)


def charge_best(
    case: Case, regime: Regime, claims: list[list[Claim]], values: Values, rates: ApplicableRates
) -> AssessedRegime:
    """The charges of a procedure under each line's best open treatment."""
    relief = find_reliefs(case, values, regime)
    statuses = rates.statuses or [[choose.claim_status(case, values, claim) for claim in mine] for mine in claims]
    rates.statuses = statuses
    # What is nil for want of a rate makes no treatment cheap: the lines that are known keep theirs.
    known = msgspec.structs.replace(case, nil=None) if case.nil else case
    alone = charges_of_goods(case, rates, regime, 0) if len(case.lines) == 1 else None
    picks, costs = _pick(known, regime, claims, values, rates, relief, alone)
    # Where one line is all that is charged, its cost is what the consignment bears, and the treatment picked lowers it.
    lowers = regime.by_line and len(picks) == 1 and costs[0].get(0, NOT_KNOWN)[1] is not None
    plain = picks if lowers else _without_preferences(case, picks, costs)
    if plain == picks:
        owed = charge(case, values, rates, regime, picks, relief, alone)
    else:
        # A proof of origin is needed only where it lowers the charges: a relief of the consignment may cancel the gain.
        normal = charge(case, values, rates, regime, plain, relief, alone)
        least = None if choose.lacks_required_charge(normal) else buyer_bears(case, normal)
        owed = normal if least == 0 else charge(case, values, rates, regime, picks, relief, alone)
        if least is not None and least <= buyer_bears(case, owed):
            picks, owed = plain, normal
    for i, found in enumerate(costs):
        if len(found) == 1:
            found[next(iter(found))] = duty_of(owed, i), choose.line_burden(case, owed, i)
    return AssessedRegime(
        regime=regime,
        values=values,
        rates=rates,
        claims=claims,
        picks=picks,
        charges=owed,
        costs=costs,
        statuses=statuses,
        unknown=choose.lacks_required_charge(owed) or choose.lacks_treatment(regime, claims, picks),
    )


def _without_preferences(case: Case, picks: list[int], costs: Costs) -> list[int]:
    """The treatments of the lines if none uses a preference: the first one, where its cost is known or may be nil."""
    return [
        0 if 0 in found and not (case.nil and found[0][1] is None) else pick
        for found, pick in zip(costs, picks, strict=True)
    ]


def buyer_bears(case: Case, owed: list[AssessedCharge]) -> int:
    """The sum of the charges that the buyer pays and does not recover."""
    if case.buyer == "consumer":  # who recovers nothing; this is most sales, and takes half the time
        return sum([each.total or each.least_total for each in owed if each.charge.charged_to == "buyer"])
    return sum([each.total or each.least_total for each in owed if borne_by_buyer(case, each.charge)])


def _pick(
    case: Case,
    regime: Regime,
    claims: list[list[Claim]],
    values: Values,
    rates: ApplicableRates,
    relief: Reliefs,
    alone: Sequence[ChargeOfGoods] | None,
) -> tuple[list[int], Costs]:
    """For each line the treatment that it uses, and what each admitted one would cost. `alone`: as of `charge`."""
    picks: list[int] = []
    costs: Costs = []
    for i, mine in enumerate(claims):
        admitted = choose.admitted(regime, mine)
        found: dict[int, tuple[int | None, int | None]] = {}
        if len(admitted) > 1:
            charges = charges_of_goods(case, rates, regime, i) if alone is None else alone
            for index in admitted:
                if not rates.tariff[i][index].choices and not relief.by_value:
                    found[index] = NOT_KNOWN
                    continue
                found[index] = line_cost(case, values, rates, charges, i, index, relief.by_value)
        elif admitted:
            found[admitted[0]] = (None, 0)
        unbounded = bool(admitted) and rates.tariff[i][admitted[0]].is_open(case.lines[i])
        picks.append(choose.pick(admitted, rates.statuses[i], found, unbounded=unbounded))
        costs.append(found)
    return picks, costs
