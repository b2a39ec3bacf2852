"""holding: whether the conditions of a regime hold on each line of a block; as `hold`, compiled."""

from __future__ import annotations

from typing import Any

from entrepot.fleet import form as f
from entrepot.fleet.figure import held
from entrepot.fleet.machine import compiled
from entrepot.fleet.reasons import BIT
from entrepot.fleet.relieved import by_piece
from entrepot.fleet.work import D_STATUS, D_WHY, G_ASKS, G_PICK, G_REASONS, G_STATUS, G_UNKNOWN

UNCHECKED, PIECES, CONDITION = BIT["trust.unchecked"], BIT["quantity.assumed"], BIT["condition.assumed"]
PREFERENCE, REFERENCE = BIT["preference.unknown"], BIT["limit.reference"]


@compiled
def tested(plan: Any, k: int, rows: Any, goods: Any, lines: Any, work: Any, j: int) -> int:
    """The outcome of a condition's test on a line: YES, NO or MAYBE; -BEYOND where it cannot be told."""
    test, i = plan[k + f.K_TEST], work.line[j]
    if test == f.T_FIXED:
        return plan[k + f.K_STATIC]
    if test in (f.T_SINGLE, f.T_SEVERAL):
        return f.YES if (work.given[4, j] == f.MICRO) == (test == f.T_SINGLE) else f.NO
    if test in (f.T_IN, f.T_NOT_IN):
        return f.YES if held(goods, work.goods[j], plan[k + f.K_SET]) == (test == f.T_IN) else f.NO
    if test == f.T_LISTED:
        group = rows.cells[work.place[j], plan[k + f.K_COLUMN]] if plan[k + f.K_COLUMN] >= 0 else -1
        if group < 0:
            return plan[k + f.K_STATIC]
        name = rows.named[rows.members[rows.start[group]]]
        return f.NO if name == plan[k + f.K_OTHER] else f.MAYBE if name == plan[k + f.K_SET] else f.YES
    if not plan[k + f.K_KNOWN]:
        return f.MAYBE
    worth, limit = work.values[plan[k + f.K_VALUE], j], plan[k + f.K_LIMIT]
    if test == f.T_ANNUAL:
        if lines.spent[i] == f.ABSENT:
            return f.NO if worth > limit else f.MAYBE
        unit = 10 ** (6 - plan[k + f.K_DECIMALS])
        if lines.spent[i] < 0 or lines.spent[i] % unit:
            return -f.BEYOND
        return f.YES if worth + lines.spent[i] // unit <= limit else f.NO
    if plan[k + f.K_ITEM]:
        below = test in (f.T_BELOW, f.T_AT_LEAST)
        num, den, foreign = plan[k + f.K_NUM], plan[k + f.K_DEN], plan[k + f.K_FOREIGN]
        limit = by_piece(num, den, foreign, below, work.given[4, j])
        if limit < -1:
            return -f.BEYOND
        limit += below
    if test == f.T_AT_MOST:
        return f.YES if worth <= limit else f.NO
    if test == f.T_BELOW:
        return f.YES if worth < limit else f.NO
    if test == f.T_AT_LEAST:
        return f.YES if worth >= limit else f.NO
    return f.YES if worth > limit else f.NO


@compiled
def statused(plan: Any, p: int, r: int, rows: Any, goods: Any, lines: Any, work: Any, out: Any, many: int) -> None:
    """Writes the status of a regime on each line: its treatment, conditions and prohibitions, and what is unknown."""
    mode, none = plan[r + f.R_TREATMENTS], work.told.shape[0] - 1
    said = plan[p + f.H_REASONS] | plan[r + f.R_REASONS]
    if plan[p + f.H_PIECES_ASSUMED] and plan[r + f.R_COUNTS_PIECES]:
        said |= PIECES
    for j in range(many):
        t = work.pick[j]
        out[G_PICK, j] = t if t != none else -1
        if mode > 0 and t == none:
            out[G_UNKNOWN, j] = 1
        out[G_STATUS, j] = f.CLOSED if out[G_UNKNOWN, j] else f.OPEN
        out[G_ASKS, j] = int(t != none and work.told[t, D_STATUS, j] == f.CONDITIONAL)
        out[G_REASONS, j] |= said
        if t != none and plan[plan[p + f.H_CLAIMS] + t * f.T_SIZE + f.T_UNCHECKED]:
            out[G_REASONS, j] |= UNCHECKED
        for b in range(plan[r + f.R_N_PROHIBITIONS]):
            if held(goods, work.goods[j], plan[plan[r + f.R_PROHIBITIONS] + b]):
                out[G_STATUS, j] = f.CLOSED
    preferences(plan, p, r, work, out, many)
    for c in range(plan[r + f.R_N_CONDITIONS]):
        conditioned(plan, plan[r + f.R_CONDITIONS] + c * f.K_SIZE, rows, goods, lines, work, out, many)
    for j in range(many):
        if out[G_STATUS, j] == f.OPEN and out[G_ASKS, j]:
            out[G_STATUS, j] = f.CONDITIONAL


@compiled
def preferences(plan: Any, p: int, r: int, work: Any, out: Any, many: int) -> None:
    """Adds what is unknown about the treatments that a regime admits."""
    mode = plan[r + f.R_TREATMENTS]
    stop = 0 if mode == 0 else 1 if mode == 1 else plan[p + f.H_N_CLAIMS]
    for t in range(1 if mode == 3 else 0, stop):
        o = plan[p + f.H_CLAIMS] + t * f.T_SIZE
        unknown = plan[o + f.T_PREFERENCE] and not plan[o + f.T_COMPLETE]
        foreign = plan[o + f.T_WAIVER_FOREIGN]
        if not unknown and not foreign:
            continue
        for j in range(many):
            if unknown and work.told[t, D_WHY, j] != f.BY_RATE:
                out[G_REASONS, j] |= PREFERENCE
            if foreign:
                out[G_REASONS, j] |= REFERENCE


@compiled
def conditioned(plan: Any, k: int, rows: Any, goods: Any, lines: Any, work: Any, out: Any, many: int) -> None:
    """Adds one condition: it closes the regime, asks, or is assumed; and the rows that it rests on."""
    assume, vouched, unchecked = plan[k + f.K_ASSUME], plan[k + f.K_VOUCHED], plan[k + f.K_UNCHECKED]
    column, foreign, about = plan[k + f.K_COLUMN], plan[k + f.K_REASON], plan[k + f.K_GOODS]
    for j in range(many):
        if not held(goods, work.goods[j], about):
            continue
        outcome = tested(plan, k, rows, goods, lines, work, j)
        if outcome == -f.BEYOND:
            work.fine[j] = 0
        elif outcome == f.NO:
            out[G_STATUS, j] = f.CLOSED
        elif outcome == f.MAYBE and not vouched:
            if assume:
                out[G_REASONS, j] |= CONDITION
            else:
                out[G_ASKS, j] |= 2
        if foreign:
            out[G_REASONS, j] |= REFERENCE
        doubt = unchecked
        if column >= 0 and not doubt:
            group = rows.cells[work.place[j], column]
            doubt = group >= 0 and rows.unchecked[rows.basis[rows.members[rows.start[group]]]]
        if doubt:
            out[G_REASONS, j] |= UNCHECKED
