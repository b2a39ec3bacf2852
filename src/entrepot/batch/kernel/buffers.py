"""The work arrays of a block of lines that share one plan, and the index of each field in them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from entrepot.batch.kernel import layout

#: Lines of a block: enough to make the cost of a call negligible, few enough for the work arrays to stay in the cache.
BLOCK = 512
#: Lines of which all charges are in the processor's fastest cache.
TILE = 64
#: 64-bit numbers of one cache line.
CACHE_LINE = 8
#: Not a power of two: otherwise the rows of one line of the block would evict each other from the cache.
ROW_LENGTH = BLOCK + CACHE_LINE

# A charge on one line: amount (-1: not known), total, amount before its factor, state, rate, the two rows of law that
# decided, whether its tax class was assumed, the relief that takes it away, of an amount that is not known the lowest,
# which the sums and later bases count, and the rate, of a range the end that was taken.
AMOUNT, TOTAL, UNFACTORED, STATE, RATE, ROW, CLASS_ROW, ASSUMED, RELIEF, LEAST, TAKEN_RATE, N_CHARGE_FIELDS = range(12)
# A treatment on each line: state, its rate and row, the provisional rate and row beside it, status, cost.
(
    TREATMENT_STATE,
    TREATMENT_RATE,
    TREATMENT_ROW,
    TREATMENT_PROVISIONAL_RATE,
    TREATMENT_PROVISIONAL_ROW,
    TREATMENT_STATUS,
    TREATMENT_COST,
    N_TREATMENT_FIELDS,
) = range(8)
# A regime on each line: cost (what the choice compares), whether a duty or VAT is not known, reasons as bits, the sums
# that the buyer pays, whether one of them is not known (IS_AT_LEAST, with WITHOUT_HIGHEST: the lowest of it is in the
# sums, and it has no highest), why the first unknown charge is not known, whether an ordinary duty is owed or not
# known; treatment, status, open questions, the reasons that are known before the charges are computed. REGIME_MISSING:
# the reason (8 bits), then the charge (6 bits), its relief (6 bits), its row of law (20 bits) and its rate, the last
# three plus one.
(
    REGIME_COST,
    REGIME_UNKNOWN,
    REGIME_REASONS,
    REGIME_DUTIES,
    REGIME_TAXES,
    REGIME_FEES,
    REGIME_AT_LEAST,
    REGIME_MISSING,
    REGIME_ORDINARY_DUTY,
    REGIME_TREATMENT,
    REGIME_STATUS,
    REGIME_QUESTIONS,
    REGIME_EARLY_REASONS,
    N_REGIME_FIELDS,
) = range(14)
#: Bits of REGIME_AT_LEAST; WITHOUT_HIGHEST is that of the duties, those of the taxes and the fees follow.
IS_AT_LEAST, WITHOUT_HIGHEST = 1, 2
#: Bits of REGIME_QUESTIONS: a proof or a transport has to be shown; a condition has to be answered; a
#: prohibition closes the regime.
PROOF_QUESTION, CONDITION_QUESTION, IS_PROHIBITED = 1, 2, 4
#: The bit of REGIME_QUESTIONS from which on it holds the place of the first condition to answer, plus one.
FIRST_QUESTION = 3
#: A regime that its conditions or an open mandatory one close is not assessed, unless no other regime is open either.
NOT_ASSESSED = 2
#: The first fields of a regime, which the charges give (`totals.write_totals`).
N_REGIME_TOTALS = REGIME_TREATMENT


# Rows of `work`, one number for each line of the block: line of the table; list of active lines; number of the HS code;
# row of the schedule, and the columns with a cell in it as bits (see `layout.CHARGE_CELLS`); five inputs (amount,
# shipping, insurance, discount, quantity in millionths); five price parts (goods, freight, insurance, CIF, customs
# value); whether the loop supports the line; value reliefs as bits; and temporary values. CLOSED_REGIMES: those that an
# open mandatory regime closes, as bits. For the lines of a tile: their place in the block, the reliefs on charges that
# hold; the places in the tile of lines that a charge concerns, and its bases.
LINE, ACTIVE, CODE, SCHEDULE_ROW, CELLS, INPUTS = range(6)
PRICE_PARTS = INPUTS + 5
QUANTITY = INPUTS + 4
GOODS_VALUE, FREIGHT, INSURANCE, CIF_VALUE, CUSTOMS_VALUE = range(PRICE_PARTS, PRICE_PARTS + 5)
(
    SUPPORTED,
    RELIEFS,
    TREATMENT,
    SAVED,
    SAVED_TREATMENT,
    BEST_REGIME,
    OUTCOME,
    SAVED_ACTIVE,
    STACK,
    CLOSED_REGIMES,
    TILE_LINE,
    TILE_RELIEFS,
    TILE_PLACE,
    TILE_BASE,
    N_WORK_ROWS,
) = range(PRICE_PARTS + 5, PRICE_PARTS + 20)


def aligned_rows(n: int, wide: int) -> Any:
    """Allocates `many` rows of `wide` numbers; each row begins at the start of a cache line."""
    wide += -wide % CACHE_LINE
    work = np.zeros(n * wide + CACHE_LINE, np.int64)
    begin = -(work.ctypes.data // work.itemsize) % CACHE_LINE
    return work[begin : begin + n * wide].reshape(n, wide)


class WorkArrays(NamedTuple):
    """Work arrays; the last axis is the line of the block: `work[row, line]`, `treatments[treatment, field, line]`.

    `regimes[regime, field, line]`: the last regime holds the sums under MFN for comparison.
    `law_rows[regime, line, k]`: the rows of law that decided, the last regime as before.
    `charges[charge, line, field]` holds the lines of a tile at a time; between tiles no charge is due.
    """

    work: Any
    treatments: Any
    charges: Any
    regimes: Any
    law_rows: Any


def allocate_work(widths: tuple[int, ...], wide: int) -> WorkArrays:
    """Allocates the arrays for a block.

    `widths`: the largest number of regimes, charges of a regime, treatments, steps of a rate.
    `wide`: rows of law to record.
    """
    n_regimes, charges, claims, steps = widths
    if steps > BLOCK:
        raise AssertionError("a rate's program has more steps than its stack, one row of `work`, holds")
    treatments = np.zeros((claims + 1, N_TREATMENT_FIELDS, ROW_LENGTH), np.int64)
    treatments[claims, TREATMENT_STATE] = layout.LACKS_ROW  # without a treatment no row of the tariff decides
    return WorkArrays(
        work=np.zeros((N_WORK_ROWS, ROW_LENGTH), np.int64),
        treatments=treatments,
        charges=np.zeros((charges, TILE, N_CHARGE_FIELDS), np.int64),
        regimes=np.zeros((n_regimes + 1, N_REGIME_FIELDS, ROW_LENGTH), np.int64),
        law_rows=np.zeros((n_regimes + 1, ROW_LENGTH, wide), np.int64),
    )
