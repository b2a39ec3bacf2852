"""What one would write by hand instead: China, ordinary import, MFN, percentages only, three look-ups.

Its results are right, and `quotes.py` checks that first. It has one procedure and one treatment, no measures, proofs,
conditions, permits, sources or dates; it reads no sale and returns three numbers only.
"""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

Share = tuple[int, int]
NOT_LEVIED = 5_000  # fen: duty, consumption tax or VAT of at most CNY 50 is not


class Tables(NamedTuple):
    """For each line of the schedule its rates on one day, as fractions. What is not a percentage is left out."""

    duty: dict[str, Share]
    excise: dict[str, Share]
    vat: dict[str, Share]


def charges(tables: Tables, code: str, fen: int) -> tuple[int, int, int] | None:
    """Duty, consumption tax and VAT of goods of so many fen; None where a rate is not in the tables.

    >>> charges(Tables({"1": (1, 10)}, {"1": (0, 1)}, {"1": (13, 100)}), "1", 100_000)
    (10000, 0, 14300)
    """
    try:
        (num, den), (top, bottom), (part, whole) = tables.duty[code], tables.excise[code], tables.vat[code]
    except KeyError:
        return None
    duty = (2 * fen * num + den) // (2 * den)
    duty = duty if duty > NOT_LEVIED else 0
    rest = bottom - top  # the tax is in its own base
    excise = (2 * (fen + duty) * top + rest) // (2 * rest)
    excise = excise if excise > NOT_LEVIED else 0
    vat = (2 * (fen + duty + excise) * part + whole) // (2 * whole)
    return duty, excise, vat if vat > NOT_LEVIED else 0


def load(folder: Path, day: str) -> Tables:
    """The tables from the files of China's pack, in force on a day."""
    goods = {row["goods"] for row in _rows(folder / "goods.csv", day)}
    duty: dict[str, Share] = {}
    for row in _rows(folder / "tariff.csv", day):
        share = _share(row["rate"])
        if row["treatment"] in ("mfn", "provisional") and not row.get("scope") and share is not None:
            duty[row["goods"]] = min(share, duty.get(row["goods"], share), key=lambda each: Fraction(*each))
    rates = {(row["tax"], row["class"]): _share(row["rate"]) for row in _rows(folder / "taxes.csv", day)}
    classes = list(_rows(folder / "classes.csv", day))
    excise = _taxes("consumption_tax", (0, 1), goods, classes, rates)
    return Tables(duty, excise, _taxes("vat", rates["vat", "standard"], goods, classes, rates))


def _taxes(
    tax: str,
    default: Share | None,
    goods: set[str],
    classes: list[dict[str, str]],
    rates: dict[tuple[str, str], Share | None],
) -> dict[str, Share]:
    """The rate of each line, by the longest code that names it; none where that turns on the value of a unit."""
    named: dict[str, Share | None] = {}
    for row in classes:
        if row["tax"] == tax:
            named[row["goods"]] = None if row["unit_value"] or row["goods"] in named else rates.get((tax, row["class"]))
    found = {}
    for code in goods:
        near = next((code[:size] for size in range(len(code), 1, -1) if code[:size] in named), None)
        share = default if near is None else named[near]
        if share is not None:
            found[code] = share
    return found


def _rows(file: Path, day: str) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [row for row in rows if row["since"] <= day and (not row["until"] or day < row["until"])]


def _share(text: str) -> Share | None:
    """A percentage as a fraction.

    >>> _share("6.5 %"), _share("free"), _share("2 CNY/kg")
    ((13, 200), (0, 1), None)
    """
    if text == "free":
        return 0, 1
    number, _, sign = text.partition(" ")
    if sign != "%" or not number.replace(".", "", 1).isdigit():
        return None
    return (Fraction(number) / 100).as_integer_ratio()
