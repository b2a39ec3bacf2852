"""List the packs of law and count their rows without checking them, so that a broken pack is listed too."""

from __future__ import annotations

import csv
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from entrepot.law.csv_schema import common_values, table_of
from entrepot.model.sources import PACK_TRUST

ENTRIES = ("valuation", "regime", "charge", "condition", "treatment")


@dataclass(slots=True)
class PackSummary:
    """The counts of a pack; `fault` is set if the pack cannot be read.

    `ranges`: how many rates are known only as a range. `vintages`: for each source that states an older edition, its
    title, its day, month or year, and how many rows cite it.
    """

    id: str
    head: dict[str, Any] = field(default_factory=dict)
    coverage: dict[str, str] = field(default_factory=dict)
    tables: dict[str, int] = field(default_factory=dict)
    regimes: list[str] = field(default_factory=list)
    lines: int = 0
    cases: int = 0
    trust: Counter[str] = field(default_factory=Counter)
    ranges: int = 0
    vintages: list[dict[str, Any]] = field(default_factory=list)
    fault: str = ""

    @property
    def rows(self) -> int:
        """The number of rows and entries of law."""
        return sum(self.tables.values())

    def as_json(self) -> dict[str, Any]:
        """The summary in the JSON format of the API."""
        head = {
            "id": self.id,
            "title": self.head.get("title"),
            "economies": self.head.get("economies", []),
            "currency": self.head.get("currency"),
        }
        counts = {
            "lines": self.lines,
            "rows": self.rows,
            "cases": self.cases,
            "trust": {name: self.trust[name] for name in PACK_TRUST},
            "ranges": self.ranges,
            "vintages": self.vintages,
        }
        return {
            **head,
            **counts,
            "read_on": str(self.head.get("read_on", "")) or None,
            "limits": self.head.get("limits", []),
            "fault": self.fault or None,
        }


def summarize(path: Path) -> PackSummary:
    """Count the rows of a pack. If a file cannot be read, the message is in `fault`; nothing is raised."""
    pack = PackSummary(path.name)
    try:
        toml = tomllib.loads((path / "pack.toml").read_text("utf-8-sig"))
        pack.head, pack.coverage = dict(toml.get("pack", {})), dict(toml.get("coverage", {}))
        for kind in ENTRIES:
            if entries := toml.get(kind, []):
                pack.tables[kind] = len(entries)
                pack.trust.update(entry.get("trust", "") for entry in entries)
        pack.regimes = list(dict.fromkeys(str(entry.get("title")) for entry in toml.get("regime", [])))
        _count_tables(pack, path, {str(name): source for name, source in toml.get("source", {}).items()})
        if (path / "cases.toml").is_file():
            pack.cases = len(tomllib.loads((path / "cases.toml").read_text("utf-8-sig")).get("case", []))
    except (OSError, ValueError, csv.Error, AttributeError, TypeError) as error:
        pack.fault = str(error)[:200]
    return pack


def _count_tables(pack: PackSummary, path: Path, sources: dict[str, Any]) -> None:
    """Count the rows of each table. A row for several codes counts once for each."""
    codes: set[str] = set()
    cited: Counter[str] = Counter()
    for file in sorted(path.glob("*.csv")):
        common, _, text = common_values(file.read_text("utf-8-sig"))
        table, rows = table_of(file.stem), 0
        for cells in csv.DictReader(text.lstrip("\n").splitlines()):
            row = common | cells
            goods = (row.get("goods") or "").split() if table == "tariff" else [row.get("goods") or ""]
            rows += len(goods)
            pack.trust[row.get("trust") or ""] += len(goods)
            if table in ("goods", "tariff"):
                codes.update(goods)
            if table == "tariff":
                pack.ranges += len(goods) * (row.get("rate") or "").startswith("from ")
                cited.update(dict.fromkeys((row.get("cite") or "").split(), len(goods)))
        pack.tables[table] = pack.tables.get(table, 0) + rows
    pack.lines = sum(code[:1].isdigit() for code in codes)
    pack.vintages = [
        {"title": source.get("title"), "as_of": source["as_of"], "rows": cited[name]}
        for name, source in sources.items()
        if "as_of" in source
    ]
