"""summed: the charges of a regime on each line of a block as sums, with what is said of them as bits; as `doubt`."""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.batch.kernel import layout as f
from entrepot.batch.kernel.buffers import (
    AMOUNT,
    ASSUMED,
    D_RATE_TOO,
    D_ROW,
    D_ROW_TOO,
    D_WHY,
    G_AT_LEAST,
    G_COST,
    G_DUTIES,
    G_FEES,
    G_LACK,
    G_REASONS,
    G_TAXES,
    G_UNKNOWN,
    RATE,
    RELIEF,
    ROW,
    ROW_TOO,
    TOTAL,
    WHY,
)
from entrepot.batch.kernel.compiler import compiled, inlined, sure
from entrepot.batch.kernel.reasons import BIT, LACKS, PLACE

ASSUMED_CLASS, UNKNOWN_CHARGE, REGISTERED = BIT["tax_class.assumed"], BIT["charge.unknown"], BIT["buyer.registered"]
PARTIAL, PIECES, UNCHECKED = BIT["additional.partial"], BIT["quantity.assumed"], BIT["trust.unchecked"]
NO_RATE = PLACE["rate.none"]
LACKING = np.array(LACKS)


@inlined
def lack(plan: Any, o: int, why: int) -> int:
    """The place of the reason why an amount is not known."""
    return NO_RATE if why == f.LACKS_ROW and plan[o + f.C_DUTY] else LACKING[why]


@inlined
def alone(plan: Any, r: int, owed: Any) -> int:
    """What the charges in `owed` come to where a line is compared by itself; -1 where a duty or VAT is not known."""
    cost = 0
    charges = sure(plan[r + f.R_CHARGES])
    for c in range(plan[r + f.R_N_CHARGES]):
        o = charges + c * f.C_SIZE
        amount = owed[c, AMOUNT]
        if amount < 0:
            if plan[o + f.C_DUTY] or plan[o + f.C_VAT]:
                return -1
        elif plan[o + f.C_COUNTS]:
            cost += amount
    return cost


@inlined
def sums(plan: Any, p: int, r: int, owed: Any, out: Any, j: int) -> None:
    """Writes into `out[field]` what the charges in `owed` come to on a line."""
    cost, unknown, reasons, at_least, lacks = 0, 0, 0, 0, np.int64(-1)
    duties, taxes, fees = 0, 0, 0
    charges = sure(plan[r + f.R_CHARGES])
    for c in range(plan[r + f.R_N_CHARGES]):
        o, total = charges + c * f.C_SIZE, owed[c, TOTAL]
        if total < 0:
            at_least |= plan[o + f.C_BUYER_PAYS]
            unknown |= plan[o + f.C_DUTY] | plan[o + f.C_VAT]
            if lacks < 0:
                lacks = lack(plan, o, sure(owed[c, WHY]))
        elif total:
            sort, paid = plan[o + f.C_SORT], total * plan[o + f.C_BUYER_PAYS]
            duties += paid if sort == f.DUTIES else 0
            taxes += paid if sort == f.TAXES else 0
            fees += paid if sort == f.FEES else 0
            cost += total * plan[o + f.C_COUNTS]
        reasons |= doubts(plan, p, r, o, owed[c])
    out[G_DUTIES, j], out[G_TAXES, j], out[G_FEES, j] = duties, taxes, fees
    out[G_COST, j], out[G_UNKNOWN, j], out[G_REASONS, j] = cost, unknown, reasons
    out[G_AT_LEAST, j], out[G_LACK, j] = at_least, lacks


@inlined
def doubts(plan: Any, p: int, r: int, o: int, mine: Any) -> int:
    """What is assumed, unchecked or unknown about one charge, as bits."""
    why, bits, trust = sure(mine[WHY]), 0, sure(plan[f.A_UNCHECKED])
    if why == f.BEARS_NOT:
        return PARTIAL if plan[o + f.C_SOURCE] == f.ADDITIONAL and not plan[o + f.C_COMPLETE] else 0
    total = mine[TOTAL]
    if why == f.BY_RATE and mine[ASSUMED]:
        bits |= ASSUMED_CLASS
    if total < 0:
        bits |= UNKNOWN_CHARGE | (1 << lack(plan, o, why))
    elif total > 0 and plan[o + f.C_RECOVERED]:
        bits |= REGISTERED
    row, too, relief, k = mine[ROW], mine[ROW_TOO], mine[RELIEF], mine[RATE]
    doubt = plan[o + f.C_UNCHECKED]
    if row >= 0:
        doubt |= plan[trust + sure(row)]
    if too >= 0:
        doubt |= plan[trust + sure(too)]
    if relief >= 0:
        doubt |= plan[trust + plan[plan[r + f.R_THRESHOLDS] + relief * f.L_SIZE + f.L_ROW]]
    if doubt:
        bits |= UNCHECKED
    if plan[p + f.H_PIECES_ASSUMED] and k >= 0 and plan[sure(k) + f.Q_PIECES]:
        bits |= PIECES
    return bits


@inlined
def noted(plan: Any, p: int, r: int, told: Any, owed: Any, out: Any, t: int, j: int) -> None:
    """Writes into `out` the rows of law: the regime's, the treatment's, those of each charge; each once."""
    out[0] = plan[r + f.R_ROW]
    at = 1
    if t != told.shape[0] - 1:
        o = plan[p + f.H_CLAIMS] + t * f.T_SIZE
        if told[t, D_WHY, j] == f.BY_RATE:
            at = added(out, at, told[t, D_ROW, j])
            at = added(out, at, told[t, D_ROW_TOO, j] if told[t, D_RATE_TOO, j] >= 0 else -1)
        if plan[o + f.T_PREFERENCE]:
            at = added(out, at, plan[o + f.T_ROW])
            at = added(out, at, plan[o + f.T_MEMBER])
    charges = sure(plan[r + f.R_CHARGES])
    for c in range(plan[r + f.R_N_CHARGES]):
        o = charges + c * f.C_SIZE
        why = owed[c, WHY]
        if why == f.BEARS_NOT:
            continue
        if why == f.RELIEVED:
            at = added(out, at, plan[plan[r + f.R_THRESHOLDS] + owed[c, RELIEF] * f.L_SIZE + f.L_ROW])
        else:
            at = added(out, at, owed[c, ROW])
            at = added(out, at, owed[c, ROW_TOO])
        at = added(out, at, plan[o + f.C_ROW])
    for left in range(at, len(out)):
        out[left] = -1


@compiled
def added(out: Any, at: int, row: int) -> int:
    """Puts a row of law behind those that are there, once; returns how many there are."""
    if row < 0:
        return at
    for before in range(at):
        if out[before] == row:
            return at
    out[at] = row
    return at + 1
