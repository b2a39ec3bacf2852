"""block: lines of one plan, every way in; compiled, without Python's lock, so that two threads share the work."""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.batch.kernel import buffers as w
from entrepot.batch.kernel import layout as f
from entrepot.batch.kernel.buffers import BLOCK, D_COST, G_COST, G_STATUS, G_SUMS, G_UNKNOWN, NOT_LOOKED_AT
from entrepot.batch.kernel.charges import bear
from entrepot.batch.kernel.choose import close, refusals
from entrepot.batch.kernel.compiler import compiled, entered, sure
from entrepot.batch.kernel.conditions import conditions, statused
from entrepot.batch.kernel.reliefs import reliefs
from entrepot.batch.kernel.treatments import least_charges, least_duty, pick, statuses
from entrepot.batch.kernel.values import customs, gathered, prices, tariff


@entered
def loop(
    plan: Any,
    cells: Any,
    first: Any,
    goods: Any,
    lines: Any,
    where: Any,
    order: Any,
    room: Any,
    told: Any,
    owed: Any,
    state: Any,
    cited: Any,
    found: Any,
    citations: Any,
) -> None:
    """The lines named in `order`, those of one plan together; what cannot be told stays `beyond`."""
    begin = 0
    while begin < len(order):
        p = lines[sure(order[begin]), f.N_PLAN]
        many = 0
        while many < BLOCK and begin + many < len(order) and lines[sure(order[begin + many]), f.N_PLAN] == p:
            room[w.LINE, many] = order[begin + many]
            many += 1
        for j in range(many):
            room[w.GOODS, j] = lines[sure(room[w.LINE, j]), f.N_GOODS]
        for j in range(many):
            room[w.PLACE, j] = goods[sure(room[w.GOODS, j]), 0]
        block(plan, p, cells, first, goods, lines, where, room, told, owed, state, cited, found, citations, many)
        begin += many


@compiled
def block(
    plan: Any,
    p: int,
    cells: Any,
    first: Any,
    goods: Any,
    lines: Any,
    where: Any,
    room: Any,
    told: Any,
    owed: Any,
    state: Any,
    cited: Any,
    found: Any,
    citations: Any,
    many: int,
) -> None:
    """Everything about some lines of one plan."""
    gathered(lines, where, room, many)
    prices(plan, p, where, room, many)
    tariff(plan, p, cells, first, room, told, many)
    for at in range(plan[p + f.H_N_REGIMES]):
        r, out, live = plan[p + f.H_REGIMES] + at * f.R_SIZE, state[at], np.int64(0)
        customs(plan, r, room, many)
        conditions(plan, p, r, cells, goods, lines, where, room, out, many)
        for j in range(many):
            room[w.LIVE, live] = j
            live += out[G_STATUS, j] != f.CLOSED
            out[G_UNKNOWN, j] = NOT_LOOKED_AT if out[G_STATUS, j] == f.CLOSED else 0
        looked_at(plan, p, r, at, cells, first, goods, lines, where, room, told, owed, state, cited, live)
    if close(plan, p, room, state, cited, found, citations, many):
        again_for_refused(plan, p, cells, first, goods, lines, where, room, told, owed, state, cited, found, many)


@compiled
def again_for_refused(
    plan: Any,
    p: int,
    cells: Any,
    first: Any,
    goods: Any,
    lines: Any,
    where: Any,
    room: Any,
    told: Any,
    owed: Any,
    state: Any,
    cited: Any,
    found: Any,
    many: int,
) -> None:
    """Looks also at what conditions close, on the lines into which nothing is open: what is unknown there is told."""
    for at in range(plan[p + f.H_N_REGIMES]):
        r, out, live = plan[p + f.H_REGIMES] + at * f.R_SIZE, state[at], np.int64(0)
        customs(plan, r, room, many)
        for j in range(many):
            room[w.LIVE, live] = j
            live += room[w.BEST, j] < 0 and out[G_UNKNOWN, j] == NOT_LOOKED_AT
        looked_at(plan, p, r, at, cells, first, goods, lines, where, room, told, owed, state, cited, live)
    refusals(plan, p, room, state, found, many)


@compiled
def looked_at(
    plan: Any,
    p: int,
    r: int,
    at: int,
    cells: Any,
    first: Any,
    goods: Any,
    lines: Any,
    where: Any,
    room: Any,
    told: Any,
    owed: Any,
    state: Any,
    cited: Any,
    live: int,
) -> None:
    """The charges of a regime on the lines that are `live`, and its status."""
    if live == 0:
        return
    reliefs(plan, r, goods, room, live)
    statuses(plan, p, room, told, live)
    chosen(plan, p, r, at, cells, first, goods, lines, where, room, told, owed, state, cited, live)
    statused(plan, p, r, room, told, state[at], live)


@compiled
def chosen(
    plan: Any,
    p: int,
    r: int,
    at: int,
    cells: Any,
    first: Any,
    goods: Any,
    lines: Any,
    where: Any,
    room: Any,
    told: Any,
    owed: Any,
    state: Any,
    cited: Any,
    many: int,
) -> None:
    """The treatment of each line and the charges under it; MFN where a paper gains nothing."""
    out = state[at]
    comparing = plan[r + f.R_TREATMENTS] > 1 and plan[p + f.H_N_CLAIMS] > 1
    if comparing:
        if plan[r + f.R_SIMPLE]:
            least_duty(plan, p, r, lines, where, room, told, owed, many)
        else:
            least_charges(plan, p, r, cells, first, goods, lines, where, room, told, owed, out, cited[at], many)
    pick(plan, p, r, room, told, many)
    bear(plan, p, r, cells, first, goods, lines, where, room, told, owed, out, cited[at], np.int64(-1), many)
    if comparing and plan[r + f.R_SIMPLE]:
        again(plan, p, r, at, cells, first, goods, lines, where, room, told, owed, state, cited, many)
    if plan[r + f.R_TREATMENTS] in (1, 2):
        normal(plan, p, r, at, cells, first, goods, lines, where, room, told, owed, state, cited, many)


@compiled
def again(
    plan: Any,
    p: int,
    r: int,
    at: int,
    cells: Any,
    first: Any,
    goods: Any,
    lines: Any,
    where: Any,
    room: Any,
    told: Any,
    owed: Any,
    state: Any,
    cited: Any,
    many: int,
) -> None:
    """Where a tax is not known, charges cannot be compared by the duty: such lines are picked for once more."""
    lacking = np.int64(0)
    for q in range(many):
        j = sure(room[w.LIVE, q])
        room[w.KEPT, lacking] = j
        lacking += state[at, G_UNKNOWN, j] == 1 and room[w.FINE, j] == 1
    if lacking == 0:
        return
    copied(room[w.LIVE], room[w.FLAG_LIVE], many)
    copied(room[w.KEPT], room[w.LIVE], lacking)
    least_charges(plan, p, r, cells, first, goods, lines, where, room, told, owed, state[at], cited[at], lacking)
    pick(plan, p, r, room, told, lacking)
    bear(plan, p, r, cells, first, goods, lines, where, room, told, owed, state[at], cited[at], np.int64(-1), lacking)
    copied(room[w.FLAG_LIVE], room[w.LIVE], many)


@compiled
def copied(source: Any, target: Any, many: int) -> None:
    """The first numbers of a row into another."""
    for q in range(many):
        target[q] = source[q]


@compiled
def normal(
    plan: Any,
    p: int,
    r: int,
    at: int,
    cells: Any,
    first: Any,
    goods: Any,
    lines: Any,
    where: Any,
    room: Any,
    told: Any,
    owed: Any,
    state: Any,
    cited: Any,
    many: int,
) -> None:
    """Takes MFN where it costs no more: a paper is asked for only where it gains something."""
    out, other, margin, near = state[at], state[state.shape[0] - 1], plan[r + f.R_MARGIN], np.int64(0)
    for q in range(many):
        j = sure(room[w.LIVE, q])
        t = sure(room[w.PICK, j])
        gain = told[0, D_COST, j] - told[t, D_COST, j]
        # A duty lower by more than any rounding hides leaves a lower total; where MFN has no rate there is no choice.
        certain = margin >= 0 and (told[0, D_COST, j] < 0 or gain >= margin) and out[G_UNKNOWN, j] == 0
        if t != 0 and not certain:
            room[w.KEPT, near], room[w.KEPT_PICK, near] = j, t
            near += np.int64(1)
    if near == 0:
        return
    copied(room[w.LIVE], room[w.FLAG_LIVE], many)
    for q in range(near):
        room[w.LIVE, q] = room[w.KEPT, q]
        room[w.PICK, room[w.KEPT, q]] = 0
    notes = cited[cited.shape[0] - 1]
    bear(plan, p, r, cells, first, goods, lines, where, room, told, owed, other, notes, np.int64(-1), near)
    for q in range(near):
        j = sure(room[w.LIVE, q])
        if other[G_UNKNOWN, j] or other[G_COST, j] > out[G_COST, j]:
            room[w.PICK, j] = room[w.KEPT_PICK, q]
            continue
        for field in range(G_SUMS):
            out[field, j] = other[field, j]
        for k in range(cited.shape[2]):
            cited[at, j, k] = notes[j, k]
    copied(room[w.FLAG_LIVE], room[w.LIVE], many)
