"""holding: whether the conditions of a regime hold on each line of a block; as `hold`, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.batch.kernel import buffers as w
from entrepot.batch.kernel import layout as f
from entrepot.batch.kernel.buffers import D_ROW, D_STATUS, D_WHY, G_ASKS, G_PICK, G_REASONS, G_SAID, G_STATUS, G_UNKNOWN
from entrepot.batch.kernel.compiler import compiled, sure
from entrepot.batch.kernel.rate_amount import held
from entrepot.batch.kernel.reasons import BIT
from entrepot.batch.kernel.reliefs import by_piece

#: In place of a row of the tariff, where that says that there is no such preference.
SAYS_NONE = -2
UNCHECKED, PIECES, CONDITION = BIT["trust.unchecked"], BIT["quantity.assumed"], BIT["condition.assumed"]
PREFERENCE, REFERENCE = BIT["preference.unknown"], BIT["limit.reference"]


@compiled
def conditions(
    plan: Any, p: int, r: int, cells: Any, goods: Any, lines: Any, where: Any, room: Any, out: Any, many: int
) -> None:
    """Writes of a regime on each line what does not turn on its charges: closed or open, what asks, what is said."""
    said = plan[p + f.H_REASONS] | plan[r + f.R_REASONS]
    if plan[p + f.H_PIECES_ASSUMED] and plan[r + f.R_COUNTS_PIECES]:
        said |= PIECES
    for j in range(many):
        out[G_STATUS, j], out[G_ASKS, j], out[G_SAID, j], out[G_UNKNOWN, j] = f.OPEN, 0, said, 0
    for b in range(plan[r + f.R_N_PROHIBITIONS]):
        prefixes = plan[plan[r + f.R_PROHIBITIONS] + b]
        for j in range(many):
            if held(goods, sure(room[w.GOODS, j]), prefixes):
                out[G_STATUS, j] = f.CLOSED
    for c in range(plan[r + f.R_N_CONDITIONS]):
        k = plan[r + f.R_CONDITIONS] + c * f.K_SIZE
        tested(plan, k, cells, goods, lines, where, room, many)
        conditioned(plan, k, cells, goods, room, out, many)


@compiled
def tested(plan: Any, k: int, cells: Any, goods: Any, lines: Any, where: Any, room: Any, many: int) -> None:
    """The outcomes of a condition's test into `flag`: YES, NO or MAYBE."""
    test, out = plan[k + f.K_TEST], room[w.FLAG]
    if test == f.T_FIXED:
        out[:] = plan[k + f.K_STATIC]
    elif test in (f.T_SINGLE, f.T_SEVERAL):
        for j in range(many):
            out[j] = f.YES if (room[w.GIVEN + 4, j] == f.MICRO) == (test == f.T_SINGLE) else f.NO
    elif test in (f.T_IN, f.T_NOT_IN):
        for j in range(many):
            out[j] = f.YES if held(goods, sure(room[w.GOODS, j]), plan[k + f.K_SET]) == (test == f.T_IN) else f.NO
    elif test == f.T_LISTED:
        listed(plan, k, cells, room, many)
    elif not plan[k + f.K_KNOWN]:
        out[:] = f.MAYBE
    elif test == f.T_ANNUAL:
        annual(plan, k, lines, where, room, many)
    else:
        bounded_by(plan, k, room, many)


@compiled
def listed(plan: Any, k: int, cells: Any, room: Any, many: int) -> None:
    """Whether goods are on a list, as the list's own rows say."""
    column, fails, unknown, absent = plan[k + f.K_COLUMN], plan[k + f.K_OTHER], plan[k + f.K_SET], plan[k + f.K_STATIC]
    for j in range(many):
        group = cells[sure(column), sure(room[w.PLACE, j]), 0] if column >= 0 else -1
        outcome = absent
        if group >= 0:
            name = plan[sure(plan[sure(plan[sure(plan[f.A_GROUPS]) + sure(group)])]) + f.E_NAMED]
            outcome = f.NO if name == fails else f.MAYBE if name == unknown else f.YES
        room[w.FLAG, j] = outcome


@compiled
def annual(plan: Any, k: int, lines: Any, where: Any, room: Any, many: int) -> None:
    """Whether what was bought this year and this sale together are within a limit."""
    value, limit, unit = plan[k + f.K_VALUE], plan[k + f.K_LIMIT], 10 ** (6 - plan[k + f.K_DECIMALS])
    row = where[f.W_SPENT]
    for j in range(many):
        worth = room[w.VALUES + value, j]
        spent = lines[sure(room[w.LINE, j]), sure(row)] if row >= 0 else f.ABSENT
        if spent == f.ABSENT:
            room[w.FLAG, j] = f.NO if worth > limit else f.MAYBE
        elif spent < 0 or spent % unit:
            room[w.FINE, j] = 0
        else:
            room[w.FLAG, j] = f.YES if worth + spent // unit <= limit else f.NO


@compiled
def bounded_by(plan: Any, k: int, room: Any, many: int) -> None:
    """Whether a value is within a limit, of the sale or for each piece."""
    test, value, limit, item = plan[k + f.K_TEST], plan[k + f.K_VALUE], plan[k + f.K_LIMIT], plan[k + f.K_ITEM]
    num, den, foreign = plan[k + f.K_NUM], plan[k + f.K_DEN], plan[k + f.K_FOREIGN]
    open_end = np.int64(test in (f.T_BELOW, f.T_AT_LEAST))
    for j in range(many):
        worth = room[w.VALUES + value, j]
        if item:
            limit = by_piece(num, den, foreign, open_end, room[w.GIVEN + 4, j])
            if limit < -1:
                room[w.FINE, j] = 0
            limit += open_end
        within = worth <= limit if test in (f.T_AT_MOST, f.T_ABOVE) else worth < limit
        room[w.FLAG, j] = f.YES if within == (test in (f.T_AT_MOST, f.T_BELOW)) else f.NO


@compiled
def conditioned(plan: Any, k: int, cells: Any, goods: Any, room: Any, out: Any, many: int) -> None:
    """Adds one condition: it closes the regime, asks, or is assumed; and the rows that it rests on."""
    assume, vouched, column = plan[k + f.K_ASSUME], plan[k + f.K_VOUCHED], plan[k + f.K_COLUMN]
    about, said = plan[k + f.K_GOODS], REFERENCE if plan[k + f.K_REASON] else 0
    if plan[k + f.K_UNCHECKED]:
        said |= UNCHECKED
    asks, assumes = np.int64(0 if assume or vouched else 2), np.int64(CONDITION if assume and not vouched else 0)
    for j in range(many):
        # Without a branch, for which lines differ; before this a status is OPEN or CLOSED.
        concerned = np.int64(held(goods, sure(room[w.GOODS, j]), about))
        fails, maybe = concerned * (room[w.FLAG, j] == f.NO), concerned * (room[w.FLAG, j] == f.MAYBE)
        out[G_STATUS, j] |= fails * f.CLOSED
        out[G_SAID, j] |= maybe * assumes | concerned * said
        out[G_ASKS, j] |= maybe * asks
    if column >= 0 and not plan[k + f.K_UNCHECKED]:
        for j in range(many):
            group = cells[sure(column), sure(room[w.PLACE, j]), 0]
            if group < 0 or not held(goods, sure(room[w.GOODS, j]), about):
                continue
            entry = plan[sure(plan[sure(plan[f.A_GROUPS]) + sure(group)])]
            if plan[sure(plan[f.A_UNCHECKED]) + sure(plan[sure(entry) + f.E_BASIS])]:
                out[G_SAID, j] |= UNCHECKED


@compiled
def statused(plan: Any, p: int, r: int, room: Any, told: Any, out: Any, many: int) -> None:
    """Adds to the status of a regime what turns on its charges and on the treatment taken."""
    mode, none = plan[r + f.R_TREATMENTS], told.shape[0] - 1
    for q in range(many):
        j = sure(room[w.LIVE, q])
        t = sure(room[w.PICK, j])
        out[G_PICK, j] = t if t != none else -1
        if mode > 0 and t == none:
            out[G_UNKNOWN, j] = 1
        if t != none:
            if told[t, D_STATUS, j] == f.CONDITIONAL:
                out[G_ASKS, j] |= 1
            if plan[plan[p + f.H_CLAIMS] + t * f.T_SIZE + f.T_UNCHECKED]:
                out[G_REASONS, j] |= UNCHECKED
        out[G_REASONS, j] |= out[G_SAID, j]
        if out[G_UNKNOWN, j]:
            out[G_STATUS, j] = f.CLOSED
        elif out[G_STATUS, j] == f.OPEN and out[G_ASKS, j]:
            out[G_STATUS, j] = f.CONDITIONAL
    preferences(plan, p, r, room, told, out, many)


@compiled
def preferences(plan: Any, p: int, r: int, room: Any, told: Any, out: Any, many: int) -> None:
    """Adds what is unknown about the treatments that a regime admits."""
    mode = plan[r + f.R_TREATMENTS]
    stop = 0 if mode == 0 else 1 if mode == 1 else plan[p + f.H_N_CLAIMS]
    for t in range(1 if mode == 3 else 0, stop):
        o = plan[p + f.H_CLAIMS] + t * f.T_SIZE
        unknown = plan[o + f.T_PREFERENCE] and not plan[o + f.T_COMPLETE]
        foreign = plan[o + f.T_WAIVER_FOREIGN]
        if not unknown and not foreign:
            continue
        for q in range(many):
            j = sure(room[w.LIVE, q])
            if unknown and told[t, D_WHY, j] != f.BY_RATE and told[t, D_ROW, j] != SAYS_NONE:
                out[G_REASONS, j] |= PREFERENCE
            if foreign:
                out[G_REASONS, j] |= REFERENCE
