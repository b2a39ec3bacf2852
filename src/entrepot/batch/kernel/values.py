"""priced: the parts of the price of each line, and its rows of the tariff; as `flow.value` and `flow.rate`."""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.batch.kernel import buffers as w
from entrepot.batch.kernel import layout as f
from entrepot.batch.kernel.buffers import D_RATE, D_RATE_TOO, D_ROW, D_ROW_TOO, D_WHY
from entrepot.batch.kernel.compiler import compiled, inlined, sure
from entrepot.batch.kernel.rate_amount import rounded


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
def gathered(lines: Any, where: Any, room: Any, many: int) -> None:
    """Brings the numbers of the lines of the block together; what no line has is not looked for."""
    line, out = room[w.LINE], room[w.GIVEN : w.GIVEN + 5]
    for j in range(many):
        out[0, j] = lines[sure(line[j]), f.N_AMOUNT]
    if where[f.W_SHIPPING] >= 0:
        for j in range(many):
            out[1, j] = lines[sure(line[j]), where[f.W_SHIPPING]]
    if where[f.W_INSURANCE] >= 0:
        for j in range(many):
            out[2, j] = lines[sure(line[j]), where[f.W_INSURANCE]]
    if where[f.W_DISCOUNT] >= 0:
        for j in range(many):
            out[3, j] = lines[sure(line[j]), where[f.W_DISCOUNT]]
    for j in range(many):
        out[4, j] = lines[sure(line[j]), where[f.W_QUANTITY]] if where[f.W_QUANTITY] >= 0 else f.MICRO


@compiled
def prices(plan: Any, p: int, where: Any, room: Any, many: int) -> None:
    """Writes the parts of the price; not `fine` where a line is no sale, or 64 bits do not hold it."""
    decimals, own = plan[p + f.H_DECIMALS], plan[p + f.H_CONVERT_NUM] == 0
    given, unit = room[w.GIVEN : w.GIVEN + 5], np.uint64(10 ** (6 - decimals))
    room[w.FINE, :many] = 1
    for part in range(4):
        if part and not (where[f.W_SHIPPING + part - 1] >= 0):
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
                room[w.FINE, j] = 0
                given[part, j] = 1
    parted(plan, p, room, many)


@compiled
def parted(plan: Any, p: int, room: Any, many: int) -> None:
    """The parts of the price from what was given: goods without what is inside them, and with what is outside."""
    freight_in, insurance_in, given, values = (
        plan[p + f.H_FREIGHT_IN],
        plan[p + f.H_INSURANCE_IN],
        room[w.GIVEN : w.GIVEN + 5],
        room[w.VALUES : w.VALUES + 5],
    )
    for j in range(many):
        worth = given[0, j] - given[3, j]
        fine = given[0, j] > 0 and (given[3, j] == 0 or worth > 0) and given[4, j] > 0
        worth -= freight_in * given[1, j] + insurance_in * given[2, j]
        if worth < 0 or not fine:
            room[w.FINE, j], worth = 0, 0
        values[0, j], values[1, j], values[2, j] = worth, given[1, j], given[2, j]
        values[3, j] = worth + given[1, j] + given[2, j]
    for place in (f.H_IMPUTE_INSURANCE_NUM, f.H_IMPUTE_FREIGHT_NUM):
        share = plan[p + place]
        if share:
            for j in range(many):
                if float(values[0, j]) * share > 1e18:
                    room[w.FINE, j] = 0
                else:
                    values[3, j] += rounded(values[0, j] * share, plan[p + place + 1], f.HALF_UP, 1)
    for j in range(many):
        if values[3, j] > f.LARGEST:
            room[w.FINE, j], values[3, j] = 0, 0


@inlined
def decided(plan: Any, cells: Any, first: Any, place: int, origins: int, column: int) -> int:
    """The row of a column of the tariff that holds for goods of some origins; -1: no row; -2: one that says `none`."""
    if column < 0:
        return -1
    group = cells[column, sure(place), 0]
    if group < 0:
        return -1
    entry = first[sure(origins), group]
    return -2 if entry >= 0 and plan[sure(plan[entry + f.E_RATE]) + f.Q_KIND] == f.NONE else entry


@compiled
def tariff(plan: Any, p: int, cells: Any, first: Any, room: Any, told: Any, many: int) -> None:
    """Which rows of the tariff decide under each treatment: its own, and the provisional one of MFN beside it."""
    origins, beside = plan[p + f.H_FIRST], plan[p + f.H_PROVISIONAL]
    for t in range(plan[p + f.H_N_CLAIMS]):
        o = plan[p + f.H_CLAIMS] + t * f.T_SIZE
        column, general = plan[o + f.T_COLUMN], plan[o + f.T_GENERAL]
        for j in range(many):
            entry = decided(plan, cells, first, room[w.PLACE, j], origins, column)
            told[t, D_RATE_TOO, j] = -1
            if entry < 0:
                told[t, D_WHY, j], told[t, D_ROW, j] = f.LACKS_ROW, entry
                continue
            told[t, D_WHY, j] = f.BY_RATE
            told[t, D_RATE, j], told[t, D_ROW, j] = plan[entry + f.E_RATE], plan[entry + f.E_BASIS]
            if beside >= 0 and not general:
                other = decided(plan, cells, first, room[w.PLACE, j], origins, beside)
                if other >= 0:
                    told[t, D_RATE_TOO, j], told[t, D_ROW_TOO, j] = plan[other + f.E_RATE], plan[other + f.E_BASIS]


@compiled
def customs(plan: Any, r: int, room: Any, many: int) -> None:
    """Writes the customs value under a regime."""
    num, den = plan[r + f.R_VALUE_NUM], plan[r + f.R_VALUE_DEN]
    direction, unit = plan[r + f.R_ROUND_DIR], plan[r + f.R_ROUND_UNIT]
    source = 3 if plan[r + f.R_CIF] else 0
    for j in range(many):
        worth = room[w.VALUES + source, j]
        if num != den or unit != 1:
            if float(worth) * num > 1e18 or float(den) * unit > 1e18:
                room[w.FINE, j] = 0
                worth = 0
            worth = rounded(worth * num, den, direction, unit)
        room[w.VALUES + 4, j] = worth
