"""rate: which rows of the schedule are in force, for each line and way?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from entrepot.engine.case import ApplicableRate, ApplicableRates, Case, CaseLine, Claim, RateChoice, Values
from entrepot.law.compiled import Law, Memo
from entrepot.law.rates import MEASURES, UNITS
from entrepot.law.records import Charge, Entry
from entrepot.model.rule_kinds import CHARGE_KINDS, RATE_SOURCES, require_same
from entrepot.model.sale import GENERAL_CLASSES

NOTHING = ApplicableRate("")
NIL = ("zero", "exempt")


@dataclass(slots=True)
class _Derived:
    """What this verb keeps with a law.

    `rulings`: by service, row of the schedule, origin and places of the buyer, then by a charge's basis; `classes`: by
    tax, class, rows that say the class, places of the buyer, and whether it was assumed; `charges`: of goods, of
    services.
    """

    rulings: Memo[tuple[str, int, str, tuple[str, ...]], dict[int, ApplicableRate]] = field(default_factory=Memo)
    classes: Memo[tuple[str, str, tuple[int, ...], tuple[str, ...], bool], ApplicableRate] = field(default_factory=Memo)
    charges: dict[str, list[Charge]] = field(default_factory=dict)


def rate(case: Case, values: Values, claims: list[list[Claim]]) -> ApplicableRates:
    """What may decide: the duty of each line under each claim, and every other charge of every regime on each line."""
    law = case.law
    rates = ApplicableRates([], [])
    for i, line in enumerate(case.lines):
        rates.tariff.append([_duty(law, line, claim) for claim in claims[i]])
        rates.by_charge.append(_rulings(case, values, i, line))
    return rates


def _rulings(case: Case, values: Values, i: int, line: CaseLine) -> dict[int, ApplicableRate]:
    """What may decide each charge on a line; kept where only the goods, their origin and the place decide."""
    law = case.law
    if line.rates or line.sale_line.tax_class is not None:
        return {charge.basis: _ruled(case, values, charge, i, line) for charge in _charges(law, case.of)}
    memo, key = law.derived(_Derived).rulings, (line.service, line.row, line.origin, case.places)
    found = memo.get(key)
    if found is None:
        found = {charge.basis: _ruled(case, values, charge, i, line) for charge in _charges(law, case.of)}
        if not _by_unit_value(law, case.of, line):
            memo.store(key, found)
    return found


def _by_unit_value(law: Law, of: str, line: CaseLine) -> bool:
    """Whether a class turns on the value of a unit, and so on more than the goods and their origin."""
    columns = {charge.column for charge in _charges(law, of) if charge.source == "tax" and charge.column >= 0}
    groups = [
        law.service_group(column, line.service) if line.service else law.group(column, line.row) for column in columns
    ]
    return any(entry.unit_value for group in groups for entry in group)


def _charges(law: Law, of: str) -> list[Charge]:
    """The charges of all regimes for goods, or for services."""
    known = law.derived(_Derived).charges
    if of not in known:
        known[of] = [charge for regime in law.regimes if regime.of == of for charge in regime.charges]
    return known[of]


def _first(law: Law, column: int, line: CaseLine) -> Entry | None:
    """The first row of a cell that holds for the line's origin."""
    group = law.service_group(column, line.service) if line.service else law.group(column, line.row)
    for entry in group:
        if entry.origin is None or entry.origin.has(line.origin):
            return entry
    return None


def _duty(law: Law, line: CaseLine, claim: Claim) -> ApplicableRate:
    """The treatment's own row and, where there is one, the provisional row of MFN; the lower duty of them applies."""
    if line.rates and (own := line.rates.get("duty")):
        return ApplicableRate("caller", (RateChoice(own, ()),))
    entry = _first(law, claim.column, line) if claim.column >= 0 else None
    if entry is None:
        return ApplicableRate("none")
    if law.rates[entry.rate].kind == "none":
        return ApplicableRate("none", rows=(entry.basis,))  # the law says that there is none
    choices = [RateChoice(law.rates[entry.rate], (entry.basis,))]
    column = law.by_name.get("tariff:provisional", -1)
    if column >= 0 and claim.id != "general":
        other = _first(law, column, line)
        if other is not None and law.rates[other.rate].kind != "none":
            choices.append(RateChoice(law.rates[other.rate], (other.basis,)))
    return ApplicableRate("rate", tuple(choices))


def _ruled(case: Case, values: Values, charge: Charge, i: int, line: CaseLine) -> ApplicableRate:
    """What may decide a charge that does not turn on the treatment."""
    if charge.source == "literal":
        return _literal(case, values, charge, i, line)
    if line.rates and charge.id != charge.kind and (own := line.rates.get(charge.id)):
        return ApplicableRate("caller", (RateChoice(own, ()),))
    ruled = RATES_BY_SOURCE[charge.source](case, values, charge, i, line)
    # A rate by kind takes the place of a row, or of one not known; it makes no charge that the goods do not bear.
    if line.rates and ruled is not NOTHING and (own := line.rates.get(charge.kind)):
        return ApplicableRate("caller", (RateChoice(own, ()),))
    return ruled


def _literal(case: Case, values: Values, charge: Charge, i: int, line: CaseLine) -> ApplicableRate:
    """The rate that stands in the charge itself."""
    return ApplicableRate("rate", (RateChoice(case.law.rates[charge.rate], (charge.basis,)),))


def _tariff(case: Case, values: Values, charge: Charge, i: int, line: CaseLine) -> ApplicableRate:
    """None: the rate is that of the line's treatment (`_duty`)."""
    return ApplicableRate("none")


def _additional(case: Case, values: Values, charge: Charge, i: int, line: CaseLine) -> ApplicableRate:
    """The rate of a programme of additional duties for goods and their origin."""
    entry = _first(case.law, charge.column, line) if charge.column >= 0 else None
    return (
        NOTHING if entry is None else ApplicableRate("rate", (RateChoice(case.law.rates[entry.rate], (entry.basis,)),))
    )


def _tax(case: Case, values: Values, charge: Charge, i: int, line: CaseLine) -> ApplicableRate:
    """The rate of the class of a tax that a line falls in, the class that the caller states first."""
    law, column = case.law, charge.column
    if line.sale_line.tax_class is not None:
        ruled = stated_class(case, charge, line.sale_line.tax_class)
        if ruled is not None:
            return ruled
    if column < 0:
        return class_rates(case, charge, "standard", (), CHARGE_KINDS[charge.kind].general_classes)
    group = law.service_group(column, line.service) if line.service else law.group(column, line.row)
    for entry in group:
        if entry.unit_value:
            reached = _reached(case, values, i, line, entry)
            if reached is None:
                return ApplicableRate("class", rows=(entry.basis,))
            if not reached:
                continue
        return class_rates(case, charge, entry.name, (entry.basis,), False)
    if CHARGE_KINDS[charge.kind].general_classes:
        return class_rates(case, charge, "standard", (), True)
    return NOTHING if law.columns[column].complete else ApplicableRate("none")


#: What may decide a charge, by each kind of `rule_kinds.RATE_SOURCES`.
RATES_BY_SOURCE: dict[str, Callable[[Case, Values, Charge, int, CaseLine], ApplicableRate]] = {
    "literal": _literal,
    "tariff": _tariff,
    "tax": _tax,
    "additional": _additional,
}
require_same(RATE_SOURCES, RATES_BY_SOURCE, "flow.rate.RATES_BY_SOURCE")


def stated_class(case: Case, charge: Charge, name: str) -> ApplicableRate | None:
    """The class that the caller states, where it is one of this tax; None where the law's own class holds.

    The general classes are of VAT alone; a class that only the pack names is of every tax that names it.
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
    """The rows of a class, of the most exact place that has any."""
    memo, key = case.law.derived(_Derived).classes, (charge.tax, name, rows, case.places, assumed)
    known = memo.get(key)
    return memo.store(key, _placed(case, case.law, charge.tax, name, rows, assumed)) if known is None else known


def _placed(case: Case, law: Law, tax: str, name: str, rows: tuple[int, ...], assumed: bool) -> ApplicableRate:
    all_rows = law.taxes.get(f"{tax}:{name}", ())
    for place in case.places:
        here = [row for row in all_rows if row.place == place]
        if here:
            choices = tuple(
                RateChoice(law.rates[row.rate], (row.basis, *rows), row.over, row.up_to, row.floor, row.cap)
                for row in here
            )
            bands = any(row.over is not None or row.up_to is not None for row in here)
            return ApplicableRate("rate", choices if bands else choices[:1], rows, bands, assumed)
    # There are rates, but only of places more exact than the sale names.
    finer = any(row.place.startswith(f"{case.importer}-") for row in all_rows)
    return ApplicableRate("place" if finer else "none", rows=rows)


def _reached(case: Case, values: Values, i: int, line: CaseLine, entry: Entry) -> bool | None:
    """Whether the customs value of one of the measures given reaches the row's; None where none of them is given."""
    known = False
    for num, den, currency, unit in entry.unit_value:
        measure, factor = UNITS[unit]
        given = line.measures[MEASURES.index(measure)]
        if measure == "item" and line.sale_line.items is None:
            given = None  # a quantity of bottles is no number of sheets
        if given is None or currency not in case.rates_to:
            continue
        known = True
        worth = Fraction(values.by_name[4][i]) / (Fraction(*given) / factor)
        if worth >= Fraction(num, den) * Fraction(*case.rates_to[currency]):
            return True
    return False if known else None
