"""A rate that the caller gives is used; one that is far from the reference rate of the day is named."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

import entrepot
from slow.compare import compare


@pytest.mark.parametrize(
    ("rate", "code"),
    [
        ("7.00", ""),
        ("5.60", "exchange.odd"),
        ("8.80", "exchange.odd"),
        ("0.142", "exchange.inverse"),
        ("70", "exchange.odd"),
    ],
)
def test_a_rate_far_from_the_reference_rate_is_named(rate: str, code: str) -> None:
    """On 2025-06-02 one dollar was about 7.2 yuan: EUR 1 was USD 1.1419 and CNY 8.2168 (European Central Bank)."""
    quote = entrepot.quote(
        {
            "ship_from": {"country": "VN"},
            "ship_to": {"country": "CN"},
            "date": "2025-06-02",
            "currency": "USD",
            "exchange_rates": {"USD": rate},
            "lines": [{"hs_code": "0901.21", "amount": "100.00", "country_of_origin": "VN"}],
        }
    )
    found = {each.code: each for each in quote.assessment.reasons if each.code in ("exchange.odd", "exchange.inverse")}
    assert set(found) == ({code} if code else set())
    assert quote.exchange is not None
    assert quote.exchange.rate == rate
    for each in found.values():
        assert each.param == "exchange_rates.USD"
        assert each.values["reference"].startswith("7.")


@pytest.mark.parametrize(
    ("importer", "currency", "rate", "code"),
    [
        ("AE", "USD", "3.67", ""),
        ("AE", "USD", "0.2723", "exchange.inverse"),
        ("AE", "USD", "5", "exchange.odd"),
        ("BN", "SGD", "2", "exchange.odd"),
    ],
)
def test_a_rate_far_from_a_fixed_one_is_named(importer: str, currency: str, rate: str, code: str) -> None:
    """One dollar is AED 3.6725 since 1997, and one Brunei dollar one Singapore dollar since 1967."""
    quote = entrepot.quote(
        {
            "ship_from": {"country": "CN"},
            "ship_to": {"country": importer},
            "date": "2025-06-02",
            "currency": currency,
            "exchange_rates": {currency: rate},
            "lines": [{"hs_code": "6109.10", "amount": "100.00"}],
        }
    )
    codes = [each.code for each in quote.assessment.reasons if each.code in ("exchange.odd", "exchange.inverse")]
    assert codes == ([code] if code else [])


def test_where_no_rate_is_known_the_refusal_names_it_first() -> None:
    """Conditions about a value in yuan are open only because the value of the tenge in yuan is not known."""
    quote = entrepot.quote(
        {
            "ship_from": {"country": "KZ"},
            "ship_to": {"country": "CN"},
            "date": "2026-03-01",
            "currency": "KZT",
            "lines": [{"hs_code": "0901.21", "amount": "40000", "country_of_origin": "VN"}],
        }
    )
    assert quote.best is None
    codes = [each.code for each in quote.assessment.reasons]
    assert codes[0] == "exchange.own_currency"
    assert "condition.asked" in codes


def rated(to: str, rate: str, **more: str) -> dict[str, Any]:
    """Three kilograms of coffee for 100 euro to a business, with an additional duty that the caller gives."""
    line = {"hs_code": "0901.21", "amount": "100.00", "net_mass_kg": "3", "rates": {"additional_duty": rate}}
    return {
        "ship_from": {"country": "US"},
        "ship_to": {"country": to},
        "date": "2026-03-01",
        "buyer": {"kind": "business"},
        "currency": "EUR",
        "insurance_cost": "0",
        "lines": [line],
        **more,
    }


def additional_duty(sale: dict[str, Any]) -> str | None:
    """What the additional duty comes to under the ordinary procedure."""
    (option,) = (each for each in entrepot.quote(sale).options if each.id == "ordinary")
    return next(each.amount for each in option.charges if each.kind == "additional_duty")


@pytest.mark.parametrize("rate", ["10 % + 2 USD/kg", "10%+2USD/kg"])
def test_a_given_rate_in_a_third_currency_is_converted_into_that_of_the_answer(rate: str) -> None:
    """Nothing leads from the euro to the ZZD: the answer is in euro.

    On 2026-02-27 the European Central Bank had USD 1.1805 for one euro: 10 % of 100.00 and USD 6 are 10.00 + 5.0826.
    """
    sale = rated("ZZ", rate)
    assert additional_duty(sale) == "15.08"
    reasons = {each.code: each for each in entrepot.quote(sale).assessment.reasons}
    assert reasons["limit.reference"].values["currency"] == "USD"
    assert reasons["limit.reference"].values["date"] == "2026-02-27"
    assert not compare(sale)


def test_a_given_rate_in_a_currency_that_the_law_does_not_name_is_converted() -> None:
    """On 2026-02-27 EUR 1 was CNY 8.0961 and GBP 0.8763: CNY 809.61 of value, and CNY 9.23896 for one pound.

    10 % of 809.61 and GBP 6 are 80.961 + 55.4338.
    """
    sale = rated("CN", "10 % + 2 GBP/kg")
    assert additional_duty(sale) == "136.39"
    assert not compare(sale)


@pytest.mark.parametrize("rate", ["2 ZZD/kg", "2 XAU/kg", "2 ABC/kg"])
def test_a_given_rate_in_a_currency_without_a_rate_is_unknown(rate: str) -> None:
    sale = rated("ZZ", rate)
    assert additional_duty(sale) is None
    assert not compare(sale)


def test_a_table_converts_a_given_rate_as_a_quote_does() -> None:
    columns = {
        "ship_from_country": "US",
        "ship_to_country": ["ZZ", "CN", "ZZ"],
        "date": "2026-03-01",
        "buyer_kind": "business",
        "currency": "EUR",
        "insurance_cost": "0",
        "hs_code": "0901.21",
        "amount": "100.00",
        "net_mass_kg": "3",
        "rates_additional_duty": ["10 % + 2 USD/kg", "10 % + 2 GBP/kg", "10%+2USD/kg"],
    }
    table = pa.table({name: value if isinstance(value, list) else [value] * 3 for name, value in columns.items()})
    for row in entrepot.quote_table(table).to_pylist():
        best = entrepot.quote(rated(row["ship_to_country"], row["rates_additional_duty"])).best
        assert best is not None
        assert row["landed_low"] == Decimal(best.amount_landed_low or best.amount_landed or "")
        assert row["regime"] == best.id == "ordinary"
