"""The rates that a sale gives itself, by the kind or the id of a charge: which charges a name means.

The id of a charge of a procedure means that charge. A kind means every charge of the kind, unless one of the procedure
has the kind as its id.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from entrepot.engine.case import AssessedRegime, Case, CaseLine
from entrepot.engine.rules.reasons import FIELDS, reason
from entrepot.law.compiled import Law
from entrepot.law.rates import Rate
from entrepot.law.records import Charge
from entrepot.model.quote import Reason


@dataclass(slots=True)
class _Derived:
    """What this module stores with a law, by the basis of a charge: its name, and whether its kind means it too."""

    names: dict[int, str] = field(default_factory=dict)
    by_kind: dict[int, bool] = field(default_factory=dict)


def name_in_law(law: Law, charge: Charge) -> str:
    """The name of a charge in a line's `rates`: its kind, or its id where a procedure has several of that kind.

    The duty of the tariff is `duty` whatever its id is: its rate depends on the treatment.
    """
    if charge.source == "tariff":
        return "duty"
    known = law.derived(_Derived).names
    if charge.basis not in known:
        beside = [each.charges for each in law.regimes if charge in each.charges]
        alone = all(sum(other.kind == charge.kind for other in charges) == 1 for charges in beside)
        known[charge.basis] = charge.kind if alone else charge.id
    return known[charge.basis]


def is_meant(law: Law, charge: Charge, name: str) -> bool:
    """Whether a name in a line's `rates` means a charge."""
    return name == charge.id or (name == charge.kind and _by_kind(law, charge))


def rate_by_kind(law: Law, line: CaseLine, charge: Charge) -> Rate | None:
    """The caller's rate of a charge by its kind; None if there is none."""
    own = line.rates.get(charge.kind)
    return own if own is not None and is_meant(law, charge, charge.kind) else None


def _by_kind(law: Law, charge: Charge) -> bool:
    """Whether no other charge of a procedure has the kind of a charge as its id."""
    known = law.derived(_Derived).by_kind
    if charge.basis not in known:
        beside = [other for each in law.regimes if charge in each.charges for other in each.charges]
        known[charge.basis] = charge.id == charge.kind or all(other.id != charge.kind for other in beside)
    return known[charge.basis]


def own_rate_reasons(case: Case, assessed: AssessedRegime) -> list[Reason]:
    """The caller's own rates, used and not used; a charge that lacks another fact has a reason of its own."""
    found = []
    for i, line in enumerate(case.lines):
        for name, rate in line.rates.items():
            meant = [owed for owed in assessed.charges if _takes(case.law, line, owed.charge, name)]
            used = [owed.charge for owed in meant if owed.why[i] == "caller"]
            param = f"{line.param}.rates.{name}"
            if len(used) > 1:
                ids = FIELDS.join(each.id for each in used)
                found.append(reason("rate.caller_several", param, kind=name, rate=rate.text, ids=ids))
            elif used:
                found.append(reason("rate.caller", param, kind=name, rate=rate.text))
            elif not any(owed.amounts[i] is None for owed in meant):
                found.append(reason("rate.unused", param, kind=name, rate=rate.text))
    return found


def _takes(law: Law, line: CaseLine, charge: Charge, name: str) -> bool:
    """Whether a charge takes its rate from a name: that of its id has priority."""
    return is_meant(law, charge, name) and (name == charge.id or charge.id not in line.rates)
