"""holding: whether the conditions of a regime hold on each line of a block; as `hold`, compiled."""

from __future__ import annotations

from typing import Any

from entrepot.fleet.loop import form as f
from entrepot.fleet.loop.figure import held
from entrepot.fleet.loop.machine import compiled
from entrepot.fleet.loop.reasons import BIT
from entrepot.fleet.loop.relieved import by_piece
from entrepot.fleet.loop.work import D_STATUS, D_WHY, G_ASKS, G_PICK, G_REASONS, G_SAID, G_STATUS, G_UNKNOWN

UNCHECKED, PIECES, CONDITION = BIT["trust.unchecked"], BIT["quantity.assumed"], BIT["condition.assumed"]
PREFERENCE, REFERENCE = BIT["preference.unknown"], BIT["limit.reference"]


@compiled
def conditions(plan: Any, p: int, r: int, rows: Any, goods: Any, lines: Any, work: Any, out: Any, many: int) -> None:
    """Writes of a regime on each line what does not turn on its charges: closed or open, what asks, what is said."""
    said = plan[p + f.H_REASONS] | plan[r + f.R_REASONS]
    if plan[p + f.H_PIECES_ASSUMED] and plan[r + f.R_COUNTS_PIECES]:
        said |= PIECES
    for j in range(many):
        out[G_STATUS, j], out[G_ASKS, j], out[G_SAID, j], out[G_UNKNOWN, j] = f.OPEN, 0, said, 0
    for b in range(plan[r + f.R_N_PROHIBITIONS]):
        prefixes = plan[plan[r + f.R_PROHIBITIONS] + b]
        for j in range(many):
            if held(goods, work.goods[j], prefixes):
                out[G_STATUS, j] = f.CLOSED
    for c in range(plan[r + f.R_N_CONDITIONS]):
        k = plan[r + f.R_CONDITIONS] + c * f.K_SIZE
        tested(plan, k, rows, goods, lines, work, many)
        conditioned(plan, k, rows, goods, work, out, many)


@compiled
def tested(plan: Any, k: int, rows: Any, goods: Any, lines: Any, work: Any, many: int) -> None:
    """The outcomes of a condition's test into `flag`: YES, NO or MAYBE."""
    test, out = plan[k + f.K_TEST], work.flag
    if test == f.T_FIXED:
        out[:] = plan[k + f.K_STATIC]
    elif test in (f.T_SINGLE, f.T_SEVERAL):
        for j in range(many):
            out[j] = f.YES if (work.given[4, j] == f.MICRO) == (test == f.T_SINGLE) else f.NO
    elif test in (f.T_IN, f.T_NOT_IN):
        for j in range(many):
            out[j] = f.YES if held(goods, work.goods[j], plan[k + f.K_SET]) == (test == f.T_IN) else f.NO
    elif test == f.T_LISTED:
        listed(plan, k, rows, work, many)
    elif not plan[k + f.K_KNOWN]:
        out[:] = f.MAYBE
    elif test == f.T_ANNUAL:
        annual(plan, k, lines, work, many)
    else:
        bounded_by(plan, k, work, many)


@compiled
def listed(plan: Any, k: int, rows: Any, work: Any, many: int) -> None:
    """Whether goods are on a list, as the list's own rows say."""
    column, fails, unknown, absent = plan[k + f.K_COLUMN], plan[k + f.K_OTHER], plan[k + f.K_SET], plan[k + f.K_STATIC]
    for j in range(many):
        group = rows.cells[work.place[j], column] if column >= 0 else -1
        outcome = absent
        if group >= 0:
            name = rows.named[rows.members[rows.start[group]]]
            outcome = f.NO if name == fails else f.MAYBE if name == unknown else f.YES
        work.flag[j] = outcome


@compiled
def annual(plan: Any, k: int, lines: Any, work: Any, many: int) -> None:
    """Whether what was bought this year and this sale together are within a limit."""
    value, limit, unit = plan[k + f.K_VALUE], plan[k + f.K_LIMIT], 10 ** (6 - plan[k + f.K_DECIMALS])
    for j in range(many):
        spent, worth = lines.spent[work.line[j]], work.values[value, j]
        if spent == f.ABSENT:
            work.flag[j] = f.NO if worth > limit else f.MAYBE
        elif spent < 0 or spent % unit:
            work.fine[j] = 0
        else:
            work.flag[j] = f.YES if worth + spent // unit <= limit else f.NO


@compiled
def bounded_by(plan: Any, k: int, work: Any, many: int) -> None:
    """Whether a value is within a limit, of the sale or for each piece."""
    test, value, limit, item = plan[k + f.K_TEST], plan[k + f.K_VALUE], plan[k + f.K_LIMIT], plan[k + f.K_ITEM]
    num, den, foreign = plan[k + f.K_NUM], plan[k + f.K_DEN], plan[k + f.K_FOREIGN]
    open_end = test in (f.T_BELOW, f.T_AT_LEAST)
    for j in range(many):
        worth = work.values[value, j]
        if item:
            limit = by_piece(num, den, foreign, open_end, work.given[4, j])
            if limit < -1:
                work.fine[j] = 0
            limit += open_end
        if test in (f.T_AT_MOST, f.T_ABOVE):
            within = worth <= limit
        else:
            within = worth < limit
        work.flag[j] = f.YES if within == (test in (f.T_AT_MOST, f.T_BELOW)) else f.NO


@compiled
def conditioned(plan: Any, k: int, rows: Any, goods: Any, work: Any, out: Any, many: int) -> None:
    """Adds one condition: it closes the regime, asks, or is assumed; and the rows that it rests on."""
    assume, vouched, column = plan[k + f.K_ASSUME], plan[k + f.K_VOUCHED], plan[k + f.K_COLUMN]
    about, said = plan[k + f.K_GOODS], REFERENCE if plan[k + f.K_REASON] else 0
    if plan[k + f.K_UNCHECKED]:
        said |= UNCHECKED
    asks, assumes = 0 if assume else 2, CONDITION if assume else 0
    for j in range(many):
        if not held(goods, work.goods[j], about):
            continue
        outcome = work.flag[j]
        if outcome == f.NO:
            out[G_STATUS, j] = f.CLOSED
        elif outcome == f.MAYBE and not vouched:
            out[G_SAID, j] |= assumes
            out[G_ASKS, j] |= asks
        out[G_SAID, j] |= said
    if column >= 0 and not plan[k + f.K_UNCHECKED]:
        for j in range(many):
            group = rows.cells[work.place[j], column]
            if group >= 0 and rows.unchecked[rows.basis[rows.members[rows.start[group]]]]:
                if held(goods, work.goods[j], about):
                    out[G_SAID, j] |= UNCHECKED


@compiled
def statused(plan: Any, p: int, r: int, work: Any, out: Any, many: int) -> None:
    """Adds to the status of a regime what turns on its charges and on the treatment taken."""
    mode, none = plan[r + f.R_TREATMENTS], work.told.shape[0] - 1
    for q in range(many):
        j = work.live[q]
        t = work.pick[j]
        out[G_PICK, j] = t if t != none else -1
        if mode > 0 and t == none:
            out[G_UNKNOWN, j] = 1
        if t != none:
            if work.told[t, D_STATUS, j] == f.CONDITIONAL:
                out[G_ASKS, j] |= 1
            if plan[plan[p + f.H_CLAIMS] + t * f.T_SIZE + f.T_UNCHECKED]:
                out[G_REASONS, j] |= UNCHECKED
        out[G_REASONS, j] |= out[G_SAID, j]
        if out[G_UNKNOWN, j]:
            out[G_STATUS, j] = f.CLOSED
        elif out[G_STATUS, j] == f.OPEN and out[G_ASKS, j]:
            out[G_STATUS, j] = f.CONDITIONAL
    preferences(plan, p, r, work, out, many)


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
        for q in range(many):
            j = work.live[q]
            if unknown and work.told[t, D_WHY, j] != f.BY_RATE:
                out[G_REASONS, j] |= PREFERENCE
            if foreign:
                out[G_REASONS, j] |= REFERENCE
