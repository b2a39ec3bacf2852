"""require: which documents and permits does a procedure need?"""

from __future__ import annotations

from dataclasses import dataclass, field

from entrepot.engine.case import Case, Goods
from entrepot.law.compiled import Law, Memo
from entrepot.law.records import Permit, Regime

#: Permits of a sale with more lines are not cached: it is hardly ever repeated.
MAX_CACHED_LINES = 8

#: What decides the permits: the procedure, the buyer, the countries it ships from and to, and the goods.
Met = tuple[str, str, str, str, Goods]


@dataclass(slots=True)
class _Derived:
    """What this step caches with a law: the permits met, and the positions of the permits by code of goods."""

    met: Memo[Met, tuple[Permit, ...]] = field(default_factory=Memo)
    by_code: dict[str, list[int]] | None = None


def require(case: Case, regime: Regime, goods: Goods) -> tuple[Permit, ...]:
    """The permits that some line of the sale needs under a procedure: prohibitions first, then in the order of the law.

    `goods`: those of the case. Cached by the procedure, the buyer, the countries it ships from and to, and the goods.
    """
    law, ship_from, importer = case.law, case.sale.ship_from.country, case.importer
    key = (regime.id, case.buyer, ship_from, importer, goods)
    memo = law.derived(_Derived).met
    found = memo.get(key)
    if found is None:
        lines = tuple((code, service, origin) for code, service, origin, _ in goods)
        met = [
            permit
            for permit in _candidates(law, lines)
            if permit.meets(regime.id, case.buyer, ship_from, importer, lines)
        ]
        found = tuple(sorted(met, key=lambda permit: permit.kind != "prohibition"))
        if len(goods) <= MAX_CACHED_LINES:
            memo.store(key, found)
    return found


def _candidates(law: Law, lines: tuple[tuple[str, str, str], ...]) -> list[Permit]:
    """The permits for all goods, or for a code that a line's code starts with, in the order of the law."""
    derived = law.derived(_Derived)
    if derived.by_code is None:
        derived.by_code = _by_code(law)
    index = derived.by_code
    places = set(index.get("", ()))
    for code, _, _ in lines:
        for length in range(2, len(code) + 1):
            places.update(index.get(code[:length], ()))
    return [law.permits[place] for place in sorted(places)]


def _by_code(law: Law) -> dict[str, list[int]]:
    """The positions of the permits by the code of goods that they name; "" for all goods and for services."""
    index: dict[str, list[int]] = {}
    for place, permit in enumerate(law.permits):
        for goods in permit.goods or ("",):
            key = "" if goods in {"*", ""} or goods.startswith("service:") else goods
            index.setdefault(key, []).append(place)
    return index
