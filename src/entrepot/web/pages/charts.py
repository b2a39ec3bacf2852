"""The coordinates of small charts in SVG: bars and lines. A table beside each chart has the same figures."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

#: Units of the drawing: its width, the place of the labels, a bar, the space between two groups.
WIDTH, LABELS, BAR, SPACE = 640, 48, 10, 8
HEIGHT = 200


class Bar(NamedTuple):
    """A bar: what it is a part of (its colour), and where it is."""

    part: str
    x: int
    y: int
    width: int


class Group(NamedTuple):
    """The bars of a row with its label, at the height of the text."""

    label: str
    y: int
    bars: tuple[Bar, ...]


class BarChart(NamedTuple):
    """Bars of rows, on one scale from 0."""

    width: int
    height: int
    bar: int
    groups: tuple[Group, ...]


class LineChart(NamedTuple):
    """A line over years. `runs`: points of years that follow each other; a year without a value breaks the line."""

    width: int
    height: int
    runs: tuple[str, ...]
    dots: tuple[tuple[int, int], ...]
    first: str
    last: str


def bars(rows: Sequence[tuple[str, Sequence[Decimal | None]]], parts: Sequence[str]) -> BarChart:
    """Bars of rows: of each part one; none where a figure is not known.

    >>> chart = bars([("1", [Decimal(10), None]), ("2", [Decimal(5), Decimal(10)])], ("goods", "taxes"))
    >>> [[(bar.part, bar.width) for bar in each.bars] for each in chart.groups]
    [[('goods', 592)], [('goods', 296), ('taxes', 592)]]
    """
    most = max((value for _label, values in rows for value in values if value is not None), default=Decimal(0))
    groups, y = [], 0
    for label, values in rows:
        drawn = tuple(
            Bar(part, LABELS, y + at * BAR, int((WIDTH - LABELS) * value / most) if most else 0)
            for at, (part, value) in enumerate(zip(parts, values, strict=True))
            if value is not None
        )
        groups.append(Group(label, y + BAR * len(parts) - BAR // 2, drawn))
        y += BAR * len(parts) + SPACE
    return BarChart(WIDTH, max(y, 1), BAR, tuple(groups))


def line(points: Sequence[tuple[int, Decimal | None]]) -> LineChart:
    """A line over years, on a scale from 0.

    >>> line([(2020, Decimal(5)), (2021, None), (2022, Decimal(10))]).runs
    ('0,100', '640,0')
    """
    known = [value for _year, value in points if value is not None]
    most = max(known, default=Decimal(0))
    count = max(len(points) - 1, 1)
    runs: list[list[tuple[int, int]]] = [[]]
    for at, (_year, value) in enumerate(points):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((WIDTH * at // count, HEIGHT - int(HEIGHT * value / most) if most else HEIGHT))
    drawn = tuple(" ".join(f"{x},{y}" for x, y in run) for run in runs if run)
    dots = tuple(point for run in runs for point in run)
    years = [str(year) for year, _value in points] or [""]
    return LineChart(WIDTH, HEIGHT, drawn, dots, years[0], years[-1])
