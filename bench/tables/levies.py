"""What a line of the schedule owes whatever its treatment: taxes, reliefs, prohibitions, lists."""

from __future__ import annotations

from typing import NamedTuple

import forms
from forms import Form

from entrepot.law.compiled import Law
from entrepot.law.rates import MEASURES, UNITS
from entrepot.law.records import Charge, Regime


class Levy(NamedTuple):
    """A tax on a line. `form`: its rate, None where that is not known; `row`: the row that says so, -1 for none."""

    bears: bool
    form: Form | None
    row: int


class Classed(NamedTuple):
    """A tax on a line by the value of a unit.

    `above` where the value reaches so many thousandths of a minor unit a gram or an item, else `below`.
    """

    below: Levy
    above: Levy
    gram: int
    item: int


NOTHING = Levy(False, ((forms.NIL,),), -1)
NEVER = 1 << 40  # a value of a unit that none reaches


def levy(law: Law, charge: Charge, code: str) -> Classed:
    """What a tax by classes is on a line. Raises ValueError where its law has more in it than the drawn tables hold."""
    gram = item = NEVER
    above: Levy | None = None
    for entry in law.group(charge.column, law.index[code]) if charge.column >= 0 else ():
        if entry.unit_value:
            if above is not None:
                raise ValueError(f"{code}: two classes by the value of a unit")
            gram, item = _tests(law, entry.unit_value)
            above = _levy(law, charge, entry.name)
            continue
        below = _levy(law, charge, entry.name)
        return Classed(below, above or below, gram, item)
    if charge.kind == "vat":
        below = _levy(law, charge, "standard")
    else:
        below = NOTHING if charge.column >= 0 and law.columns[charge.column].complete else Levy(True, None, -1)
    return Classed(below, above or below, gram, item)


def _levy(law: Law, charge: Charge, name: str) -> Levy:
    rows = law.taxes.get(f"{charge.tax}:{name}", ())
    if len(rows) > 1 or any(row.place or row.floor is not None or row.cap is not None for row in rows):
        raise ValueError(f"{charge.tax}:{name}: places, bands or bounds")
    if not rows:
        return Levy(True, None, -1)
    return Levy(True, forms.form(law.rates[rows[0].rate], law), rows[0].basis)


def _tests(law: Law, tests: tuple[tuple[int, int, str, str], ...]) -> tuple[int, int]:
    """Thousandths of a minor unit a gram and an item; NEVER for one that is not tested."""
    found = {"kg": NEVER, "item": NEVER}
    for num, den, currency, unit in tests:
        measure, factor = UNITS[unit]
        if currency != law.currency or measure not in MEASURES:
            raise ValueError("a class by a value in another currency")
        if measure in found:
            # A unit holds `factor` of its measure: of grams a thousandth of a kilogram.
            each = num * 10**law.decimals * factor.denominator * 1000
            whole = den * factor.numerator * (1000 if measure == "kg" else 1)
            if each % whole:
                raise ValueError("a class by a value of a part of a thousandth of a minor unit")
            found[measure] = each // whole
    if set(found.values()) == {NEVER}:
        raise ValueError("a class by a value that no drawn column tells")
    return found["kg"], found["item"]


def banned(law: Law, regime: Regime, code: str, origin: str) -> bool:
    """Whether a prohibition holds for goods of an origin, sent from there; none turns on the buyer."""
    line = ((code, "", origin),)
    return any(
        permit.meets(regime.id, permit.buyer or "consumer", origin, line)
        for permit in law.permits
        if permit.kind == "prohibition"
    )


def member(law: Law, regime: Regime, code: str) -> str:
    """Whether goods are on the list that a regime asks for: yes, no, unknown."""
    for condition in regime.conditions:
        if condition.test == "listed":
            group = law.group(condition.column, law.index[code])
            return group[0].name if group else "no" if law.columns[condition.column].complete else "unknown"
    return "yes"


def charge_of(regime: Regime, name: str) -> Charge:
    """A charge of a regime by its id."""
    return next(each for each in regime.charges if each.id == name)


def regime_of(law: Law, name: str) -> Regime:
    """A regime by its id."""
    return next(each for each in law.regimes if each.id == name)
