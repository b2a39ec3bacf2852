"""How many years a rule about people asks for, by economy: how long records are kept, from which age a person consents.

They stand in the table `periods` of the world pack. No quote reads them.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from entrepot.law.read import Pack


class Period(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A row. `kind`: `medical_records` or `age_of_majority`; `source`: the titles of what it cites."""

    kind: str
    economy: str
    years: int
    since: dt.date
    until: dt.date | None
    source: str
    trust: str

    @property
    def id(self) -> str:
        """The row as events name it, such as `medical_records/TH/2007-01-01`."""
        return f"{self.kind}/{self.economy}/{self.since}"


class Periods(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """All rows."""

    rows: tuple[Period, ...]

    def find(self, kind: str, economy: str, on: dt.date) -> Period | None:
        """The row of an economy that holds on a day; None if no pack says anything."""
        rows = (each for each in self.rows if (each.kind, each.economy) == (kind, economy))
        return next((each for each in rows if each.since <= on and (each.until is None or on < each.until)), None)

    def named(self, number: str) -> Period | None:
        """The row with an id."""
        return next((each for each in self.rows if each.id == number), None)


def compile_periods(world: Pack) -> Periods:
    """The rows of the checked world pack."""
    titles = {name: source.title for name, source in world.sources.items()}
    return Periods(
        rows=tuple(
            Period(
                **{name: row[name] for name in ("kind", "economy", "years", "since", "until", "trust")},
                source="; ".join(titles[cite] for cite in row["cite"]),
            )
            for row in world.rows("periods")
        )
    )
