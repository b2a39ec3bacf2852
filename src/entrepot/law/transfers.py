"""The rules of a pack on personal data that leave, as records of compiled law with their dates."""

from __future__ import annotations

from entrepot.law import records as L
from entrepot.law.interning import economy_filter
from entrepot.law.read import Row, validity
from entrepot.model.sources import TRUST


def transfer_rule(row: Row) -> L.TransferRule:
    """A row as the record of compiled law."""
    since, until = validity(row)
    return L.TransferRule(
        id=row["id"],
        origin=economy_filter(row["origin"]),
        destination=economy_filter(row["destination"]),
        category=row["category"],
        ground=row["ground"] or (),
        exporter=row["exporter"] or (),
        people_from=row["people_from"],
        people_to=row["people_to"],
        outcome=row["outcome"],
        mechanisms=row["mechanism"] or (),
        due_within_days=row["due_within_days"],
        authority=row["authority"] or "",
        note=row["note"] or "",
        basis=L.Basis(
            cites=row["cite"],
            trust=TRUST.index(row["trust"]),
            where=row.where,
            since=str(since),
            until=str(until) if until else None,
        ),
    )
