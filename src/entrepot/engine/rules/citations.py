"""Citations: the ids of the rows of law that decided, and the rows and sources that these ids stand for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from entrepot.law.compiled import Law, Memo
from entrepot.law.records import Basis
from entrepot.model.sources import TRUST, CitedRow, CitedSource


class CitedLaw(NamedTuple):
    """The rows that a quote cites and their sources, by id, as values and as JSON. Nobody may change them."""

    rows: dict[str, CitedRow]
    sources: dict[str, CitedSource]
    rows_json: dict[str, msgspec.Raw]
    sources_json: dict[str, msgspec.Raw]


@dataclass(slots=True)
class _Derived:
    """What this module caches with a law.

    `names`: the id of each row, by its basis; `citations`: ids by the rows; `every`: the rows and sources that were
    cited so far; `cited`: those of a quote, by the ids that it cites.
    """

    names: list[str] = field(default_factory=list)
    citations: Memo[tuple[int, ...], tuple[str, ...]] = field(default_factory=Memo)
    every: CitedLaw = field(default_factory=lambda: CitedLaw({}, {}, {}, {}))
    cited: Memo[tuple[str, ...], CitedLaw] = field(default_factory=Memo)


def citations(law: Law, bases: tuple[int, ...]) -> tuple[str, ...]:
    """The ids of the rows that decided, each once; cached by the rows."""
    derived = law.derived(_Derived)
    found = derived.citations.get(bases)
    if found is None:
        names = derived.names or _names(law, derived)
        for index in bases:
            if names[index] not in derived.every.rows:
                _cite(law, derived, index)
        found = derived.citations.store(bases, tuple(dict.fromkeys([names[index] for index in bases])))
    return found


def cited_law(law: Law, cited: tuple[str, ...]) -> CitedLaw:
    """The rows of some ids that `citations` gave, and their sources; cached."""
    derived = law.derived(_Derived)
    found = derived.cited.get(cited)
    if found is None:
        every = derived.every
        rows = {name: every.rows[name] for name in cited}
        sources = {name: every.sources[name] for row in rows.values() for name in row.sources}
        rows_json = {name: every.rows_json[name] for name in rows}
        sources_json = {name: every.sources_json[name] for name in sources}
        found = derived.cited.store(cited, CitedLaw(rows, sources, rows_json, sources_json))
    return found


def _names(law: Law, derived: _Derived) -> list[str]:
    """The id of each row: its location, and a number (`#2`) where rows of one location differ.

    Rows of a schedule have the location of their file.
    """
    names: list[str] = []
    seen: dict[str, list[Basis]] = {}
    for basis in law.bases:
        same = seen.setdefault(basis.where, [])
        if basis not in same:
            same.append(basis)
        number = same.index(basis)
        names.append(f"{basis.where}#{number + 1}" if number else basis.where)
    derived.names = names
    return names


def _cite(law: Law, derived: _Derived, index: int) -> None:
    """Keeps a row and its sources, to be listed in a quote that cites it."""
    basis, every, name = law.bases[index], derived.every, derived.names[index]
    for cite in basis.cites:
        source = law.sources[cite]
        every.sources[cite] = CitedSource(
            title=source.title,
            authority=source.authority,
            number=source.number,
            dated=source.dated,
            read=source.read,
            url=source.url,
            as_of=source.as_of,
        )
        every.sources_json[cite] = msgspec.Raw(msgspec.json.encode(every.sources[cite]))
    row = CitedRow(
        since=basis.since, until=basis.until, trust=TRUST[basis.trust], sources=tuple(dict.fromkeys(basis.cites))
    )
    every.rows_json[name] = msgspec.Raw(msgspec.json.encode(row))
    every.rows[name] = row
