"""Price parts, customs value and tariff rows of each line; as `engine.flow.value` and `engine.flow.rate`."""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.batch.kernel import buffers, layout
from entrepot.batch.kernel.buffers import (
    TREATMENT_PROVISIONAL_RATE,
    TREATMENT_PROVISIONAL_ROW,
    TREATMENT_RATE,
    TREATMENT_ROW,
    TREATMENT_STATE,
)
from entrepot.batch.kernel.compiler import compiled, inlined, non_negative
from entrepot.batch.kernel.rate_amount import round_to


@compiled
def convert_currency(plan: Any, p: int, own: int) -> int:
    """Converts to minor units of the importer's currency; -1 where 64 bits do not suffice."""
    num = plan[p + layout.PLAN_CONVERT_NUM]
    if own > layout.MAX_AMOUNT:
        return -1
    den = plan[p + layout.PLAN_CONVERT_DEN] * 10 ** plan[p + layout.PLAN_DECIMALS]
    if float(own) * num > 1e18 or float(den) > 1e18:
        return -1
    return round_to(own * num, den, layout.HALF_UP, 1)


@compiled
def gather_inputs(lines: Any, columns: Any, work: Any, n: int) -> None:
    """Copies the numbers of the block's lines into `work`; columns that the table lacks are skipped."""
    line, out = work[buffers.LINE], work[buffers.INPUTS : buffers.INPUTS + 5]
    for j in range(n):
        out[0, j] = lines[non_negative(line[j]), layout.LINE_AMOUNT]
    if columns[layout.COLUMN_SHIPPING] >= 0:
        for j in range(n):
            out[1, j] = lines[non_negative(line[j]), columns[layout.COLUMN_SHIPPING]]
    if columns[layout.COLUMN_INSURANCE] >= 0:
        for j in range(n):
            out[2, j] = lines[non_negative(line[j]), columns[layout.COLUMN_INSURANCE]]
    if columns[layout.COLUMN_DISCOUNT] >= 0:
        for j in range(n):
            out[3, j] = lines[non_negative(line[j]), columns[layout.COLUMN_DISCOUNT]]
    for j in range(n):
        out[4, j] = (
            lines[non_negative(line[j]), columns[layout.COLUMN_QUANTITY]]
            if columns[layout.COLUMN_QUANTITY] >= 0
            else layout.MICRO
        )


@compiled
def compute_prices(plan: Any, p: int, columns: Any, work: Any, n: int) -> None:
    """Converts the inputs to minor units. A line that is not a valid sale or does not fit in 64 bits is unsupported."""
    decimals, own = plan[p + layout.PLAN_DECIMALS], plan[p + layout.PLAN_CONVERT_NUM] == 0
    given, unit = work[buffers.INPUTS : buffers.INPUTS + 5], np.uint64(10 ** (6 - decimals))
    work[buffers.SUPPORTED, :n] = 1
    for part in range(4):
        if part and not (columns[layout.COLUMN_SHIPPING + part - 1] >= 0):
            given[part, :n] = 0
            continue
        for j in range(n):
            micro = given[part, j]
            if micro == layout.ABSENT:
                given[part, j] = 0
                micro = -(part == 0)  # a sale has an amount
            elif micro >= 0:
                whole = np.int64(np.uint64(micro) // np.uint64(10_000) if decimals == 2 else np.uint64(micro) // unit)
                given[part, j] = whole if own else convert_currency(plan, p, whole)
                micro = micro - whole * np.int64(unit)
                if given[part, j] < 0 or given[part, j] > layout.MAX_AMOUNT:
                    micro = 1
            if micro:
                work[buffers.SUPPORTED, j] = 0
                given[part, j] = 1
    compute_price_parts(plan, p, work, n)


@compiled
def compute_price_parts(plan: Any, p: int, work: Any, n: int) -> None:
    """The price parts: goods without freight and insurance that the price includes, freight, insurance, CIF."""
    freight_in, insurance_in, given, values = (
        plan[p + layout.PLAN_FREIGHT_IN],
        plan[p + layout.PLAN_INSURANCE_IN],
        work[buffers.INPUTS : buffers.INPUTS + 5],
        work[buffers.PRICE_PARTS : buffers.PRICE_PARTS + 5],
    )
    for j in range(n):
        worth = given[0, j] - given[3, j]
        fine = given[0, j] > 0 and (given[3, j] == 0 or worth > 0) and given[4, j] > 0
        worth -= freight_in * given[1, j] + insurance_in * given[2, j]
        if worth < 0 or not fine:
            work[buffers.SUPPORTED, j], worth = 0, 0
        values[0, j], values[1, j], values[2, j] = worth, given[1, j], given[2, j]
        values[3, j] = worth + given[1, j] + given[2, j]
    for field in (layout.PLAN_IMPUTE_INSURANCE_NUM, layout.PLAN_IMPUTE_FREIGHT_NUM):
        share = plan[p + field]
        if share:
            for j in range(n):
                if float(values[0, j]) * share > 1e18:
                    work[buffers.SUPPORTED, j] = 0
                else:
                    values[3, j] += round_to(values[0, j] * share, plan[p + field + 1], layout.HALF_UP, 1)
    for j in range(n):
        if values[3, j] > layout.MAX_AMOUNT:
            work[buffers.SUPPORTED, j], values[3, j] = 0, 0


@inlined
def additional_entry(plan: Any, p: int, column: int, schedule: Any, schedule_row: int, entries: Any) -> int:
    """The entry of an additional duty's programme that applies to a line; -1 where there is none."""
    group = schedule[non_negative(column), schedule_row, 0] if column >= 0 else -1
    return entries[non_negative(plan[p + layout.PLAN_ORIGIN_CLASS]), non_negative(group)] if group >= 0 else -1


@inlined
def tariff_entry(plan: Any, schedule: Any, entries: Any, schedule_row: int, origins: int, column: int) -> int:
    """The entry of a tariff column that applies to goods of an origin class; -1: no entry; -2: it says `none`."""
    if column < 0:
        return -1
    group = schedule[column, non_negative(schedule_row), 0]
    if group < 0:
        return -1
    entry = entries[non_negative(origins), group]
    return (
        -2
        if entry >= 0 and plan[non_negative(plan[entry + layout.ENTRY_RATE]) + layout.RATE_KIND] == layout.NONE
        else entry
    )


@compiled
def look_up_tariff(plan: Any, p: int, schedule: Any, entries: Any, work: Any, treatments: Any, n: int) -> None:
    """The tariff entry under each treatment: its own, and beside it MFN's provisional rate."""
    origins, beside = plan[p + layout.PLAN_ORIGIN_CLASS], plan[p + layout.PLAN_PROVISIONAL_COLUMN]
    for t in range(plan[p + layout.PLAN_N_TREATMENTS]):
        treatment_at = plan[p + layout.PLAN_TREATMENTS] + t * layout.TREATMENT_SIZE
        column, general = plan[treatment_at + layout.TREATMENT_COLUMN], plan[treatment_at + layout.TREATMENT_GENERAL]
        for j in range(n):
            entry = tariff_entry(plan, schedule, entries, work[buffers.SCHEDULE_ROW, j], origins, column)
            treatments[t, TREATMENT_PROVISIONAL_RATE, j] = -1
            if entry < 0:
                treatments[t, TREATMENT_STATE, j], treatments[t, TREATMENT_ROW, j] = layout.LACKS_ROW, entry
                continue
            treatments[t, TREATMENT_STATE, j] = layout.BY_RATE
            treatments[t, TREATMENT_RATE, j], treatments[t, TREATMENT_ROW, j] = (
                plan[entry + layout.ENTRY_RATE],
                plan[entry + layout.ENTRY_BASIS],
            )
            if beside >= 0 and not general:
                other = tariff_entry(plan, schedule, entries, work[buffers.SCHEDULE_ROW, j], origins, beside)
                if other >= 0:
                    treatments[t, TREATMENT_PROVISIONAL_RATE, j], treatments[t, TREATMENT_PROVISIONAL_ROW, j] = (
                        plan[other + layout.ENTRY_RATE],
                        plan[other + layout.ENTRY_BASIS],
                    )


@compiled
def compute_customs_value(plan: Any, r: int, work: Any, n: int) -> None:
    """Writes the customs value under a regime."""
    num, den = plan[r + layout.REGIME_VALUE_NUM], plan[r + layout.REGIME_VALUE_DEN]
    direction, unit = plan[r + layout.REGIME_ROUND_DIR], plan[r + layout.REGIME_ROUND_UNIT]
    source = 3 if plan[r + layout.REGIME_CIF] else 0
    for j in range(n):
        worth = work[buffers.PRICE_PARTS + source, j]
        if num != den or unit != 1:
            if float(worth) * num > 1e18 or float(den) * unit > 1e18:
                work[buffers.SUPPORTED, j] = 0
                worth = 0
            worth = round_to(worth * num, den, direction, unit)
        work[buffers.CUSTOMS_VALUE, j] = worth
