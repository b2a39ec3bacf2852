"""relieved: which charges fall away on each line of a block because a value, or a charge, is small; as `relief`."""

from __future__ import annotations

from typing import Any

from entrepot.fleet.loop import form as f
from entrepot.fleet.loop import work as w
from entrepot.fleet.loop.figure import held, rounded
from entrepot.fleet.loop.machine import compiled
from entrepot.fleet.loop.work import AMOUNT, FULL, RELIEF, TOTAL, WHY


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
def reliefs(plan: Any, r: int, goods: Any, room: Any, owed: Any, many: int) -> None:
    """Which value thresholds relieve which charges; of several that hold, the first in the file."""
    charges = plan[r + f.R_N_CHARGES]
    for c in range(charges):
        for q in range(many):
            j = room[w.LIVE, q]
            owed[c, w.BY_VALUE, j] = -1
    for q in range(many):
        j = room[w.LIVE, q]
        room[w.TOUCHED, j] = 0
    for t in range(plan[r + f.R_N_THRESHOLDS]):
        o = plan[r + f.R_THRESHOLDS] + t * f.L_SIZE
        value, mask, known, item = plan[o + f.L_VALUE], plan[o + f.L_RELIEVES], plan[o + f.L_KNOWN], plan[o + f.L_ITEM]
        if value < 0:
            continue
        for q in range(many):
            j = room[w.LIVE, q]
            limit = plan[o + f.L_LIMIT]
            if item and known:
                quantity = room[w.GIVEN + 4, j]
                limit = by_piece(
                    plan[o + f.L_NUM], plan[o + f.L_DEN], plan[o + f.L_FOREIGN], plan[o + f.L_BELOW], quantity
                )
                if limit < -1:
                    room[w.FINE, j] = 0
            within = known and room[w.VALUES + value, j] <= limit
            if (known and not within) or not about(plan, o, goods, room[w.GOODS, j]):
                continue
            for c in range(charges):
                if (mask >> c) & 1:
                    room[w.TOUCHED, j] = 1
                    if within and owed[c, w.BY_VALUE, j] < 0:
                        owed[c, w.BY_VALUE, j] = t
                    elif owed[c, w.BY_VALUE, j] == -1:
                        owed[c, w.BY_VALUE, j] = -2 - t


@compiled
def by_charges(plan: Any, r: int, last: int, room: Any, owed: Any, many: int) -> None:
    """Thresholds on charges that hold now that the last charge they sum is known; as bits in `flag`.

    The bits above 31 are of those whose limit has no exchange rate.
    """
    for t in range(plan[r + f.R_N_THRESHOLDS]):
        o = plan[r + f.R_THRESHOLDS] + t * f.L_SIZE
        if plan[o + f.L_AFTER] != last or plan[o + f.L_VALUE] >= 0:
            continue
        for q in range(many):
            j = room[w.LIVE, q]
            total, known = 0, True
            for c in range(last + 1):
                if (plan[o + f.L_SUMS] >> c) & 1:
                    known = known and owed[c, TOTAL, j] >= 0
                    total += owed[c, TOTAL, j]
            if not known:
                continue
            if not plan[o + f.L_KNOWN] and total:
                room[w.FLAG, j] |= 1 << (31 + t)
            elif not plan[o + f.L_KNOWN] or total <= plan[o + f.L_LIMIT]:
                room[w.FLAG, j] |= 1 << t


@compiled
def relieve(plan: Any, r: int, last: int, goods: Any, room: Any, owed: Any, many: int) -> None:
    """Takes the charges off that the thresholds on charges relieve, in the order in which they came to hold."""
    for t in range(plan[r + f.R_N_THRESHOLDS]):
        o = plan[r + f.R_THRESHOLDS] + t * f.L_SIZE
        if plan[o + f.L_VALUE] >= 0:
            continue
        for q in range(many):
            j = room[w.LIVE, q]
            unknown = (room[w.FLAG, j] >> (31 + t)) & 1
            if not unknown and not (room[w.FLAG, j] >> t) & 1:
                continue
            if not about(plan, o, goods, room[w.GOODS, j]):
                continue
            for c in range(last + 1):
                if not (plan[o + f.L_RELIEVES] >> c) & 1:
                    continue
                if owed[c, TOTAL, j] == 0 or owed[c, WHY, j] == f.BEARS_NOT:
                    continue
                owed[c, FULL, j] = 0
                owed[c, AMOUNT, j] = owed[c, TOTAL, j] = -1 if unknown else 0
                owed[c, WHY, j] = f.LACKS_EXCHANGE if unknown else f.RELIEVED
                owed[c, RELIEF, j] = t
