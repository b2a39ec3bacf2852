"""stacked: the charges of a regime, with what the sale itself settles of them, and what each class of a tax owes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from entrepot.batch.kernel import layout as f
from entrepot.batch.plans.kernel_codes import CHARGE_KINDS, RATE_SOURCES, code_of
from entrepot.batch.plans.law_arrays import LawArrays
from entrepot.batch.plans.plan_buffer import PlanBuffer
from entrepot.engine.case import ApplicableRate, Case
from entrepot.engine.flow.rate import class_rates, stated_class
from entrepot.engine.rules.line_charge import applies, borne_by_buyer
from entrepot.law.rates import SUB, VALUE
from entrepot.law.records import Charge, Regime, Round
from entrepot.model import rule_kinds

ROUNDS = {"down": f.DOWN, "up": f.UP, "half_up": f.HALF_UP, "half_even": f.HALF_EVEN}
WHY = {"rate": f.BY_RATE, "none": f.LACKS_ROW, "place": f.LACKS_PLACE, "stated": f.LACKS_STATED, "": f.BEARS_NOT}


@dataclass(slots=True)
class _RatePlaces:
    """What this module keeps with a law: the place of each rate by its text."""

    rates: dict[str, int] | None = None


def write_charges(tape: PlanBuffer, folded: LawArrays, case: Case, regime: Regime, relieved: Sequence[int]) -> int:
    """The charges of a regime for such a sale: where they begin; `relieved`: by which thresholds each, as bits."""
    places = {charge.id: place for place, charge in enumerate(regime.charges)}
    found: list[int] = []
    for charge, bits in zip(regime.charges, relieved, strict=True):
        found += _encode_charge(tape, folded, case, regime, charge, places)
        found[f.C_RELIEVED - f.C_SIZE] = bits
    return tape.add(found)


def _encode_charge(
    tape: PlanBuffer, folded: LawArrays, case: Case, regime: Regime, charge: Charge, places: dict[str, int]
) -> list[int]:
    law, entry = case.law, [0] * f.C_SIZE
    entry[f.C_BEARS] = charge.always or applies(case, charge, 0)
    entry[f.C_SOURCE], entry[f.C_COLUMN] = code_of(RATE_SOURCES, charge.source), charge.column
    entry[f.C_RATE], entry[f.C_ROW] = folded.rate(charge.rate), charge.basis
    entry[f.C_INCLUSIVE] = charge.inclusive
    entry[f.C_FACTOR_NUM], entry[f.C_FACTOR_DEN] = charge.factor_num, charge.factor_den
    entry[f.C_FULL] = charge.full
    entry[f.C_LINE_DIR], entry[f.C_LINE_UNIT] = ROUNDS[charge.round_line.direction], tape.unit(charge.round_line)
    entry[f.C_PLAIN] = (
        not charge.inclusive
        and charge.factor_num == charge.factor_den
        and charge.round_line.num == charge.round_line.den
    )
    entry[f.C_BASE_DIR], entry[f.C_BASE_UNIT] = _encode_rounding(tape, charge.round_base)
    entry[f.C_TOTAL_DIR], entry[f.C_TOTAL_UNIT] = _encode_rounding(tape, charge.round_total)
    entry[f.C_BY_LINE] = charge.per == "line"
    entry[f.C_WAIVED_BELOW] = charge.waived_below
    entry[f.C_UNLESS] = sum(1 << places[name] for name in charge.unless if name in places)
    entry[f.C_BUYER_PAYS], entry[f.C_COUNTS] = charge.charged_to == "buyer", borne_by_buyer(case, charge)
    entry[f.C_SORT] = code_of(CHARGE_KINDS, charge.kind)
    entry[f.C_DUTY] = charge.kind == "duty"
    entry[f.C_VAT] = charge.kind != "duty" and rule_kinds.CHARGE_KINDS[charge.kind].required
    entry[f.C_RECOVERED] = case.buyer == "business" and not case.sale.buyer.tax_ids and charge.recoverable == "yes"
    entry[f.C_COMPLETE] = charge.complete
    entry[f.C_UNCHECKED] = law.bases[charge.basis].trust == 2
    entry[f.C_TESTED] = charge.id in regime.tested
    terms: list[int] = []
    for term in charge.base:
        place = places.get(term.charge, -1)
        if term.value < 0 and place >= places[charge.id]:
            continue  # what comes later in the stack is not yet charged: it counts nothing
        direction, unit = _encode_rounding(tape, term.round)
        terms += [term.value, place, term.full, unit, direction]
    entry[f.C_TERMS], entry[f.C_N_TERMS] = tape.add(terms), len(terms) // f.M_SIZE
    if charge.source == "tax":
        entry[f.C_COLUMN], entry[f.C_SLOTS], entry[f.C_N_SLOTS] = _write_tax_classes(tape, folded, case, charge)
    return entry


def _encode_rounding(tape: PlanBuffer, rule: Round | None) -> tuple[int, int]:
    """A direction and a unit; unit 0 for no rounding."""
    return (0, 0) if rule is None else (ROUNDS[rule.direction], tape.unit(rule))


def _write_tax_classes(tape: PlanBuffer, folded: LawArrays, case: Case, charge: Charge) -> tuple[int, int, int]:
    """What the goods without a class owe, and then each class by its number; the column that says the class."""
    law, asked = case.law, case.lines[0].sale_line.tax_class
    if asked is not None and (ruled := stated_class(case, charge, asked)) is not None:
        return -1, tape.add(_encode_tax_class(tape, folded, case, ruled)), 1
    general = rule_kinds.CHARGE_KINDS[charge.kind].general_classes
    standard = class_rates(case, charge, "standard", (), general)
    column = charge.column
    if column < 0:
        return -1, tape.add(_encode_tax_class(tape, folded, case, standard)), 1
    if not general:
        standard = ApplicableRate("") if law.columns[column].complete else ApplicableRate("none")
    key = ("slots", law.hash, law.since, charge.tax, charge.kind, column, case.places)
    known = tape.known.get(key)
    if known is None:
        rows = _encode_tax_class(tape, folded, case, standard)
        for name in folded.names:
            rows += _encode_tax_class(tape, folded, case, class_rates(case, charge, name, (), False))
        known = tape.known[key] = tape.add(rows), len(folded.names) + 1
    return column, *known


def _encode_tax_class(tape: PlanBuffer, folded: LawArrays, case: Case, ruled: ApplicableRate) -> list[int]:
    law = case.law
    derived = law.derived(_RatePlaces)
    if derived.rates is None:
        derived.rates = {rate.text: place for place, rate in enumerate(law.rates)}
    choices: list[int] = []
    for choice in ruled.choices:
        bounds = [-1 if each is None else each for each in (choice.over, choice.up_to, choice.floor, choice.cap)]
        choices += [folded.rate(derived.rates[choice.rate.text]), *bounds, choice.rows[0]]
    return [WHY[ruled.why], ruled.bands, ruled.assumed, tape.add(choices), len(ruled.choices)]


def least_duty_is_least_cost(case: Case, regime: Regime) -> bool:
    """Whether the treatment with the least duty is the one with the least charges.

    So it is where one duty by the line counts, and no other charge falls where a charge in its base rises.
    """
    duties = [charge for charge in regime.charges if charge.source == "tariff"]
    if len(duties) != 1 or duties[0].per != "line" or duties[0].kind != "duty" or not borne_by_buyer(case, duties[0]):
        return False
    if any(term.charge for term in duties[0].base):
        return False
    for charge in regime.charges:
        if charge.unless:
            return False
        if charge is duties[0] or not any(term.charge for term in charge.base):
            continue
        if charge.source == "additional" or any(
            row.over is not None or row.up_to is not None for rows in case.law.taxes.values() for row in rows
        ):
            return False
        used = (
            [row.rate for rows in case.law.taxes.values() for row in rows] if charge.source == "tax" else [charge.rate]
        )
        if any(step.op in (SUB, VALUE) for rate in used for step in case.law.rates[rate].program):
            return False
    return True


def duty_margin(tape: PlanBuffer, regime: Regime) -> int:
    """By how much a line's duty has to be lower so that the duty collected is lower too; -1 where that is not sure.

    For a simple regime: every other charge then is no higher either.
    """
    duty = next(charge for charge in regime.charges if charge.source == "tariff")
    if regime.tested:
        return -1  # a relief by charges may take both away
    return max(1, duty.waived_below, tape.unit(duty.round_total) if duty.round_total else 1)
