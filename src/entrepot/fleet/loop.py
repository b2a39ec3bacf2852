"""loop: lines by blocks of one plan, every way in; compiled, without Python's lock, so that two threads share the work."""

from __future__ import annotations

from typing import Any

from entrepot.fleet import form as f
from entrepot.fleet.closing import close
from entrepot.fleet.holding import statused
from entrepot.fleet.machine import compiled
from entrepot.fleet.owing import bear
from entrepot.fleet.priced import customs, gathered, prices, tariff
from entrepot.fleet.relieved import reliefs
from entrepot.fleet.summed import noted, sums
from entrepot.fleet.taken import least_charges, least_duty, pick, statuses
from entrepot.fleet.work import BLOCK, G_COST, G_SUMS, G_UNKNOWN


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
        r = plan[p + f.H_REGIMES] + at * f.R_SIZE
        customs(plan, r, work, many)
        reliefs(plan, r, goods, work, many)
        statuses(plan, p, work, many)
        chosen(plan, p, r, at, rates, rows, goods, lines, work, many)
        statused(plan, p, r, rows, goods, lines, work, work.regime[at], many)
    close(plan, p, work, found, many)


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
    for j in range(many):
        lacking = lacking or (out[G_UNKNOWN, j] == 1 and work.fine[j] == 1)
    if not lacking:
        return False
    for j in range(many):
        work.kept[j] = work.pick[j]
    least_charges(plan, p, r, rates, rows, goods, lines, work, many)
    pick(plan, p, r, work, many)
    for j in range(many):
        if not out[G_UNKNOWN, j]:
            work.pick[j] = work.kept[j]
    return True


@compiled
def normal(
    plan: Any, p: int, r: int, at: int, rates: Any, rows: Any, goods: Any, lines: Any, work: Any, many: int
) -> None:
    """Takes MFN where it costs no more: a paper is asked for only where it gains something."""
    out, other, noting, differs = work.regime[at], work.other, work.rows.shape[2] > 0, False
    for j in range(many):
        work.kept[j] = work.pick[j]
        differs = differs or work.pick[j] != 0
        work.pick[j] = 0
    if differs:
        bear(plan, p, r, rates, rows, goods, lines, work, False, many)
        sums(plan, p, r, rates, rows, work, other, many)
        if noting:
            noted(plan, p, r, work, work.rows_other, many)
    for j in range(many):
        if work.kept[j] == 0:
            continue
        if other[G_UNKNOWN, j] or other[G_COST, j] > out[G_COST, j]:
            work.pick[j] = work.kept[j]
            continue
        for field in range(G_SUMS):
            out[field, j] = other[field, j]
        for k in range(work.rows.shape[2]):
            work.rows[at, j, k] = work.rows_other[j, k]


