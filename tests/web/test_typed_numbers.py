"""Typed numbers: a number that two languages read differently is refused."""

from __future__ import annotations

import html
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st
from server_process import Server

from entrepot.web.pages import sale_form, typed_numbers


def reading(text: str, *, comma: bool) -> Decimal | str | None:
    try:
        return typed_numbers.parse_decimal(text, comma=comma)
    except typed_numbers.AmbiguousNumber:
        return "two ways"


@pytest.mark.parametrize(
    ("text", "point", "comma"),
    [
        ("1500", Decimal(1500), Decimal(1500)),
        ("1500.50", Decimal("1500.50"), Decimal("1500.50")),
        ("1,500.50", Decimal("1500.50"), Decimal("1500.50")),
        ("1.500,50", None, Decimal("1500.50")),
        ("12,5", None, Decimal("12.5")),
        ("1.500", Decimal("1.5"), "two ways"),
        ("1,500", Decimal(1500), "two ways"),
        ("7,1230", None, Decimal("7.123")),
        ("1.500.000", None, Decimal(1500000)),
        ("1,500,000", Decimal(1500000), Decimal(1500000)),
        ("0.125", Decimal("0.125"), Decimal("0.125")),
        ("0,125", None, Decimal("0.125")),
        ("1 500", Decimal(1500), Decimal(1500)),
        ("12 345.6", Decimal("12345.6"), Decimal("12345.6")),
        (".5", Decimal("0.5"), Decimal("0.5")),
        ("1,50,000", None, None),
        ("1.50.000", None, None),
        ("-5", None, None),
        ("1e3", None, None),
        (",", None, None),
        ("", None, None),
    ],
)
def test_a_number_is_read_in_the_format_of_the_language(text: str, point: object, comma: object) -> None:
    assert reading(text, comma=False) == point
    assert reading(text, comma=True) == comma


@given(st.text(alphabet="0123456789.,' ", max_size=14))
def test_no_text_is_two_different_numbers(text: str) -> None:
    """An address opened in another language has the same number, or is refused."""
    point, comma = reading(text, comma=False), reading(text, comma=True)
    assert point == comma or not (isinstance(point, Decimal) and isinstance(comma, Decimal))


@given(st.decimals(min_value=0, max_value=10**9, allow_nan=False, allow_infinity=False, places=3))
def test_numbers_in_generated_addresses_are_read_in_every_language(number: Decimal) -> None:
    text = typed_numbers.unambiguous(str(number))
    assert reading(text, comma=False) == reading(text, comma=True) == number


def test_a_number_that_may_be_thousands_is_refused_in_such_a_language(server: Server) -> None:
    query = "from=VN&to=CN&what=0901.21&currency=CNY&for=consumer&on=2026-03-01&amount="
    text = server.get(f"/vi/?{query}1.500").text
    assert "1.500 không rõ nghĩa: hãy viết 1500 hoặc 1.5000." in text
    assert 'class="total"' not in text
    # 1,500.50 x 9.1 % of retail import (13 % at 70 %): 136.5455; 1,637.05 with the goods.
    assert 'class="total">1.637,05' in server.get(f"/vi/?{query}1.500,50").text
    assert 'class="total">CNY\xa01,637.05' in server.get(f"/en/?{query}1,500.50").text


@pytest.mark.parametrize(
    ("typed", "chosen", "shown"),
    [
        ("100 CNY", "USD", "CNY\xa0109.10"),
        ("CNY100", "", "CNY\xa0109.10"),
        ("100 yuan", "", "CNY\xa0109.10"),
        ("¥100", "CNY", "CNY\xa0109.10"),
        ("¥100", "EUR", "¥ is the sign of several currencies: choose one."),
        ("¥100", "", "¥ is the sign of several currencies: choose one."),
        ("100 of them each", "CNY", "Enter a number that is not negative"),
    ],
)
def test_a_price_may_have_its_currency(server: Server, typed: str, chosen: str, shown: str) -> None:
    query = {"from": "VN", "to": "CN", "what": "0901.21", "for": "consumer", "on": "2026-03-01", "amount": typed}
    # 100 x 13 % at 70 %: 9.10 of value added tax in retail import.
    page = server.get(f"/en/?{urlencode(query | ({'currency': chosen} if chosen else {}))}").text
    assert shown in html.unescape(page)


def test_a_known_zero_stays_in_the_form() -> None:
    sale = {
        "ship_from": {"country": "VN"},
        "ship_to": {"country": "CN"},
        "currency": "CNY",
        "shipping_cost": 0,
        "insurance_cost": "0.00",
        "exchange_rates": {"CNY": "7.123"},
        "buyer": {"kind": "consumer", "year_to_date": 0},
        "lines": [{"hs_code": "123.456", "amount": 100}],
    }
    found = sale_form.query_of(sale)
    assert found is not None
    assert (found["shipping"], found["insurance"], found["year_to_date"]) == ("0", "0.00", "0")
    assert (found["exchange_rate"], found["what"]) == ("7.1230", "123.456")


def test_faults_are_in_the_order_of_the_form() -> None:
    form = sale_form.parse(QueryDict("from=VN&on=2026-13-01"))
    assert list(form.faults) == ["to", "what", "amount", "currency", "on"]
