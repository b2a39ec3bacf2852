"""work: the room in which a block of lines of one plan is worked on, side by side."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from entrepot.fleet.loop import form as f

#: Lines of a block: so many that handing over a law costs nothing, so few that the work stays in the fast memory.
BLOCK = 512

# Of a charge on each line: amount (-1: not known), total, amount before its factor, why, rate, the two rows of law that
# decided, whether its class was assumed, and the relief that takes it off.
AMOUNT, TOTAL, FULL, WHY, RATE, ROW, ROW_TOO, ASSUMED, RELIEF, C_WIDTH = range(10)
# Of a treatment on each line: why, the rates and rows of it and of the provisional rate beside it; its status and cost.
D_WHY, D_RATE, D_ROW, D_RATE_TOO, D_ROW_TOO, D_STATUS, D_COST, D_WIDTH = range(8)
# Of a regime on each line: what the choice counts, whether a duty or VAT is not known, reasons as bits, the sums that
# the buyer bears, whether one of them is not known, the first charge not known; treatment, status, what asks, what conditions say.
(
    G_COST,
    G_UNKNOWN,
    G_REASONS,
    G_DUTIES,
    G_TAXES,
    G_FEES,
    G_AT_LEAST,
    G_LACK,
    G_PICK,
    G_STATUS,
    G_ASKS,
    G_SAID,
    G_WIDTH,
) = range(13)
#: A regime that conditions close is not looked at further, unless nothing else is open either.
NOT_LOOKED_AT = 2
#: The first fields of a regime, that a table of charges gives.
G_SUMS = G_PICK


class Work(NamedTuple):
    """Arrays of which the last axis is the line of the block.

    `line`: which line of the table; `live`: the lines of the block that are looked at; `goods`, `place`: its code and row of the schedule; `given`: amount, shipping,
    insurance, discount, and the quantity in millionths; `values`: goods, freight,
    insurance, cif, customs value; `fine`: the loop can tell; `told[treatment, field]`;
    `owed[charge, field]`; `relief[charge]`: -1, the threshold, or -2 less it where not known; `regime[regime, field]`;
    `other[field]`: the sums under MFN; `rows[regime, k]` and `rows_other[k]`: the rows of law that decided; `base`,
    `pick`, `kept`, `flag` and the like: what is at hand; `best`: the best regime.
    """

    line: Any
    live: Any
    goods: Any
    place: Any
    given: Any
    values: Any
    fine: Any
    told: Any
    owed: Any
    relief: Any
    touched: Any
    regime: Any
    other: Any
    rows: Any
    rows_other: Any
    base: Any
    pick: Any
    kept: Any
    kept_pick: Any
    best: Any
    flag: Any
    flag_live: Any
    stack: Any


def work_of(widths: tuple[int, ...], wide: int) -> Work:
    """Room for a block; `widths`: most regimes, charges, treatments, steps of a rate; `wide`: rows of law to note."""
    regimes, charges, claims, steps = widths

    def room(*shape: int) -> Any:
        return np.zeros((*shape, BLOCK), np.int64)

    told = room(claims + 1, D_WIDTH)
    told[claims, D_WHY] = f.LACKS_ROW  # without a treatment no row of the tariff decides
    return Work(
        line=room(),
        live=room(),
        goods=room(),
        place=room(),
        given=room(5),
        values=room(5),
        fine=room(),
        told=told,
        owed=room(charges, C_WIDTH),
        relief=room(charges),
        touched=room(),
        regime=room(regimes, G_WIDTH),
        other=room(G_SUMS),
        rows=np.zeros((regimes, BLOCK, wide), np.int64),
        rows_other=np.zeros((BLOCK, wide), np.int64),
        base=room(),
        pick=room(),
        kept=room(),
        kept_pick=room(),
        best=room(),
        flag=room(),
        flag_live=room(),
        stack=np.zeros(steps, np.int64),
    )
