"""Store each basis, rate and group of rows once while a law is compiled."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from entrepot.law import records as L
from entrepot.law.grammar import read_rate
from entrepot.law.rates import Rate
from entrepot.law.read import Pack, Row, validity
from entrepot.law.toml_schema import Source
from entrepot.model.sources import TRUST


class Interner:
    """The bases, rates and groups of a law by index, and the columns of the schedule compiled so far."""

    def __init__(self, pack: Pack, decimals: int) -> None:
        self.pack, self.decimals = pack, decimals
        self.bases: list[L.Basis] = []
        self.rates: list[Rate] = []
        self.groups: list[tuple[L.Entry, ...]] = []
        self._bases: dict[tuple[Any, ...], int] = {}
        self._entries: dict[tuple[Any, ...], L.Entry] = {}
        self._rates: dict[str, int] = {}
        self._groups: dict[tuple[int, ...], int] = {}
        self.columns: list[L.Column] = []
        self.by_name: dict[str, int] = {}

    def basis(self, dated: Any, where: str, sources: str = "") -> int:
        """Add the basis of a row or entry and return its index."""
        cites = dated["cite"] if isinstance(dated, Row) else tuple(dated.cite.split())
        trust = dated["trust"] if isinstance(dated, Row) else dated.trust
        since, until = validity(dated)
        self.bases.append(
            L.Basis(
                cites=tuple(sources + cite for cite in cites),
                trust=TRUST.index(trust),
                where=where,
                since=str(since),
                until=str(until) if until else None,
            )
        )
        return len(self.bases) - 1

    def shared_basis(self, row: Row) -> int:
        """The index of the basis of a table row. The rows of a schedule share one basis, located by the file alone."""
        if row.file not in self.pack.shared:
            return self.basis(row, row.where)
        key = row.file, row["cite"], row["trust"], row["since"], row["until"]
        if key not in self._bases:
            self._bases[key] = self.basis(row, row.file)
        return self._bases[key]

    def entry(self, row: Row, name: str = "") -> L.Entry:
        """The entry of a row with a rate; equal rows of a schedule share one entry."""
        basis, rate = self.shared_basis(row), self.rate(row["rate"])
        key = basis, rate, row["origin"] or (), name
        if row.file not in self.pack.shared:
            return L.Entry(basis=basis, rate=rate, origin=economy_filter(row["origin"]), name=name)
        if key not in self._entries:
            self._entries[key] = L.Entry(basis=basis, rate=rate, origin=economy_filter(row["origin"]), name=name)
        return self._entries[key]

    def ends_lookup(self, entry: L.Entry) -> bool:
        """Whether entries after this one are never used or shown: it is for all origins and from a schedule."""
        return entry.origin is None and self._entries.get((entry.basis, entry.rate, (), "")) is entry

    def rate(self, rate: Rate | str) -> int:
        """The index of a rate."""
        rate = read_rate(rate) if isinstance(rate, str) else rate
        if rate.text not in self._rates:
            self._rates[rate.text] = len(self.rates)
            self.rates.append(rate)
        return self._rates[rate.text]

    def minor(self, amount: Any) -> int | None:
        """An amount in major units of the pack's currency as minor units, rounded down if it is finer."""
        return None if amount is None else int(Fraction(amount) * 10**self.decimals)

    def group(self, entries: tuple[L.Entry, ...]) -> int:
        """The index of a group of entries."""
        key = tuple(map(id, entries))
        if key not in self._groups:
            self._groups[key] = len(self.groups)
            self.groups.append(entries)
        return self._groups[key]


def economy_filter(words: Iterable[str] | None) -> L.Who | None:
    """A list of economies, or (`!` first) all except these; None means all economies."""
    words = " ".join(words or ()).replace("!", "! ", 1).split()
    if not words:
        return None
    but = words[0] == "!"
    return L.Who(but=but, codes=frozenset(words[1:] if but else words))


def source_record(source: Source) -> L.Source:
    """A source of a pack as compiled law holds it."""

    def text(value: Any) -> str | None:
        return str(value) if value else None

    return L.Source(
        title=source.title,
        authority=source.authority,
        number=source.number,
        dated=text(source.dated),
        read=text(source.read),
        url=source.url,
        as_of=source.as_of,
    )
