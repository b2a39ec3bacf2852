"""The schedule parsed from a file of any format, and how much of it could be read."""

from __future__ import annotations

import datetime as dt

import msgspec


class ReadOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The user's options for a schedule, where its files do not state them.

    `since`: the first day it is in force (required if the file has no date). `until`: the first day it is no longer in
    force. `id`: its name in the list; default: its date or revision.
    """

    pack: str
    since: dt.date | None = None
    until: dt.date | None = None
    id: str | None = None


class Row(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A tariff row, as in a pack's `tariff.csv`; its default dates, source and trust are those of the schedule."""

    goods: str
    treatment: str
    rate: str
    origin: str = ""
    season: str = ""
    scope: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    note: str = ""


class AdditionalDuty(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An additional duty for goods in the schedule, as in a pack's `additional.csv`."""

    programme: str
    goods: str
    rate: str
    name: str
    origin: str = ""
    since: dt.date | None = None
    until: dt.date | None = None


class TaxRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The class of a tax for goods in the schedule, as in a pack's `classes.csv`."""

    goods: str
    tax: str
    name: str
    since: dt.date | None = None
    until: dt.date | None = None
    note: str = ""


class UnreadCell(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A cell that remains text, and why it could not be read as a rate."""

    file: str
    row: int
    goods: str
    column: str
    text: str
    why: str


class ScheduleSource(msgspec.Struct, frozen=True, kw_only=True):
    """The source of the schedule, as `[source.ID]` in a `pack.toml`."""

    title: str
    authority: str
    number: str | None = None
    dated: dt.date | None = None
    url: str | None = None


class ParsedSchedule(msgspec.Struct, kw_only=True):
    """A parsed schedule.

    `treatments`: those that it covers completely, so that absence means that there is no such rate. `trust`:
    `official` only for the authority's own file. `names`: the names of each code by language. `units`: the
    supplementary units of each code as the schedule writes them. `extras`: additional duties. `unread`: cells that
    remain text. `references`: cells that refer to another provision; they remain text and, if they name a code, are
    resolved in `rows`. `cells`: the number of rate cells, without empty ones. `codes`: the beginnings of the codes of
    the goods for which it covers the treatments completely; empty for all goods. `classes`: the classes of taxes
    (`name` is the column `class`). `not_in_pack`: what was understood and has no place in the pack, such as a
    preference of an agreement that it does not know; not counted in `cells`.
    """

    pack: str
    id: str
    source: ScheduleSource
    trust: str
    since: dt.date
    until: dt.date | None
    treatments: tuple[str, ...]
    rows: list[Row]
    names: dict[str, dict[str, str]] = {}
    units: dict[str, str] = {}
    extras: list[AdditionalDuty] = []
    unread: list[UnreadCell] = []
    references: list[UnreadCell] = []
    cells: int = 0
    notes: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    classes: list[TaxRow] = []
    not_in_pack: list[UnreadCell] = []


def begin_schedule(
    options: ReadOptions,
    since: dt.date,
    source: ScheduleSource,
    treatments: tuple[str, ...],
    *,
    trust: str = "official",
    until: dt.date | None = None,
    id: str = "",  # noqa: A002  # the word of the options
    notes: tuple[str, ...] = (),
) -> ParsedSchedule:
    """A schedule without rows. The user's options have priority over `until` and `id`, which is else the first day."""
    return ParsedSchedule(
        pack=options.pack,
        id=options.id or id or f"{since}",
        source=source,
        trust=trust,
        since=since,
        until=options.until or until,
        treatments=treatments,
        rows=[],
        notes=notes,
    )
