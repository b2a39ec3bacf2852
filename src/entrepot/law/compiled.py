"""The compiled law of one place for a period without changes, as the engine reads it.

The schedule is dense: `codes` x `columns`. Each cell is an index into `groups`; a group lists the rows that may apply,
and the first that fits applies. The cell of a longer code includes what a shorter code states. Amounts are minor units
of `currency`.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import Any, TypeVar

import msgspec

from entrepot.law.rates import Rate
from entrepot.law.records import (
    Basis,
    Column,
    Entry,
    Naming,
    Permit,
    Regime,
    Source,
    TaxRow,
    TransferRule,
    Treatment,
    UnitBound,
    Valuation,
)
from entrepot.model.sources import LayerUsed

T = TypeVar("T")
K = TypeVar("K")
V = TypeVar("V")


def _a_year_later(day: str) -> str:
    """The same day of the next year; the 28th for 29 February.

    >>> _a_year_later("2026-11-24"), _a_year_later("2028-02-29")
    ('2027-11-24', '2029-02-28')
    """
    return f"{int(day[:4]) + 1:04}{day[4:].replace('02-29', '02-28')}"


class Memo(dict[K, V]):
    """A bounded cache: results by the arguments of the computation; emptied when it is full.

    >>> memo = Memo[str, int]()
    >>> memo.store("a", 1), memo.get("a")
    (1, 1)
    """

    __slots__ = ()

    #: The maximum number of entries.
    MAX_ENTRIES = 20_000

    def store(self, key: K, value: V) -> V:
        """Store a value and return it."""
        if len(self) >= self.MAX_ENTRIES:
            self.clear()
        self[key] = value
        return value


class Law(msgspec.Struct, kw_only=True, dict=True):
    """The compiled law of one pack from `since` up to, not including, `until`.

    `divided`: codes of which the law has all lines that the row of the code itself states.
    """

    pack: str
    title: str
    hash: str
    since: str
    until: str | None
    economies: frozenset[str]
    currency: str
    decimals: int
    language: str
    limits: tuple[str, ...]
    words: dict[str, str]
    sources: dict[str, Source]
    bases: list[Basis]
    rates: list[Rate]
    groups: list[tuple[Entry, ...]]
    codes: list[str]
    named: list[str]
    naming: tuple[Naming, ...]
    columns: list[Column]
    taxes: dict[str, tuple[TaxRow, ...]]
    exchange: dict[str, tuple[str, int]]
    valuation: Valuation | None
    regimes: tuple[Regime, ...]
    treatments: tuple[Treatment, ...]
    normal: frozenset[str]
    permits: tuple[Permit, ...]
    foreign: tuple[str, ...]
    proofs: frozenset[str]
    classes: frozenset[str]
    conditions: frozenset[str]
    schemes: frozenset[str]
    places: frozenset[str]
    layers: tuple[LayerUsed, ...] = ()
    divided: frozenset[str] = frozenset()
    #: The last day on which the law was read; empty in law that was stored before 0.2.
    read_on: str = ""
    #: The first day with import procedures and a customs value; empty if the pack dates none.
    first_day: str = ""
    #: What the pack says of itself that it lacks, for the sales it concerns; none in law that was stored before 0.2.
    known_limits: tuple[Permit, ...] = ()
    #: The rules on personal data that leave, of all days: their dates are not among those between which law is stored.
    transfers: tuple[TransferRule, ...] = ()
    #: The bounds of the value of a unit of lines that are only for goods between them, by code.
    bands: dict[str, tuple[UnitBound, ...]] = {}

    def __post_init__(self) -> None:
        self.cells = [array("i", column.cells) for column in self.columns]
        self.index = {code: i for i, code in enumerate(self.codes)}
        self.ends = [array("I", naming.ends) for naming in self.naming]
        self.by_name = {column.name: i for i, column in enumerate(self.columns)}
        self._derived: dict[type[Any], Any] = {}
        self._vintages: dict[int, str] | None = None
        self.last_day = _a_year_later(self.read_on) if self.read_on else ""

    def reading(self, day: str) -> str:
        """The reason that a day gives by itself: empty until the law was read, `law.unread` for a year after that.

        `law.outdated` after it: too much may have changed.
        """
        if day <= self.read_on or not self.read_on:
            return ""
        return "law.unread" if day <= self.last_day else "law.outdated"

    def derived(self, kind: type[T]) -> T:
        """The value of a type that is stored with this law, created on first use.

        Each stage of an assessment stores its results in a type of its own, so that the next sale reuses them.
        """
        try:
            found: T = self._derived[kind]
        except KeyError:
            found = self._derived.setdefault(kind, kind())
        return found

    @property
    def vintages(self) -> dict[int, str]:
        """The bases that cite a source with a vintage, by index, each with the id of that source."""
        if self._vintages is None:
            dated = {name for name, source in self.sources.items() if source.as_of}
            found = ((index, dated.intersection(basis.cites)) for index, basis in enumerate(self.bases) if dated)
            self._vintages = {index: min(cites) for index, cites in found if cites}
        return self._vintages

    def row_of(self, code: str) -> int:
        """The row of the longest code of the schedule that this code begins with; -1 if there is none."""
        for length in range(len(code), 1, -1):
            found = self.index.get(code[:length])
            if found is not None:
                return found
        return -1

    def names(self, row: int) -> dict[str, str]:
        """The names of a row of the schedule by language; empty if the pack has none."""
        if row < 0:
            return {}
        found = {}
        for naming, ends in zip(self.naming, self.ends, strict=True):
            if text := naming.texts[ends[row - 1] if row else 0 : ends[row]]:
                found[naming.language] = text.decode()
        return found

    def group(self, column: int, row: int) -> tuple[Entry, ...]:
        """The entries that may apply to a row of the schedule in a column; the first that fits applies."""
        cell = self.cells[column][row] if row >= 0 else self.columns[column].default
        return self.groups[cell] if cell >= 0 else ()

    def service_group(self, column: int, service: str) -> tuple[Entry, ...]:
        """The entries that may apply to a category of services in a column."""
        services = self.columns[column].services
        cell = services.get(service, services.get("*", -1))
        return self.groups[cell] if cell >= 0 else ()

    def prefixes(self) -> list[str]:
        """Every code that a permit, a relief or a condition names."""
        found = {goods for permit in (*self.permits, *self.known_limits) for goods in permit.goods}
        for regime in self.regimes:
            found.update(goods for each in regime.thresholds for goods in (*each.goods, *each.excludes))
            found.update(goods for each in regime.conditions for goods in (*each.goods, *each.goods_in))
        return sorted(found)

    def lines_under(self, code: str) -> list[str]:
        """The lines of the schedule that begin with a code, without the code itself."""
        found = []
        for at in range(bisect_left(self.named, code), len(self.named)):
            if not (line := self.named[at]).startswith(code):
                break
            if line != code:
                found.append(line)
        return found


class World(msgspec.Struct, kw_only=True):
    """What the world pack defines: economies, currencies, services, and headings of the Harmonized System.

    `subdivisions`: the names of states and provinces (`CA-ON`) by language. `subdivision_of`: their codes by economy
    and spelling, `CA ontario` (see `law.subdivisions`).
    """

    economies: dict[str, tuple[str, str, str]]
    decimals: dict[str, int]
    services: dict[str, str]
    headings: dict[str, str]
    proofs: dict[str, tuple[str, ...]]
    treatments: dict[str, str]
    subdivisions: dict[str, dict[str, str]] = {}
    subdivision_of: dict[str, str] = {}
