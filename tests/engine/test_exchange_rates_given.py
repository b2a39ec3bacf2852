"""A rate that the caller gives is used; one that is far from the reference rate of the day is named."""

from __future__ import annotations

import pytest

import entrepot


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
