"""Candidates of which an open mandatory procedure closes others for some, for all or for none."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from entrepot import app
from entrepot.batch.assess import candidates
from entrepot.batch.assess.compiled import assess_compiled
from entrepot.batch.assess.one_by_one import assess_one_by_one
from entrepot.batch.kernel.open_rows import assess_open_rows
from entrepot.batch.rows.columns import resolve_columns
from entrepot.law.library import Library, packs_folder

#: Cashew in shell is on the list of goods that a registered vendor may not send, by one of its two lines only.
ONE_LINE = "\ndutiable,0801310090,yes,2010-01-01,,taxes-act,official\n"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    for name in ("world", "zz"):
        shutil.copytree(packs_folder() / name, tmp_path / name)
    lists = tmp_path / "zz" / "lists.csv"
    lists.write_text(lists.read_text().rstrip("\n") + ONE_LINE)
    return Library(tmp_path)


def table(code: str) -> pa.Table:
    rows = 200
    given = {
        "ship_from_country": "FR",
        "ship_to_country": "ZZ",
        "currency": "ZZD",
        "buyer_kind": "consumer",
        "channel": "ecommerce",
        "transport": "post",
        "seller_registrations": "zz_vendor",
        "hs_code": code,
        "date": "2026-03-01",
    }
    amounts = [Decimal(40 + row) for row in range(rows)]
    return pa.table({**{name: [value] * rows for name, value in given.items()}, "amount": amounts})


@pytest.mark.parametrize(("code", "again"), [("0801.31", True), ("0801.32", False), ("0901.21", False)])
def test_procedures_that_a_mandatory_one_closes(
    library: Library, monkeypatch: pytest.MonkeyPatch, code: str, again: bool
) -> None:
    """From packs/zz: a registered vendor's procedure closes the others where it is open.

    It is open to a line that is not on the list: to both lines of 0801.32, and to one of 0801.31. There the quote
    needs what the other procedures give, too.
    """
    passes: list[bool] = []
    assess = assess_open_rows

    def noted(law: Any, rows: Any, at: int, stop: int, chunk: int, most: int, every: bool, *others: Any) -> Any:
        passes.append(every)
        return assess(law, rows, at, stop, chunk, most, every, *others)

    monkeypatch.setattr(candidates, "assess_open_rows", noted)
    given = table(code)
    columns, context = resolve_columns(given.schema), app.law_context(library)
    batch = given.combine_chunks().to_batches()[0]
    mask, found = assess_compiled(batch, columns, context)
    assert np.asarray(mask).all(), "the loop answers all rows"
    assert (True in passes) is again
    single = assess_one_by_one(batch, columns, context)[1]
    for name in found.schema.names:
        assert found.column(name).to_pylist() == single.column(name).to_pylist(), name
