"""rate: which rows of the schedule are in force, for each line and way?"""

from __future__ import annotations

from fractions import Fraction

from entrepot.case import ASSUMED, Case, CaseLine, Claim, Rated, Values
from entrepot.pack.law import Entry, Law
from entrepot.pack.rates import MEASURES, UNITS


def rate(case: Case, values: Values, claims: list[list[Claim]]) -> Rated:
    """The rows that may decide: of duty for each line and claim, of classes for each line and tax, of programmes."""
    law = case.law
    taxes, programmes = _asked(law, case.of)
    rated = Rated([], [], [])
    for i, line in enumerate(case.lines):
        rated.duty.append([_duty(law, line, claim) for claim in claims[i]])
        rated.classes.append({tax: _class(case, values, i, line, column, kind) for tax, column, kind in taxes})
        rated.added.append({column: _first(law, column, line) for column in programmes})
    return rated


def _asked(law: Law, of: str) -> tuple[list[tuple[str, int, str]], list[int]]:
    """The taxes and the programmes that any charge on goods, or on services, asks for."""
    key = ("asked", of)
    found = law.cache.get(key)
    if found is None:
        charges = [charge for regime in law.regimes if regime.of == of for charge in regime.charges]
        taxes = {charge.tax: (charge.tax, charge.column, charge.kind) for charge in charges if charge.source == "tax"}
        programmes = {charge.column for charge in charges if charge.source == "additional" and charge.column >= 0}
        found = (list(taxes.values()), sorted(programmes))
        law.remember(key, found)
    return found  # type: ignore[return-value]  # the cache holds what each asker put there


def _first(law: Law, column: int, line: CaseLine) -> Entry | None:
    """The first row of a cell that holds for the line's origin."""
    group = law.service_group(column, line.service) if line.service else law.group(column, line.row)
    for entry in group:
        if entry.origin is None or entry.origin.has(line.origin):
            return entry
    return None


def _duty(law: Law, line: CaseLine, claim: Claim) -> tuple[Entry, ...]:
    """The treatment's own row and, where there is one, the provisional row of MFN; the lower duty of them applies."""
    own = _first(law, claim.column, line) if claim.column >= 0 else None
    if own is None or law.rates[own.rate].kind == "none":
        return ()
    column = law.by_name.get("tariff:provisional", -1)
    if column < 0 or claim.id == "general":
        return (own,)
    other = _first(law, column, line)
    return (own, other) if other is not None and law.rates[other.rate].kind != "none" else (own,)


def _class(case: Case, values: Values, i: int, line: CaseLine, column: int, kind: str) -> tuple[str | None, int]:
    """The class of a tax that a line falls in and the row that says so; no class where it is not known, "" where none."""
    law = case.law
    if line.asked.tax_class is not None and kind == "vat":
        return line.asked.tax_class, -1
    group = law.service_group(column, line.service) if line.service and column >= 0 else law.group(column, line.row) if column >= 0 else ()
    for entry in group:
        if entry.unit_value:
            reached = _reached(case, values, i, line, entry)
            if reached is None:
                return None, entry.basis
            if not reached:
                continue
        return entry.name, entry.basis
    if column < 0:
        return "standard", -1
    if kind == "vat":
        return "standard", ASSUMED
    return ("" if law.columns[column].complete else None), -1


def _reached(case: Case, values: Values, i: int, line: CaseLine, entry: Entry) -> bool | None:
    """Whether the customs value of one of the measures given reaches the row's; None where none of them is given."""
    known = False
    for num, den, currency, unit in entry.unit_value:
        measure, factor = UNITS[unit]
        given = line.measures[MEASURES.index(measure)]
        if measure == "item" and line.asked.items is None and line.asked.quantity is None:
            given = None
        if given is None or currency not in case.rates_to:
            continue
        known = True
        worth = Fraction(values.by_name[4][i]) / (Fraction(*given) / factor)
        if worth >= Fraction(num, den) * Fraction(*case.rates_to[currency]):
            return True
    return False if known else None
