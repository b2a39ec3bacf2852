"""Exchange rates that the user keeps in the data folder: add them to a set, list and remove sets, find a rate.

A set is one file, `rates/ID.json`, which is replaced as a whole: a process that is killed leaves the old one.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import time
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from decimal import Context, Decimal
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from entrepot.connect.rates.rate_files import DatedRate, RateFile
from entrepot.data_files import write_whole
from entrepot.model.errors import RatesError, in_quotes

TEN = Context(prec=10)
#: A rate older than STALE days is named with its age; one older than TOO_OLD days is not used.
STALE, TOO_OLD = 60, 366
#: A rate to the importer's currency itself, at most this old, is preferred to one by way of a third currency.
DIRECT_DAYS = 35
#: How long another process's change may go unnoticed: a quote should not wait for the disk.
STAMP_SECONDS = 0.05
_stamps: dict[Path, tuple[float, int]] = {}
SET_ID = re.compile(r"[a-z0-9][a-z0-9._\-]{0,79}")


class RateSet(msgspec.Struct, frozen=True, kw_only=True):
    """A kept set of rates. `trust`: `official` for an authority's own file, `user` for any other."""

    format: int = 1
    id: str
    title: str
    authority: str
    trust: str
    rates: tuple[DatedRate, ...]

    def span(self) -> tuple[dt.date, dt.date]:
        """The first and the last day on which a rate begins."""
        return min(each.since for each in self.rates), max(each.since for each in self.rates)


class Added(NamedTuple):
    """A set after an addition: how many of its rates are new, and how many were replaced."""

    kept: RateSet
    new: int
    replaced: int


class FoundRate(NamedTuple):
    """A rate between two currencies, with the day and the set it is from. `direct`: without a third currency."""

    rate: Decimal
    day: dt.date
    kept: RateSet
    direct: bool


def rates_folder(data: Path) -> Path:
    """The folder of the kept sets."""
    return data / "rates"


def add(data: Path, file: RateFile, set_id: str, title: str, *, replace: bool = False) -> Added:
    """Add the rates of a file to a set. Raises RatesError if one is kept at another value, unless `replace`.

    Raises OSError if the folder cannot be written.
    """
    if not SET_ID.fullmatch(set_id):
        message = f"{in_quotes(set_id)} is not an id. Use lower-case letters, digits, '.', _ and -; --id gives another."
        raise RatesError(message, set_id)
    folder = rates_folder(data)
    folder.mkdir(parents=True, exist_ok=True)
    before = read_set(folder / f"{set_id}.json") if (folder / f"{set_id}.json").exists() else None
    rates = {(each.one, each.other, each.since): each for each in (before.rates if before else ())}
    new = replaced = 0
    for each in file.rates:
        key = each.one, each.other, each.since
        old = rates.get(key)
        if old is not None and old != each:
            if not replace:
                message = (
                    f"The rate of {each.one} in {each.other} of {each.since} is kept as {old.rate}, and the file has "
                    f"{each.rate}: --replace replaces it, --id keeps the file apart."
                )
                raise RatesError(message, set_id)
            replaced += 1
        new += old is None
        rates[key] = each
    official = bool(file.authority) and (before is None or before.trust == "official")
    kept = RateSet(
        id=set_id,
        title=title or (before.title if before else "") or (file.authority and f"Reference rates, {file.authority}"),
        authority=file.authority or (before.authority if before else ""),
        trust="official" if official else "user",
        rates=tuple(rates[key] for key in sorted(rates)),
    )
    if new or replaced or before != kept:
        _write(folder / f"{set_id}.json", msgspec.json.encode(kept))
    return Added(kept, new, replaced)


def _write(path: Path, content: bytes) -> None:
    write_whole(path, content, mode=0o644)  # rates are public: users who share the folder may read them
    _stamps.clear()


def read_set(path: Path) -> RateSet:
    """A kept set. Raises RatesError if its file cannot be read."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=RateSet)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        message = f"The kept rates cannot be read: {why}. Remove them and add the file again."
        raise RatesError(message, f"rates/{path.name}") from None
    if found.format != 1 or not found.rates or found.id != path.stem:
        message = "The kept rates are not in a format that this version reads. Remove them and add the file again."
        raise RatesError(message, f"rates/{path.name}")
    return found


def read_sets(data: Path | None) -> list[RateSet]:
    """All kept sets, by id. Raises RatesError if one cannot be read."""
    folder = rates_folder(data) if data else None
    if folder is None or not folder.is_dir():
        return []
    return [read_set(path) for path in sorted(folder.glob("[!.]*.json"))]


def remove(data: Path, set_id: str) -> None:
    """Remove a set. Raises OSError."""
    (rates_folder(data) / f"{set_id}.json").unlink()
    _stamps.clear()


def stamp(data: Path | None) -> int:
    """Changes when a set is added, changed or removed; 0 without kept rates."""
    if data is None:
        return 0
    now = time.monotonic()
    until, found = _stamps.get(data, (0.0, 0))
    if now < until:
        return found
    try:
        found = rates_folder(data).stat().st_mtime_ns
    except OSError:
        found = 0
    _stamps[data] = now + STAMP_SECONDS, found
    return found


def find(data: Path, stamped: int, currencies: Iterable[str], importer: str, on: dt.date) -> dict[str, FoundRate]:
    """For each currency that has one, its rate in the importer's currency on a day: the most suitable of all sets.

    `stamped`: `stamp(data)`; the sets are read again if it changed. Raises RatesError.
    """
    books = _books(data, stamped)
    found = {}
    for currency in currencies:
        rates = [rate for book in books if (rate := book.rate(currency, importer, on)) is not None]
        if rates:
            found[currency] = max(rates, key=lambda rate: _preference(rate, on))
    return found


def _preference(rate: FoundRate, on: dt.date) -> tuple[bool, dt.date]:
    return rate.direct and (on - rate.day).days <= DIRECT_DAYS, rate.day


@lru_cache(maxsize=2)
def _books(data: Path, stamped: int) -> list[_Book]:  # noqa: ARG001  # the stamp is a part of the key of the cache
    return [_Book(kept) for kept in read_sets(data)]


class _Book:
    """The rates of a set by pair of currencies, sorted by their first day."""

    def __init__(self, kept: RateSet) -> None:
        self.kept = kept
        self.pairs: dict[tuple[str, str], list[DatedRate]] = {}
        for each in sorted(kept.rates, key=lambda rate: rate.since):
            self.pairs.setdefault((each.one, each.other), []).append(each)
        self.middle = {one for one, _ in self.pairs} | {other for _, other in self.pairs}

    def _on(self, one: str, other: str, on: dt.date) -> DatedRate | None:
        """The rate of a pair in force on a day: the last that has begun, unless it has ended or is too old."""
        rates = self.pairs.get((one, other), ())
        place = bisect_right(rates, on, key=lambda rate: rate.since)
        last = rates[place - 1] if place else None
        if last is None or (last.until is not None and last.until <= on):
            return None
        return last if last.until is not None or (on - last.since).days <= TOO_OLD else None

    def _leg(self, one: str, other: str, on: dt.date) -> tuple[Decimal, dt.date] | None:
        if found := self._on(one, other, on):
            return Decimal(found.rate), found.since
        if found := self._on(other, one, on):
            return TEN.divide(Decimal(1), Decimal(found.rate)), found.since
        return None

    def rate(self, currency: str, importer: str, on: dt.date) -> FoundRate | None:
        """The rate of a currency in the importer's: as the set has it, or by way of a third currency."""
        if direct := self._leg(currency, importer, on):
            return FoundRate(*direct, self.kept, direct=True)
        for middle in sorted(self.middle - {currency, importer}):
            if (here := self._on(middle, currency, on)) and (there := self._on(middle, importer, on)):
                # As with the rates of the bank itself: one division, to ten significant digits.
                rate = TEN.divide(Decimal(there.rate), Decimal(here.rate))
                return FoundRate(rate, min(here.since, there.since), self.kept, direct=False)
        for middle in sorted(self.middle - {currency, importer}):
            first, second = self._leg(currency, middle, on), self._leg(middle, importer, on)
            if first and second:
                rate = TEN.multiply(first[0], second[0])
                return FoundRate(rate, min(first[1], second[1]), self.kept, direct=False)
        return None


def is_kept(data: Path, set_id: str) -> bool:
    """Whether there is a set of this id."""
    with contextlib.suppress(OSError):
        return (rates_folder(data) / f"{set_id}.json").is_file()
    return False


def counts(kept: RateSet) -> Mapping[str, int]:
    """The number of rates and of currencies of a set."""
    return {
        "rates": len(kept.rates),
        "currencies": len({each.one for each in kept.rates} | {each.other for each in kept.rates}),
    }
