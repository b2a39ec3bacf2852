"""The least and the most that a sum can be, by linear programming with exact numbers: what a reader could compute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import gcd

Row = list[int]


class Program:
    """Equations whose variables are none below 0. Its first solution is found once.

    >>> Program([({"a": 2, "b": 1}, 7)], ["a", "b"]).bounds({"a": 1})
    (Fraction(0, 1), Fraction(7, 2))
    """

    def __init__(self, equations: Sequence[tuple[Mapping[str, int], int]], names: Sequence[str]) -> None:
        rows = [[factors.get(name, 0) for name in names] + [total] for factors, total in equations]
        self._names = names
        self._first = _feasible(_independent(rows), len(names))

    def bounds(self, wanted: Mapping[str, int]) -> tuple[Fraction | None, Fraction | None]:
        """The least and the most of a sum of variables; None where there is no bound."""
        aims = [wanted.get(name, 0) for name in self._names]
        low = self._first.copy().most([-each for each in aims])
        return None if low is None else -low, self._first.copy().most(aims)


class Solution:
    """Equations solved for the variables of `basis`, all whole numbers: each entry of `rows` is divided by `divisor`.

    Whole numbers instead of fractions: the entries are determinants of parts of the equations (Edmonds, 1967; Bareiss,
    1968), so that each division below is exact, and none needs a greatest common divisor.
    """

    def __init__(self, rows: list[Row], basis: list[int], divisor: int = 1) -> None:
        self.rows, self.basis, self.divisor = rows, basis, divisor

    def copy(self) -> Solution:
        """One to solve further, which leaves this one as it is."""
        return Solution(list(self.rows), list(self.basis), self.divisor)

    def most(self, aims: Row) -> Fraction | None:
        """The most of a sum, by Bland's rule, which always ends; None where there is no bound."""
        while True:
            gains = [self.divisor * each for each in aims]
            for number, row in zip(self.basis, self.rows, strict=True):
                if aim := aims[number]:
                    gains = [gain - aim * each for gain, each in zip(gains, row[:-1], strict=True)]
            column = next((at for at, gain in enumerate(gains) if gain > 0), None)
            if column is None:
                found = sum(aims[number] * row[-1] for number, row in zip(self.basis, self.rows, strict=True))
                return Fraction(found, self.divisor)
            limits = [
                (Fraction(row[-1], row[column]), self.basis[at], at)
                for at, row in enumerate(self.rows)
                if row[column] > 0
            ]
            if not limits:
                return None
            self.pivot(min(limits)[2], column)

    def pivot(self, leaving: int, column: int) -> None:
        """Solve for another variable in the place of one of the basis."""
        chosen, before = self.rows[leaving], self.divisor
        if chosen[column] < 0:
            chosen = self.rows[leaving] = [-each for each in chosen]
        scale = self.divisor = chosen[column]
        for at, row in enumerate(self.rows):
            if at != leaving:
                factor = row[column]
                self.rows[at] = [
                    (value * scale - factor * other) // before for value, other in zip(row, chosen, strict=True)
                ]
        self.basis[leaving] = column


def _independent(rows: list[Row]) -> list[Row]:
    """The same equations without those that follow from others; no total below 0."""
    kept: list[tuple[int, Row]] = []
    for given in rows:
        row = list(given)
        for pivot, other in kept:
            if factor := row[pivot]:
                row = [value * other[pivot] - factor * each for value, each in zip(row, other, strict=True)]
        pivot = next((at for at, value in enumerate(row[:-1]) if value), -1)
        if pivot < 0:
            if row[-1]:
                raise AssertionError("The equations contradict each other.")
            continue
        common = gcd(*row)
        kept.append((pivot, [value // common for value in row]))
    return [row if row[-1] >= 0 else [-value for value in row] for _, row in kept]


def _feasible(rows: list[Row], count: int) -> Solution:
    """A first solution, from variables of its own that are driven out (phase one)."""
    size = len(rows)
    table = [row[:-1] + [int(at == each) for each in range(size)] + row[-1:] for at, row in enumerate(rows)]
    found = Solution(table, [count + at for at in range(size)])
    found.most([0] * count + [-1] * size)
    for at, number in enumerate(found.basis):
        if number >= count:
            if found.rows[at][-1]:
                raise AssertionError("The equations contradict each other.")
            found.pivot(at, next(column for column in range(count) if found.rows[at][column]))
    return Solution([row[:count] + row[-1:] for row in found.rows], found.basis, found.divisor)
