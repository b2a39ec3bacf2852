"""Charges that differ by the state or province of the buyer, where the sale does not give it."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from entrepot.engine.case import Case
from entrepot.engine.rules.line_charge import applies
from entrepot.engine.rules.reasons import reason
from entrepot.law.compiled import Law, Memo
from entrepot.law.records import Charge
from entrepot.model.errors import SaleError, nearest


@dataclass(slots=True)
class _Derived:
    """What is stored with a law, by economy: its states and provinces, whether they are all, which taxes differ."""

    parts: Memo[str, tuple[str, ...]] = field(default_factory=Memo)
    whole: Memo[str, bool] = field(default_factory=Memo)
    differing: Memo[tuple[str, str], bool] = field(default_factory=Memo)


def parts_of(law: Law, economy: str) -> tuple[str, ...]:
    """The states or provinces of an economy that its law names, as `CA-ON`."""
    memo = law.derived(_Derived).parts
    known = memo.get(economy)
    if known is None:
        known = memo.store(economy, tuple(sorted(place for place in law.places if place.startswith(f"{economy}-"))))
    return known


def are_all(law: Law, economy: str) -> bool:
    """Whether an economy has no place besides its states and provinces: a tax has no known rate for the rest."""
    memo, begin = law.derived(_Derived).whole, f"{economy}-"
    known = memo.get(economy)
    if known is None:
        found = any(
            any(row.place.startswith(begin) for row in rows)
            and any(row.place in (economy, "") and law.rates[row.rate].kind == "unknown" for row in rows)
            for rows in law.taxes.values()
        )
        known = memo.store(economy, found)
    return known


def lacks_place(case: Case) -> bool:
    """Whether the sale gives no state or province, and has to be in one of those that the law names."""
    return len(case.places) == 2 and are_all(case.law, case.importer)


def is_assumed(case: Case) -> bool:
    """Whether the rates of the rest of the economy are assumed: the sale gives no state or province of the law."""
    parts = parts_of(case.law, case.importer)
    return bool(parts) and case.places[0] not in parts


def tax_differs(case: Case, charge: Charge) -> bool:
    """Whether a tax has other rates in some states or provinces than in the rest of the economy."""
    if charge.source != "tax":
        return False
    memo, key = case.law.derived(_Derived).differing, (case.importer, charge.tax)
    known = memo.get(key)
    if known is None:
        begin, tax = f"{case.importer}-", f"{charge.tax}:"
        rows = (row for name, of_class in case.law.taxes.items() if name.startswith(tax) for row in of_class)
        known = memo.store(key, any(row.place.startswith(begin) for row in rows))
    return known


def applies_elsewhere(case: Case, charge: Charge, i: int) -> bool:
    """Whether a charge applies to a line only in some states or provinces, and the sale does not give one."""
    if not charge.place or not lacks_place(case):
        return False
    there = tuple(place for place in charge.place if place.startswith(f"{case.importer}-"))
    return bool(there) and applies(msgspec.structs.replace(case, places=there), charge, i)


def check_state(case: Case) -> None:
    """Raises SaleError for a state or province that does not exist, where the law names all of them.

    Where it does not name them, a state has no effect: that is said.
    """
    law, place = case.law, case.places[0]
    if len(case.places) < 3 or place in (parts := parts_of(law, case.importer)):
        return
    if not are_all(law, case.importer):
        case.reasons.append(reason("place.unused", "ship_to.state", place=law.title))
        return
    names = [part.partition("-")[2] for part in parts]
    word = case.sale.ship_to.state or ""
    raise SaleError(
        "unknown_state",
        "{word!r} is not a state or province of {place}. Known: {known}.",
        "ship_to.state",
        nearest(word.upper(), names),
        word=word,
        place=law.title,
        known=", ".join(names),
    )
