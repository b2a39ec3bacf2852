"""The rows of a pack that begin, end or change between two days, as keys and values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from entrepot.law.csv_schema import TABLES
from entrepot.law.read import Pack

#: Columns that are not part of the content of a row.
BESIDE = ("since", "until", "cite", "trust", "note")


@dataclass(frozen=True, slots=True)
class DatedRow:
    """A row or an entry of a pack in one form: its table, key, content, period, location and goods."""

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


def changes_between(pack: Pack, since: dt.date, until: dt.date, goods: str = "") -> Iterator[dict[str, Any]]:
    """The rows that begin, end or change after the first day and up to the second, as JSON objects.

    `goods`: only rows for goods whose code begins with this one, or with which it begins.
    """
    before: dict[tuple[str, str], DatedRow] = {}
    after: dict[tuple[str, str], DatedRow] = {}
    for row in _dated_rows(pack):
        if goods and row.goods and not any(_overlaps(each, goods) for each in row.goods):
            continue
        if row.on(since):
            before[row.table, row.key] = row
        if row.on(until):
            after[row.table, row.key] = row
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old is not None and new is not None:
            if old.says != new.says:
                yield _change("changes", new, new.since, old.says, new.says)
        elif new is not None:
            yield _change("begins", new, new.since, None, new.says)
        elif old is not None and old.until is not None:
            yield _change("ends", old, old.until, old.says, None)


def _change(
    kind: str, row: DatedRow, day: dt.date, before: dict[str, str] | None, after: dict[str, str] | None
) -> dict[str, Any]:
    return {
        "change": kind,
        "on": day.isoformat(),
        "table": row.table,
        "key": row.key,
        "before": before,
        "after": after,
        "row": row.where,
    }


def _overlaps(prefix: str, goods: str) -> bool:
    if prefix == "*":
        return not goods.startswith("service:")
    return (
        (prefix == "service:*" and goods.startswith("service:")) or goods.startswith(prefix) or prefix.startswith(goods)
    )


def _dated_rows(pack: Pack) -> Iterator[DatedRow]:
    for table, rows in pack.tables.items():
        key = TABLES[table]["key"]
        for row in rows:
            cells = {
                name: value
                for name, value in row.cells.items()
                if name not in (*BESIDE, *key) and value not in (None, "", [], ())
            }
            name = " ".join(filter(None, (_text(row[each]) for each in key)))
            yield DatedRow(table, name, _as_texts(cells), row["since"], row["until"], row.where, _goods(row["goods"]))
    for kind, entries in pack.entries.items():
        for where, entry in entries:
            fields = msgspec.to_builtins(entry)
            cells = {
                name: value
                for name, value in fields.items()
                if name not in (*BESIDE, "id") and value not in (None, "", [], False)
            }
            key = " ".join([getattr(entry, "id", kind), *sorted(getattr(entry, "regime", []))])
            yield DatedRow(
                kind, key, _as_texts(cells), entry.since, entry.until, where, _goods(getattr(entry, "goods", None))
            )


def _goods(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) and value else tuple(value or ())


def _as_texts(cells: Mapping[str, Any]) -> dict[str, str]:
    texts = {name: _text(value) for name, value in cells.items()}
    return {name: text for name, text in texts.items() if text}


def _text(value: Any) -> str:
    """A cell as text for display."""
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        return " ".join(map(_text, value))
    if isinstance(value, dict):
        return " ".join(f"{name}={_text(each)}" for name, each in value.items() if each not in (None, False, [], ""))
    return str(getattr(value, "text", value))
