"""Read a pack folder and the world pack straight from the files."""

from __future__ import annotations

import csv
import re
import tomllib
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

Row = dict[str, Any]
SERVICE = "service:"


class Fault(Exception):
    """The sale cannot be read, or lacks a fact without which nothing can be said."""

    def __init__(self, param: str, code: str) -> None:
        """Name the field and what is wrong with it."""
        super().__init__(f"{param}: {code}")
        self.param = param
        self.code = code


class NoRate(Fault):
    """Neither the sale nor the reference rates have an exchange rate for a currency."""


def names(cell: Any) -> list[str]:
    """The things a cell or a TOML list names."""
    if cell is None:
        return []
    return cell.split() if isinstance(cell, str) else [word for item in cell for word in str(item).split()]


def admits(cell: Any, *values: str | None) -> bool:
    """Whether a list lets one of the values through: an empty one lets all, `!` all but those named."""
    listed = names(cell)
    if not listed or listed == ["*"]:
        return True
    known = [value for value in values if value]
    if listed[0].startswith("!"):
        barred = {listed[0][1:], *listed[1:]} - {""}
        return bool(known) and not barred.intersection(known)
    return any(value in listed for value in known)


def covers(cell: Any, code: str) -> bool:
    """Whether one of the prefixes in a cell covers the goods or the service."""
    for prefix in names(cell):
        if prefix == "*":
            if not code.startswith(SERVICE):
                return True
        elif prefix.startswith(SERVICE):
            if code == prefix or (prefix == SERVICE + "*" and code.startswith(SERVICE)):
                return True
        elif code.startswith(prefix):
            return True
    return False


def ladder(code: str) -> list[str]:
    """What a row's goods may read to cover the code, the longest first."""
    if code.startswith(SERVICE):
        return [code, SERVICE + "*"]
    return [code[:n] for n in range(len(code), 0, -1)] + ["*"]


def in_force(row: Row, day: str) -> bool:
    """Whether a row holds on an ISO day."""
    until = row.get("until") or ""
    return str(row["since"]) <= day and (not until or day < str(until))


def _iso(row: Row) -> Row:
    """The row with its dates as text."""
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in row.items()}


@dataclass
class Pack:
    """The files of one pack."""

    id: str
    head: Row
    tables: dict[str, list[Row]]
    by_goods: dict[str, dict[str, list[Row]]] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)
    spells: dict[str, list[Row]] = field(default_factory=dict)
    by_member: dict[tuple[str, str], list[Row]] = field(default_factory=dict)
    kept: dict[tuple[str, str], list[Row]] = field(default_factory=dict)
    _day: str = ""
    _found: dict[Any, Any] = field(default_factory=dict)

    @property
    def economies(self) -> list[str]:
        """The economies of the customs territory."""
        return names(self.head["pack"].get("economies"))

    @property
    def currency(self) -> str:
        """The currency in whose minor unit charges are computed."""
        return str(self.head["pack"].get("currency", ""))

    def rows(self, table: str, day: str) -> list[Row]:
        """The rows of a table in force on a day, in the order of the file."""
        if (table, day) not in self.kept:
            self._forget()
            self.kept[table, day] = [row for row in self.tables.get(table, []) if in_force(row, day)]
        return self.kept[table, day]

    def once(self, day: str, key: Any, find: Callable[[], Any]) -> Any:
        """What is found under a key on a day, looked up once while the day stays the same."""
        if self._day != day:
            self._day, self._found = day, {}
        if key not in self._found:
            self._found[key] = find()
        return self._found[key]

    def _forget(self) -> None:
        """Keep what was read for a day only while it is little."""
        if len(self.kept) > 200:
            self.kept.clear()

    def entries(self, section: str, day: str) -> list[Row]:
        """The entries of pack.toml in force on a day, in the order of the first appearance of their id."""
        if ("toml." + section, day) not in self.kept:
            self._forget()
            rows = [_iso(row) for row in self.head.get(section, [])]
            order = list(dict.fromkeys(row.get("id", "") for row in rows))
            live = [row for row in rows if in_force(row, day)]
            self.kept["toml." + section, day] = sorted(live, key=lambda row: order.index(row.get("id", "")))
        return self.kept["toml." + section, day]

    def complete(self, table: str, part: str) -> bool:
        """Whether the pack says that it knows the whole of a table, or of that part of it."""
        coverage = self.head.get("coverage", {})
        return bool(coverage.get(f"{table}.{part}", coverage.get(table, "partial")) == "complete")

    def longest(self, table: str, code: str, wanted: dict[str, str], day: str, **lists: str | None) -> list[Row]:
        """The rows of the longest goods that match; `lists` are cells that must admit a value where filled."""
        key = (table, code, *wanted.items(), *lists.items())
        found: list[Row] = self.once(day, key, lambda: self._longest(table, code, wanted, day, lists))
        return found

    def _longest(
        self, table: str, code: str, wanted: dict[str, str], day: str, lists: dict[str, str | None]
    ) -> list[Row]:
        index = self.by_goods.get(table, {})
        for step in ladder(code):
            rows = [
                row
                for row in index.get(step, [])
                if in_force(row, day)
                and all(row.get(key) == value for key, value in wanted.items())
                and all(admits(row.get(key), value) for key, value in lists.items())
                and seasonal(row, day)
                and row.get("scope", "") != "part"
            ]
            if rows:
                return rows
        return []

    def leaves(self, code: str, day: str) -> list[str]:
        """The lowest lines of the schedule under a short code, or the code itself."""
        if code.startswith(SERVICE):
            return [code]
        found: list[str] = []
        at = bisect_left(self.codes, code)
        while at < len(self.codes) and self.codes[at].startswith(code):
            line = self.codes[at]
            at += 1
            if line == code or not any(in_force(row, day) for row in self.spells[line]):
                continue
            if found and line.startswith(found[-1]):
                found.pop()
            found.append(line)
        own = [row for row in self.spells.get(code, []) if row.get("treatment") == "mfn" and in_force(row, day)]
        stated = [int(row["lines"]) for row in own if row.get("lines")]
        if found and own and not self.complete("tariff", "mfn") and (not stated or max(stated) > len(found)):
            found.append(code)  # the lines that the pack lacks
        return found or [code]


def seasonal(row: Row, day: str) -> bool:
    """Whether the day lies in the row's season, every year, both ends in."""
    season = row.get("season") or ""
    if not season:
        return True
    first, last = (part.strip() for part in season.split(".."))
    today = day[5:]
    return first <= today <= last if first <= last else today >= first or today <= last


def _load(folder: Path) -> Pack:
    """Read one folder."""
    head: Row = {"pack": {}}
    if (folder / "pack.toml").exists():
        head = tomllib.loads((folder / "pack.toml").read_text(encoding="utf-8"))
    tables: dict[str, list[Row]] = {}
    for path in sorted(folder.glob("*.csv")):
        text = path.read_text(encoding="utf-8")
        common = dict(re.findall(r"^# *(\w+) *: *(.*)$", text, re.MULTILINE))
        lines = [line for line in text.splitlines(keepends=True) if not line.startswith("#")]
        rows = [common | {k: (v or "").strip() for k, v in row.items() if k} for row in csv.DictReader(lines)]
        tables.setdefault(path.stem.split("_")[0], []).extend(rows)
    pack = Pack(folder.name, head, tables)
    for table in ("tariff", "classes", "additional", "lists"):
        index: dict[str, list[Row]] = defaultdict(list)
        for row in tables.get(table, []):
            for goods in names(row["goods"]):
                index[goods].append(row)
        pack.by_goods[table] = dict(index)
    for row in tables.get("members", []):
        pack.by_member.setdefault((row["treatment"], row["economy"]), []).append(row)
    spells: dict[str, list[Row]] = defaultdict(list)
    for row in tables.get("goods", []) + tables.get("tariff", []):
        for goods in names(row["goods"]):
            if goods.isdigit():
                spells[goods].append(row)
    pack.spells = dict(spells)
    pack.codes = sorted(spells)
    return pack


@lru_cache(maxsize=4)
def load_all(packs: Path) -> dict[str, Pack]:
    """Every pack under a folder, by id; `world` among them."""
    return {path.name: _load(path) for path in sorted(packs.iterdir()) if path.is_dir() and any(path.glob("*.csv"))}


def importer(packs: dict[str, Pack], country: str) -> Pack:
    """The pack of the customs territory that a country belongs to."""
    for pack in packs.values():
        if pack.id != "world" and country in pack.economies:
            return pack
    raise Fault("ship_to.country", "no pack")


def decimals(packs: dict[str, Pack], currency: str) -> int:
    """How many decimals a currency's minor unit has."""
    for row in packs["world"].tables.get("currencies", []):
        if row["currency"] == currency:
            return int(row["decimals"])
    raise Fault("currency", f"unknown currency {currency}")
