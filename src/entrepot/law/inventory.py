"""List the packs of law and count their rows without checking them, so that a broken pack is listed too."""

from __future__ import annotations

import csv
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from entrepot.model.sources import PACK_TRUST

ENTRIES = ("valuation", "regime", "charge", "condition", "treatment")


@dataclass(slots=True)
class PackSummary:
    """The counts of a pack; `fault` is set if the pack cannot be read."""

    id: str
    head: dict[str, Any] = field(default_factory=dict)
    coverage: dict[str, str] = field(default_factory=dict)
    tables: dict[str, int] = field(default_factory=dict)
    regimes: list[str] = field(default_factory=list)
    lines: int = 0
    cases: int = 0
    trust: Counter[str] = field(default_factory=Counter)
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
        codes: set[str] = set()
        for file in sorted(path.glob("*.csv")):
            rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
            pack.tables[file.stem] = len(rows)
            pack.trust.update(row.get("trust") or "" for row in rows)
            if file.stem in ("goods", "tariff"):
                codes.update(row.get("goods") or "" for row in rows)
        pack.lines = sum(code[:1].isdigit() for code in codes)
        if (path / "cases.toml").is_file():
            pack.cases = len(tomllib.loads((path / "cases.toml").read_text("utf-8-sig")).get("case", []))
    except (OSError, ValueError, csv.Error, AttributeError, TypeError) as error:
        pack.fault = str(error)[:200]
    return pack
