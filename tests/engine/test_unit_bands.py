"""Lines of the schedule for goods of some values of a unit: the sale's own value decides between them.

Exampleland's 6404.19: at most ZZD 3 a pair 15 %, over 3 and at most 12 10 % + 0.50 ZZD/pair, over 12 8 %. Its customs
value is that of CIF, so that a CIF price is the customs value.
"""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET

import entrepot
from base_sale import changed
from batch.sale_rows import agree, rows_of, table_of
from entrepot.law.cells import read_unit_band
from entrepot.model.quote import Option, Quote


def with_shoes(*lines: dict[str, str], **fields: Any) -> dict[str, Any]:
    """The sale of the tests with textile shoes from Viet Nam at a CIF price of ZZD 120."""
    shoes = [{"hs_code": "6404.19", "amount": "120.00", "country_of_origin": "VN", **line} for line in lines]
    sale = changed("lines", shoes)
    return {**sale, "incoterm": "CIF", "shipping_cost": "0", "insurance_cost": "0", **fields}


def best(quote: Quote) -> Option:
    assert quote.best is not None, quote.assessment
    return quote.best


def duty_of(option: Option) -> str | None:
    return next(each for each in option.charges if each.id == "duty").amount


@pytest.mark.parametrize(
    ("pairs", "duty"),
    [
        ("60", "18.00"),  # 2.00 a pair: 15 % of 120
        ("40", "18.00"),  # 3.00 a pair, the bound itself: 15 %
        ("39", "31.50"),  # 3.08 a pair: 10 % + 39 × 0.50
        ("10", "17.00"),  # 12.00 a pair, the bound itself: 10 % + 10 × 0.50
        ("9.99", "9.60"),  # 12.01 a pair: 8 %
    ],
)
def test_the_value_of_a_pair_decides(pairs: str, duty: str) -> None:
    """One line is left, so that the answer is one figure: a bound belongs to the line that says at most."""
    found = best(entrepot.quote(with_shoes({"pairs": pairs})))
    assert duty_of(found) == duty
    assert found.candidates is UNSET
    assert not found.at_least


def test_without_pairs_all_lines_are_candidates() -> None:
    """The lowest of them is 8 % of 120."""
    found = best(entrepot.quote(with_shoes({})))
    assert duty_of(found) is None
    assert found.candidates is not UNSET
    assert {each.value for each in found.candidates} >= {"64041910", "64041920", "64041990"}
    assert next(each for each in found.charges if each.id == "duty").amount_low == "9.60"


def test_a_full_code_is_the_callers() -> None:
    """Two pairs of ZZD 60 are not goods of 6404.19.10; who gives the code has decided it: 15 %."""
    assert duty_of(best(entrepot.quote(with_shoes({"hs_code": "6404.19.10", "pairs": "2"})))) == "18.00"


def test_each_line_is_decided_by_its_own_value() -> None:
    """15 % of 120 and 8 % of 120."""
    assert duty_of(best(entrepot.quote(with_shoes({"pairs": "60"}, {"pairs": "2"})))) == "27.60"


def test_under_ddp_the_customs_value_is_not_known_before_the_charges() -> None:
    """All lines stay candidates, though the pairs are known: the duty is a range within one price."""
    found = best(entrepot.quote(with_shoes({"pairs": "2"}, incoterm="DDP")))
    assert found.amount_landed == "120.00"
    assert duty_of(found) is None


def test_tables_decide_by_the_value_of_a_pair() -> None:
    """In the compiled loop too, in rows with and without pairs beside each other."""
    sales = [with_shoes({"pairs": pairs} if pairs else {}) for pairs in ("60", "", "40", "10", "9.99", "", "2")]
    rows = [row for number, sale in enumerate(sales) for row in rows_of(sale, f"c{number}")]
    answer = entrepot.quote_table(table_of(rows), explain=True).to_pylist()
    for sale, row in zip(sales, answer, strict=True):
        agree(sale, [row])


@pytest.mark.parametrize(
    "text",
    [
        "3 ZZD/pair",
        "over 3 ZZD",
        "over 3 ZZD/stone",
        "over 3 ZZD/pair up_to 12 USD/pair",
        "above 3 ZZD/pair",
        " over 3 ZZD/pair",
        "over 3 ZZD/pair over 5 ZZD/pair",
        "over 12 ZZD/pair up_to 3 ZZD/pair",  # no value is within these
    ],
)
def test_other_bounds_are_no_value_of_a_unit(text: str) -> None:
    with pytest.raises(ValueError, match="is not a value of a unit"):
        read_unit_band(text)
