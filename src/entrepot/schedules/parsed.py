"""reading: what every format of schedule is read into, and how much of it could be read."""

from __future__ import annotations

import datetime as dt

import msgspec


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What whoever adds a schedule says of it, where the files do not say it themselves.

    `since`: the first day it holds (a file's own date goes before nothing: it is asked for where the file has none).
    `until`: the first day it no longer holds. `id`: its name in the list; the vintage where none is given.
    """

    pack: str
    since: dt.date | None = None
    until: dt.date | None = None
    id: str | None = None


class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A tariff row, as in a pack's `tariff.csv`; its dates, source and trust are those of the reading."""

    goods: str
    treatment: str
    rate: str
    origin: str = ""
    season: str = ""
    scope: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    note: str = ""


class Extra(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An additional duty that the schedule names for goods: as in a pack's `additional.csv`."""

    programme: str
    goods: str
    rate: str
    name: str
    origin: str = ""
    since: dt.date | None = None
    until: dt.date | None = None


class TaxRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Which class of a tax the schedule puts goods in: as in a pack's `classes.csv`."""

    goods: str
    tax: str
    name: str
    since: dt.date | None = None
    until: dt.date | None = None
    note: str = ""


class Unread(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A cell that is kept as text, and why it could not be read as a rate."""

    file: str
    row: int
    goods: str
    column: str
    text: str
    why: str


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """The source that the schedule is: as `[source.ID]` in a `pack.toml`."""

    title: str
    authority: str
    number: str | None = None
    dated: dt.date | None = None
    url: str | None = None


class Reading(msgspec.Struct, kw_only=True):
    """A schedule as it was read.

    `treatments`: those that it holds whole, so that absence in it means there is no such rate. `trust`: `official` only
    for the authority's own file. `names`: for each code its name by language. `units`: the supplementary units of each
    code as the schedule writes them. `cells`: how many rate cells were met, empty ones left out. `references`: cells
    that refer to another provision, kept as text and, where it names a code, resolved in `rows`. `codes`: the goods of
    which it holds the treatments whole, by the beginnings of their codes; none are all goods. `classes`: the classes of
    taxes that it names (`name` is the column `class`). `left`: what was understood and has no place in the pack, such
    as a preference of an agreement that it does not know; these are no part of `cells`.
    """

    pack: str
    id: str
    source: Origin
    trust: str
    since: dt.date
    until: dt.date | None
    treatments: tuple[str, ...]
    rows: list[Row]
    names: dict[str, dict[str, str]] = {}
    units: dict[str, str] = {}
    extras: list[Extra] = []
    unread: list[Unread] = []
    references: list[Unread] = []
    cells: int = 0
    notes: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    classes: list[TaxRow] = []
    left: list[Unread] = []
