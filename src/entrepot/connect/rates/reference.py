"""The reference rate for each currency of a sale: a kept rate, else one that comes with Entrepot.

The rate with the later day is used; a kept rate to the importer's currency itself takes precedence if it is recent.
With Entrepot come the rates of the European Central Bank, and those of HM Revenue and Customs where the bank has none.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from pathlib import Path

from entrepot.connect.rates import ecb, hmrc, kept_rates
from entrepot.connect.rates.kept_rates import DIRECT_DAYS, STALE, FoundRate
from entrepot.connect.rates.rate_files import ECB
from entrepot.model.errors import PackError, PackFault, RatesError
from entrepot.model.quote import Exchange


def reference_rates(currencies: frozenset[str], importer: str, on: dt.date, data: Path | None) -> dict[str, Exchange]:
    """For each currency that has one, units of the importer's currency for one of it, with its day and source.

    Raises PackError if kept rates cannot be read.
    """
    stamped = kept_rates.stamp(data)
    if data is None or not stamped:
        return shipped_rates(currencies, importer, on)
    return _combined(currencies, importer, on, data, stamped)


@lru_cache(maxsize=4096)
def _combined(currencies: frozenset[str], importer: str, on: dt.date, data: Path, stamped: int) -> dict[str, Exchange]:
    try:
        found = kept_rates.find(data, stamped, sorted(currencies), importer, on)
    except RatesError as error:  # as with a schedule that is damaged
        raise PackError([PackFault(error.file, 0, "", error.message)]) from None
    shipped = shipped_rates(currencies, importer, on)
    rates = {}
    for currency in sorted(currencies):
        kept, other = found.get(currency), shipped.get(currency)
        if kept is None or (other is not None and not _is_better(kept, other, on)):
            if other is not None:
                rates[currency] = other
        else:
            source = _source(kept, on)
            rates[currency] = Exchange(
                currency=currency, rate=f"{kept.rate:f}", date=kept.day.isoformat(), source=source
            )
    return rates


@lru_cache(maxsize=4096)
def shipped_rates(currencies: frozenset[str], importer: str, on: dt.date) -> dict[str, Exchange]:
    """The rates that come with Entrepot: the bank's, and those of HM Revenue and Customs where the bank has none."""
    found = ecb.reference_rates(currencies, importer, on)
    missing = currencies.difference(found)
    return {**found, **hmrc.reference_rates(missing, importer, on)} if missing else found


def _is_better(kept: FoundRate, other: Exchange, on: dt.date) -> bool:
    recent = kept.direct and (on - kept.day).days <= DIRECT_DAYS
    return recent or other.date is None or kept.day.isoformat() > other.date


def _source(kept: FoundRate, on: dt.date) -> str:
    """The source of a rate in words, with its age if it is old."""
    own = kept.kept
    if own.trust != "official":
        source = f"rates that you added, {own.title}"
    else:
        source = ecb.SOURCE if own.authority == ECB else f"rate of {own.authority}"
    age = (on - kept.day).days
    return f"{source} ({age} days old)" if age > STALE else source
