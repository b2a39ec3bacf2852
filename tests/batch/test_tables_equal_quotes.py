"""Tables equal single quotes to the minor unit: drawn sales over all packs, with every field of a sale."""

from __future__ import annotations

import datetime as dt
import random
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

import entrepot
import sale_strategies
from batch.sale_rows import agree, rows_of, table_of
from sizes import SEED, size
from slow.draw import sales

PACKS = Path(__file__).resolve().parents[2] / "packs"


def draw_sales(strategy: st.SearchStrategy[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """So many drawn sales, the same for a seed."""
    found: list[dict[str, Any]] = []

    @seed(7 + SEED)
    @settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def draw(sale: dict[str, Any]) -> None:
        found.append(sale)

    draw()
    return found


@pytest.fixture(scope="module")
def drawn_sales() -> list[dict[str, Any]]:
    """Sales with and without rare fields, more than 2,000 with `--all`."""
    return draw_sales(sales(PACKS), size(150, 1500)) + draw_sales(sale_strategies.sales(), size(70, 700))


def answer_rows(many: list[dict[str, Any]], order: list[int] | None = None) -> dict[int, list[dict[str, Any]]]:
    """The answered rows of each sale, all in one table, in another sequence where one is given."""
    rows = [(number, row) for number, sale in enumerate(many) for row in rows_of(sale, f"c{number}")]
    rows = rows if order is None else [rows[index] for index in order]
    answer = entrepot.quote_table(table_of(row for _, row in rows), explain=True).to_pylist()
    found: dict[int, list[dict[str, Any]]] = {}
    for (number, _), row in zip(rows, answer, strict=True):
        found.setdefault(number, []).append(row)
    return found


def without_sequence(rows: list[dict[str, Any]]) -> list[str]:
    """Rows without their sequence and that of their columns."""
    return sorted(str(sorted(row.items())) for row in rows)


def test_every_row_equals_the_single_quote(drawn_sales: list[dict[str, Any]]) -> None:
    found = answer_rows(drawn_sales)
    assert len(found) >= size(200, 2000)
    assert sum(len(rows) > 1 for rows in found.values()) > len(found) / 4
    for number, sale in enumerate(drawn_sales):
        agree(sale, found[number])


def test_the_sequence_of_rows_changes_no_answer(drawn_sales: list[dict[str, Any]]) -> None:
    many = drawn_sales[::3]
    count = sum(len(sale["lines"]) for sale in many)
    order = random.Random(3).sample(range(count), count)
    first, second = answer_rows(many), answer_rows(many, order)
    for number in first:
        assert without_sequence(first[number]) == without_sequence(second[number])


def test_days_after_the_last_reading_of_the_law_are_answered_as_in_single_quotes() -> None:
    """In any sequence of days of one period of the law: read, assumed for a year, not known."""
    read = tomllib.loads((PACKS / "zz" / "pack.toml").read_text())["pack"]["read_on"]
    year_later = read.replace(year=read.year + 1)
    day = dt.timedelta(1)
    days = [year_later + day, read, year_later, read + day] * 20
    sales = [
        {
            "ship_from": {"country": "CN"},
            "ship_to": {"country": "ZZ"},
            "currency": "ZZD",
            "date": each.isoformat(),
            "lines": [{"hs_code": "6911.10.00", "country_of_origin": "GB", "amount": "100"}],
        }
        for each in days
    ]
    found = answer_rows(sales)
    for number, each in enumerate(sales):
        agree(each, found[number])
        (row,) = found[number]
        assert (row["outcome"] == "refused") is (days[number] > year_later)
        assert ("law.unread" in row["reasons"]) is (read < days[number] <= year_later)


def test_what_a_pack_lacks_is_a_reason_of_the_sales_it_concerns() -> None:
    """By origin, place, buyer and procedure, in tables as in single quotes."""

    def sale(to: str, origin: str, buyer: str, currency: str) -> dict[str, Any]:
        return {
            "ship_from": {"country": origin},
            "ship_to": {"country": to},
            "currency": currency,
            "buyer": {"kind": buyer},
            "date": "2026-11-26",
            "lines": [{"hs_code": "9503.00", "country_of_origin": origin, "amount": "300", "quantity": "3"}],
        }

    concerned = {
        ("TW", "CN", "consumer", "TWD"): True,
        ("TW", "VN", "consumer", "TWD"): False,
        ("US", "VN", "consumer", "USD"): True,
        ("US", "VN", "business", "USD"): False,
        ("US", "CN", "business", "USD"): True,
        ("DE", "VN", "consumer", "EUR"): True,
        ("DE", "VN", "business", "EUR"): False,
    }
    sales = [sale(*each) for each in concerned]
    found = answer_rows(sales)
    for number, (each, expected) in enumerate(zip(sales, concerned.values(), strict=True)):
        agree(each, found[number])
        assert ("law.limit" in found[number][0]["reasons"]) is expected, each
        assert ("law.limit" in [reason.code for reason in entrepot.quote(each).assessment.reasons]) is expected, each


@pytest.mark.parametrize(
    ("amount", "regime"),
    [("100", "courier"), ("500", "ordinary")],
    ids=["both procedures cost the same", "above the limit of the courier's"],
)
@pytest.mark.parametrize("origin", ["VN", "CN"], ids=["one duty", "a range of duty"])
def test_of_equals_the_procedure_of_which_each_charge_is_known_is_best(amount: str, regime: str, origin: str) -> None:
    """Palm sugar to Brunei: its excise is not known, and by courier there is none up to BND 400."""
    sale = {
        "ship_from": {"country": origin},
        "ship_to": {"country": "BN"},
        "currency": "SGD",  # at par with the Brunei dollar
        "buyer": {"kind": "consumer"},
        "date": "2026-11-26",
        "lines": [{"hs_code": "1702.90", "country_of_origin": origin, "amount": amount, "quantity": "1"}],
    }
    (row,) = answer_rows([sale])[0]
    quote = entrepot.quote(sale)
    assert quote.best is not None
    assert (quote.best.regime, row["regime"]) == (regime, regime)
    assert quote.best.at_least is row["at_least"] is (regime == "ordinary")
    agree(sale, [row])
