"""Compile the agreements on digital trade from the world pack. No quote reads them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from entrepot.law.agreement_records import Agreement, Agreements, Party, Provision, Reservation, State
from entrepot.law.interning import economy_filter, source_record
from entrepot.law.read import Pack, Row

#: The columns of the fields that every row has.
_COMMON = frozenset({"since", "until", "cite", "trust", "note", "agreement", "title", "kind", "signed", "parties_of"})


def compile_agreements(world: Pack, digest: str) -> Agreements:
    """The agreements of the checked world pack. `digest`: the hash of its content."""
    titles = {row["economy"]: row["title"] for row in world.rows("economies")}
    tables = {name: _by_agreement(world.rows(name)) for name in ("parties", "provisions", "reservations")}
    members: dict[str, list[Row]] = defaultdict(list)
    for row in world.rows("members"):
        members[row["treatment"]].append(row)
    compiled = tuple(
        _agreement(name, rows, {key: table[name] for key, table in tables.items()}, members)
        for name, rows in _by_agreement(world.rows("agreements")).items()
    )
    cited = {cite for agreement in compiled for row in _dated(agreement) for cite in row.cites}
    parties = {party.economy for agreement in compiled for party in agreement.parties}
    return Agreements(
        agreements=compiled,
        sources={name: source_record(source) for name, source in world.sources.items() if name in cited},
        economies={code: title for code, title in titles.items() if code in parties},
        read_on=str(world.head.read_on) if world.head else "",
        hash=digest,
    )


def _by_agreement(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["agreement"]].append(row)
    return found


def _dated(agreement: Agreement) -> Iterator[Any]:
    yield from agreement.states
    yield from agreement.parties
    yield from agreement.provisions
    yield from agreement.reservations


def _agreement(name: str, states: list[Row], tables: dict[str, list[Row]], members: dict[str, list[Row]]) -> Agreement:
    last = max(states, key=lambda row: row["since"])
    parties = [*tables["parties"], *(members[last["parties_of"]] if last["parties_of"] else ())]
    return Agreement(
        id=name,
        title=last["title"],
        kind=last["kind"],
        signed=str(last["signed"]) if last["signed"] else None,
        signatories=economy_filter(last["signatories"]),
        states=tuple(State(state=row["state"], **_common(row)) for row in states),
        parties=tuple(
            Party(
                economy=row["economy"],
                partners=economy_filter(row["partners"]),
                body=row["body"] or "",
                **_common(row),
            )
            for row in sorted(parties, key=lambda row: (row["economy"], row["since"]))
        ),
        provisions=tuple(_provision(row) for row in tables["provisions"]),
        reservations=tuple(
            Reservation(article=row["article"], economy=row["economy"], kind=row["kind"], **_common(row))
            for row in tables["reservations"]
        ),
    )


def _provision(row: Row) -> Provision:
    own = {name: value for name, value in row.cells.items() if name not in _COMMON and value}
    return Provision(**{"agreement": row["agreement"], "article": "", **own, **_common(row)})


def _common(row: Row) -> dict[str, Any]:
    return {
        "since": str(row["since"]),
        "until": str(row["until"]) if row["until"] else None,
        "cites": row["cite"],
        "trust": row["trust"],
        "where": row.where,
        "note": row["note"] or "",
    }
