"""The sums of a regime's charges on one line, and their reasons as bits; as `engine.rules.confidence`."""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.batch.kernel import layout
from entrepot.batch.kernel.buffers import (
    AMOUNT,
    ASSUMED,
    CLASS_ROW,
    IS_AT_LEAST,
    LEAST,
    RATE,
    REGIME_AT_LEAST,
    REGIME_COST,
    REGIME_DUTIES,
    REGIME_FEES,
    REGIME_MISSING,
    REGIME_ORDINARY_DUTY,
    REGIME_REASONS,
    REGIME_TAXES,
    REGIME_UNKNOWN,
    RELIEF,
    ROW,
    STATE,
    TAKEN_RATE,
    TOTAL,
    TREATMENT_PROVISIONAL_RATE,
    TREATMENT_PROVISIONAL_ROW,
    TREATMENT_ROW,
    TREATMENT_STATE,
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
def cost_alone(plan: Any, r: int, charges: Any) -> int:
    """What the charges amount to where a line is compared by itself; -1 where a duty or VAT is not known."""
    cost = 0
    charges_at = non_negative(plan[r + layout.REGIME_CHARGES])
    for c in range(plan[r + layout.REGIME_N_CHARGES]):
        charge_at = charges_at + c * layout.CHARGE_SIZE
        amount = charges[c, AMOUNT]
        if amount < 0:
            if plan[charge_at + layout.CHARGE_IS_DUTY] or plan[charge_at + layout.CHARGE_REQUIRED]:
                return -1
            amount = charges[c, LEAST]
        if plan[charge_at + layout.CHARGE_IN_COST]:
            cost += amount
    return cost


@compiled
def least_total(plan: Any, charge_at: int, charge: Any) -> int:
    """The lowest total of a charge that is not known, rounded as the total."""
    unit = plan[charge_at + layout.CHARGE_TOTAL_UNIT]
    least = charge[LEAST]
    return round_to(least, 1, plan[charge_at + layout.CHARGE_TOTAL_DIR], unit) if unit else least


@inlined
def write_totals(plan: Any, p: int, r: int, charges: Any, out: Any, j: int) -> None:
    """Writes into `out[field, line]` the sums of the charges on a line."""
    cost, unknown, reasons, at_least, lacks = 0, 0, 0, 0, np.int64(-1)
    duties, taxes, fees, ordinary = 0, 0, 0, np.int64(0)
    charges_at = non_negative(plan[r + layout.REGIME_CHARGES])
    for c in range(plan[r + layout.REGIME_N_CHARGES]):
        charge_at, total = charges_at + c * layout.CHARGE_SIZE, charges[c, TOTAL]
        if total < 0:
            total = least_total(plan, charge_at, charges[c])
            bits = np.int64(IS_AT_LEAST)
            if total:
                bits |= WITHOUT_HIGHEST << plan[charge_at + layout.CHARGE_SUBTOTAL]
            at_least |= plan[charge_at + layout.CHARGE_BUYER_PAYS] * bits
            unknown |= plan[charge_at + layout.CHARGE_IS_DUTY] | plan[charge_at + layout.CHARGE_REQUIRED]
            if lacks < 0:
                lacks = missing_reason(plan, charge_at, non_negative(charges[c, STATE])) | missing_detail(charges[c], c)
        if total:
            sort, paid = plan[charge_at + layout.CHARGE_SUBTOTAL], total * plan[charge_at + layout.CHARGE_BUYER_PAYS]
            duties += paid if sort == layout.DUTIES else 0
            taxes += paid if sort == layout.TAXES else 0
            fees += paid if sort == layout.FEES else 0
            cost += total * plan[charge_at + layout.CHARGE_IN_COST]
        ordinary |= np.int64(plan[charge_at + layout.CHARGE_SOURCE] == layout.TARIFF and charges[c, AMOUNT] != 0)
        reasons |= charge_reasons(plan, p, r, charge_at, charges[c])
    out[REGIME_DUTIES, j], out[REGIME_TAXES, j], out[REGIME_FEES, j] = duties, taxes, fees
    out[REGIME_COST, j], out[REGIME_UNKNOWN, j], out[REGIME_REASONS, j] = cost, unknown, reasons
    out[REGIME_AT_LEAST, j], out[REGIME_MISSING, j], out[REGIME_ORDINARY_DUTY, j] = at_least, lacks, ordinary


@inlined
def charge_reasons(plan: Any, p: int, r: int, charge_at: int, charge: Any) -> int:
    """What is assumed, not checked or not known about one charge, as bits."""
    state, bits, trust = non_negative(charge[STATE]), 0, non_negative(plan[layout.LAW_UNCHECKED])
    if state == layout.NOT_DUE:
        return (
            PARTIAL
            if plan[charge_at + layout.CHARGE_SOURCE] == layout.ADDITIONAL
            and not plan[charge_at + layout.CHARGE_COMPLETE]
            else 0
        )
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
