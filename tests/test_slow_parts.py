"""The parts of the slow oracle, with figures calculated by hand."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pytest

from slow.assess import assess, greatest
from slow.rates import Unknown, asked_of, rate, rounded
from slow.sale import measures_of, split

PACKS = Path(__file__).resolve().parent.parent / "packs"

LINE = {
    "net_mass_kg": "20",
    "gross_mass_kg": "25",
    "litres": "2.5",
    "alcohol_percent": "40",
    "pairs": "3",
    "quantity": "24",
}
MEASURES: Mapping[str, Fraction | None] = measures_of(LINE, Fraction(24), consumer=True)


def money(amount: Fraction, currency: str) -> Fraction:
    """ZZD at 100 minor units, EUR at three ZZD."""
    return amount * {"ZZD": 100, "EUR": 300}[currency]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("free", 0),
        ("13 %", 1300),
        ("7.5%", 750),
        ("22/78", Fraction(220000, 78)),
        ("2.50 ZZD/kg", 5000),
        ("4 EUR/100kg", 240),
        ("4 EUR/100kg_gross", 300),  # 4 × 300 × 25 / 100
        ("0.20 ZZD", 20),
        ("8 % + 1.20 ZZD/kg", 3200),
        ("40 % - 1 ZZD", 3900),
        ("max(10 %, 3 EUR/kg)", 18000),
        ("min(10 %, 3 EUR/kg)", 1000),
        ("max(0 %, 524 ZZD/kg - value)", 1038000),
        ("max(0 %, 4 ZZD/kg - value)", 0),
        ("0.5 EUR/hl_vol", 150),
        ("5 ZZD/l_alc", 500),
        ("1 ZZD/pair + 1 ZZD/dozen", 500),
        ("45 ZZD/1000item", 108),
        ("1 ZZD/t", 2),
        ("min(max(5 %, 1 ZZD/kg), 30 %)", 2000),
    ],
)
def test_rates(text: str, amount: Fraction) -> None:
    """Each form of a rate, on a base of 100.00."""
    assert rate(text, Fraction(10000), MEASURES, money).at(Fraction(10000)) == amount


@pytest.mark.parametrize(
    ("text", "measures"),
    [
        ("22/78", set()),
        ("8 % + 0.20 ZZD", set()),
        ("max(4 EUR/100kg_gross, 1 ZZD/dozen)", {"kg_gross", "dozen"}),
        ("30 % + 45 ZZD/1000item", {"thousands"}),
        ("2 ZZD/100item", {"item"}),
        ("3 ZZD/m2", {"m2"}),
    ],
)
def test_the_measures_that_a_rate_asks_for(text: str, measures: set[str]) -> None:
    """Goods that the law counts in thousands ask for their number: a line without it is not one piece of them."""
    assert asked_of(text, MEASURES) == measures


@pytest.mark.parametrize("text", ["unknown", "text: as the Minister says", "1 ZZD/head", "max(1 %, 2 ZZD/m3)"])
def test_unknown_rates(text: str) -> None:
    """What the pack does not know, and what the line does not say."""
    with pytest.raises(Unknown):
        rate(text, Fraction(1), MEASURES, money)


@pytest.mark.parametrize("text", ["", "13", "13 % ZZD", "1 ZZD/league", "max(1 %", "1 zzd/kg", "13 % 5"])
def test_invalid_rates_are_refused(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises((ValueError, Unknown)):
        rate(text, Fraction(1), MEASURES, money)


@pytest.mark.parametrize(
    ("rule", "value", "amount"),
    [
        ("down 1000", "534795", 534000),
        ("up 1", "0.01", 1),
        ("half_up 1", "2.5", 3),
        ("half_even 1", "2.5", 2),
        ("half_even 1", "3.5", 4),
        ("up 1", "2", 2),
    ],
)
def test_rounding(rule: str, value: str, amount: int) -> None:
    """Each direction, in a currency without a minor unit."""
    assert rounded(Fraction(value), rule, 0) == amount


def test_split() -> None:
    """A remainder goes to the larger remainder, then weight, then reference."""
    assert split(10, [1, 1, 1], [("c", ""), ("a", ""), ("b", "")]) == [3, 4, 3]
    assert split(100, [2, 1, 1], [("", "")] * 3) == [50, 25, 25]
    assert split(5, [0, 0], [("a", ""), ("b", "")]) == [3, 2]
    assert split(1, [3, 1], [("a", ""), ("b", "")]) == [1, 0]


@pytest.mark.parametrize("amount", [0, 1, 99, 1000])
def test_greatest(amount: int) -> None:
    """The greatest number that holds is found, also past a jump."""

    def with_island(x: int) -> bool:
        return x * 6 // 5 <= amount or x == amount * 15 // 16

    assert greatest(amount, with_island) == max(x for x in range(amount + 1) if with_island(x))


def test_the_rounding_chain_of_japan() -> None:
    """Customs Answer 1111, whatever becomes of the pack's own case."""
    lines = [
        {"reference": "A", "hs_code": "392690", "amount": "534795", "rates": {"duty": "14%"}},
        {"reference": "B", "hs_code": "190590", "amount": "126258", "rates": {"duty": "14%"}, "tax_class": "reduced"},
    ]
    sale = {
        "date": "2026-05-12",
        "ship_from": {"country": "CN"},
        "ship_to": {"country": "JP"},
        "buyer": {"kind": "business"},
        "incoterm": "CIF",
        "currency": "JPY",
        "lines": lines,
    }
    found = assess(sale, PACKS)["regimes"]["ordinary"]
    assert {key: low for key, (low, high) in found["charges"].items() if low == high} | {
        "internal_tax": 0,
        "rice_payment": 0,
    } == {
        "duty": 92400,
        "internal_tax": 0,
        "consumption_tax": 56400,
        "local_consumption_tax": 15900,
        "rice_payment": 0,
    }
    assert found["landed"] == (825753, 825753)


@pytest.mark.parametrize(
    ("amount", "treatment", "landed"),
    [("100.00", "acfta", 11300), ("1371.64", "acfta", 154995), ("1371.65", "mfn", 178246)],
)
def test_a_waiver_in_another_currency_is_converted_at_the_reference_rate(
    amount: str, treatment: str, landed: int
) -> None:
    """ACFTA needs no proof of origin up to USD 200 of goods; the sale gives no rate of the dollar.

    The last euro rates of the European Central Bank before Sunday 2026-03-01 are of 2026-02-27: 1.1805 USD, 8.0961 CNY.
    8.0961 / 1.1805 = 6.858195680 CNY for one dollar to ten digits; 200 of them are CNY 1,371.639136, half up 1,371.64:
    1,371.64 is within and 1,371.65 is not. Within, ACFTA is free: 1,371.64 + 13 % VAT 178.31 = 1,549.95. Above, MFN
    15 % is 205.75, VAT 13 % of 1,577.40 is 205.06: 1,782.46. For 100.00: 100 + 13 % = 113.00.
    """
    sale = {
        "date": "2026-03-01",
        "ship_from": {"country": "VN"},
        "ship_to": {"country": "CN"},
        "buyer": {"kind": "consumer"},
        "currency": "CNY",
        "lines": [{"hs_code": "0901.21", "amount": amount, "proof_of_origin": "none"}],
    }
    found = assess(sale, PACKS)["regimes"]["retail_above_limit"]
    assert (found["treatments"], found["landed"]) == ([treatment], (landed, landed))


def test_without_a_rate_to_the_importers_currency_the_figures_are_in_the_currency_of_the_sale() -> None:
    """No table has a rate of the tenge: KZT 1,000.00 at MFN 15 % and VAT 13 % of 1,150.00, 149.50, is 1,299.50.

    The annual limit of retail imports cannot be compared, so that this procedure is not taken to be open.
    """
    sale = {
        "date": "2026-03-01",
        "ship_from": {"country": "VN"},
        "ship_to": {"country": "CN"},
        "currency": "KZT",
        "lines": [{"hs_code": "0901.21", "amount": "1000.00", "proof_of_origin": "none"}],
    }
    found = assess(sale, PACKS)
    assert found["currency"] == "KZT"
    assert found["regimes"]["retail_above_limit"]["landed"] == (129950, 129950)
