"""Provinces with equal taxes are assessed once: fewer candidates, the same answers, the same limit on candidates."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

import entrepot
from batch.sale_rows import rows_of, table_of
from entrepot import app
from entrepot.batch.assess import candidates, compiled
from entrepot.batch.assess.compiled import assess_compiled
from entrepot.batch.plans.equal_plans import count_equal
from entrepot.batch.rows.columns import resolve_columns
from entrepot.engine.rules.places import parts_of
from entrepot.model.quote import Option

SALE: dict[str, Any] = {
    "ship_from": {"country": "VN"},
    "ship_to": {"country": "CA"},
    "date": "2026-11-26",
    "currency": "USD",
    "buyer": {"kind": "consumer"},
    "lines": [{"hs_code": "6109100011", "amount": "250.00"}],
}


def batch_of(sales: list[dict[str, Any]]) -> Any:
    (batch,) = table_of(row for each in sales for row in rows_of(each)).combine_chunks().to_batches()
    return batch


def assessed(sales: list[dict[str, Any]]) -> tuple[Any, Any]:
    batch = batch_of(sales)
    return assess_compiled(batch, resolve_columns(batch.schema), app.law_context())


def best_of(sale: dict[str, Any]) -> Option:
    best = entrepot.quote(sale).best
    assert best is not None
    return best


def test_provinces_with_one_plan_have_equal_charges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Alberta and the territories have no provincial sales tax: 5 % each; the thirteen of Canada have fewer plans."""
    found, placed = list[dict[int, int]](), list[tuple[int, ...]]()

    def spy(numbers: Any, offsets: tuple[int, ...]) -> dict[int, int]:
        placed.append(offsets)
        found.append(count_equal(numbers, offsets))
        return found[-1]

    monkeypatch.setattr(compiled, "count_equal", spy)
    app.law_context().cache.pop("plans", None)  # the plans of an earlier table are known already
    for _ in range(2):
        assessed([SALE] * 200)
    (offsets,), (counts,) = placed, found
    law = app.law_context().law("CA", dt.date.fromisoformat(SALE["date"]))
    parts = parts_of(law, "CA")
    assert len(offsets) == len(parts) == sum(counts.values())
    assert counts[offsets[parts.index("CA-AB")]] >= len({"CA-AB", "CA-NT", "CA-NU", "CA-YT"})
    assert len(counts) < len(parts)
    charges = {}
    for part in parts:
        sale = {**SALE, "ship_to": {"country": "CA", "state": part.removeprefix("CA-")}}
        charges[part] = best_of(sale).amount_charges
    assert len(counts) >= len(set(charges.values()))  # provinces that charge differently have plans of their own


def test_a_range_over_provinces_is_that_of_the_quote() -> None:
    every, answers = assessed([SALE] * 200)
    best = best_of(SALE)
    assert every.all()
    row = answers.to_pylist()[0]
    assert (str(row["charges_low"]), str(row["charges_high"])) == (
        f"{best.amount_charges_low}0",
        f"{best.amount_charges_high}0",
    )


def test_a_plan_counts_for_all_its_provinces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirteen provinces are more than twelve candidates, however few of them are assessed."""
    monkeypatch.setattr(candidates, "MAX_CANDIDATES", 12)
    every, _ = assessed([SALE] * 200)
    assert not every.any()
    monkeypatch.setattr(candidates, "MAX_CANDIDATES", 13)
    every, _ = assessed([SALE] * 200)
    assert every.all()


def test_answers_with_their_rows_of_law_assess_every_province(monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal taxes are still rows of law of their own."""
    monkeypatch.setattr(compiled, "count_equal", pytest.fail)
    batch = batch_of([SALE] * 200)
    columns = resolve_columns(batch.schema, explain=True)
    _, answers = assess_compiled(batch, columns, app.law_context())
    assert pa.types.is_list(answers.schema.field("rows").type)
