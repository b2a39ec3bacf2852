"""A quote depends on the sale and the law only, not on state, clock or machine; huge amounts are exact."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import entrepot
from entrepot.model.quote import Quote
from entrepot.model.sale import Sale, read_sale
from sale_strategies import DAYS, ORIGINS, PLACES, major, quoted, sales, whole


@given(sales(), st.lists(sales(), max_size=3))
def test_a_quote_is_a_function_of_the_sale_and_the_law_alone(
    sale: dict[str, Any], others: list[dict[str, Any]]
) -> None:
    first = quoted(sale).to_json()
    for other in others:
        quoted(other)
    assert quoted(json.loads(json.dumps(sale))).to_json() == first


SALES_APART = [
    {
        "ship_from": {"country": "VN"},
        "ship_to": {"country": place},
        "date": "2026-03-01",
        "currency": PLACES[place][0],
        "lines": [
            {"hs_code": code, "amount": "120", "country_of_origin": origin}
            for code, origin in zip(PLACES[place][2], ORIGINS, strict=False)
        ],
    }
    for place in ("ZZ", "CN", "JP", "DE")
]
ASK = "import sys, json, entrepot; print(json.dumps([entrepot.quote(sale).to_json() for sale in json.load(sys.stdin)]))"


def apart(sales_: list[dict[str, Any]], **environment: str) -> list[str]:
    """The quotes of some sales, by another process in another environment."""
    around = {**os.environ, **environment}
    done = subprocess.run(
        [sys.executable, "-c", ASK], input=json.dumps(sales_), capture_output=True, text=True, check=True, env=around
    )
    return list(json.loads(done.stdout))


def test_another_process_another_order_of_sets_another_time_zone_same_quotes() -> None:
    """The second asks from the last to the first, hashes otherwise and lives elsewhere in time."""
    first = apart(SALES_APART, PYTHONHASHSEED="0", TZ="UTC")
    assert apart(SALES_APART[::-1], PYTHONHASHSEED="12345", TZ="Pacific/Kiritimati")[::-1] == first
    assert apart(SALES_APART[1:], PYTHONHASHSEED="1", LC_ALL="C") == first[1:]


@given(sales())
def test_sale_and_quote_survive_json(sale: dict[str, Any]) -> None:
    read = read_sale(sale)
    again = msgspec.json.decode(msgspec.json.encode(read), type=Sale)
    assert again == read
    quote = quoted(sale)
    assert Quote.from_json(quote.to_json()) == quote
    assert entrepot.quote(read).to_json() == quote.to_json()


@given(sales(), st.sampled_from(DAYS))
def test_the_day_is_an_argument(sale: dict[str, Any], day: str) -> None:
    dated = quoted({**sale, "date": day})
    assert entrepot.quote(sale, on=dt.date.fromisoformat(day)).to_json() == dated.to_json()


@settings(max_examples=30)
@given(
    st.sampled_from(sorted(PLACES)),
    st.integers(10**15 - 100, 10**18),
    st.sampled_from(["0901.21", "8517.13", "6911.10"]),
)
def test_huge_amounts_do_not_overflow(place: str, minor: int, code: str) -> None:
    currency, decimals, _ = PLACES[place]
    sale = {
        "ship_from": {"country": "BR"},
        "ship_to": {"country": place},
        "date": "2026-03-01",
        "currency": currency,
        "buyer": {"kind": "business"},
        "shipping_cost": "0",
        "insurance_cost": "0",
        "lines": [
            {
                "hs_code": code,
                "amount": major(minor, decimals),
                "country_of_origin": "BR",
                "net_mass_kg": "1",
                "rates": {"duty": "0 %"},
            }
        ],
    }
    for option in entrepot.quote(sale).options:
        if option.amount_subtotals is not None:
            assert whole(option.amount_subtotals.goods) == Decimal(minor).scaleb(-decimals)
            landed = option.amount_landed or option.amount_landed_low  # a fee by the mode of transport is a range
            assert whole(landed or None) >= Decimal(minor).scaleb(-decimals)


@pytest.mark.parametrize("place", sorted(PLACES))
def test_an_amount_above_the_limit_is_refused_with_its_field(place: str) -> None:
    currency, decimals, codes = PLACES[place]
    line = {"hs_code": codes[0], "amount": major(10**18 + 1, decimals)}
    sale = {
        "ship_from": {"country": "BR"},
        "ship_to": {"country": place},
        "date": "2026-03-01",
        "currency": currency,
        "lines": [line],
    }
    with pytest.raises(entrepot.SaleError) as error:
        entrepot.quote(sale)
    assert (error.value.code, error.value.param) == ("invalid_amount", "lines[0].amount")
    assert f"10^{18 - decimals} {currency}" in error.value.message
