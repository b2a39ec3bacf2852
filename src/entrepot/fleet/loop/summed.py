"""summed: the charges of a regime on each line of a block as sums, with what is said of them as bits; as `doubt`."""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.fleet.loop import form as f
from entrepot.fleet.loop import work as w
from entrepot.fleet.loop.machine import compiled
from entrepot.fleet.loop.reasons import BIT, LACKS, PLACE
from entrepot.fleet.loop.work import (
    AMOUNT,
    ASSUMED,
    G_AT_LEAST,
    G_COST,
    G_DUTIES,
    G_LACK,
    G_REASONS,
    G_SUMS,
    G_UNKNOWN,
    RATE,
    RELIEF,
    ROW,
    ROW_TOO,
    TOTAL,
    WHY,
)

ASSUMED_CLASS, UNKNOWN_CHARGE, REGISTERED = BIT["tax_class.assumed"], BIT["charge.unknown"], BIT["buyer.registered"]
PARTIAL, PIECES, UNCHECKED = BIT["additional.partial"], BIT["quantity.assumed"], BIT["trust.unchecked"]
NO_RATE = PLACE["rate.none"]
LACKING = np.array(LACKS)


@compiled
def lack(plan: Any, o: int, why: int) -> int:
    """The place of the reason why an amount is not known."""
    return NO_RATE if why == f.LACKS_ROW and plan[o + f.C_DUTY] else LACKING[why]


@compiled
def sums(plan: Any, p: int, r: int, room: Any, owed: Any, out: Any, many: int) -> None:
    """Writes into `out[field]` what the charges in `owed` come to on each line."""
    for field in range(G_SUMS):
        for q in range(many):
            j = room[w.LIVE, q]
            out[field, j] = 0
    for q in range(many):
        j = room[w.LIVE, q]
        out[G_LACK, j] = -1
    for c in range(plan[r + f.R_N_CHARGES]):
        o = plan[r + f.R_CHARGES] + c * f.C_SIZE
        sort = G_DUTIES + plan[o + f.C_SORT]
        pays, counts, needed = plan[o + f.C_BUYER_PAYS], plan[o + f.C_COUNTS], plan[o + f.C_DUTY] or plan[o + f.C_VAT]
        for q in range(many):
            j = room[w.LIVE, q]
            total = owed[c, TOTAL, j]
            if total >= 0:
                if pays:
                    out[sort, j] += total
                if counts:
                    out[G_COST, j] += total
            else:
                if pays:
                    out[G_AT_LEAST, j] = 1
                if needed:
                    out[G_UNKNOWN, j] = 1
                if out[G_LACK, j] < 0 and owed[c, AMOUNT, j] < 0:
                    out[G_LACK, j] = lack(plan, o, owed[c, WHY, j])
        doubts(plan, p, r, c, o, room, owed, out, many)


@compiled
def doubts(plan: Any, p: int, r: int, c: int, o: int, room: Any, owed: Any, out: Any, many: int) -> None:
    """Adds what is assumed, unchecked or unknown about one charge."""
    taxed, partial = plan[o + f.C_SOURCE] == f.TAX, plan[o + f.C_SOURCE] == f.ADDITIONAL and not plan[o + f.C_COMPLETE]
    unchecked, recovered = plan[o + f.C_UNCHECKED], plan[o + f.C_RECOVERED]
    pieces = plan[p + f.H_PIECES_ASSUMED]
    for q in range(many):
        j = room[w.LIVE, q]
        why = owed[c, WHY, j]
        bits = 0
        if why == f.BEARS_NOT:
            if partial:
                out[G_REASONS, j] |= PARTIAL
            continue
        total = owed[c, TOTAL, j]
        if taxed and why == f.BY_RATE and owed[c, ASSUMED, j]:
            bits |= ASSUMED_CLASS
        if total < 0:
            bits |= UNKNOWN_CHARGE | (1 << lack(plan, o, why))
        elif total > 0 and recovered:
            bits |= REGISTERED
        row, too, relief = owed[c, ROW, j], owed[c, ROW_TOO, j], owed[c, RELIEF, j]
        doubt = (
            unchecked
            or (row >= 0 and plan[plan[f.A_UNCHECKED] + row])
            or (too >= 0 and plan[plan[f.A_UNCHECKED] + too])
        )
        if relief >= 0:
            doubt = doubt or plan[plan[f.A_UNCHECKED] + plan[plan[r + f.R_THRESHOLDS] + relief * f.L_SIZE + f.L_ROW]]
        if doubt:
            bits |= UNCHECKED
        if pieces and owed[c, RATE, j] >= 0 and plan[owed[c, RATE, j] + f.Q_PIECES]:
            bits |= PIECES
        out[G_REASONS, j] |= bits


@compiled
def noted(plan: Any, p: int, r: int, room: Any, told: Any, owed: Any, out: Any, many: int) -> None:
    """Writes into `out[line]` the rows of law: the regime's, the treatment's, those of each charge; each once."""
    wide, none = out.shape[1], told.shape[0] - 1
    for q in range(many):
        j = room[w.LIVE, q]
        out[j, 0] = plan[r + f.R_ROW]
        at, t = 1, room[w.PICK, j]
        if t != none:
            o = plan[p + f.H_CLAIMS] + t * f.T_SIZE
            known = told[t, 0, j] == f.BY_RATE
            at = added(out, j, at, told[t, 2, j] if known else -1)
            at = added(out, j, at, told[t, 4, j] if known and told[t, 3, j] >= 0 else -1)
            if plan[o + f.T_PREFERENCE]:
                at = added(out, j, at, plan[o + f.T_ROW])
                at = added(out, j, at, plan[o + f.T_MEMBER])
        for c in range(plan[r + f.R_N_CHARGES]):
            o = plan[r + f.R_CHARGES] + c * f.C_SIZE
            why, relief = owed[c, WHY, j], owed[c, RELIEF, j]
            if why == f.BEARS_NOT:
                continue
            if why == f.RELIEVED:
                at = added(out, j, at, plan[plan[r + f.R_THRESHOLDS] + relief * f.L_SIZE + f.L_ROW])
            else:
                at = added(out, j, at, owed[c, ROW, j])
                at = added(out, j, at, owed[c, ROW_TOO, j])
            at = added(out, j, at, plan[o + f.C_ROW])
        for left in range(at, wide):
            out[j, left] = -1


@compiled
def added(out: Any, j: int, at: int, row: int) -> int:
    """Puts a row of law behind those that are there, once; returns how many there are."""
    if row < 0:
        return at
    for before in range(at):
        if out[j, before] == row:
            return at
    out[j, at] = row
    return at + 1
