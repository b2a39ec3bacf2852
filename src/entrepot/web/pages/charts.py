"""The coordinates of small charts in SVG: bars and lines. A table beside each chart has the same figures.

The drawings have no text: they are stretched to the width of the page, and their labels are text of the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

#: Units of a drawing: its width, the height of a bar, and the height of a line chart.
WIDTH, BAR, HEIGHT = 640, 10, 200


class Bar(NamedTuple):
    """A bar: what it is a part of (its colour), and where it is."""

    part: str
    y: int
    width: int


class BarChart(NamedTuple):
    """Bars of rows, on one scale from 0. `groups`: the bars of each row, which has its own drawing.

    `drawn`: whether there is a bar at all: every figure may be 0, held back or not known.
    """

    width: int
    height: int
    bar: int
    groups: tuple[tuple[Bar, ...], ...]
    drawn: bool


class LineChart(NamedTuple):
    """A line over years. `runs`: points of years that follow each other; a year without a value breaks the line.

    `first`, `last`: the years at both ends; `most`: the value at the top.
    """

    width: int
    height: int
    runs: tuple[str, ...]
    dots: tuple[tuple[int, int], ...]
    first: str
    last: str
    most: Decimal


def bars(rows: Sequence[Sequence[Decimal | None]], parts: Sequence[str]) -> BarChart:
    """Bars of rows: of each part one; none where a figure is not known.

    >>> chart = bars([[Decimal(10), None], [Decimal(5), Decimal(10)]], ("goods", "taxes"))
    >>> [[(bar.part, bar.width) for bar in each] for each in chart.groups]
    [[('goods', 640)], [('goods', 320), ('taxes', 640)]]
    """
    most = max((value for values in rows for value in values if value is not None), default=Decimal(0))
    groups = tuple(
        tuple(
            Bar(part, at * BAR, int(WIDTH * value / most) if most else 0)
            for at, (part, value) in enumerate(zip(parts, values, strict=True))
            if value is not None
        )
        for values in rows
    )
    drawn = any(bar.width for group in groups for bar in group)
    return BarChart(WIDTH, BAR * len(parts), BAR, groups, drawn)


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
    return LineChart(WIDTH, HEIGHT, drawn, dots, years[0], years[-1], most)
