"""Rows of law, as in the JSON of the command line."""

from __future__ import annotations

import msgspec

from entrepot.model.sources import LayerUsed


class LawSource(msgspec.Struct):
    """A source of law: its id in the pack, its title and who issued it."""

    source: str
    title: str
    authority: str


class LawRow(msgspec.Struct):
    """A row in force: its part of the law, its statement, its dates, its trust and its sources."""

    part: str
    name: str
    says: str
    since: str
    until: str | None
    trust: str
    row: str
    sources: list[LawSource]


class LawOf(msgspec.Struct):
    """Every row in force for a code or a category of services. From `since` to `until` nothing of the law changes."""

    object: str
    pack: str
    date: str
    code: str
    since: str
    until: str | None
    hash: str
    layers: list[LayerUsed]
    rows: list[LawRow]


class LawChange(msgspec.Struct):
    """A row that begins, ends or changes on a day, with its cells before and after."""

    change: str
    on: str
    table: str
    key: str
    before: dict[str, str] | None
    after: dict[str, str] | None
    row: str


class LawDiff(msgspec.Struct, rename={"since": "from", "until": "to"}):
    """What changes after the first day and up to the second, in all of the law or for one code."""

    object: str
    pack: str
    since: str
    until: str
    code: str | None
    rows: list[LawChange]
