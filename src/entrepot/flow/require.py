"""require: which papers and permissions does each way take?"""

from __future__ import annotations

from entrepot.case import Case
from entrepot.pack.law import Permit, Regime


def require(case: Case, regime: Regime) -> list[Permit]:
    """The permits that some line of the sale meets under a regime, prohibitions first, in the order of the law."""
    lines = [(line.code, line.service, line.origin) for line in case.lines]
    found = [
        permit
        for permit in _near(case, regime)
        if permit.meets(regime.id, case.buyer, case.sale.ship_from.country, lines)
    ]
    return found


def _near(case: Case, regime: Regime) -> tuple[Permit, ...]:
    """The permits that a regime and the codes of the sale may meet at all, remembered for the next sale of such goods."""
    law = case.law
    key = ("permits", regime.id, *sorted({line.code or line.service for line in case.lines}))
    found = law.cache.get(key)
    if found is None:
        goods = [(line.code, line.service) for line in case.lines]
        found = tuple(
            sorted(
                (each for each in law.permits if (not each.regime or regime.id in each.regime) and each.names(goods)),
                key=lambda each: each.kind != "prohibition",
            )
        )
        law.remember(key, found)
    return found  # type: ignore[return-value]  # the cache holds what each asker put there
