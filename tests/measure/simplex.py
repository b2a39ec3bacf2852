"""The least and the most that a sum can be, by linear programming with exact numbers: what a reader could compute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

Row = list[Fraction]


class Program:
    """Equations whose variables are none below 0. Its first solution is found once."""

    def __init__(self, equations: Sequence[tuple[Mapping[str, int], int]], names: Sequence[str]) -> None:
        rows = [[Fraction(factors.get(name, 0)) for name in names] + [Fraction(total)] for factors, total in equations]
        self._names = names
        self._table, self._basis = _feasible(_independent(rows), len(names))

    def bounds(self, wanted: Mapping[str, int]) -> tuple[Fraction | None, Fraction | None]:
        """The least and the most of a sum of variables; None where there is no bound."""
        aims = [Fraction(wanted.get(name, 0)) for name in self._names]
        low = _most([list(row) for row in self._table], list(self._basis), [-each for each in aims])
        high = _most([list(row) for row in self._table], list(self._basis), aims)
        return None if low is None else -low, high


def _independent(rows: list[Row]) -> list[Row]:
    """The same equations without those that follow from others; no total below 0."""
    kept: list[tuple[int, Row]] = []
    for given in rows:
        row = list(given)
        for pivot, other in kept:
            if row[pivot]:
                factor = row[pivot]
                row = [value - factor * each for value, each in zip(row, other, strict=True)]
        pivot = next((at for at, value in enumerate(row[:-1]) if value), -1)
        if pivot < 0:
            if row[-1]:
                raise AssertionError("The equations contradict each other.")
            continue
        scale = row[pivot]
        kept.append((pivot, [value / scale for value in row]))
    return [row if row[-1] >= 0 else [-value for value in row] for _, row in kept]


def _feasible(rows: list[Row], count: int) -> tuple[list[Row], list[int]]:
    """A first solution, from variables of its own that are driven out (phase one)."""
    size = len(rows)
    table = [row[:-1] + [Fraction(int(at == each)) for each in range(size)] + row[-1:] for at, row in enumerate(rows)]
    basis = [count + at for at in range(size)]
    _most(table, basis, [Fraction(0)] * count + [Fraction(-1)] * size)
    for at, number in enumerate(basis):
        if number >= count:
            if table[at][-1]:
                raise AssertionError("The equations contradict each other.")
            _pivot(table, basis, at, next(column for column in range(count) if table[at][column]))
    return [row[:count] + row[-1:] for row in table], basis


def _most(table: list[Row], basis: list[int], aims: Row) -> Fraction | None:
    """The most of a sum, by Bland's rule, which always ends; None where there is no bound."""
    while True:
        gains = list(aims)
        for number, row in zip(basis, table, strict=True):
            if aims[number]:
                gains = [gain - aims[number] * each for gain, each in zip(gains, row[:-1], strict=True)]
        column = next((at for at, gain in enumerate(gains) if gain > 0), None)
        if column is None:
            return sum((aims[number] * row[-1] for number, row in zip(basis, table, strict=True)), Fraction(0))
        limits = [(row[-1] / row[column], basis[at], at) for at, row in enumerate(table) if row[column] > 0]
        if not limits:
            return None
        _pivot(table, basis, min(limits)[2], column)


def _pivot(table: list[Row], basis: list[int], leaving: int, column: int) -> None:
    scale = table[leaving][column]
    table[leaving] = [value / scale for value in table[leaving]]
    for at, row in enumerate(table):
        if at != leaving and row[column]:
            factor = row[column]
            table[at] = [value - factor * other for value, other in zip(row, table[leaving], strict=True)]
    basis[leaving] = column
