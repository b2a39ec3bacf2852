"""Lines of the schedule for goods of some values of a unit: the compiled loop leaves out those that the engine does."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from entrepot.app import law_context
from entrepot.batch.assess.compiled import assess_compiled
from entrepot.batch.assess.one_by_one import assess_one_by_one
from entrepot.batch.rows.columns import ANSWER_COLUMNS, EXPLAIN_COLUMNS, resolve_columns

DAY = dt.date(2026, 11, 26)
ROWS = 120
#: The values of a pair that bound the lines of 6404.19, in the importer's currency: Exampleland's, the United States'.
BOUNDS = {"ZZ": ("3", "12"), "US": ("3", "6.50", "12")}


def shoes(chance: random.Random, economy: str, currency: str) -> dict[str, Any]:
    """Textile shoes of any value a pair: at a bound, a cent beside it, or anywhere; some without pairs."""
    pairs = Decimal(chance.choice(["1", "2", "7", "40", "2.5", "0.333333"]))
    beside = chance.choice(["0", "0.01", "-0.01", str(chance.randint(1, 2000) / 100)])
    price = (Decimal(chance.choice(BOUNDS[economy])) * pairs).quantize(Decimal("0.01")) + Decimal(beside)
    return {
        "ship_from_country": chance.choice(["VN", "CN", "MX"]),
        "ship_to_country": economy,
        "date": DAY,
        "currency": currency,
        "hs_code": chance.choice(["6404.19", "640419", "6404.19", "6109.10"]),
        "amount": price,
        "pairs": pairs if chance.random() < 0.8 else None,
        "buyer_kind": chance.choice(["consumer", "business"]),
        "incoterm": chance.choice(["CIF", "FOB", "EXW", None]),
        "shipping_cost": chance.choice([None, Decimal(0), Decimal("0.5")]),
        "insurance_cost": chance.choice([None, Decimal(0)]),
    }


@pytest.mark.parametrize(("economy", "currency"), [("ZZ", "ZZD"), ("US", "USD"), ("US", "CNY")])
def test_the_loop_leaves_out_the_lines_that_the_engine_does(economy: str, currency: str) -> None:
    chance = random.Random(f"{economy}{currency}")
    rows = [shoes(chance, economy, currency) for _ in range(ROWS)]
    table = pa.table({name: pa.array([row[name] for row in rows]) for name in rows[0]})
    if currency != law_context().law(economy, DAY).currency:
        table = table.append_column(f"exchange_rates_{currency}", pa.array(["0.14"] * ROWS))
    context, columns, (batch,) = law_context(), resolve_columns(table.schema), table.combine_chunks().to_batches()
    mask = np.zeros(ROWS, np.bool_)
    for explain in (True, False):
        given = replace(columns, explain=explain)
        mask, found = assess_compiled(batch, given, context)
        wanted = assess_one_by_one(batch, given, context)[1].filter(pa.array(mask))
        for name in (*ANSWER_COLUMNS, *(EXPLAIN_COLUMNS if explain else ())):
            assert found.column(name).to_pylist() == wanted.column(name).to_pylist(), name
    # Without the rows of law, which leave ranges to one by one, the loop supports nearly all of them.
    measured = [row["pairs"] is not None and row["hs_code"] != "6109.10" for row in rows]
    assert (mask & measured).sum() >= 0.9 * sum(measured) > 0.4 * ROWS
