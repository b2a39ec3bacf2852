"""Monthly rates of HM Revenue and Customs, for currencies that the European Central Bank does not quote.

`hmrc.csv` has the units of each currency for one pound, a row for each month, the latest first: public sector
information under the Open Government Licence v3.0. Two rates that the office misprinted (the real of April 2019, the
riel of March 2022) are left out. Pegged currencies (the dirham, the Brunei dollar) are not in it: their law has a rate.
"""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files

from entrepot.connect.rates.ecb import STALE, TEN
from entrepot.connect.rates.rate_files import HMRC
from entrepot.model.quote import Exchange

SOURCE = f"rate of {HMRC}"


def reference_rates(currencies: frozenset[str], importer: str, on: dt.date) -> dict[str, Exchange]:
    """For each currency that has one, units of the importer's currency for one of it, in the last month up to `on`.

    Two rates for one pound of the same month make the rate between two currencies, to ten significant digits.

    >>> found = reference_rates(frozenset({"USD", "XXX"}), "VND", dt.date(2026, 11, 26))
    >>> [(name, each.rate, each.date) for name, each in found.items()]
    [('USD', '25860.70036', '2026-11-01')]
    """
    found: dict[str, Exchange] = {}
    for first, rates in _recent(on):
        for currency in currencies.difference(found).intersection(rates) if importer in rates else ():
            rate = TEN.divide(rates[importer], rates[currency])
            found[currency] = Exchange(currency=currency, rate=f"{rate:f}", date=first.isoformat(), source=SOURCE)
    return found


def _recent(day: dt.date) -> list[tuple[dt.date, dict[str, Decimal]]]:
    """The months that have begun on a day, and less than STALE days before it, the latest first."""
    return [each for each in _months() if 0 <= (day - each[0]).days < STALE]


@lru_cache(maxsize=1)
def _months() -> list[tuple[dt.date, dict[str, Decimal]]]:
    """The first day of each month and its rates, the latest month first."""
    text = files(__package__).joinpath("hmrc.csv").read_text(encoding="utf-8")
    return [
        (
            dt.date.fromisoformat(f"{row.pop('month')}-01"),
            {"GBP": Decimal(1)} | {name: Decimal(rate) for name, rate in row.items() if rate},
        )
        for row in csv.DictReader(text.splitlines())
    ]
