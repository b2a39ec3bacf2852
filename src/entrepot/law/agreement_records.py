"""The compiled agreements on digital trade: all rows with their dates, because a day is chosen when they are read.

`law.agreements` makes them, `cooperation.agreements` decides with them. Days are ISO texts; `until` is the first day on
which a row no longer holds.
"""

from __future__ import annotations

import msgspec

from entrepot.law.records import Source, Who


class Dated(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What every row has: its dates, its sources, how far it can be trusted, and its location in the packs."""

    since: str
    until: str | None
    cites: tuple[str, ...]
    trust: str
    where: str
    note: str = ""

    def on(self, day: str) -> bool:
        """Whether the row holds on a day.

        >>> lapsed = Dated(since="1998-05-20", until="2026-04-01", cites=(), trust="published", where="")
        >>> lapsed.on("2026-03-31"), lapsed.on("2026-04-01")
        (True, False)
        """
        return self.since <= day and (self.until is None or day < self.until)


class State(Dated, frozen=True, kw_only=True):
    """The state of an agreement in a period: negotiated, concluded, signed, in force or lapsed."""

    state: str


class Party(Dated, frozen=True, kw_only=True):
    """An economy for which an agreement is in force. `partners`: the only economies toward which it is, if limited."""

    economy: str
    partners: Who | None = None
    body: str = ""


class Provision(Dated, frozen=True, kw_only=True):
    """An article on one topic: how far it binds, and what it opens, closes or requires."""

    agreement: str
    article: str
    topic: str
    force: str
    effect: str
    capabilities: tuple[str, ...] = ()
    direction: str = ""
    condition: str = ""
    exceptions: tuple[str, ...] = ()
    disputes: str = ""


class Reservation(Dated, frozen=True, kw_only=True):
    """An article that does not apply to one party yet (`transition`), not at all, or without settlement of disputes."""

    article: str
    economy: str
    kind: str


class Agreement(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An agreement with its states, parties, provisions and reservations of all days.

    `signatories`: the economies that it is for, where it is not in force; None if they are not known.
    """

    id: str
    title: str
    kind: str
    signed: str | None
    signatories: Who | None
    states: tuple[State, ...]
    parties: tuple[Party, ...]
    provisions: tuple[Provision, ...]
    reservations: tuple[Reservation, ...]


class Agreements(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """All agreements of the world pack, the sources that they cite, and the day on which they were read.

    `economies`: the names of those that are parties.
    """

    agreements: tuple[Agreement, ...]
    sources: dict[str, Source]
    economies: dict[str, str]
    read_on: str
    hash: str
