"""Reference rates: of the European Central Bank, else of HM Revenue and Customs, each read from its own table.

The bank's file is carried by a package, through which the engine reads it; here the file itself is read, so that both
are compared.
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


@lru_cache(maxsize=1)
def pound_rates() -> list[dict[str, str]]:
    """The months of the table of HM Revenue and Customs, the earliest first: units of a currency for one pound."""
    text = (files("entrepot.connect.rates") / "hmrc.csv").read_text()
    return sorted(csv.DictReader(text.splitlines()), key=lambda row: row["month"])


def pound_quotient(currency: str, importer: str, on: str) -> Decimal | None:
    """The quotient of two rates for one pound of the last month that has both, has begun, and is not stale."""
    for row in reversed(pound_rates()):
        begun = (date.fromisoformat(on) - date.fromisoformat(f"{row['month']}-01")).days
        given, wanted = (row.get(name) or ("1" if name == "GBP" else "") for name in (currency, importer))
        if 0 <= begun < STALE_DAYS and given and wanted:
            return QUOTIENT.divide(Decimal(wanted), Decimal(given))
    return None


@lru_cache(maxsize=256)
def reference_rate(currency: str, importer: str, on: str) -> Fraction | None:
    """Units of the importer's currency for one unit of a currency; None where no table has a rate for both."""
    given, wanted = per_euro(currency, on), per_euro(importer, on)
    if given is not None and wanted is not None:
        return Fraction(QUOTIENT.divide(wanted, given))
    found = pound_quotient(currency, importer, on)
    return None if found is None else Fraction(found)
