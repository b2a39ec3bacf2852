"""rate: which rates may apply to each charge, by which rows of the law?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from entrepot.engine.case import ApplicableRate, ApplicableRates, Case, CaseLine, Claim, RateChoice, Values
from entrepot.engine.rules.own_rates import rate_by_kind
from entrepot.engine.rules.unit_values import worth_of_unit
from entrepot.law.compiled import Law, Memo
from entrepot.law.rates import UNIT, Rate
from entrepot.law.records import Charge, Entry
from entrepot.model.rule_kinds import CHARGE_KINDS, RATE_SOURCES, require_same
from entrepot.model.sale import GENERAL_CLASSES

NOTHING = ApplicableRate("")
NIL = ("zero", "exempt")


@dataclass(slots=True)
class _Derived:
    """What this step caches with a law.

    `duties`: by treatment, row of the schedule and origin; `rulings`: by service, row of the schedule, origin and
    places of the buyer, then by a charge's basis; `classes`: by tax, class, rows that say the class, places of the
    buyer, and whether it was assumed; `charges`: of goods, of services.
    """

    duties: Memo[tuple[str, int, str], ApplicableRate] = field(default_factory=Memo)
    rulings: Memo[tuple[str, int, str, tuple[str, ...]], dict[int, ApplicableRate]] = field(default_factory=Memo)
    classes: Memo[tuple[str, str, tuple[int, ...], tuple[str, ...], bool], ApplicableRate] = field(default_factory=Memo)
    charges: dict[str, list[Charge]] = field(default_factory=dict)


def rate(case: Case, values: Values, claims: list[list[Claim]]) -> ApplicableRates:
    """The rates of duty of each line under each claim, and of every other charge of every procedure on each line."""
    law = case.law
    rates = ApplicableRates([], [])
    for i, line in enumerate(case.lines):
        rates.tariff.append([_duty(law, line, claim) for claim in claims[i]])
        rates.by_charge.append(_charge_rates(case, values, i, line))
    return rates


def rate_other_case(case: Case, values: Values, rates: ApplicableRates) -> ApplicableRates:
    """The rates of a case that differs in its place or classes of tax only: the duties are those of `rates`."""
    by_charge = [_charge_rates(case, values, i, line) for i, line in enumerate(case.lines)]
    return ApplicableRates(rates.tariff, by_charge, rates.statuses)


def _charge_rates(case: Case, values: Values, i: int, line: CaseLine) -> dict[int, ApplicableRate]:
    """The rates of each charge on a line; cached where only the goods, their origin and the place decide."""
    law = case.law
    if line.rates or line.sale_line.tax_class is not None or line.unknown_code:
        return {charge.basis: _charge_rate(case, values, charge, i, line) for charge in _charges(law, case.of)}
    memo, key = law.derived(_Derived).rulings, (line.service, line.row, line.origin, case.places)
    found = memo.get(key)
    if found is None:
        found = {charge.basis: _charge_rate(case, values, charge, i, line) for charge in _charges(law, case.of)}
        if not _by_unit_value(law, case.of, line):
            memo.store(key, found)
    return found


def _by_unit_value(law: Law, of: str, line: CaseLine) -> bool:
    """Whether a class of tax depends on the value of a unit, so that the result cannot be cached by the goods."""
    columns = {charge.column for charge in _charges(law, of) if charge.source == "tax" and charge.column >= 0}
    groups = [
        law.service_group(column, line.service) if line.service else law.group(column, line.row) for column in columns
    ]
    return any(entry.unit_value for group in groups for entry in group)


def _charges(law: Law, of: str) -> list[Charge]:
    """The charges of all procedures for goods, or for services."""
    known = law.derived(_Derived).charges
    if of not in known:
        known[of] = [charge for regime in law.regimes if regime.of == of for charge in regime.charges]
    return known[of]


def _first_row(law: Law, column: int, line: CaseLine) -> Entry | None:
    """The first row of a cell that applies to the line's origin."""
    group = law.service_group(column, line.service) if line.service else law.group(column, line.row)
    for entry in group:
        if entry.origin is None or entry.origin.has(line.origin):
            return entry
    return None


def _duty(law: Law, line: CaseLine, claim: Claim) -> ApplicableRate:
    """The rate of duty of a line under a treatment: the caller's, else the law's, which is cached by the goods."""
    if line.rates and (own := line.rates.get("duty")):
        return _of_caller(own)
    if line.unknown_code:
        return ApplicableRate("none")
    memo, key = law.derived(_Derived).duties, (claim.id, line.row, line.origin)
    found = memo.get(key)
    return memo.store(key, _duty_of_law(law, line, claim)) if found is None else found


def _duty_of_law(law: Law, line: CaseLine, claim: Claim) -> ApplicableRate:
    """The treatment's own rate and, if there is one, the provisional rate; the lower duty of the two applies."""
    entry = _first_row(law, claim.column, line) if claim.column >= 0 else None
    if entry is None:
        return ApplicableRate("none")
    if law.rates[entry.rate].kind == "none":
        return ApplicableRate("none", rows=(entry.basis,))  # the law says that there is none
    choices = [RateChoice(law.rates[entry.rate], (entry.basis,))]
    column = law.by_name.get("tariff:provisional", -1)
    if column >= 0 and claim.id != "general":
        other = _first_row(law, column, line)
        if other is not None and law.rates[other.rate].kind != "none":
            choices.append(RateChoice(law.rates[other.rate], (other.basis,)))
    return _of_law(tuple(choices))


def _of_law(
    choices: tuple[RateChoice, ...], rows: tuple[int, ...] = (), *, bands: bool = False, assumed: bool = False
) -> ApplicableRate:
    """Rates of the law's own rows."""
    ranged = any(each.rate.kind == "range" for each in choices)
    return ApplicableRate("rate", choices, rows, bands, assumed, ranged, _measures(choices))


def _of_caller(rate: Rate) -> ApplicableRate:
    """A rate that the caller gives."""
    choices = (RateChoice(rate, ()),)
    return ApplicableRate("caller", choices, measures=_measures(choices))


def _measures(choices: tuple[RateChoice, ...]) -> tuple[int, ...]:
    """The measures that some rates need."""
    return tuple(sorted({step.measure for each in choices for step in each.rate.program if step.op == UNIT}))


def _charge_rate(case: Case, values: Values, charge: Charge, i: int, line: CaseLine) -> ApplicableRate:
    """The rates of a charge that does not depend on the treatment."""
    if charge.source == "literal":
        return _literal(case, values, charge, i, line)
    if line.rates and charge.id != charge.kind and (own := line.rates.get(charge.id)):
        return _of_caller(own)
    rate_found = RATES_BY_SOURCE[charge.source](case, values, charge, i, line)
    # A rate by kind replaces a row, known or not; it does not create a charge that the goods do not bear.
    if line.rates and rate_found is not NOTHING and (own := rate_by_kind(case.law, line, charge)):
        return _of_caller(own)
    return rate_found


def _literal(case: Case, values: Values, charge: Charge, i: int, line: CaseLine) -> ApplicableRate:
    """The rate that is written in the charge itself."""
    return _of_law((RateChoice(case.law.rates[charge.rate], (charge.basis,)),))


def _tariff(case: Case, values: Values, charge: Charge, i: int, line: CaseLine) -> ApplicableRate:
    """No rate: the rate of duty is that of the line's treatment (see `_duty`)."""
    return ApplicableRate("none")


def _additional(case: Case, values: Values, charge: Charge, i: int, line: CaseLine) -> ApplicableRate:
    """The rate of a programme of additional duties for goods and their origin."""
    entry = _first_row(case.law, charge.column, line) if charge.column >= 0 else None
    return NOTHING if entry is None else _of_law((RateChoice(case.law.rates[entry.rate], (entry.basis,)),))


def _tax(case: Case, values: Values, charge: Charge, i: int, line: CaseLine) -> ApplicableRate:
    """The rate of the class of tax of a line; a class that the caller states has priority."""
    law, column = case.law, charge.column
    if line.unknown_code:
        return ApplicableRate("none")
    if line.sale_line.tax_class is not None:
        rate_found = stated_class(case, charge, line.sale_line.tax_class)
        if rate_found is not None:
            return rate_found
    if column < 0:
        return class_rates(case, charge, "standard", (), CHARGE_KINDS[charge.kind].general_classes)
    group = law.service_group(column, line.service) if line.service else law.group(column, line.row)
    for entry in group:
        if entry.unit_value:
            reached = _reaches_unit_value(case, values, i, line, entry)
            if reached is None:
                reached = case.dearer
            if reached is None:
                return ApplicableRate("class", rows=(entry.basis,))
            if not reached:
                continue
        return class_rates(case, charge, entry.name, (entry.basis,), False)
    if CHARGE_KINDS[charge.kind].general_classes:
        return class_rates(case, charge, "standard", (), True)
    return NOTHING if law.columns[column].complete else ApplicableRate("none")


#: The function that finds the rates of a charge, for each kind of `rule_kinds.RATE_SOURCES`.
RATES_BY_SOURCE: dict[str, Callable[[Case, Values, Charge, int, CaseLine], ApplicableRate]] = {
    "literal": _literal,
    "tariff": _tariff,
    "tax": _tax,
    "additional": _additional,
}
require_same(RATE_SOURCES, RATES_BY_SOURCE, "flow.rate.RATES_BY_SOURCE")


def stated_class(case: Case, charge: Charge, name: str) -> ApplicableRate | None:
    """The rates of the class that the caller states, if this tax has it; None where the law's own class applies.

    The general classes apply to VAT only; a class that only the pack names applies to every tax that names it.
    """
    if not CHARGE_KINDS[charge.kind].general_classes and name in GENERAL_CLASSES:
        return None
    if f"{charge.tax}:{name}" in case.law.taxes:
        return class_rates(case, charge, name, (), False)
    if not CHARGE_KINDS[charge.kind].general_classes:
        return None
    if name in NIL:
        return NOTHING
    return None if any(key.endswith(f":{name}") for key in case.law.taxes) else ApplicableRate("stated")


def class_rates(case: Case, charge: Charge, name: str, rows: tuple[int, ...], assumed: bool) -> ApplicableRate:
    """The rates of a class of tax, of the most exact place that has any."""
    memo, key = case.law.derived(_Derived).classes, (charge.tax, name, rows, case.places, assumed)
    known = memo.get(key)
    return memo.store(key, _rates_of_place(case, case.law, charge.tax, name, rows, assumed)) if known is None else known


def _rates_of_place(case: Case, law: Law, tax: str, name: str, rows: tuple[int, ...], assumed: bool) -> ApplicableRate:
    all_rows = law.taxes.get(f"{tax}:{name}", ())
    finer = any(row.place.startswith(f"{case.importer}-") for row in all_rows)
    for place in case.places:
        here = [row for row in all_rows if row.place == place]
        if finer and place in (case.importer, "") and all(law.rates[row.rate].kind == "unknown" for row in here):
            continue  # the rate is not known for the whole country, because it differs by state or province
        if here:
            choices = tuple(
                RateChoice(law.rates[row.rate], (row.basis, *rows), row.over, row.up_to, row.floor, row.cap)
                for row in here
            )
            bands = any(row.over is not None or row.up_to is not None for row in here)
            return _of_law(choices if bands else choices[:1], rows, bands=bands, assumed=assumed)
    # There are rates, but only for states or provinces, and the sale gives none of these.
    return ApplicableRate("place" if finer else "none", rows=rows)


def _reaches_unit_value(case: Case, values: Values, i: int, line: CaseLine, entry: Entry) -> bool | None:
    """Whether the customs value of a unit reaches the row's, by a measure that is given; None where none is given."""
    known = False
    for num, den, currency, unit in entry.unit_value:
        worth = worth_of_unit(case, line, values.by_name[4][i], currency, unit)
        if worth is None:
            continue
        known = True
        if worth >= Fraction(num, den):
            return True
    return False if known else None
