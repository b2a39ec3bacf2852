"""The reference rate for each currency of a sale: a kept rate, else one that comes with Entrepot.

The rate with the later day is used; a kept rate to the importer's currency itself takes precedence if it is recent.
With Entrepot come the rates of the European Central Bank, and those of HM Revenue and Customs where the bank has none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from entrepot.connect.rates import ecb, hmrc, kept_rates
from entrepot.connect.rates.kept_rates import DIRECT_DAYS, STALE, FoundRate
from entrepot.connect.rates.rate_files import ECB, DatedRate
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


class Doubt(NamedTuple):
    """A rate of a file that is more than a fifth away from the rate that comes with Entrepot, or is its inverse."""

    rate: DatedRate
    reference: Exchange
    inverse: bool


def doubtful_rates(rates: Iterable[DatedRate]) -> list[Doubt]:
    """The rates, of the last day of each pair of currencies, that differ from the reference rate of that day.

    >>> day = dt.date(2026, 6, 1)
    >>> [each.inverse for each in doubtful_rates([DatedRate("USD", "KHR", "0.000246", day)])]
    [True]
    >>> doubtful_rates([DatedRate("USD", "KHR", "4010", day)])
    []
    """
    last = {(each.one, each.other): each for each in sorted(rates, key=lambda each: each.since)}
    found = []
    for (one, other), each in last.items():
        reference = shipped_rates(frozenset({one}), other, each.since).get(one)
        if reference is None:
            continue
        rate, expected = Decimal(each.rate), Decimal(reference.rate)
        if abs(rate - expected) * 5 > expected:
            found.append(Doubt(each, reference, abs(rate * expected - 1) * 5 <= 1))
    return found


def _source(kept: FoundRate, on: dt.date) -> str:
    """The source of a rate in words, with its age if it is old."""
    own = kept.kept
    if own.trust != "official":
        source = f"rates that you added, {own.title}"
    else:
        source = ecb.SOURCE if own.authority == ECB else f"rate of {own.authority}"
    age = (on - kept.day).days
    return f"{source} ({age} days old)" if age > STALE else source
