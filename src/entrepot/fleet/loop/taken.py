"""taken: which treatment each line of a block takes under a regime; as `flow.originate` and `flow.choose`."""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.fleet.loop import form as f
from entrepot.fleet.loop import work as w
from entrepot.fleet.loop.machine import compiled
from entrepot.fleet.loop.owing import bases, bear
from entrepot.fleet.loop.rating import duty, rule_of
from entrepot.fleet.loop.work import AMOUNT, D_COST, D_STATUS, D_WHY


@compiled
def statuses(plan: Any, p: int, room: Any, told: Any, many: int) -> None:
    """Whether each treatment is open to each line: by its proof, or by a value under which none is asked for."""
    for t in range(plan[p + f.H_N_CLAIMS]):
        o = plan[p + f.H_CLAIMS] + t * f.T_SIZE
        proof, direct, waiver = plan[o + f.T_PROOF], plan[o + f.T_DIRECT], plan[o + f.T_WAIVER]
        value = plan[o + f.T_WAIVER_VALUE]
        for q in range(many):
            j = room[w.LIVE, q]
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
    bears, rule = plan[o + f.C_BEARS], rule_of(plan, o)
    bases(plan, o, room, owed, many)
    for t in range(plan[p + f.H_N_CLAIMS]):
        for q in range(many):
            j = room[w.LIVE, q]
            known, relief = told[t, D_WHY, j] == f.BY_RATE, owed[c, w.BY_VALUE, j]
            cost = -1
            if not known and not room[w.TOUCHED, j]:
                cost = -1
            elif relief != -1:
                cost = 0 if relief >= 0 else -1
            elif not bears:
                cost = 0
            elif known:
                cost, _ = duty(rule, plan, t, j, lines, where, room, told)
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
    many: int,
) -> None:
    """What each line would owe by itself under each treatment; -1 where a duty or VAT is not known."""
    for t in range(plan[p + f.H_N_CLAIMS]):
        for q in range(many):
            j = room[w.LIVE, q]
            room[w.PICK, j] = t
        bear(plan, p, r, cells, first, goods, lines, where, room, told, owed, np.int64(1), many)
        for q in range(many):
            j = room[w.LIVE, q]
            cost = 0
            for c in range(plan[r + f.R_N_CHARGES]):
                o = plan[r + f.R_CHARGES] + c * f.C_SIZE
                amount = owed[c, AMOUNT, j]
                if amount < 0:
                    if plan[o + f.C_DUTY] or plan[o + f.C_VAT]:
                        cost = -1
                        break
                elif plan[o + f.C_COUNTS]:
                    cost += amount
            if told[t, D_WHY, j] != f.BY_RATE and not room[w.TOUCHED, j]:
                cost = -1
            told[t, D_COST, j] = cost


@compiled
def pick(plan: Any, p: int, r: int, room: Any, told: Any, many: int) -> None:
    """The open treatment that costs least, between equals the first; else a conditional one; else the row of none.

    Where none can be reckoned it is the first that the regime admits, if that is not closed.
    """
    mode, none = plan[r + f.R_TREATMENTS], told.shape[0] - 1
    begin = 1 if mode == 3 else 0
    stop = 0 if mode == 0 else 1 if mode == 1 else plan[p + f.H_N_CLAIMS]
    for q in range(many):
        j = room[w.LIVE, q]
        best, best_cost, best_status = none, 0, f.CLOSED
        for t in range(begin, stop):
            status = told[t, D_STATUS, j]
            cost = told[t, D_COST, j] if stop - begin > 1 else 0
            if cost >= 0 and (status < best_status or (status == best_status != f.CLOSED and cost < best_cost)):
                best, best_cost, best_status = t, cost, status
        if best == none and begin < stop and told[begin, D_STATUS, j] != f.CLOSED:
            best = begin
        room[w.PICK, j] = best
