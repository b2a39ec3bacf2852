"""Whoever answers a row, its answer stands in its place; only sales of one row reach the lanes before the last."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from entrepot.app import fleet_house
from entrepot.batch.lanes import batches
from entrepot.batch.lanes.batches import answer
from entrepot.batch.lanes.one_by_one import walk
from entrepot.batch.rows.columns import Columns, columns_of
from entrepot.batch.rows.context import House


def table(count: int, *, together: bool) -> pa.Table:
    """Rows of which a third has a fault; with consignments of one to four rows."""
    chance = random.Random(2)
    made: dict[str, Any] = {
        "ship_from_country": ["VN"] * count,
        "ship_to_country": [chance.choice(["CN", "JP", "AU"]) for _ in range(count)],
        "currency": ["USD"] * count,
        "hs_code": [chance.choice(["0901.21", "6109.10", "junk"]) for _ in range(count)],
        "amount": [chance.randrange(100, 9000) / 100 for _ in range(count)],
        "date": ["2026-03-01"] * count,
    }
    if together:
        made["ship_to_country"] = ["CN"] * count
        made["consignment"] = [f"c{chance.randrange(count)}" for _ in range(count)]
    return pa.table(made)


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("rows", [10, 65_536])
def test_rows_of_several_lanes_come_back_in_their_places(
    monkeypatch: pytest.MonkeyPatch, together: bool, rows: int
) -> None:
    monkeypatch.setattr(batches, "ROWS", rows)
    data, seen = table(90, together=together), list[int]()

    def some(batch: Any, columns: Columns, house: House) -> tuple[Any, Any]:
        """Answers those with a price below 40."""
        if together:
            names = batch.column("consignment").to_pylist()
            assert all(data["consignment"].to_pylist().count(name) == 1 for name in names)
        mask = np.array([amount < 40 for amount in batch.column("amount").to_pylist()], bool)
        seen.append(int(mask.sum()))
        return mask, walk(batch.filter(pa.array(mask)), columns, house)[1]

    def none(batch: Any, columns: Columns, house: House) -> tuple[Any, Any]:
        return np.zeros(batch.num_rows, bool), walk(batch.slice(0, 0), columns, house)[1]

    columns, house = columns_of(data.schema, explain=True), fleet_house()
    wanted = pa.Table.from_batches(list(answer(data.to_batches(), house, columns, lanes=(walk,), said=True)))
    found = pa.Table.from_batches(list(answer(data.to_batches(), house, columns, lanes=(none, some, walk), said=True)))
    assert sum(seen) > 10
    assert found.to_pylist() == wanted.to_pylist()
