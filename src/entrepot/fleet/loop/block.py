"""loop: lines by blocks of one plan, every way in; compiled, without Python's lock, so that two threads share the work."""

from __future__ import annotations

from typing import Any

from entrepot.fleet.loop import form as f
from entrepot.fleet.loop.closing import close, refusals
from entrepot.fleet.loop.holding import conditions, statused
from entrepot.fleet.loop.machine import compiled
from entrepot.fleet.loop.owing import bear
from entrepot.fleet.loop.priced import customs, gathered, prices, tariff
from entrepot.fleet.loop.relieved import reliefs
from entrepot.fleet.loop.summed import noted, sums
from entrepot.fleet.loop.taken import least_charges, least_duty, pick, statuses
from entrepot.fleet.loop.work import BLOCK, D_COST, G_COST, G_STATUS, G_SUMS, G_UNKNOWN, NOT_LOOKED_AT


@compiled
def loop(plan: Any, rates: Any, rows: Any, goods: Any, lines: Any, order: Any, work: Any, found: Any) -> None:
    """The lines named in `order`, those of one plan together; what cannot be told stays `beyond`."""
    begin = 0
    while begin < len(order):
        p = lines.plan[order[begin]]
        many = 0
        while many < BLOCK and begin + many < len(order) and lines.plan[order[begin + many]] == p:
            work.line[many] = order[begin + many]
            many += 1
        for j in range(many):
            work.goods[j] = lines.goods[work.line[j]]
        for j in range(many):
            work.place[j] = goods.row[work.goods[j]]
        block(plan, p, rates, rows, goods, lines, work, found, many)
        begin += many


@compiled
def block(plan: Any, p: int, rates: Any, rows: Any, goods: Any, lines: Any, work: Any, found: Any, many: int) -> None:
    """Everything about some lines of one plan."""
    gathered(lines, work, many)
    prices(plan, p, lines, work, many)
    tariff(plan, p, rates, rows, work, many)
    for at in range(plan[p + f.H_N_REGIMES]):
        r, out, live = plan[p + f.H_REGIMES] + at * f.R_SIZE, work.regime[at], 0
        customs(plan, r, work, many)
        conditions(plan, p, r, rows, goods, lines, work, out, many)
        for j in range(many):
            work.live[live] = j
            live += out[G_STATUS, j] != f.CLOSED
            out[G_UNKNOWN, j] = NOT_LOOKED_AT if out[G_STATUS, j] == f.CLOSED else 0
        looked_at(plan, p, r, at, rates, rows, goods, lines, work, live)
    if close(plan, p, work, found, many):
        again_for_refused(plan, p, rates, rows, goods, lines, work, found, many)


@compiled
def again_for_refused(
    plan: Any, p: int, rates: Any, rows: Any, goods: Any, lines: Any, work: Any, found: Any, many: int
) -> None:
    """Looks also at what conditions close, on the lines into which nothing is open: what is unknown there is told."""
    for at in range(plan[p + f.H_N_REGIMES]):
        r, out, live = plan[p + f.H_REGIMES] + at * f.R_SIZE, work.regime[at], 0
        customs(plan, r, work, many)
        for j in range(many):
            work.live[live] = j
            live += work.best[j] < 0 and out[G_UNKNOWN, j] == NOT_LOOKED_AT
        looked_at(plan, p, r, at, rates, rows, goods, lines, work, live)
    refusals(plan, p, work, found, many)


@compiled
def looked_at(
    plan: Any, p: int, r: int, at: int, rates: Any, rows: Any, goods: Any, lines: Any, work: Any, live: int
) -> None:
    """The charges of a regime on the lines that are `live`, and its status."""
    if live == 0:
        return
    reliefs(plan, r, goods, work, live)
    statuses(plan, p, work, live)
    chosen(plan, p, r, at, rates, rows, goods, lines, work, live)
    statused(plan, p, r, work, work.regime[at], live)


@compiled
def chosen(
    plan: Any, p: int, r: int, at: int, rates: Any, rows: Any, goods: Any, lines: Any, work: Any, many: int
) -> None:
    """The treatment of each line and the charges under it; MFN where a paper gains nothing."""
    out, noting = work.regime[at], work.rows.shape[2] > 0
    comparing = plan[r + f.R_TREATMENTS] > 1 and plan[p + f.H_N_CLAIMS] > 1
    if comparing:
        if plan[r + f.R_SIMPLE]:
            least_duty(plan, p, r, rates, lines, work, many)
        else:
            least_charges(plan, p, r, rates, rows, goods, lines, work, many)
    pick(plan, p, r, work, many)
    bear(plan, p, r, rates, rows, goods, lines, work, False, many)
    sums(plan, p, r, rates, rows, work, out, many)
    if comparing and plan[r + f.R_SIMPLE] and again(plan, p, r, rates, rows, goods, lines, work, out, many):
        bear(plan, p, r, rates, rows, goods, lines, work, False, many)
        sums(plan, p, r, rates, rows, work, out, many)
    if noting:
        noted(plan, p, r, work, work.rows[at], many)
    if plan[r + f.R_TREATMENTS] in (1, 2):
        normal(plan, p, r, at, rates, rows, goods, lines, work, many)


@compiled
def again(
    plan: Any, p: int, r: int, rates: Any, rows: Any, goods: Any, lines: Any, work: Any, out: Any, many: int
) -> bool:
    """Where a tax is not known, charges cannot be compared by the duty: the lines are picked for once more."""
    lacking = False
    for q in range(many):
        j = work.live[q]
        lacking = lacking or (out[G_UNKNOWN, j] == 1 and work.fine[j] == 1)
    if not lacking:
        return False
    for q in range(many):
        j = work.live[q]
        work.kept[j] = work.pick[j]
    least_charges(plan, p, r, rates, rows, goods, lines, work, many)
    pick(plan, p, r, work, many)
    for q in range(many):
        j = work.live[q]
        if not out[G_UNKNOWN, j]:
            work.pick[j] = work.kept[j]
    return True


@compiled
def normal(
    plan: Any, p: int, r: int, at: int, rates: Any, rows: Any, goods: Any, lines: Any, work: Any, many: int
) -> None:
    """Takes MFN where it costs no more: a paper is asked for only where it gains something."""
    out, other, margin, near = work.regime[at], work.other, plan[r + f.R_MARGIN], 0
    for q in range(many):
        j = work.live[q]
        t = work.pick[j]
        gain = work.told[0, D_COST, j] - work.told[t, D_COST, j]
        # A duty lower by more than any rounding hides leaves a lower total; where MFN has no rate there is no choice.
        sure = margin >= 0 and (work.told[0, D_COST, j] < 0 or gain >= margin) and out[G_UNKNOWN, j] == 0
        if t != 0 and not sure:
            work.kept[near], work.kept_pick[near] = j, t
            near += 1
    if near == 0:
        return
    for q in range(many):
        work.flag_live[q] = work.live[q]
    for q in range(near):
        work.live[q] = work.kept[q]
        work.pick[work.kept[q]] = 0
    bear(plan, p, r, rates, rows, goods, lines, work, False, near)
    sums(plan, p, r, rates, rows, work, other, near)
    if work.rows.shape[2] > 0:
        noted(plan, p, r, work, work.rows_other, near)
    for q in range(near):
        j = work.live[q]
        if other[G_UNKNOWN, j] or other[G_COST, j] > out[G_COST, j]:
            work.pick[j] = work.kept_pick[q]
            continue
        for field in range(G_SUMS):
            out[field, j] = other[field, j]
        for k in range(work.rows.shape[2]):
            work.rows[at, j, k] = work.rows_other[j, k]
    for q in range(many):
        work.live[q] = work.flag_live[q]
