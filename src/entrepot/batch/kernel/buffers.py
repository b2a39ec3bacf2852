"""work: the room in which a block of lines of one plan is worked on, side by side."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from entrepot.batch.kernel import layout as f

#: Lines of a block: so many that handing over a law costs nothing, so few that the work stays in the fast memory.
BLOCK = 512
#: Numbers that the machine fetches from the memory at a time.
FETCHED = 8
#: Of rows whose length is a power of two, those of one line of the block would drive each other out of the fast memory.
WIDE = BLOCK + FETCHED

# Of a charge: amount (-1: not known), total, amount before its factor, why, rate, the two rows of law that decided,
# whether its class was assumed, the relief that takes it off.
AMOUNT, TOTAL, FULL, WHY, RATE, ROW, ROW_TOO, ASSUMED, RELIEF, C_WIDTH = range(10)
# Of a treatment on each line: why, the rates and rows of it and of the provisional rate beside it; its status and cost.
D_WHY, D_RATE, D_ROW, D_RATE_TOO, D_ROW_TOO, D_STATUS, D_COST, D_WIDTH = range(8)
# Of a regime on each line: what the choice counts, whether a duty or VAT is not known, reasons as bits, the sums that
# the buyer bears, whether one of them is not known, the first charge not known; treatment, status, what asks, what
# conditions say.
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


# Of a line of the block: which line of the table; which lines are looked at; its code and row of the schedule; amount,
# shipping, insurance, discount, and the quantity in millionths; goods, freight, insurance, cif, customs value; whether
# the loop can tell; which reliefs concern it; and what is at hand.
LINE, LIVE, GOODS, PLACE, GIVEN = range(5)
VALUES = GIVEN + 5
FINE, RELIEVING, PICK, KEPT, KEPT_PICK, BEST, FLAG, FLAG_LIVE, STACK, WIDTH = range(VALUES + 5, VALUES + 15)


def rows_of(many: int, wide: int) -> Any:
    """Room for rows of numbers that the loop meets out of order: each begins where what is fetched at a time begins."""
    wide += -wide % FETCHED
    room = np.zeros(many * wide + FETCHED, np.int64)
    begin = -(room.ctypes.data // room.itemsize) % FETCHED
    return room[begin : begin + many * wide].reshape(many, wide)


class Work(NamedTuple):
    """Arrays of which the last axis is the line of the block: `room[what]`, `told[treatment, field]`.

    `state[regime, field]`, the last one for the sums under MFN; `cited[regime, line, k]`, the rows of law that decided,
    the last one those under MFN. `owed[charge, field]` holds one line at a time.
    """

    room: Any
    told: Any
    owed: Any
    state: Any
    cited: Any


def work_of(widths: tuple[int, ...], wide: int) -> Work:
    """Room for a block; `widths`: most regimes, charges, treatments, steps of a rate; `wide`: rows of law to note."""
    regimes, charges, claims, steps = widths
    if steps > BLOCK:
        raise AssertionError("a rate's program runs in one row of the room")
    told = np.zeros((claims + 1, D_WIDTH, WIDE), np.int64)
    told[claims, D_WHY] = f.LACKS_ROW  # without a treatment no row of the tariff decides
    return Work(
        room=np.zeros((WIDTH, WIDE), np.int64),
        told=told,
        owed=np.zeros((charges, C_WIDTH), np.int64),
        state=np.zeros((regimes + 1, G_WIDTH, WIDE), np.int64),
        cited=np.zeros((regimes + 1, WIDE, wide), np.int64),
    )
