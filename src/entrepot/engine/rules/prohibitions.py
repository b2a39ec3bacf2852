"""prohibitions: which goods of a sale may not be imported at all, whatever the procedure?"""

from __future__ import annotations

from collections.abc import Sequence

from entrepot.engine.case import AssessedRegime, Case
from entrepot.engine.rules.reasons import reason
from entrepot.law.records import Permit
from entrepot.model.quote import Reason
from entrepot.model.sources import TRUST

#: The strongest trust that a reason names.
UNCHECKED = TRUST.index("unchecked")
#: The buyers that a prohibition is for, as its sentence says them. Interfaces translate them as values of the API.
BUYERS = {"": "any buyer", "consumer": "a consumer", "business": "a business"}


def is_general(permit: Permit) -> bool:
    """Whether a permit is a prohibition of every procedure. One that names procedures closes these alone."""
    return permit.kind == "prohibition" and not permit.regime


def prohibitions(case: Case, regimes: Sequence[AssessedRegime]) -> tuple[Reason, ...]:
    """A reason for each prohibition of every procedure and each line that it concerns, in the order of the law.

    Another one names those of them that were not checked against the law.
    """
    general = [permit for permit in regimes[0].permits if is_general(permit)] if regimes else []
    found = [
        _reason(case, permit, i)
        for permit in general
        for i, line in enumerate(case.lines)
        if permit.meets(
            "", case.buyer, case.sale.ship_from.country, case.importer, ((line.code, line.service, line.origin),)
        )
    ]
    bases = [case.law.bases[permit.basis] for permit in general]
    weak = sorted({basis.where for basis in bases if basis.trust >= UNCHECKED})
    return (*found, *([reason("trust.unchecked", None, rows=", ".join(weak))] if weak else []))


def _reason(case: Case, permit: Permit, i: int) -> Reason:
    law, line = case.law, case.lines[i]
    basis = law.bases[permit.basis]
    return reason(
        "goods.prohibited",
        f"{line.param}.{'service' if line.service else 'hs_code'}",
        code=line.service or line.given_code,
        buyer=BUYERS[permit.buyer],
        says=permit.says,
        since=basis.since,
        authority=permit.authority,
        row=basis.where,
        title=law.sources[basis.cites[0]].title,
        id=permit.id,
    )
