"""Rows that are assumed to be open without being assessed first: fewer assessments, the same answers."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pytest

from batch.sale_rows import rows_of, table_of
from batch.test_everyday_goods import drawn
from entrepot import app
from entrepot.batch.assess import compiled
from entrepot.batch.assess.candidates import assess_candidates
from entrepot.batch.assess.compiled import assess_compiled
from entrepot.batch.assess.likely_open import FIRST_ROWS, MIXED
from entrepot.batch.kernel import block
from entrepot.batch.plans.plan_cache import plan_cache_of
from entrepot.batch.rows.columns import resolve_columns


def answered(table: pa.Table, counter: int) -> list[dict[str, Any]]:
    """The answers where all counters begin with a value."""
    context, (batch,) = app.law_context(), table.combine_chunks().to_batches()
    plan_cache_of(context).open_counters[:] = counter
    assessed, answers = assess_compiled(batch, resolve_columns(table.schema), context)
    assert assessed.all()
    found: list[dict[str, Any]] = pa.Table.from_batches([answers]).to_pylist()
    return found


def test_a_wrong_guess_changes_no_answer() -> None:
    """Every row is assumed to be open, also rows without an open fact, refused ones and those under a limit."""
    chance = random.Random(21)
    table = table_of(row for _ in range(400) for row in rows_of(drawn(chance, "USD")))
    guessed, assessed = answered(table, FIRST_ROWS), answered(table, MIXED)
    for row, found, expected in zip(table.to_pylist(), guessed, assessed, strict=True):
        assert found == expected, row


@pytest.mark.parametrize(("code", "is_open"), [("340111", True), ("610910", False)])
def test_only_the_first_open_rows_of_a_group_are_assessed(
    monkeypatch: pytest.MonkeyPatch, code: str, is_open: bool
) -> None:
    """To Thailand: the rates of soap are known as a range, that of shirts is one."""
    rows, given = 5 * FIRST_ROWS, list[int]()
    sale = {
        "ship_from": {"country": "VN"},
        "ship_to": {"country": "TH"},
        "date": "2026-11-26",
        "currency": "USD",
        "buyer": {"kind": "business"},
    }
    sales = [{**sale, "lines": [{"hs_code": code, "amount": f"{5_000 + number}.00"}]} for number in range(rows)]
    table = table_of(row for each in sales for row in rows_of(each))
    assess_lines = block.assess_lines

    def counted(*arguments: Any) -> None:
        given.append(len(arguments[6]))
        assess_lines(*arguments)

    monkeypatch.setattr(compiled, "assess_lines", counted)
    answers = answered(table, 0)
    assert sum(given) == (FIRST_ROWS if is_open else rows)
    assert answers == answered(table, MIXED)


@pytest.mark.parametrize(("amount", "is_open"), [("60.00", False), ("600.00", True)])
def test_a_range_that_a_relief_takes_away_is_no_open_fact(
    monkeypatch: pytest.MonkeyPatch, amount: str, is_open: bool
) -> None:
    """To the Philippines: the duty on these goods is a range, and none is due up to PHP 10,000."""
    sale = {
        "ship_from": {"country": "VN"},
        "ship_to": {"country": "PH"},
        "date": "2026-11-26",
        "currency": "USD",
        "exchange_rates": {"USD": "58"},
        "buyer": {"kind": "consumer"},
        "lines": [{"hs_code": "851830", "amount": amount}],
    }
    table = table_of(row for _ in range(200) for row in rows_of(sale)).combine_chunks()
    (batch,), context, open_rows = table.to_batches(), app.law_context(), list[int]()
    plan_cache_of(context).open_counters[:] = MIXED

    def noted(rows: Any, *others: Any) -> Any:
        open_rows.extend(rows.rows)
        return assess_candidates(rows, *others)

    monkeypatch.setattr(compiled, "assess_candidates", noted)
    assessed, _ = assess_compiled(batch, resolve_columns(table.schema), context)
    assert assessed.all()
    assert bool(open_rows) is is_open
