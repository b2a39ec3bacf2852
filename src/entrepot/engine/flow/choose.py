"""choose: which treatment is best for each line, and which procedure for the consignment?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from entrepot.engine.case import AssessedCharge, AssessedRegime, Case, Claim, ConditionState, Values
from entrepot.engine.rules.conditions import proof_state
from entrepot.engine.rules.line_charge import borne_by_buyer
from entrepot.law.records import Charge, Permit, Regime
from entrepot.model.rule_kinds import CHARGE_KINDS, TREATMENT_MODES, require_same

#: What a line would pay under one claim; None where it is not known.
Cost = int | None

#: Which claims of a line each kind of `rule_kinds.TREATMENT_MODES` admits, by index. The first claim is MFN (or
#: general), the others are preferences.
ADMITTED: dict[str, Callable[[Sequence[Claim]], list[int]]] = {
    "all": lambda claims: list(range(len(claims))),
    "mfn": lambda _: [0],
    "none": lambda _: [],
    "preferences": lambda claims: list(range(1, len(claims))),
}
require_same(TREATMENT_MODES, ADMITTED, "flow.choose.ADMITTED")


def claim_status(case: Case, values: Values, claim: Claim) -> str:
    """Whether a treatment is open to a line: by its proof of origin, or by a value below which none is needed."""
    states = (proof_state(case, values, claim), claim.direct)
    if "failed" in states:
        return "closed"
    return "conditional" if "asked" in states else "open"


def admitted(regime: Regime, claims: Sequence[Claim]) -> list[int]:
    """The claims of a line that a procedure admits, by index."""
    return ADMITTED[regime.treatments](claims) if claims else []


def pick(
    claims: Sequence[int], statuses: Sequence[str], costs: Mapping[int, tuple[Cost, Cost]], *, unbounded: bool = False
) -> int:
    """The open claim that costs a line least; between equals the first. If none is open, the best conditional one.

    `unbounded`: the first claim has a range of rates or needs a measure that is not given: if it is open, and its cost
    is not known, no conditional one replaces it. If none can be calculated, the first claim unless closed; else -1.
    """
    for wanted_status in ("open", "conditional"):
        if wanted_status == "conditional" and unbounded and statuses[claims[0]] == "open":
            break
        best = -1
        for index in claims:
            price = costs[index][1]
            if statuses[index] != wanted_status or price is None:
                continue
            least = costs[best][1] if best >= 0 else None
            if least is None or price < least:
                best = index
        if best >= 0:
            return best
    return claims[0] if claims and statuses[claims[0]] != "closed" else -1


def line_burden(case: Case, owed: Sequence[AssessedCharge], i: int) -> Cost:
    """The charges by the line that the buyer pays and does not recover; None where a duty or VAT is not known."""
    total = 0
    for each in owed:
        amount = each.amounts[i]
        if amount is None:
            if CHARGE_KINDS[each.charge.kind].required:
                return None
            amount = each.counted(i)
        if each.charge.per == "line" and borne_by_buyer(case, each.charge):
            total += amount
    return total


def lacks_required_charge(owed: Sequence[AssessedCharge]) -> bool:
    """Whether a charge of a required kind (duty, VAT) is not known, so that the procedure cannot be assessed."""
    # Comprehensions, here and below: a generator for each procedure of each sale would take longer than the test.
    return True in [is_required(each.charge) for each in owed if each.total is None]


def is_required(charge: Charge) -> bool:
    """Whether a procedure cannot be assessed without the amount of a charge."""
    return CHARGE_KINDS[charge.kind].required


def mismatch(case: Case, regime: Regime) -> str:
    """What of the sale the procedure is not for: `buyer`, `channel`, `transport`, `transport?` (not given), or ""."""
    if regime.buyer and case.buyer not in regime.buyer:
        return "buyer"
    if regime.channel and case.channel not in regime.channel:
        return "channel"
    if regime.transport and case.transport not in regime.transport:
        return "transport" if case.transport else "transport?"
    return ""


def lacks_treatment(regime: Regime, claims: Sequence[Sequence[Claim]], picks: Sequence[int]) -> bool:
    """Whether a line has no treatment that the procedure admits: no preference, where it admits only preferences."""
    if not TREATMENT_MODES[regime.treatments].required:
        return False
    return any(pick < 0 for mine, pick in zip(claims, picks, strict=True) if mine)


def is_closed(mismatch: str, conditions: Sequence[ConditionState], permits: Sequence[Permit]) -> bool:
    """Whether a procedure is closed whatever it costs: not for this sale, a condition failed, or a prohibition."""
    if mismatch not in ("", "transport?"):
        return True
    return "failed" in [each.state for each in conditions] or "prohibition" in [each.kind for each in permits]


def status(assessed: AssessedRegime) -> str:
    """The status of a procedure that is not closed whatever it costs: open, conditional or closed.

    Mandatory procedures may close it later.
    """
    if assessed.unknown:
        return "closed"
    conditions = [each.state for each in assessed.conditions]
    treatments = [states[pick] for pick, states in zip(assessed.picks, assessed.statuses, strict=True) if pick >= 0]
    if "closed" in treatments:
        return "closed"
    return "conditional" if "asked" in conditions or "conditional" in treatments else "open"


def closed_by_mandatory(regimes: Sequence[Regime], statuses: Sequence[str]) -> dict[int, Regime]:
    """The procedures that an open mandatory one closes: index -> the one that closes it, in the order of the law."""
    found: dict[int, Regime] = {}
    for place, (regime, state) in enumerate(zip(regimes, statuses, strict=True)):
        if regime.mandatory and state == "open" and place not in found:
            for index, other in enumerate(regimes):
                if other.id in regime.closes and other.id != regime.id:
                    found.setdefault(index, regime)
    return found


def best(statuses: Sequence[str], costs: Sequence[Cost], leaves_out: Callable[[int], bool]) -> int:
    """The index of the open procedure that costs least; -1 where none is open.

    Between equals the first that knows each charge (`leaves_out`: whether a procedure does not), else the first.
    """
    found = -1
    for index, (state, price) in enumerate(zip(statuses, costs, strict=True)):
        if state != "open" or price is None:
            continue
        least = costs[found] if found >= 0 else None
        if least is None or price < least or (price == least and leaves_out(found) and not leaves_out(index)):
            found = index
    return found
