"""The charges of a law, and the classes of its taxes with a known rate, found once for each law."""

from __future__ import annotations

from dataclasses import dataclass, field

from entrepot.engine.case import Case, CaseLine
from entrepot.law.compiled import Law, Memo
from entrepot.law.records import Charge
from entrepot.model.rule_kinds import CHARGE_KINDS
from entrepot.model.sale import GENERAL_CLASSES


@dataclass(slots=True)
class _Derived:
    """What this module caches with a law: its charges by their row; classes with a known rate, by tax and places."""

    charges: dict[int, Charge] | None = None
    known_classes: Memo[tuple[str, tuple[str, ...]], frozenset[str]] = field(default_factory=Memo)


def charges_by_basis(law: Law) -> dict[int, Charge]:
    """The charges of all procedures of a law, by their row."""
    derived = law.derived(_Derived)
    if derived.charges is None:
        derived.charges = {each.basis: each for regime in law.regimes for each in regime.charges}
    return derived.charges


def settling_classes(case: Case, line: CaseLine, charge: Charge) -> tuple[str, ...]:
    """`tax_class` with the classes of a tax whose rate is no range; nothing for a tax whose class the goods decide."""
    if line.sale_line.tax_class is not None or not CHARGE_KINDS[charge.kind].general_classes:
        return ()
    law, key = case.law, (charge.tax, case.places)
    memo = law.derived(_Derived).known_classes
    known = memo.get(key)
    if known is None:
        known = memo.store(key, _known_classes(law, *key))
    named = [each for each in GENERAL_CLASSES if each in known]
    return (f"tax_class ({' | '.join(named)})",) if named else ()


def _known_classes(law: Law, tax: str, places: tuple[str, ...]) -> frozenset[str]:
    """The classes of a tax that have a known rate in one of some places."""
    return frozenset(
        key.removeprefix(f"{tax}:")
        for key, rows in law.taxes.items()
        if key.startswith(f"{tax}:")
        for row in rows
        if row.place in places and law.rates[row.rate].kind not in ("range", "unknown", "text")
    )
