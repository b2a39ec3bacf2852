"""changes: the rows of a pack that begin, end or change between two days, as keys and values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from entrepot.law.csv_schema import TABLES
from entrepot.law.read import Pack

#: What is no part of what a row says.
BESIDE = ("since", "until", "cite", "trust", "note")


@dataclass(frozen=True, slots=True)
class Spell:
    """A row or an entry of a pack, in one shape: what it is, what it says, from when to when, and where it stands."""

    table: str
    key: str
    says: dict[str, str]
    since: dt.date
    until: dt.date | None
    where: str
    goods: tuple[str, ...]

    def on(self, day: dt.date) -> bool:
        """Whether it is in force on a day."""
        return self.since <= day and (self.until is None or day < self.until)


def between(pack: Pack, since: dt.date, until: dt.date, goods: str = "") -> Iterator[dict[str, Any]]:
    """What begins, ends or changes after the first day and up to the second."""
    before: dict[tuple[str, str], Spell] = {}
    after: dict[tuple[str, str], Spell] = {}
    for spell in _spells(pack):
        if goods and spell.goods and not any(_touch(each, goods) for each in spell.goods):
            continue
        if spell.on(since):
            before[spell.table, spell.key] = spell
        if spell.on(until):
            after[spell.table, spell.key] = spell
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old is not None and new is not None:
            if old.says != new.says:
                yield _told("changes", new, new.since, old.says, new.says)
        elif new is not None:
            yield _told("begins", new, new.since, None, new.says)
        elif old is not None and old.until is not None:
            yield _told("ends", old, old.until, old.says, None)


def _told(
    kind: str, spell: Spell, day: dt.date, before: dict[str, str] | None, after: dict[str, str] | None
) -> dict[str, Any]:
    return {
        "change": kind,
        "on": day.isoformat(),
        "table": spell.table,
        "key": spell.key,
        "before": before,
        "after": after,
        "row": spell.where,
    }


def _touch(prefix: str, goods: str) -> bool:
    if prefix == "*":
        return not goods.startswith("service:")
    return (
        (prefix == "service:*" and goods.startswith("service:")) or goods.startswith(prefix) or prefix.startswith(goods)
    )


def _spells(pack: Pack) -> Iterator[Spell]:
    for table, rows in pack.tables.items():
        key = TABLES[table]["key"]
        for row in rows:
            said = {
                name: value
                for name, value in row.cells.items()
                if name not in (*BESIDE, *key) and value not in (None, "", [], ())
            }
            name = " ".join(filter(None, (_text(row[each]) for each in key)))
            yield Spell(table, name, _said(said), row["since"], row["until"], row.where, _goods(row["goods"]))
    for kind, entries in pack.entries.items():
        for where, entry in entries:
            fields = msgspec.to_builtins(entry)
            said = {
                name: value
                for name, value in fields.items()
                if name not in (*BESIDE, "id") and value not in (None, "", [], False)
            }
            key = " ".join([getattr(entry, "id", kind), *sorted(getattr(entry, "regime", []))])
            yield Spell(kind, key, _said(said), entry.since, entry.until, where, _goods(getattr(entry, "goods", None)))


def _goods(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) and value else tuple(value or ())


def _said(cells: Mapping[str, Any]) -> dict[str, str]:
    texts = {name: _text(value) for name, value in cells.items()}
    return {name: text for name, text in texts.items() if text}


def _text(value: Any) -> str:
    """A cell as a reader sees it."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return " ".join(map(_text, value))
    if isinstance(value, dict):
        return " ".join(f"{name}={_text(each)}" for name, each in value.items() if each not in (None, False, [], ""))
    return str(getattr(value, "text", value))
