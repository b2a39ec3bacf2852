"""Report how much of a schedule was read, and which cells remain text."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping
from typing import Any

from entrepot.schedules.parsed import ParsedSchedule

COLUMNS = ("file", "row", "goods", "column", "text", "why", "kind")


def counts(reading: ParsedSchedule) -> dict[str, int]:
    """The counts of a schedule, as stored in `layer.toml`.

    `cells`: rate cells; `unread`, `references`: those that remain text because they cannot be read, or refer to
    another provision; `lines`: codes that have a rate.
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


def exact_count(numbers: Mapping[str, int]) -> int:
    """The number of cells that were read exactly."""
    return numbers.get("cells", 0) - numbers.get("unread", 0) - numbers.get("references", 0)


def percent(part: int, whole: int) -> str:
    """A share with two decimals, rounded down: 100.00 means all.

    >>> percent(2, 3), percent(199999, 200000), percent(5, 5), percent(0, 0)
    ('66.66', '99.99', '100.00', '100.00')
    """
    hundredths = part * 10000 // whole if whole else 10000
    return f"{hundredths // 100}.{hundredths % 100:02}"


def by_treatment(reading: ParsedSchedule) -> dict[str, int]:
    """The number of rows of each treatment, the largest first."""
    return dict(Counter(row.treatment for row in reading.rows).most_common())


def as_json(reading: ParsedSchedule) -> dict[str, Any]:
    """The counts and the first unread cells, for JSON."""
    numbers = counts(reading)
    return {
        **numbers,
        "exact": exact_count(numbers),
        "percent": percent(exact_count(numbers), reading.cells),
        "by_treatment": by_treatment(reading),
        "first_unread": [
            {"file": each.file, "row": each.row, "goods": each.goods, "column": each.column, "text": each.text}
            for each in reading.unread[:5]
        ],
        "notes": list(reading.notes),
    }


def unread_csv(reading: ParsedSchedule) -> str:
    """Every cell that remains text, as CSV: its location, its text, and the reason."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for kind, found in (("unread", reading.unread), ("reference", reading.references), ("left", reading.not_in_pack)):
        writer.writerows((each.file, each.row, each.goods, each.column, each.text, each.why, kind) for each in found)
    return stream.getvalue()
