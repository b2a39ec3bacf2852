"""Each row keeps its place whichever assessor answers it; only single-row sales reach those before the last."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from entrepot.app import law_context
from entrepot.batch.assess import batches
from entrepot.batch.assess.batches import assess_batches
from entrepot.batch.assess.one_by_one import assess_one_by_one
from entrepot.batch.rows.columns import Columns, resolve_columns
from entrepot.batch.rows.context import LawContext


def table(count: int, *, together: bool) -> pa.Table:
    """Rows of which a third has a fault; with consignments of one to four rows."""
    chance = random.Random(2)
    columns_of_table: dict[str, Any] = {
        "ship_from_country": ["VN"] * count,
        "ship_to_country": [chance.choice(["CN", "JP", "AU"]) for _ in range(count)],
        "currency": ["USD"] * count,
        "hs_code": [chance.choice(["0901.21", "6109.10", "junk"]) for _ in range(count)],
        "amount": [chance.randrange(100, 9000) / 100 for _ in range(count)],
        "date": ["2026-03-01"] * count,
    }
    if together:
        columns_of_table["ship_to_country"] = ["CN"] * count
        columns_of_table["consignment"] = [f"c{chance.randrange(count)}" for _ in range(count)]
    return pa.table(columns_of_table)


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("rows", [10, 65_536])
def test_rows_keep_their_place_whichever_assessor_answers_them(
    monkeypatch: pytest.MonkeyPatch, together: bool, rows: int
) -> None:
    monkeypatch.setattr(batches, "MAX_ROWS", rows)
    data, counts = table(90, together=together), list[int]()

    def some(batch: Any, columns: Columns, context: LawContext) -> tuple[Any, Any]:
        """Answers rows with a price below 40."""
        if together:
            names = batch.column("consignment").to_pylist()
            assert all(data["consignment"].to_pylist().count(name) == 1 for name in names)
        mask = np.array([amount < 40 for amount in batch.column("amount").to_pylist()], bool)
        counts.append(int(mask.sum()))
        return mask, assess_one_by_one(batch.filter(pa.array(mask)), columns, context)[1]

    def none(batch: Any, columns: Columns, context: LawContext) -> tuple[Any, Any]:
        return np.zeros(batch.num_rows, bool), assess_one_by_one(batch.slice(0, 0), columns, context)[1]

    columns, context = resolve_columns(data.schema, explain=True), law_context()
    wanted = pa.Table.from_batches(
        list(assess_batches(data.to_batches(), context, columns, assessors=(assess_one_by_one,)))
    )
    found = pa.Table.from_batches(
        list(assess_batches(data.to_batches(), context, columns, assessors=(none, some, assess_one_by_one)))
    )
    assert sum(counts) > 10
    assert found.to_pylist() == wanted.to_pylist()
