"""Which charges a relief takes away on each line, because a value or a charge is small; as `engine.rules.reliefs`."""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.batch.kernel import buffers, layout
from entrepot.batch.kernel.buffers import AMOUNT, LEAST, RELIEF, STATE, TOTAL, UNFACTORED
from entrepot.batch.kernel.compiler import compiled, inlined, non_negative
from entrepot.batch.kernel.rate_amount import is_in_list, round_to

#: Reliefs are bits of one number; from this bit on, the reliefs whose limit has no exchange rate.
UNKNOWN_BITS = 31


@compiled
def limit_for_pieces(num: int, den: int, foreign: int, below: int, quantity: int) -> int:
    """A limit per piece as the most that so many pieces may be worth; -UNSUPPORTED where 64 bits do not suffice."""
    if float(num) * quantity > 1e18 or float(den) * layout.MICRO > 1e18:
        return -layout.UNSUPPORTED
    top, bottom = num * quantity, den * layout.MICRO
    if foreign:
        top, bottom = round_to(top, bottom, layout.HALF_UP, 1), 1
    return -(-top // bottom) - 1 if below else top // bottom


@compiled
def is_about_goods(plan: Any, relief_at: int, goods: Any, g: int) -> bool:
    """Whether a relief applies to a code."""
    if not is_in_list(goods, g, plan[relief_at + layout.RELIEF_GOODS]):
        return False
    return plan[relief_at + layout.RELIEF_EXCLUDES] < 0 or not is_in_list(
        goods, g, plan[relief_at + layout.RELIEF_EXCLUDES]
    )


@compiled
def limit_without_exchange(plan: Any, relief_at: int, worth: int, t: int, lines: Any, i: int) -> tuple[bool, int]:
    """Whether a relief whose limit has no exchange rate may hold on a value, and its bit.

    The amounts of another currency between which the limit lies decide, if they do; otherwise it is as a candidate
    takes it.
    """
    facts = lines[i, layout.LINE_FACTS]
    if worth <= plan[relief_at + layout.RELIEF_SURE]:
        return True, t
    if worth > plan[relief_at + layout.RELIEF_OPEN]:
        return False, t
    if facts & layout.LIMIT_GIVEN:
        return facts & layout.BEYOND_LIMIT == 0, t
    return True, UNKNOWN_BITS + t


@compiled
def find_value_reliefs(plan: Any, r: int, goods: Any, lines: Any, work: Any, n: int) -> None:
    """Writes which value reliefs hold on each line, as bits; from UNKNOWN_BITS on, those whose limit is not known.

    A candidate knows whether its value is within the limits that lack an exchange rate.
    """
    for q in range(n):
        work[buffers.RELIEFS, non_negative(work[buffers.ACTIVE, q])] = 0
    for t in range(plan[r + layout.REGIME_N_RELIEFS]):
        relief_at = plan[r + layout.REGIME_RELIEFS] + t * layout.RELIEF_SIZE
        value, known, item = (
            plan[relief_at + layout.RELIEF_VALUE],
            plan[relief_at + layout.RELIEF_KNOWN],
            plan[relief_at + layout.RELIEF_ITEM],
        )
        if value < 0 or not plan[relief_at + layout.RELIEF_RELIEVES]:
            continue
        limit, bit = plan[relief_at + layout.RELIEF_LIMIT], t if known else UNKNOWN_BITS + t
        num, den, foreign, below = (
            plan[relief_at + layout.RELIEF_NUM],
            plan[relief_at + layout.RELIEF_DEN],
            plan[relief_at + layout.RELIEF_FOREIGN],
            plan[relief_at + layout.RELIEF_BELOW],
        )
        some = plan[relief_at + layout.RELIEF_GOODS] >= 0 or plan[relief_at + layout.RELIEF_EXCLUDES] >= 0
        for q in range(n):
            j = non_negative(work[buffers.ACTIVE, q])
            if item and known:
                limit = limit_for_pieces(num, den, foreign, below, work[buffers.QUANTITY, j])
                if limit < -1:
                    work[buffers.SUPPORTED, j] = 0
            worth = work[buffers.PRICE_PARTS + non_negative(value), j]
            holds, shift = worth <= limit, bit
            if not known:
                holds, shift = limit_without_exchange(plan, relief_at, worth, t, lines, work[buffers.LINE, j])
            if some:
                holds = holds and is_about_goods(plan, relief_at, goods, work[buffers.CODE, j])
            work[buffers.RELIEFS, j] |= np.int64(holds) << np.int64(shift)


@inlined
def first_relief(relieving: int, mask: int) -> int:
    """The first relief of a mask that holds; -1: none; -2 minus its number where its limit is not known."""
    if relieving & mask:
        return lowest_bit(relieving & mask)
    unknown = (relieving >> UNKNOWN_BITS) & mask
    return -2 - lowest_bit(unknown) if unknown else -1


@inlined
def lowest_bit(bits: int) -> int:
    """The index of the lowest bit."""
    index = 0
    while not (bits >> index) & 1:
        index += 1
    return index


@compiled
def find_limit(plan: Any, p: int, lines: Any, i: int) -> None:
    """Notes that a limit lacks an exchange rate, where the sale is assessed in its own currency for want of one."""
    if plan[p + layout.PLAN_IN_OWN_CURRENCY]:
        lines[i, layout.LINE_FACTS] |= layout.FOUND_LIMIT


@compiled
def charge_reliefs(plan: Any, p: int, r: int, last: int, charges: Any, lines: Any, i: int) -> int:
    """The reliefs on charges that hold now that the last charge of their sum is known; as bits."""
    holding: Any = 0
    begin = non_negative(plan[non_negative(r) + layout.REGIME_RELIEFS])
    for t in range(plan[r + layout.REGIME_N_RELIEFS]):
        relief_at = begin + t * layout.RELIEF_SIZE
        if plan[relief_at + layout.RELIEF_AFTER] != last or plan[relief_at + layout.RELIEF_VALUE] >= 0:
            continue
        total, known = 0, True
        for c in range(last + 1):
            if (plan[relief_at + layout.RELIEF_SUMS] >> c) & 1:
                known = known and charges[c, TOTAL] >= 0
                total += charges[c, TOTAL]
        if not known:
            continue
        if not plan[relief_at + layout.RELIEF_KNOWN] and total:
            holds, shift = limit_without_exchange(plan, relief_at, total, t, lines, i)
            holding |= np.int64(holds) << np.int64(shift)
            if shift >= UNKNOWN_BITS:
                find_limit(plan, p, lines, i)
        elif not plan[relief_at + layout.RELIEF_KNOWN] or total <= plan[relief_at + layout.RELIEF_LIMIT]:
            holding |= 1 << t
    return holding


@compiled
def apply_charge_reliefs(plan: Any, r: int, last: int, goods: Any, g: int, charges: Any, holding: int) -> None:
    """Takes away the charges that reliefs on charges relieve, in the order in which the reliefs came to hold."""
    begin = non_negative(plan[non_negative(r) + layout.REGIME_RELIEFS])
    for t in range(plan[r + layout.REGIME_N_RELIEFS]):
        relief_at = begin + t * layout.RELIEF_SIZE
        unknown = (holding >> (UNKNOWN_BITS + t)) & 1
        if plan[relief_at + layout.RELIEF_VALUE] >= 0 or (not unknown and not (holding >> t) & 1):
            continue
        if not is_about_goods(plan, relief_at, goods, g):
            continue
        for c in range(last + 1):
            if not (plan[relief_at + layout.RELIEF_RELIEVES] >> c) & 1:
                continue
            if charges[c, TOTAL] == 0 or charges[c, STATE] == layout.NOT_DUE:
                continue
            charges[c, UNFACTORED] = charges[c, LEAST] = 0
            charges[c, AMOUNT] = charges[c, TOTAL] = -1 if unknown else 0
            charges[c, STATE] = layout.LACKS_EXCHANGE if unknown else layout.RELIEVED
            charges[c, RELIEF] = t
