"""A tax that a procedure bears today is not left out of its earlier days without a word."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import pytest

PACKS = Path(__file__).resolve().parents[2] / "packs"

#: The first day of a tax in the law itself: before it, goods bore no such tax, or the one named instead.
INTRODUCED = {
    ("ae", "vat"): dt.date(2018, 1, 1),  # Federal Decree-Law 8 of 2017
    ("in", "igst"): dt.date(2017, 7, 1),  # before it, the charge `countervailing`
}


def in_force(entry: dict[str, Any], day: dt.date) -> bool:
    return entry["since"] <= day and ("until" not in entry or day < entry["until"])


def missing_days(pack: str) -> list[tuple[str, str, dt.date]]:
    """Procedures that a value-added or sales tax joins on a later day than the procedure's own first."""
    head = tomllib.loads((PACKS / pack / "pack.toml").read_text())
    taxes = [charge for charge in head["charge"] if charge["kind"] == "vat"]
    found = []
    buyers = ("consumer", "business")
    for regime, buyer in ((each, buyer) for each in head["regime"] for buyer in each.get("buyer", buyers)):
        borne = [each for each in taxes if buyer in each.get("buyer", buyers)]
        own = [each for each in borne if "regime" not in each or regime["id"] in each["regime"]]
        days = {regime["since"], *(each["since"] for each in own if in_force(regime, each["since"]))}
        last = max(days)
        for day in sorted(days):
            bears = [each["id"] for each in own if in_force(each, day)]
            later = {each["id"] for each in own if in_force(each, last)}
            if later and not bears and not all(day < INTRODUCED.get((pack, each), day) for each in later):
                found.append((regime["id"], min(later), day))
    return found


@pytest.mark.parametrize("pack", sorted(path.parent.name for path in PACKS.glob("[a-z][a-z]/pack.toml")))
def test_a_procedure_bears_its_tax_from_its_first_day(pack: str) -> None:
    assert missing_days(pack) == []
