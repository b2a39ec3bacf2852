"""Writes the charges of a regime, with what the sale itself decides of them, and the rates of each tax class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from entrepot.batch.kernel import layout
from entrepot.batch.plans.kernel_codes import CHARGE_KINDS, RATE_SOURCES, code_of
from entrepot.batch.plans.law_arrays import LawArrays
from entrepot.batch.plans.plan_buffer import PlanBuffer
from entrepot.engine.case import ApplicableRate, Case
from entrepot.engine.flow.rate import class_rates, stated_class
from entrepot.engine.rules.line_charge import applies, borne_by_buyer
from entrepot.engine.rules.places import applies_elsewhere, is_assumed, tax_differs
from entrepot.law.rates import SUB, VALUE
from entrepot.law.records import Charge, Regime, Round
from entrepot.model import rule_kinds

ROUNDS = {"down": layout.DOWN, "up": layout.UP, "half_up": layout.HALF_UP, "half_even": layout.HALF_EVEN}
WHY = {
    "rate": layout.BY_RATE,
    "none": layout.LACKS_ROW,
    "place": layout.LACKS_PLACE,
    "stated": layout.LACKS_STATED,
    "": layout.NOT_DUE,
}


@dataclass(slots=True)
class _RatePlaces:
    """Derived from a law for this module: the index of each rate by its text."""

    rates: dict[str, int] | None = None


def write_charges(
    buffer: PlanBuffer, law_arrays: LawArrays, case: Case, regime: Regime, relieved: Sequence[int]
) -> int:
    """Writes the charges of a regime; returns where they begin. `relieved`: the reliefs of each charge, as bits."""
    indices = {charge.id: index for index, charge in enumerate(regime.charges)}
    entries: list[int] = []
    for charge, bits in zip(regime.charges, relieved, strict=True):
        entries += _encode_charge(buffer, law_arrays, case, regime, charge, indices)
        entries[layout.CHARGE_RELIEFS - layout.CHARGE_SIZE] = bits
        by_place, due = is_assumed(case) and tax_differs(case, charge), entries[layout.CHARGE_DUE - layout.CHARGE_SIZE]
        entries[layout.CHARGE_BY_PLACE - layout.CHARGE_SIZE] = by_place
        elsewhere = not due and applies_elsewhere(case, charge, 0)
        entries[layout.CHARGE_ELSEWHERE - layout.CHARGE_SIZE] = elsewhere
        if elsewhere or bits:  # what a relief takes away is not merely not due
            entries[layout.CHARGE_CELLS - layout.CHARGE_SIZE] = layout.ANY_GOODS
    return buffer.add(entries)


def _included_share(charge: Charge) -> tuple[int, int]:
    """How much of a charge its base includes, 0 / 1 if it is not inclusive; 0 / 0 if a sale does not state its base."""
    if charge.unstated:
        return 0, 0
    return (charge.inclusive_num, charge.inclusive_den) if charge.inclusive else (0, 1)


def _encode_charge(
    buffer: PlanBuffer, law_arrays: LawArrays, case: Case, regime: Regime, charge: Charge, indices: dict[str, int]
) -> list[int]:
    law, entry = case.law, [0] * layout.CHARGE_SIZE
    entry[layout.CHARGE_DUE] = charge.always or applies(case, charge, 0)
    entry[layout.CHARGE_SOURCE], entry[layout.CHARGE_COLUMN] = code_of(RATE_SOURCES, charge.source), charge.column
    entry[layout.CHARGE_RATE], entry[layout.CHARGE_ROW] = law_arrays.rate(charge.rate), charge.basis
    entry[layout.CHARGE_INCLUSIVE_NUM], entry[layout.CHARGE_INCLUSIVE_DEN] = _included_share(charge)
    entry[layout.CHARGE_FACTOR_NUM], entry[layout.CHARGE_FACTOR_DEN] = charge.factor_num, charge.factor_den
    entry[layout.CHARGE_KEEP_UNFACTORED] = charge.full
    entry[layout.CHARGE_LINE_DIR], entry[layout.CHARGE_LINE_UNIT] = _encode_rounding(buffer, charge.round_line)
    entry[layout.CHARGE_PLAIN] = (
        not (charge.inclusive or charge.unstated)
        and charge.factor_num == charge.factor_den
        and charge.round_line.num == charge.round_line.den
    )
    entry[layout.CHARGE_BASE_DIR], entry[layout.CHARGE_BASE_UNIT] = _encode_rounding(buffer, charge.round_base)
    entry[layout.CHARGE_TOTAL_DIR], entry[layout.CHARGE_TOTAL_UNIT] = _encode_rounding(buffer, charge.round_total)
    entry[layout.CHARGE_BY_LINE] = charge.per == "line"
    entry[layout.CHARGE_WAIVED_BELOW] = charge.waived_below
    entry[layout.CHARGE_UNLESS] = sum(1 << indices[name] for name in charge.unless if name in indices)
    entry[layout.CHARGE_BUYER_PAYS], entry[layout.CHARGE_IN_COST] = (
        charge.charged_to == "buyer",
        borne_by_buyer(case, charge),
    )
    entry[layout.CHARGE_SUBTOTAL] = code_of(CHARGE_KINDS, charge.kind)
    entry[layout.CHARGE_IS_DUTY] = charge.kind == "duty"
    entry[layout.CHARGE_REQUIRED] = charge.kind != "duty" and rule_kinds.CHARGE_KINDS[charge.kind].required
    entry[layout.CHARGE_RECOVERED] = (
        case.buyer == "business" and not case.sale.buyer.tax_ids and charge.recoverable == "yes"
    )
    entry[layout.CHARGE_COMPLETE] = charge.complete
    entry[layout.CHARGE_UNCHECKED] = law.bases[charge.basis].trust >= 2
    entry[layout.CHARGE_ENDS_RELIEF_SUM] = charge.id in regime.tested
    terms = _encode_terms(buffer, charge, indices)
    entry[layout.CHARGE_TERMS], entry[layout.CHARGE_N_TERMS] = buffer.add(terms), len(terms) // layout.TERM_SIZE
    if charge.source == "tax":
        entry[layout.CHARGE_COLUMN], entry[layout.CHARGE_CLASSES], entry[layout.CHARGE_N_CLASSES] = _write_tax_classes(
            buffer, law_arrays, case, charge
        )
    entry[layout.CHARGE_CELLS], entry[layout.CHARGE_SIMPLE] = _cells(buffer, entry), _is_simple(entry, terms)
    return entry


def _encode_terms(buffer: PlanBuffer, charge: Charge, indices: dict[str, int]) -> list[int]:
    terms: list[int] = []
    for term in charge.base:
        index = indices.get(term.charge, -1)
        if term.value < 0 and index >= indices[charge.id]:
            continue  # a later charge is not yet known: it counts zero
        direction, unit = _encode_rounding(buffer, term.round)
        terms += [term.value, index, term.full, unit, direction]
    return terms


def _is_simple(entry: Sequence[int], terms: Sequence[int]) -> bool:
    """Whether a charge is its rate on the sum of its terms, where no relief holds (see `kernel.simple_charges`)."""
    return bool(
        entry[layout.CHARGE_DUE]
        and entry[layout.CHARGE_PLAIN]
        and entry[layout.CHARGE_LINE_DIR] in (layout.HALF_UP, layout.DOWN)
        and not entry[layout.CHARGE_UNLESS]
        and not entry[layout.CHARGE_KEEP_UNFACTORED]
        and not entry[layout.CHARGE_BASE_UNIT]
        and not any(terms[layout.TERM_UNIT :: layout.TERM_SIZE])
        and not any(terms[layout.TERM_UNFACTORED :: layout.TERM_SIZE])
    )


def _cells(buffer: PlanBuffer, entry: Sequence[int]) -> int:
    """What CHARGE_CELLS says of a charge: which goods it concerns, so that it may be due."""
    if not entry[layout.CHARGE_DUE]:
        return 0
    if entry[layout.CHARGE_SOURCE] == layout.TAX:
        others = buffer.array()[entry[layout.CHARGE_CLASSES] + layout.CLASS_STATE]
        if others != layout.NOT_DUE:
            return layout.ANY_GOODS
    elif entry[layout.CHARGE_SOURCE] != layout.ADDITIONAL:
        return layout.ANY_GOODS
    column = entry[layout.CHARGE_COLUMN]
    if column >= layout.CELL_BITS:
        return layout.ANY_GOODS
    return 1 << column if column >= 0 else 0


def _encode_rounding(buffer: PlanBuffer, rule: Round | None) -> tuple[int, int]:
    """A direction and a unit; unit 0 for no rounding."""
    return (0, 0) if rule is None else (ROUNDS[rule.direction], buffer.unit(rule))


def _write_tax_classes(buffer: PlanBuffer, law_arrays: LawArrays, case: Case, charge: Charge) -> tuple[int, int, int]:
    """What goods without a class owe, then each class by its number; and the column that says the class."""
    law, given_class = case.law, case.lines[0].sale_line.tax_class
    if given_class is not None and (ruled := stated_class(case, charge, given_class)) is not None:
        return -1, buffer.add(_encode_tax_class(buffer, law_arrays, case, ruled)), 1
    general = rule_kinds.CHARGE_KINDS[charge.kind].general_classes
    standard = class_rates(case, charge, "standard", (), general)
    column = charge.column
    if column < 0:
        return -1, buffer.add(_encode_tax_class(buffer, law_arrays, case, standard)), 1
    if not general:
        standard = ApplicableRate("") if law.columns[column].complete else ApplicableRate("none")
    key = ("slots", law.hash, law.since, charge.tax, charge.kind, column, case.places)
    known = buffer.known.get(key)
    if known is None:
        rows = _encode_tax_class(buffer, law_arrays, case, standard)
        for name in law_arrays.names:
            rows += _encode_tax_class(buffer, law_arrays, case, class_rates(case, charge, name, (), False))
        known = buffer.known[key] = buffer.add(rows), len(law_arrays.names) + 1
    return column, *known


def _encode_tax_class(buffer: PlanBuffer, law_arrays: LawArrays, case: Case, ruled: ApplicableRate) -> list[int]:
    law = case.law
    derived = law.derived(_RatePlaces)
    if derived.rates is None:
        derived.rates = {rate.text: index for index, rate in enumerate(law.rates)}
    choices: list[int] = []
    for choice in ruled.choices:
        bounds = [-1 if each is None else each for each in (choice.over, choice.up_to, choice.floor, choice.cap)]
        choices += [law_arrays.rate(derived.rates[choice.rate.text]), *bounds, choice.rows[0]]
    return [WHY[ruled.why], ruled.bands, ruled.assumed, buffer.add(choices), len(ruled.choices)]


def least_duty_is_least_cost(case: Case, regime: Regime) -> bool:
    """Whether the treatment with the least duty also has the least charges.

    True where one duty by the line counts, and no other charge falls where a charge in its base rises.
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


def duty_margin(buffer: PlanBuffer, regime: Regime) -> int:
    """By how much a line's duty has to be lower for the collected duty to be lower too; -1 where that is not certain.

    For a regime that compares treatments by duty: every other charge then is no higher either.
    """
    duty = next(charge for charge in regime.charges if charge.source == "tariff")
    if regime.tested:
        return -1  # a relief on charges may take both away
    return max(1, duty.waived_below, buffer.unit(duty.round_total) if duty.round_total else 1)
