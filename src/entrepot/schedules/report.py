"""report: how much of a schedule was read, what was kept as text, and what could not be read."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping
from typing import Any

from entrepot.schedules.parsed import Reading

COLUMNS = ("file", "row", "goods", "column", "text", "why", "kind")


def counts(reading: Reading) -> dict[str, int]:
    """What is counted of a reading, as `layer.toml` keeps it.

    `cells`: rate cells met; `unread`, `references`: those of them that are kept as text because they cannot be read, or
    refer to another provision; `lines`: codes that have a rate.
    """
    return {
        "lines": len({row.goods for row in reading.rows}),
        "rows": len(reading.rows),
        "treatments": len({row.treatment for row in reading.rows}),
        "cells": reading.cells,
        "unread": len(reading.unread),
        "references": len(reading.references),
        "extras": len(reading.extras),
    }


def exact(counted: Mapping[str, int]) -> int:
    """How many of the cells were read exactly."""
    return counted.get("cells", 0) - counted.get("unread", 0) - counted.get("references", 0)


def percent(part: int, whole: int) -> str:
    """A share with two decimals, rounded down: 100.00 means all.

    >>> percent(2, 3), percent(199999, 200000), percent(5, 5), percent(0, 0)
    ('66.66', '99.99', '100.00', '100.00')
    """
    hundredths = part * 10000 // whole if whole else 10000
    return f"{hundredths // 100}.{hundredths % 100:02}"


def by_treatment(reading: Reading) -> dict[str, int]:
    """How many rows each treatment has, the most first."""
    return dict(Counter(row.treatment for row in reading.rows).most_common())


def told(reading: Reading) -> dict[str, Any]:
    """The reading in numbers, with the first of what was not read, for JSON."""
    counted = counts(reading)
    return {
        **counted,
        "exact": exact(counted),
        "percent": percent(exact(counted), reading.cells),
        "by_treatment": by_treatment(reading),
        "first_unread": [
            {"file": each.file, "row": each.row, "goods": each.goods, "column": each.column, "text": each.text}
            for each in reading.unread[:5]
        ],
        "notes": list(reading.notes),
    }


def unread_csv(reading: Reading) -> str:
    """Every cell that was kept as text, as CSV: where it stands, what it says, and why."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for kind, found in (("unread", reading.unread), ("reference", reading.references), ("left", reading.left)):
        writer.writerows((each.file, each.row, each.goods, each.column, each.text, each.why, kind) for each in found)
    return stream.getvalue()
