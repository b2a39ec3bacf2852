"""require: which papers and permissions does each way take?"""

from __future__ import annotations

from entrepot.case import Case
from entrepot.pack.law import Law
from entrepot.pack.records import Permit, Regime

#: Sales of more lines than that hardly come again as they are.
REMEMBERED = 8


def require(case: Case, regime: Regime) -> tuple[Permit, ...]:
    """The permits that some line of the sale meets under a regime, prohibitions first, then in the order of the law.

    They are remembered for the next sale of such goods, from such a place, to such a buyer.
    """
    law, ship_from = case.law, case.sale.ship_from.country
    lines = tuple([(line.code, line.service, line.origin) for line in case.lines])
    key = (regime.id, case.buyer, ship_from, lines)
    found = law.cache.get(key)
    if found is None:
        met = [permit for permit in _near(law, lines) if permit.meets(regime.id, case.buyer, ship_from, lines)]
        found = tuple(sorted(met, key=lambda permit: permit.kind != "prohibition"))
        if len(lines) <= REMEMBERED:
            law.remember(key, found)
    return found  # type: ignore[return-value]  # the cache holds what each asker put there


def _near(law: Law, lines: tuple[tuple[str, str, str], ...]) -> list[Permit]:
    """The permits that speak of all goods, or of a code that one of the lines begins with, in the order of the law."""
    known = law.cache.get("permits")
    index: dict[str, list[int]] = known if isinstance(known, dict) else {}
    if known is None:
        for place, permit in enumerate(law.permits):
            for goods in permit.goods or ("",):
                key = "" if goods in {"*", ""} or goods.startswith("service:") else goods
                index.setdefault(key, []).append(place)
        law.remember("permits", index)
    places = set(index.get("", ()))
    for code, _, _ in lines:
        for length in range(2, len(code) + 1):
            places.update(index.get(code[:length], ()))
    return [law.permits[place] for place in sorted(places)]
