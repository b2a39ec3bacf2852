"""closing: which way is best for each line of a block, and what is written of it; as `flow.choose`, compiled."""

from __future__ import annotations

from typing import Any

from entrepot.batch.kernel import buffers as w
from entrepot.batch.kernel import layout as f
from entrepot.batch.kernel.buffers import (
    G_ASKS,
    G_AT_LEAST,
    G_COST,
    G_DUTIES,
    G_FEES,
    G_LACK,
    G_PICK,
    G_REASONS,
    G_STATUS,
    G_TAXES,
    G_UNKNOWN,
)
from entrepot.batch.kernel.compiler import compiled, inlined, sure
from entrepot.batch.kernel.reasons import PLACE

PLACE_ASSUMED, ASKED = PLACE["place.assumed"], PLACE["condition.asked"]
WAY_ASKS, WAY_CLOSED = PLACE["way.conditional"], PLACE["way.closed"]


@compiled
def closed_by_others(plan: Any, p: int, state: Any, many: int) -> None:
    """A mandatory open regime closes those it names, in the order of the file; a closed one closes none."""
    regimes = plan[p + f.H_N_REGIMES]
    any_mandatory = False
    for at in range(regimes):
        any_mandatory = any_mandatory or plan[plan[p + f.H_REGIMES] + at * f.R_SIZE + f.R_MANDATORY] == 1
    if not any_mandatory:
        return
    for j in range(many):
        closed = 0
        for at in range(regimes):
            r = plan[p + f.H_REGIMES] + at * f.R_SIZE
            if plan[r + f.R_MANDATORY] and state[at, G_STATUS, j] == f.OPEN and not (closed >> at) & 1:
                closed |= plan[r + f.R_CLOSES]
        for at in range(regimes):
            if (closed >> at) & 1:
                state[at, G_STATUS, j] = f.CLOSED


@compiled
def close(plan: Any, p: int, room: Any, state: Any, cited: Any, found: Any, citations: Any, many: int) -> bool:
    """Writes the best open way of each line: the least cost, between equals the first; whether a line has none."""
    regimes = plan[p + f.H_N_REGIMES]
    closed_by_others(plan, p, state, many)
    for j in range(many):
        best = -1
        for at in range(regimes):
            if state[at, G_STATUS, j] == f.OPEN and (best < 0 or state[at, G_COST, j] < state[best, G_COST, j]):
                best = at
        room[w.BEST, j] = best
    refused = False
    for j in range(many):
        i, best = sure(room[w.LINE, j]), room[w.BEST, j]
        out = found[i]
        if not room[w.FINE, j]:
            continue
        out[f.F_BEYOND] = 0
        if best < 0:
            refused = True
            continue
        r, t = sure(plan[p + f.H_REGIMES]) + sure(best) * f.R_SIZE, state[best, G_PICK, j]
        way = plan[r + f.R_ID]
        title = plan[sure(plan[p + f.H_CLAIMS]) + sure(t) * f.T_SIZE + f.T_ID] if t >= 0 else -1
        out[f.F_WORDS] = words(way, title, f.OPEN, -1) | (state[best, G_AT_LEAST, j] << 48)
        duties, taxes, fees = state[best, G_DUTIES, j], state[best, G_TAXES, j], state[best, G_FEES, j]
        out[f.F_REASONS] = state[best, G_REASONS, j]
        out[f.F_DUTIES], out[f.F_TAXES], out[f.F_FEES] = duties, taxes, fees
        out[f.F_LANDED] = room[w.VALUES + 0, j] + room[w.VALUES + 1, j] + room[w.VALUES + 2, j] + duties + taxes + fees
    if citations.shape[1]:
        for j in range(many):
            if room[w.FINE, j] and room[w.BEST, j] >= 0:
                for k in range(citations.shape[1]):
                    citations[sure(room[w.LINE, j]), k] = cited[sure(room[w.BEST, j]), j, k]
    return refused


@compiled
def refusals(plan: Any, p: int, room: Any, state: Any, found: Any, many: int) -> None:
    """Writes why nothing is open, on the lines where that is so."""
    for j in range(many):
        if not room[w.FINE, j]:
            found[room[w.LINE, j], f.F_BEYOND] = 1
        elif room[w.BEST, j] < 0:
            found[room[w.LINE, j], f.F_WORDS] = refuse(plan, p, state, j)


@inlined
def words(way: int, title: int, status: int, fault: int) -> int:
    """Four small numbers in one, each one more than it is: -1 is nothing."""
    return (way + 1) | (title + 1) << 12 | (status + 1) << 24 | (fault + 1) << 36


@compiled
def refuse(plan: Any, p: int, state: Any, j: int) -> int:
    """Why nothing is open: the first reason of the refusal, and whether any way would open; as `words`."""
    fault, status = -1, f.CLOSED
    for at in range(plan[p + f.H_N_REGIMES]):
        r = plan[p + f.H_REGIMES] + at * f.R_SIZE
        if state[at, G_STATUS, j] == f.CONDITIONAL:
            status = f.CONDITIONAL
        if fault < 0 and state[at, G_UNKNOWN, j] and plan[r + f.R_FIT]:
            fault = state[at, G_LACK, j]
            if fault < 0 and plan[r + f.R_PLACE_LACKS]:
                fault = PLACE_ASSUMED
    for at in range(plan[p + f.H_N_REGIMES]):
        if fault < 0 and state[at, G_STATUS, j] == f.CONDITIONAL:
            fault = ASKED if state[at, G_ASKS, j] & 2 else WAY_ASKS
    return words(-1, -1, status, fault if fault >= 0 else WAY_CLOSED)
