"""The sums of a regime's charges on each line, and their reasons as bits; as `engine.rules.confidence`."""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.batch.kernel import buffers, layout
from entrepot.batch.kernel.buffers import (
    AMOUNT,
    ASSUMED,
    CLASS_ROW,
    IS_AT_LEAST,
    LEAST,
    N_REGIME_TOTALS,
    RATE,
    REGIME_AT_LEAST,
    REGIME_COST,
    REGIME_DUTIES,
    REGIME_MISSING,
    REGIME_ORDINARY_DUTY,
    REGIME_REASONS,
    REGIME_UNKNOWN,
    RELIEF,
    ROW,
    STATE,
    TAKEN_RATE,
    TOTAL,
    TREATMENT_COST,
    TREATMENT_PROVISIONAL_RATE,
    TREATMENT_PROVISIONAL_ROW,
    TREATMENT_ROW,
    TREATMENT_STATE,
    UNFACTORED,
    WITHOUT_HIGHEST,
)
from entrepot.batch.kernel.compiler import compiled, inlined, non_negative
from entrepot.batch.kernel.rate_amount import round_to
from entrepot.batch.kernel.reasons import MISSING_REASONS, REASON_BIT, REASON_NUMBER

ASSUMED_CLASS, UNKNOWN_CHARGE, REGISTERED = (
    REASON_BIT["tax_class.assumed"],
    REASON_BIT["charge.unknown"],
    REASON_BIT["buyer.registered"],
)
PARTIAL, PIECES, PLACE, UNCHECKED, VINTAGE = (
    REASON_BIT["additional.partial"],
    REASON_BIT["quantity.assumed"],
    REASON_BIT["place.assumed"],
    REASON_BIT["trust.unchecked"],
    REASON_BIT["rate.vintage"],
)
NO_RATE = REASON_NUMBER["rate.none"]
LACKING = np.array(MISSING_REASONS)
#: More rows of law, and more rates, than a law has.
MANY = (1 << 20) - 1


@inlined
def missing_reason(plan: Any, charge_at: int, state: int) -> int:
    """The number of the reason why an amount is not known."""
    return NO_RATE if state == layout.LACKS_ROW and plan[charge_at + layout.CHARGE_IS_DUTY] else LACKING[state]


@compiled
def missing_detail(charge: Any, c: int) -> int:
    """What decides the sentence about an amount that is not known, besides its reason (see `REGIME_MISSING`)."""
    rate = (charge[RATE] - layout.LAW_SIZE) // layout.RATE_SIZE + 1 if charge[RATE] >= 0 else 0
    return (c & 63) << 8 | (charge[RELIEF] + 1 & 63) << 14 | (charge[ROW] + 1 & MANY) << 20 | (rate & MANY) << 40


@inlined
def clear_charge(charge: Any) -> None:
    """Writes that a charge is not due, as every charge of a tile begins."""
    charge[STATE] = layout.NOT_DUE
    charge[AMOUNT], charge[TOTAL], charge[UNFACTORED], charge[LEAST] = 0, 0, 0, 0


@compiled
def write_costs(plan: Any, r: int, charges: Any, work: Any, treatment: Any, many: int) -> None:
    """Writes what each line of a tile owes by itself under a treatment; -1 where a duty or VAT is not known."""
    for k in range(many):
        treatment[TREATMENT_COST, non_negative(work[buffers.TILE_LINE, k])] = 0
    charges_at = non_negative(plan[r + layout.REGIME_CHARGES])
    for c in range(plan[r + layout.REGIME_N_CHARGES]):
        charge_at = charges_at + c * layout.CHARGE_SIZE
        decides = plan[charge_at + layout.CHARGE_IS_DUTY] | plan[charge_at + layout.CHARGE_REQUIRED]
        for k in range(many):
            charge = charges[c, k]
            if charge[STATE] == layout.NOT_DUE:
                continue
            j, amount = non_negative(work[buffers.TILE_LINE, k]), charge[AMOUNT]
            if amount < 0:
                amount = charge[LEAST]
                if decides:
                    treatment[TREATMENT_COST, j] = -1
            if plan[charge_at + layout.CHARGE_IN_COST] and treatment[TREATMENT_COST, j] >= 0:
                treatment[TREATMENT_COST, j] += amount
            clear_charge(charge)


@compiled
def least_total(plan: Any, charge_at: int, charge: Any) -> int:
    """The lowest total of a charge that is not known, rounded as the total."""
    unit = plan[charge_at + layout.CHARGE_TOTAL_UNIT]
    least = charge[LEAST]
    return round_to(least, 1, plan[charge_at + layout.CHARGE_TOTAL_DIR], unit) if unit else least


@compiled
def write_totals(plan: Any, p: int, r: int, charges: Any, work: Any, out: Any, many: int) -> None:
    """Writes into `out[field, line]` the sums of the charges on the lines of a tile; then no charge is due."""
    for k in range(many):
        j = non_negative(work[buffers.TILE_LINE, k])
        for field in range(N_REGIME_TOTALS):
            out[field, j] = 0
        out[REGIME_MISSING, j] = -1
    charges_at = non_negative(plan[r + layout.REGIME_CHARGES])
    for c in range(plan[r + layout.REGIME_N_CHARGES]):
        charge_at = charges_at + c * layout.CHARGE_SIZE
        not_due = reason_if_not_due(plan, charge_at)
        for k in range(many):
            charge, j = charges[c, k], non_negative(work[buffers.TILE_LINE, k])
            if charge[STATE] == layout.NOT_DUE:
                out[REGIME_REASONS, j] |= not_due
            else:
                add_charge(plan, p, r, c, charge_at, charge, out, j)
                clear_charge(charge)


@inlined
def add_charge(plan: Any, p: int, r: int, c: int, charge_at: int, charge: Any, out: Any, j: int) -> None:
    """Adds a charge that is due to the sums of a line."""
    total = charge[TOTAL]
    if total < 0:
        total = least_total(plan, charge_at, charge)
        bits = np.int64(IS_AT_LEAST)
        if total:
            bits |= WITHOUT_HIGHEST << plan[charge_at + layout.CHARGE_SUBTOTAL]
        out[REGIME_AT_LEAST, j] |= plan[charge_at + layout.CHARGE_BUYER_PAYS] * bits
        out[REGIME_UNKNOWN, j] |= plan[charge_at + layout.CHARGE_IS_DUTY] | plan[charge_at + layout.CHARGE_REQUIRED]
        if out[REGIME_MISSING, j] < 0:
            reason = missing_reason(plan, charge_at, non_negative(charge[STATE]))
            out[REGIME_MISSING, j] = reason | missing_detail(charge, c)
    if total:
        paid = total * plan[charge_at + layout.CHARGE_BUYER_PAYS]
        out[REGIME_DUTIES + non_negative(plan[charge_at + layout.CHARGE_SUBTOTAL]), j] += paid
        out[REGIME_COST, j] += total * plan[charge_at + layout.CHARGE_IN_COST]
    if plan[charge_at + layout.CHARGE_SOURCE] == layout.TARIFF and charge[AMOUNT] != 0:
        out[REGIME_ORDINARY_DUTY, j] = 1
    out[REGIME_REASONS, j] |= charge_reasons(plan, p, r, charge_at, charge)


@inlined
def reason_if_not_due(plan: Any, charge_at: int) -> int:
    """The reason of a charge that is not due, as a bit: an additional duty of which not all goods are entered."""
    incomplete = not plan[charge_at + layout.CHARGE_COMPLETE]
    return PARTIAL if plan[charge_at + layout.CHARGE_SOURCE] == layout.ADDITIONAL and incomplete else 0


@inlined
def charge_reasons(plan: Any, p: int, r: int, charge_at: int, charge: Any) -> int:
    """What is assumed, not checked or not known about one charge that is due, as bits."""
    state, bits, trust = non_negative(charge[STATE]), 0, non_negative(plan[layout.LAW_UNCHECKED])
    total = charge[TOTAL]
    if state == layout.BY_RATE and charge[ASSUMED]:
        bits |= ASSUMED_CLASS
    if state == layout.BY_RATE and plan[charge_at + layout.CHARGE_BY_PLACE]:
        bits |= PLACE
    if total < 0:
        bits |= 1 << missing_reason(plan, charge_at, state)
        if least_total(plan, charge_at, charge) == 0:
            bits |= UNKNOWN_CHARGE
    elif total > 0 and plan[charge_at + layout.CHARGE_RECOVERED]:
        bits |= REGISTERED
    row, class_row, relief, rate_at = charge[ROW], charge[CLASS_ROW], charge[RELIEF], charge[RATE]
    unchecked = plan[charge_at + layout.CHARGE_UNCHECKED]
    if row >= 0:
        unchecked |= plan[trust + non_negative(row)]
        if plan[charge_at + layout.CHARGE_SOURCE] == layout.TARIFF and state != layout.RELIEVED:
            bits |= VINTAGE * plan[non_negative(plan[layout.LAW_VINTAGES]) + non_negative(row)]
    if class_row >= 0:
        unchecked |= plan[trust + non_negative(class_row)]
    if relief >= 0:
        unchecked |= plan[
            trust + plan[plan[r + layout.REGIME_RELIEFS] + relief * layout.RELIEF_SIZE + layout.RELIEF_ROW]
        ]
    if unchecked:
        bits |= UNCHECKED
    one_piece = plan[p + layout.PLAN_PIECES_ASSUMED] == layout.ONE_PIECE
    if one_piece and rate_at >= 0 and plan[non_negative(charge[TAKEN_RATE]) + layout.RATE_PIECES]:
        bits |= PIECES
    return bits


@inlined
def write_law_rows(plan: Any, p: int, r: int, treatments: Any, charges: Any, out: Any, t: int, j: int) -> None:
    """Writes the rows of law: the regime's, the treatment's, those of each charge; each once."""
    out[0] = plan[r + layout.REGIME_ROW]
    at = 1
    if t != treatments.shape[0] - 1:
        treatment_at = plan[p + layout.PLAN_TREATMENTS] + t * layout.TREATMENT_SIZE
        if treatments[t, TREATMENT_STATE, j] == layout.BY_RATE:
            at = append_once(out, at, treatments[t, TREATMENT_ROW, j])
            at = append_once(
                out,
                at,
                treatments[t, TREATMENT_PROVISIONAL_ROW, j]
                if treatments[t, TREATMENT_PROVISIONAL_RATE, j] >= 0
                else -1,
            )
        if plan[treatment_at + layout.TREATMENT_PREFERENCE]:
            at = append_once(out, at, plan[treatment_at + layout.TREATMENT_ROW])
            at = append_once(out, at, plan[treatment_at + layout.TREATMENT_MEMBER])
    charges_at = non_negative(plan[r + layout.REGIME_CHARGES])
    for c in range(plan[r + layout.REGIME_N_CHARGES]):
        charge_at = charges_at + c * layout.CHARGE_SIZE
        state = charges[c, STATE]
        if state == layout.NOT_DUE:
            continue
        if state == layout.RELIEVED:
            at = append_once(
                out,
                at,
                plan[plan[r + layout.REGIME_RELIEFS] + charges[c, RELIEF] * layout.RELIEF_SIZE + layout.RELIEF_ROW],
            )
        else:
            at = append_once(out, at, charges[c, ROW])
            at = append_once(out, at, charges[c, CLASS_ROW])
        at = append_once(out, at, plan[charge_at + layout.CHARGE_ROW])
    for left in range(at, len(out)):
        out[left] = -1


@compiled
def append_once(out: Any, at: int, row: int) -> int:
    """Appends a row of law unless it is there already; returns how many there are."""
    if row < 0:
        return at
    for before in range(at):
        if out[before] == row:
            return at
    out[at] = row
    return at + 1
