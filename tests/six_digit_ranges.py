"""The lowest and highest MFN percentage under each six-digit code, computed from the same files by another program."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from decimal import Decimal

import pytest

from entrepot.schedules.parsed import Row
from official_files import DATA, needs

#: Not an official file: the ranges, by six-digit code, that another program computed from the official files.
FILE = DATA.parent / "facts" / "10_mfn_hs6.csv"

Range = tuple[Decimal, Decimal]


def beside(path: str) -> pytest.MarkDecorator:
    """Skip a test if a file of reference data is not beside the repository."""
    return needs(DATA / path, FILE)


def expected(economy: str) -> dict[str, tuple[Range | None, bool]]:
    """Six digits -> the range of percentages, and whether other rates are among the lines."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {
            row["hs6"]: (
                (Decimal(row["low_pct"]), Decimal(row["high_pct"])) if row["low_pct"] else None,
                bool(row["other_rates"]),
            )
            for row in csv.DictReader(file)
            if row["economy"] == economy and not row["carried_from_hs2017"]
        }


def read(rows: Iterable[Row]) -> dict[str, Range]:
    """Six digits -> the range of the percentages among MFN rows."""
    found: dict[str, list[Decimal]] = {}
    for row in rows:
        if row.treatment == "mfn" and not row.scope and (row.rate == "free" or row.rate.endswith(" %")):
            share = row.rate.removesuffix(" %")
            if share == "free" or share.replace(".", "").isdigit():
                found.setdefault(row.goods[:6], []).append(Decimal(0 if share == "free" else share))
    return {code: (min(rates), max(rates)) for code, rates in found.items()}
