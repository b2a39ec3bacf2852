"""The agreements and programmes that a place grants on a day, and the economies they apply to.

The world pack has the agreements, a pack its own programmes. What a pack states on an agreement of the world pack
replaces it: so an overlay may add a member.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from fractions import Fraction

from entrepot.law import records as L
from entrepot.law.check import in_force
from entrepot.law.interning import Interner, economy_filter
from entrepot.law.read import Pack, Row
from entrepot.law.toml_schema import Treatment

#: Economy -> the row of its membership, and the prefix of the names of that row's sources.
Members = dict[str, tuple[Row, str]]


def granted_treatments(interner: Interner, pack: Pack, world: Pack, on: dt.date) -> tuple[L.Treatment, ...]:
    """The agreements and programmes that a pack grants on a day, those of the world pack first."""
    here = set(pack.head.economies) if pack.head else set()
    members: dict[str, Members] = defaultdict(dict)
    entries: dict[str, tuple[str, Treatment, str]] = {}
    for source, prefix in ((world, "world/"), (pack, "")):
        for row in source.rows("members"):
            if in_force(row, on):
                members[row["treatment"]][row["economy"]] = (row, prefix)
        for where, entry in source.entries_of("treatment"):
            if in_force(entry, on):
                entries[entry.id] = (where, entry, prefix)
    agreements = []
    for where, entry, prefix in entries.values():
        mine = members[entry.id]
        if entry.kind == "programme" or here & set(mine):
            agreements.append(_compile_treatment(interner, entry, interner.basis(entry, where, prefix), mine, here))
    return tuple(agreements)


def _compile_treatment(
    interner: Interner, entry: Treatment, basis: int, members: Members, here: set[str]
) -> L.Treatment:
    partners = _partners(members, here) if entry.kind == "agreement" else set(members)
    amount, currency = entry.waiver.split() if entry.waiver else ("-1", "")
    limit = Fraction(amount)
    rows = {economy: members[economy] for economy in sorted(partners - here)}
    return L.Treatment(
        id=entry.id,
        title=entry.title,
        members={economy: interner.basis(row, row.where, prefix) for economy, (row, prefix) in rows.items()},
        proofs=tuple(entry.proofs),
        waiver_num=limit.numerator,
        waiver_den=limit.denominator,
        waiver_currency=currency,
        waiver_value=L.VALUES.index(entry.waiver_value),
        direct=entry.direct_consignment,
        column=interner.by_name.get(f"tariff:{entry.id}", -1),
        basis=basis,
    )


def _partners(members: Members, here: set[str]) -> set[str]:
    """The members for which an agreement is in force with this place: some apply it to certain others only."""
    toward = {economy: economy_filter(row["partners"]) for economy, (row, _) in members.items()}
    return {
        economy
        for economy, limit in toward.items()
        if (limit is None or any(map(limit.has, here)))
        and all(mine.has(economy) for place in here if (mine := toward.get(place)))
    }
