"""relieved: which charges fall away on each line of a block because a value, or a charge, is small; as `relief`."""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.batch.kernel import buffers as w
from entrepot.batch.kernel import layout as f
from entrepot.batch.kernel.buffers import AMOUNT, FULL, RELIEF, TOTAL, WHY
from entrepot.batch.kernel.compiler import compiled, inlined, sure
from entrepot.batch.kernel.rate_amount import held, rounded

#: Thresholds are bits of one number: from here on those whose limit has no exchange rate.
UNKNOWN = 31


@compiled
def by_piece(num: int, den: int, foreign: int, below: int, quantity: int) -> int:
    """A limit for each piece as the most that so many pieces may be worth; -BEYOND where 64 bits do not hold it."""
    if float(num) * quantity > 1e18 or float(den) * f.MICRO > 1e18:
        return -f.BEYOND
    top, bottom = num * quantity, den * f.MICRO
    if foreign:
        top, bottom = rounded(top, bottom, f.HALF_UP, 1), 1
    return -(-top // bottom) - 1 if below else top // bottom


@compiled
def about(plan: Any, o: int, goods: Any, g: int) -> bool:
    """Whether goods are such as a threshold is about."""
    if not held(goods, g, plan[o + f.L_GOODS]):
        return False
    return plan[o + f.L_EXCLUDES] < 0 or not held(goods, g, plan[o + f.L_EXCLUDES])


@compiled
def reliefs(plan: Any, r: int, goods: Any, room: Any, many: int) -> None:
    """Which value thresholds hold on each line, as bits in `relieving`; above 31 those whose limit is not known."""
    for q in range(many):
        room[w.RELIEVING, sure(room[w.LIVE, q])] = 0
    for t in range(plan[r + f.R_N_THRESHOLDS]):
        o = plan[r + f.R_THRESHOLDS] + t * f.L_SIZE
        value, known, item = plan[o + f.L_VALUE], plan[o + f.L_KNOWN], plan[o + f.L_ITEM]
        if value < 0 or not plan[o + f.L_RELIEVES]:
            continue
        limit, bit = plan[o + f.L_LIMIT], t if known else UNKNOWN + t
        num, den, foreign, below = plan[o + f.L_NUM], plan[o + f.L_DEN], plan[o + f.L_FOREIGN], plan[o + f.L_BELOW]
        some = plan[o + f.L_GOODS] >= 0 or plan[o + f.L_EXCLUDES] >= 0
        for q in range(many):
            j = sure(room[w.LIVE, q])
            if item and known:
                limit = by_piece(num, den, foreign, below, room[w.GIVEN + 4, j])
                if limit < -1:
                    room[w.FINE, j] = 0
            holds = not known or room[w.VALUES + sure(value), j] <= limit
            if some:
                holds = holds and about(plan, o, goods, room[w.GOODS, j])
            room[w.RELIEVING, j] |= np.int64(holds) << np.int64(bit)


@inlined
def relief_of(relieving: int, mask: int) -> int:
    """The first in the file that holds of the thresholds in a mask; -1: none; -2 less it where that is not known."""
    if relieving & mask:
        return lowest(relieving & mask)
    unknown = (relieving >> UNKNOWN) & mask
    return -2 - lowest(unknown) if unknown else -1


@inlined
def lowest(bits: int) -> int:
    """The place of the lowest of some bits."""
    place = 0
    while not (bits >> place) & 1:
        place += 1
    return place


@compiled
def by_charges(plan: Any, r: int, last: int, owed: Any) -> int:
    """Thresholds on charges that hold now that the last charge they sum is known; as bits, as in `reliefs`."""
    standing, begin = 0, sure(plan[sure(r) + f.R_THRESHOLDS])
    for t in range(plan[r + f.R_N_THRESHOLDS]):
        o = begin + t * f.L_SIZE
        if plan[o + f.L_AFTER] != last or plan[o + f.L_VALUE] >= 0:
            continue
        total, known = 0, True
        for c in range(last + 1):
            if (plan[o + f.L_SUMS] >> c) & 1:
                known = known and owed[c, TOTAL] >= 0
                total += owed[c, TOTAL]
        if not known:
            continue
        if not plan[o + f.L_KNOWN] and total:
            standing |= 1 << (UNKNOWN + t)
        elif not plan[o + f.L_KNOWN] or total <= plan[o + f.L_LIMIT]:
            standing |= 1 << t
    return standing


@compiled
def relieve(plan: Any, r: int, last: int, goods: Any, g: int, owed: Any, standing: int) -> None:
    """Takes the charges off that the thresholds on charges relieve, in the order in which they came to hold."""
    begin = sure(plan[sure(r) + f.R_THRESHOLDS])
    for t in range(plan[r + f.R_N_THRESHOLDS]):
        o = begin + t * f.L_SIZE
        unknown = (standing >> (UNKNOWN + t)) & 1
        if plan[o + f.L_VALUE] >= 0 or (not unknown and not (standing >> t) & 1):
            continue
        if not about(plan, o, goods, g):
            continue
        for c in range(last + 1):
            if not (plan[o + f.L_RELIEVES] >> c) & 1:
                continue
            if owed[c, TOTAL] == 0 or owed[c, WHY] == f.BEARS_NOT:
                continue
            owed[c, FULL] = 0
            owed[c, AMOUNT] = owed[c, TOTAL] = -1 if unknown else 0
            owed[c, WHY] = f.LACKS_EXCHANGE if unknown else f.RELIEVED
            owed[c, RELIEF] = t
