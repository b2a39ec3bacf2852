"""priced: the parts of the price of each line of a block, and its rows of the tariff; as `flow.value` and `flow.rate`."""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.fleet.loop import form as f
from entrepot.fleet.loop.figure import rounded
from entrepot.fleet.loop.machine import compiled, inlined
from entrepot.fleet.loop.work import D_RATE, D_RATE_TOO, D_ROW, D_ROW_TOO, D_WHY


@compiled
def converted(plan: Any, p: int, own: int) -> int:
    """Minor units of the importer's currency; -1 where 64 bits do not hold them."""
    num = plan[p + f.H_CONVERT_NUM]
    if own > f.LARGEST:
        return -1
    den = plan[p + f.H_CONVERT_DEN] * 10 ** plan[p + f.H_DECIMALS]
    if float(own) * num > 1e18 or float(den) > 1e18:
        return -1
    return rounded(own * num, den, f.HALF_UP, 1)


@compiled
def gathered(lines: Any, work: Any, many: int) -> None:
    """Brings the numbers of the lines of the block together; what no line has is not looked for."""
    line, out = work.line, work.given
    for j in range(many):
        out[0, j] = lines.amount[line[j]]
    if lines.given[0]:
        for j in range(many):
            out[1, j] = lines.shipping[line[j]]
    if lines.given[1]:
        for j in range(many):
            out[2, j] = lines.insurance[line[j]]
    if lines.given[2]:
        for j in range(many):
            out[3, j] = lines.discount[line[j]]
    for j in range(many):
        out[4, j] = lines.quantity[line[j]] if lines.given[3] else f.MICRO


@compiled
def prices(plan: Any, p: int, lines: Any, work: Any, many: int) -> None:
    """Writes the parts of the price; not `fine` where a line is no sale, or 64 bits do not hold it."""
    decimals, own = plan[p + f.H_DECIMALS], plan[p + f.H_CONVERT_NUM] == 0
    given, unit = work.given, np.uint64(10 ** (6 - decimals))
    work.fine[:many] = 1
    for part in range(4):
        if part and not lines.given[part - 1]:
            given[part, :many] = 0
            continue
        for j in range(many):
            micro = given[part, j]
            if micro == f.ABSENT:
                given[part, j] = 0
                micro = -(part == 0)  # a sale has an amount
            elif micro >= 0:
                whole = np.int64(np.uint64(micro) // np.uint64(10_000) if decimals == 2 else np.uint64(micro) // unit)
                given[part, j] = whole if own else converted(plan, p, whole)
                micro = micro - whole * np.int64(unit)
                if given[part, j] < 0 or given[part, j] > f.LARGEST:
                    micro = 1
            if micro:
                work.fine[j] = 0
                given[part, j] = 1
    parted(plan, p, work, many)


@compiled
def parted(plan: Any, p: int, work: Any, many: int) -> None:
    """The parts of the price from what was given: goods without what is inside them, and with what is outside."""
    freight_in, insurance_in, given, values = (
        plan[p + f.H_FREIGHT_IN],
        plan[p + f.H_INSURANCE_IN],
        work.given,
        work.values,
    )
    for j in range(many):
        goods = given[0, j] - given[3, j]
        fine = given[0, j] > 0 and (given[3, j] == 0 or goods > 0) and given[4, j] > 0
        goods -= freight_in * given[1, j] + insurance_in * given[2, j]
        if goods < 0 or not fine:
            work.fine[j], goods = 0, 0
        values[0, j], values[1, j], values[2, j] = goods, given[1, j], given[2, j]
        values[3, j] = goods + given[1, j] + given[2, j]
    for place in (f.H_IMPUTE_INSURANCE_NUM, f.H_IMPUTE_FREIGHT_NUM):
        share = plan[p + place]
        if share:
            for j in range(many):
                if float(values[0, j]) * share > 1e18:
                    work.fine[j] = 0
                else:
                    values[3, j] += rounded(values[0, j] * share, plan[p + place + 1], f.HALF_UP, 1)
    for j in range(many):
        if values[3, j] > f.LARGEST:
            work.fine[j], values[3, j] = 0, 0


@inlined
def decided(rates: Any, rows: Any, place: int, first: int, column: int) -> int:
    """The row of a column of the tariff that holds for goods of some origins; -1 where there is none, or no rate."""
    if column < 0:
        return -1
    group = rows.cells[place, column]
    if group < 0:
        return -1
    entry = rows.first[first, group]
    return -1 if entry < 0 or rates.kind[rows.rate[entry]] == f.NONE else entry


@compiled
def tariff(plan: Any, p: int, rates: Any, rows: Any, work: Any, many: int) -> None:
    """Which rows of the tariff decide under each treatment: its own, and the provisional one of MFN beside it."""
    first, beside = plan[p + f.H_FIRST], plan[p + f.H_PROVISIONAL]
    for t in range(plan[p + f.H_N_CLAIMS]):
        o = plan[p + f.H_CLAIMS] + t * f.T_SIZE
        column, general = plan[o + f.T_COLUMN], plan[o + f.T_GENERAL]
        for j in range(many):
            entry = decided(rates, rows, work.place[j], first, column)
            work.told[t, D_RATE_TOO, j] = -1
            if entry < 0:
                work.told[t, D_WHY, j] = f.LACKS_ROW
                continue
            work.told[t, D_WHY, j] = f.BY_RATE
            work.told[t, D_RATE, j], work.told[t, D_ROW, j] = rows.rate[entry], rows.basis[entry]
            if beside >= 0 and not general:
                other = decided(rates, rows, work.place[j], first, beside)
                if other >= 0:
                    work.told[t, D_RATE_TOO, j], work.told[t, D_ROW_TOO, j] = rows.rate[other], rows.basis[other]


@compiled
def customs(plan: Any, r: int, work: Any, many: int) -> None:
    """Writes the customs value under a regime."""
    num, den = plan[r + f.R_VALUE_NUM], plan[r + f.R_VALUE_DEN]
    direction, unit = plan[r + f.R_ROUND_DIR], plan[r + f.R_ROUND_UNIT]
    source = 3 if plan[r + f.R_CIF] else 0
    for j in range(many):
        worth = work.values[source, j]
        if num != den or unit != 1:
            if float(worth) * num > 1e18 or float(den) * unit > 1e18:
                work.fine[j] = 0
                worth = 0
            worth = rounded(worth * num, den, direction, unit)
        work.values[4, j] = worth
