"""taken: which treatment each line of a block takes under a regime; as `flow.originate` and `flow.choose`."""

from __future__ import annotations

from typing import Any

from entrepot.batch.kernel import buffers as w
from entrepot.batch.kernel import layout as f
from entrepot.batch.kernel.buffers import D_COST, D_STATUS, D_WHY
from entrepot.batch.kernel.charges import base_of, bear
from entrepot.batch.kernel.compiler import compiled, sure
from entrepot.batch.kernel.rates import duty, rule_of
from entrepot.batch.kernel.reliefs import relief_of


@compiled
def statuses(plan: Any, p: int, room: Any, told: Any, many: int) -> None:
    """Whether each treatment is open to each line: by its proof, or by a value under which none is asked for."""
    for t in range(plan[p + f.H_N_CLAIMS]):
        o = plan[p + f.H_CLAIMS] + t * f.T_SIZE
        proof, direct, waiver = plan[o + f.T_PROOF], plan[o + f.T_DIRECT], plan[o + f.T_WAIVER]
        value = plan[o + f.T_WAIVER_VALUE]
        for q in range(many):
            j = sure(room[w.LIVE, q])
            shown = proof
            if proof != f.PASSED and waiver >= 0 and room[w.VALUES + value, j] <= waiver:
                shown = f.PASSED
            status = f.OPEN
            if shown == f.FAILED:
                status = f.CLOSED
            elif f.ASKED in (shown, direct):
                status = f.CONDITIONAL
            told[t, D_STATUS, j] = status


@compiled
def least_duty(plan: Any, p: int, r: int, lines: Any, where: Any, room: Any, told: Any, owed: Any, many: int) -> None:
    """The duty of each treatment, where the least duty means the least charges; -1 where it is not known."""
    c = 0
    while plan[plan[r + f.R_CHARGES] + c * f.C_SIZE + f.C_SOURCE] != f.TARIFF:
        c += 1
    o = plan[r + f.R_CHARGES] + c * f.C_SIZE
    bears, rule, mask = plan[o + f.C_BEARS], rule_of(plan, o), plan[o + f.C_RELIEVED]
    for q in range(many):
        j = sure(room[w.LIVE, q])
        base, relief = base_of(plan, o, room, owed, j), relief_of(room[w.RELIEVING, j], mask)
        for t in range(plan[p + f.H_N_CLAIMS]):
            known, cost = told[t, D_WHY, j] == f.BY_RATE, -1
            if relief >= 0:
                cost = 0
            elif relief == -1 and (known or room[w.RELIEVING, j]):
                if not bears:
                    cost = 0
                elif known:
                    cost = duty(rule, plan, t, j, base, lines, where, room, told)
                    if cost == -f.BEYOND:
                        room[w.FINE, j] = 0
            told[t, D_COST, j] = cost


@compiled
def least_charges(
    plan: Any,
    p: int,
    r: int,
    cells: Any,
    first: Any,
    goods: Any,
    lines: Any,
    where: Any,
    room: Any,
    told: Any,
    owed: Any,
    out: Any,
    notes: Any,
    many: int,
) -> None:
    """What each line would owe by itself under each treatment; -1 where a duty or VAT is not known."""
    for t in range(plan[p + f.H_N_CLAIMS]):
        bear(plan, p, r, cells, first, goods, lines, where, room, told, owed, out, notes, t, many)


@compiled
def pick(plan: Any, p: int, r: int, room: Any, told: Any, many: int) -> None:
    """The open treatment that costs least, between equals the first; else a conditional one; else the row of none.

    Where none can be reckoned it is the first that the regime admits, if that is not closed.
    """
    mode, none = plan[r + f.R_TREATMENTS], told.shape[0] - 1
    begin = 1 if mode == 3 else 0
    stop = 0 if mode == 0 else 1 if mode == 1 else plan[p + f.H_N_CLAIMS]
    for q in range(many):
        j = sure(room[w.LIVE, q])
        best, best_cost, best_status = none, 0, f.CLOSED
        for t in range(begin, stop):
            status = told[t, D_STATUS, j]
            cost = told[t, D_COST, j] if stop - begin > 1 else 0
            if cost >= 0 and (status < best_status or (status == best_status != f.CLOSED and cost < best_cost)):
                best, best_cost, best_status = t, cost, status
        if best == none and begin < stop and told[begin, D_STATUS, j] != f.CLOSED:
            best = begin
        room[w.PICK, j] = best
