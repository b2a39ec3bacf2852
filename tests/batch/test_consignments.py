"""Rows of one consignment are one sale, anywhere in the table; each row has its share, and the shares add up."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from entrepot.app import law_context
from entrepot.batch.assess.batches import assess_batches
from entrepot.batch.rows.columns import resolve_columns
from entrepot.batch.run import consignments
from entrepot.batch.run.resume import PartStore

#: What is said of a fault.
MESSAGE, PARAM = "fault_message", "fault_field"
SALE = {"ship_from_country": "VN", "ship_to_country": "CN", "currency": "CNY", "date": "2026-03-01"}


def table(*rows: dict[str, Any]) -> pa.Table:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in names})


def coffee(consignment: str | None, amount: str, **more: str) -> dict[str, Any]:
    return {**SALE, "consignment": consignment, "hs_code": "0901.21", "amount": amount, **more}


def answer_rows(rows: pa.Table) -> list[dict[str, Any]]:
    columns = resolve_columns(rows.schema)
    batches = assess_batches(rows.to_batches(), law_context(), columns)
    return [row for batch in batches for row in batch.to_pylist()]


def test_each_row_has_its_share_of_the_consignment() -> None:
    """By hand: 300 and 100 with 10 of freight, shared by value; VAT 13 % × 70 % on the CIF value of each.

    (300 + 7.50) × 9.1 % = 27.9825, (100 + 2.50) × 9.1 % = 9.3275: together 37.31.
    """
    rows = answer_rows(table(coffee("a", "300", shipping_cost="10"), coffee("b", "50"), coffee("a", "100")))
    assert [row["taxes"] for row in rows] == [Decimal("27.98"), Decimal("4.55"), Decimal("9.33")]
    assert [row["landed"] for row in rows] == [Decimal("335.48"), Decimal("54.55"), Decimal("111.83")]
    assert {row["regime"] for row in rows} == {"retail"}


def test_remaining_units_are_assigned_to_the_same_rows_in_any_order() -> None:
    """1.00 of freight over three equal rows is 0.34 + 0.33 + 0.33; the first `reference` has the cent."""
    rows_of_sale = [coffee("a", "100", reference=name, shipping_cost="1.00") for name in ("x", "y", "z")]
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        rows = {row["reference"]: row for row in answer_rows(table(*(rows_of_sale[place] for place in order)))}
        goods = [rows[name]["landed"] - rows[name]["charges"] for name in ("x", "y", "z")]
        assert goods == [Decimal("100.34"), Decimal("100.33"), Decimal("100.33")]


def test_rows_without_a_consignment_are_each_a_sale() -> None:
    rows = answer_rows(table(coffee(None, "100"), coffee("", "100"), coffee("  ", "100"), coffee("a", "100")))
    assert [row["landed"] for row in rows] == [Decimal("109.10")] * 4


def test_a_consignment_may_be_a_number_and_is_trimmed_as_text() -> None:
    plain = table(coffee("1", "300", shipping_cost="10"), coffee("1", "100")).drop_columns(["consignment"])
    number = plain.append_column("consignment", pa.array([1, 1]))
    text = plain.append_column("consignment", pa.array(["1", " 1 "]).dictionary_encode())
    for each in (number, text):
        assert [row["taxes"] for row in answer_rows(each)] == [Decimal("27.98"), Decimal("9.33")]


@pytest.mark.parametrize("name", ["shipping_cost", "discount_amount", "ship_from_country", "buyer_kind", "incoterm"])
def test_rows_that_contradict_each_other_are_a_fault(name: str) -> None:
    values = {"ship_from_country": ("VN", "TH"), "buyer_kind": ("consumer", "business"), "incoterm": ("EXW", "FOB")}
    first, second = values.get(name, ("1", "2"))
    rows = answer_rows(
        table(coffee("a", "10", **{name: first}), coffee("b", "10"), coffee("a", "10", **{name: second}))
    )
    assert [row["fault"] for row in rows] == ["contradictory_rows", None, "contradictory_rows"]
    assert rows[0][PARAM] == name
    assert first in rows[0][MESSAGE]
    assert second in rows[0][MESSAGE]


def test_equal_numbers_in_different_notation_are_no_contradiction() -> None:
    rows = answer_rows(table(coffee("a", "300", shipping_cost="10"), coffee("a", "100", shipping_cost="10.00")))
    assert [row["fault"] for row in rows] == [None, None]


def test_a_fault_of_one_row_applies_to_its_consignment_and_names_the_row() -> None:
    rows = answer_rows(table(coffee("a", "10"), coffee("b", "10"), {**coffee("a", "10"), "hs_code": "junk"}))
    assert [row["fault"] for row in rows] == ["invalid_hs_code", None, "invalid_hs_code"]
    assert [row[PARAM] for row in rows] == ["consignment", None, "hs_code"]


def faults(*rows: dict[str, Any]) -> list[tuple[str | None, str | None]]:
    return [(row["fault"], row[PARAM]) for row in answer_rows(table(*rows))]


def test_each_row_at_fault_has_its_own_fault() -> None:
    """Cells that cannot be read; codes and origins that the engine refuses, of which a single quote names the first."""
    rows = coffee("a", "10"), coffee("a", "ten"), coffee("a", "10", net_mass_kg="heavy"), coffee("b", "10")
    answers = answer_rows(table(*rows))
    assert [(row["fault"], row[PARAM]) for row in answers] == [
        ("invalid_amount", "consignment"),
        ("invalid_amount", "amount"),
        ("invalid_amount", "net_mass_kg"),
        (None, None),
    ]
    assert ['"ten"' in row[MESSAGE] for row in answers[:3]] == [True, True, False]
    assert '"heavy"' in answers[2][MESSAGE]
    junk = {**coffee("a", "10"), "hs_code": "junk"}
    assert faults(junk, coffee("a", "10", country_of_origin="Vietnum"), coffee("a", "10")) in (
        [("invalid_hs_code", "hs_code"), ("unknown_economy", "country_of_origin"), ("invalid_hs_code", "consignment")],
        [("invalid_hs_code", "hs_code"), ("unknown_economy", "country_of_origin"), ("unknown_economy", "consignment")],
    )


def test_a_refused_consignment_says_what_each_line_lacks() -> None:
    """0901.99 and 0902.99 are not codes of the Harmonized System; no line has figures."""
    answers = answer_rows(table(coffee("a", "10") | {"hs_code": "090199"}, coffee("a", "10") | {"hs_code": "090299"}))
    assert [(row["fault"], row[PARAM], row["landed_low"]) for row in answers] == [
        ("hs_code.unknown", "hs_code", None)
    ] * 2
    assert [row[MESSAGE].split()[0] for row in answers] == ["090199", "090299"]


def test_a_line_that_cannot_be_assessed_says_why_beside_the_lowest_figures() -> None:
    """Porcelain to Germany has figures; 0901.99 is not a code, and counts its price."""
    to_germany = {"ship_to_country": "DE", "currency": "EUR", "hs_code": "6911.10"}
    rows = (coffee("a", "300") | to_germany, coffee("a", "50") | to_germany | {"hs_code": "090199"})
    answers = answer_rows(table(*rows))
    assert [(row["fault"], row[PARAM]) for row in answers] == [(None, None), ("hs_code.unknown", "hs_code")]
    assert answers[1][MESSAGE].startswith("090199 is not a code")
    assert (answers[1]["landed"], answers[1]["landed_low"], answers[1]["landed_high"]) == (None, Decimal("50.00"), None)
    assert answers[1]["at_least"]


def test_a_line_without_a_highest_amount_has_no_fault_in_a_consignment_either() -> None:
    """Walnuts in shell to the United States bear 7 cents for each kilogram: without a mass the least is nothing."""
    walnuts = coffee("a", "300") | {"ship_to_country": "US", "currency": "USD", "hs_code": "080231"}
    walnuts["date"] = "2026-11-26"
    for rows in ((walnuts,), (walnuts, {**walnuts, "hs_code": "851713"})):
        answers = answer_rows(table(*rows))
        assert [row["fault"] for row in answers] == [None] * len(rows)
        assert all(row["at_least"] and row["landed_low"] for row in answers)


def random_rows(count: int) -> pa.Table:
    """Consignments of one to four rows in random positions."""
    chance = random.Random(5)
    rows = [
        coffee(
            None if chance.random() < 0.1 else f"c{chance.randrange(count // 2)}",
            f"{chance.randrange(100, 40_000) / 100:.2f}",
            reference=str(number),
            hs_code=chance.choice(["0901.21", "6109.10", "6911.10", "junk0"]),
        )
        for number in range(count)
    ]
    return table(*rows)


@pytest.mark.parametrize("rows_at_a_time", [7, pytest.param(300, marks=pytest.mark.long)])
def test_a_table_larger_than_memory_has_the_same_answers(tmp_path: Path, rows_at_a_time: int) -> None:
    rows = random_rows(1500)
    columns, context = resolve_columns(rows.schema, explain=True), law_context()
    whole = pa.Table.from_batches(list(assess_batches(rows.to_batches(), context, columns)))
    batches = rows.to_batches(rows_at_a_time)
    answers = consignments.answer_consignments(
        batches, columns, context, PartStore(tmp_path / "work"), rows.nbytes, held_bytes=4096
    )
    assert pa.Table.from_batches(list(answers)).to_pylist() == whole.to_pylist()


def test_buckets_are_merged_a_few_rows_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consignments, "MERGE_ROWS", 64)
    rows = random_rows(1000)
    columns, context = resolve_columns(rows.schema), law_context()
    answers = consignments.answer_consignments(
        rows.to_batches(100), columns, context, PartStore(tmp_path), rows.nbytes, held_bytes=4096
    )
    found = pa.Table.from_batches(list(answers))
    assert found["reference"].to_pylist() == [str(number) for number in range(1000)]
    assert found.schema.names[: len(rows.schema.names)] == rows.schema.names


@pytest.mark.parametrize(
    ("size", "buckets"), [(100, consignments.MAX_BUCKETS), (1 << 30, consignments.MAX_BUCKETS), (1 << 14, 12)]
)
def test_a_table_that_unpacks_to_more_than_its_size_gets_the_most_buckets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, buckets: int
) -> None:
    # 16 KiB at 4 KiB in memory, three buckets for each: 12. A size below what was read already says nothing.
    counts = []
    write = consignments.write_buckets

    def count_buckets(batches: Any, columns: Any, folder: Path, count: int) -> list[Path]:
        counts.append(count)
        return write(batches, columns, folder, count)

    monkeypatch.setattr(consignments, "write_buckets", count_buckets)
    rows = random_rows(100)
    store = PartStore(tmp_path / "work")
    list(
        consignments.answer_consignments(
            rows.to_batches(10), resolve_columns(rows.schema), law_context(), store, size, held_bytes=4096
        )
    )
    assert counts == [buckets]
