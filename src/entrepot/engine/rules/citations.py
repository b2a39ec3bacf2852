"""Citations: the ids of the rows of law that decided, and the rows and sources that these ids stand for."""

from __future__ import annotations

from dataclasses import dataclass, field

from entrepot.law.compiled import Law, Memo
from entrepot.law.records import Basis
from entrepot.model.sources import TRUST, CitedRow, CitedSource


@dataclass(slots=True)
class _Derived:
    """What this module caches with a law.

    `names`: the id of each row, by its basis; `citations`: ids by the rows; `rows` and `sources`: those that were cited
    so far, by id; `cited`: those of a quote, by the ids that it cites.
    """

    names: list[str] = field(default_factory=list)
    citations: Memo[tuple[int, ...], tuple[str, ...]] = field(default_factory=Memo)
    rows: dict[str, CitedRow] = field(default_factory=dict)
    sources: dict[str, CitedSource] = field(default_factory=dict)
    cited: Memo[tuple[str, ...], tuple[dict[str, CitedRow], dict[str, CitedSource]]] = field(default_factory=Memo)


def citations(law: Law, bases: tuple[int, ...]) -> tuple[str, ...]:
    """The ids of the rows that decided, each once; cached by the rows."""
    derived = law.derived(_Derived)
    found = derived.citations.get(bases)
    if found is None:
        names = derived.names or _names(law, derived)
        for index in bases:
            if names[index] not in derived.rows:
                _cite(law, derived, index)
        found = derived.citations.store(bases, tuple(dict.fromkeys([names[index] for index in bases])))
    return found


def cited_law(law: Law, cited: tuple[str, ...]) -> tuple[dict[str, CitedRow], dict[str, CitedSource]]:
    """The rows of some ids that `citations` gave, and their sources; cached, so nobody may change them."""
    derived = law.derived(_Derived)
    found = derived.cited.get(cited)
    if found is None:
        rows = {name: derived.rows[name] for name in cited}
        sources = {name: derived.sources[name] for row in rows.values() for name in row.sources}
        found = derived.cited.store(cited, (rows, sources))
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
    basis = law.bases[index]
    for cite in basis.cites:
        source = law.sources[cite]
        derived.sources[cite] = CitedSource(
            title=source.title,
            authority=source.authority,
            number=source.number,
            dated=source.dated,
            read=source.read,
            url=source.url,
            as_of=source.as_of,
        )
    derived.rows[derived.names[index]] = CitedRow(
        since=basis.since, until=basis.until, trust=TRUST[basis.trust], sources=tuple(dict.fromkeys(basis.cites))
    )
