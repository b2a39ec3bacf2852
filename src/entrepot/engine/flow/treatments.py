"""treatments: the charges of a procedure, with the tariff treatment that each line uses in it.

`charge` and `choose` depend on each other here: a line uses the open treatment under which it pays least.
"""

from __future__ import annotations

from entrepot.engine.case import Assessed, Case, Claim, Owed, Rated, Values
from entrepot.engine.flow import choose
from entrepot.engine.flow.charge import charge, duty_of
from entrepot.engine.rules.line_charge import alone, counts
from entrepot.engine.rules.reliefs import Reliefs, reliefs
from entrepot.law.records import Regime

#: For each line what each claim that a procedure admits would cost: the duty, and all its own charges.
Costs = list[dict[int, tuple[int | None, int | None]]]


def charge_best(case: Case, regime: Regime, claims: list[list[Claim]], values: Values, rated: Rated) -> Assessed:
    """The charges of a procedure under each line's best open treatment."""
    relief = reliefs(case, values, regime) if regime.thresholds else {}
    statuses = rated.statuses or [[choose.claim_status(case, values, claim) for claim in mine] for mine in claims]
    rated.statuses = statuses
    picks, costs = _pick(case, regime, claims, values, rated, relief)
    owed = charge(case, values, rated, regime, picks, relief)
    plain = [0 if 0 in found else pick for found, pick in zip(costs, picks, strict=True)]
    if plain != picks:
        # A proof is asked for only where it lowers the charges: reliefs of the consignment may take the gain away.
        normal = charge(case, values, rated, regime, plain, relief)
        if not choose.refused(normal) and buyer_bears(case, normal) <= buyer_bears(case, owed):
            picks, owed = plain, normal
    for i, found in enumerate(costs):
        if len(found) == 1:
            found[next(iter(found))] = duty_of(owed, i), choose.cost(case, owed, i)
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


def buyer_bears(case: Case, owed: list[Owed]) -> int:
    """The sum of the charges that the buyer pays and does not recover."""
    return sum(each.total or 0 for each in owed if counts(case, each.charge))


def _pick(
    case: Case, regime: Regime, claims: list[list[Claim]], values: Values, rated: Rated, relief: Reliefs
) -> tuple[list[int], Costs]:
    """For each line the treatment that it uses, and what each admitted one would cost."""
    picks: list[int] = []
    costs: Costs = []
    for i, mine in enumerate(claims):
        admitted = choose.admitted(regime, mine)
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
