"""The row of the schedule for each HS code of a table, looked up once for each code and law."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from entrepot.batch.kernel import layout
from entrepot.batch.kernel.reasons import REASON_NUMBER
from entrepot.batch.plans.law_arrays import LawArrays
from entrepot.engine.rules.unit_values import groups_with
from entrepot.law.codes import LineGroup, find_lines
from entrepot.law.compiled import World

#: Not a code: the sale is assessed one by one, for its error.
NO_CODE = -1
#: A short code, whose row depends on the origin: SHORT less its place in `GoodsTable.by_origin`.
SHORT = -2
#: A short code and a class of origins that no row has had so far; one that is requested.
UNFILLED, REQUESTED = -3, -4
#: A short code of which the lines have different law: CANDIDATES less its place in `GoodsTable.candidates`.
CANDIDATES = -5


class GoodsTable:
    """The codes so far under a law: their rows, the prefix lists that contain them, and why one has no row.

    `by_origin[short code, class of origins]`: the number of a short code of goods from there, UNFILLED or REQUESTED.
    `candidates`: the numbers of the lines that a short code may stand for, one for each group of lines with equal law.
    `bands`: of the short codes that have lines for some values of a unit only, the lines under them.
    """

    def __init__(self, law_arrays: LawArrays, world: World) -> None:
        self.law_arrays, self.world = law_arrays, world
        self._numbers: dict[str, int] = {}
        self._placed: dict[tuple[str, str], int] = {}
        self._shorts: list[str] = []
        self._origins: list[str] = []
        self._class_of: dict[str, int] = {}
        self._classes: dict[tuple[bool, ...], int] = {}
        self.by_origin = np.full((0, 0), UNFILLED, np.int64)
        self.candidates: list[tuple[int, ...]] = []
        self.bands: dict[int, tuple[LineGroup, ...]] = {}
        self._narrowed: dict[tuple[int, frozenset[str]], int] = {}
        self._row: list[int] = []
        self._flags: list[int] = []
        self._fault: list[int] = []
        self._arrays: tuple[Any, Any] | None = None
        self._lists: tuple[Any, Any] | None = None
        self._words = max(1, (max(law_arrays.prefixes.values(), default=-1) >> 6) + 1)

    def number(self, text: str | None) -> int:
        """The number of a code as it was written; NO_CODE, or SHORT and below where the row depends on the origin."""
        if text is None:
            return NO_CODE
        found = self._numbers.get(text)
        if found is None:
            given = text.replace(".", "").replace(" ", "")
            if not (given.isascii() and given.isdigit() and 6 <= len(given) <= 10):
                found = NO_CODE
            elif self.law_arrays.law.lines_under(given):
                found = SHORT - len(self._shorts)
                self._shorts.append(given)
            else:
                found = self._look_up(given, "")
            self._numbers[text] = found
        return found

    def origin_class(self, origin: str) -> int:
        """The class of an origin: the law of every line is the same for all origins of a class."""
        found = self._class_of.get(origin)
        if found is None:
            key = self.law_arrays.origin_key(origin)
            found = self._class_of[origin] = self._classes.setdefault(key, len(self._origins))
            if found == len(self._origins):
                self._origins.append(origin)
        return found

    def extend_by_origin(self) -> None:
        """Makes room in `by_origin` for all short codes and classes of origins so far."""
        rows, columns = self.by_origin.shape
        if rows < len(self._shorts) or columns < len(self._origins):
            grown = np.full((max(rows, len(self._shorts)), max(columns, len(self._origins))), UNFILLED, np.int64)
            grown[:rows, :columns] = self.by_origin
            self.by_origin = grown

    def fill_by_origin(self, requested: Any) -> None:
        """Fills the requested places of `by_origin`, given as rows of short code and class."""
        for short, origins in requested.tolist():
            self.by_origin[short, origins] = self._look_up(self._shorts[short], self._origins[origins])

    def candidate_lists(self) -> tuple[Any, Any]:
        """Where each list of candidates begins and the next one does, in the numbers of all lists."""
        if self._lists is None or len(self._lists[0]) != len(self.candidates) + 2:
            lists = list(self.candidates)
            starts = np.cumsum([0, *map(len, lists), 0])
            self._lists = starts, np.array([line for each in lists for line in each] or [0], np.int64)
        return self._lists

    def _look_up(self, given: str, origin: str) -> int:
        key = (given, origin)
        found = self._placed.get(key)
        if found is None:
            law = self.law_arrays.law
            match = find_lines(law, given, origin, False, self.world)
            if match.groups:
                found = self._add_groups(match.groups)
                if found <= CANDIDATES and any(code in law.bands for group in match.groups for code in group.codes):
                    self.bands[found] = match.groups
            else:
                found = self._add(given, -1, match.reason)
            self._placed[key] = found
        return found

    def narrowed(self, number: int, admitted: frozenset[str]) -> int:
        """The number of a short code in `bands` that stands for some of its lines only."""
        found = self._narrowed.get((number, admitted))
        if found is None:
            groups = groups_with(self.law_arrays.law, self.bands[number], admitted.__contains__)
            found = self._narrowed[number, admitted] = self._add_groups(groups)
        return found

    def _add_groups(self, groups: Sequence[LineGroup]) -> int:
        """Adds groups of lines with equal law: a line, or several that are candidates; returns their number."""
        lines = tuple(self._add(group.codes[0], group.row, "") for group in groups)
        if len(lines) == 1:
            return lines[0]
        self.candidates.append(lines)
        return CANDIDATES - len(self.candidates) + 1

    def _add(self, code: str, row: int, fault: str) -> int:
        """Adds a line of the schedule, or a code that is refused; returns its number."""
        self._row.append(row if row >= 0 else len(self.law_arrays.law.codes))
        self._fault.append(REASON_NUMBER[fault] if fault else -1)
        self._flags.append(self._lists_of(code))
        return len(self._row) - 1

    def _lists_of(self, code: str) -> int:
        """The prefix lists that contain a code, as bits."""
        bits = 0
        for prefixes, place in self.law_arrays.prefixes.items():
            if place >= 0 and code.startswith(prefixes):
                bits |= 1 << place
        return bits

    def _cells(self, rows: Any) -> Any:
        """The columns that have a cell in each of some rows of the schedule, as bits (see `layout.CHARGE_CELLS`)."""
        filled = self.law_arrays.schedule[: layout.CELL_BITS, rows, layout.CELL_GROUP] >= 0
        bits = np.int64(1) << np.arange(len(filled), dtype=np.int64)
        return bits @ filled.astype(np.int64) | layout.ANY_GOODS

    def arrays(self) -> tuple[Any, Any]:
        """For the kernel: row, lists and cells of each number, and the number of the reason that refuses it, or -1."""
        if self._arrays is None or len(self._arrays[1]) != len(self._row):
            words = [[(bits >> 64 * word) & ((1 << 64) - 1) for word in range(self._words)] for bits in self._flags]
            flags = np.array(words or [[0] * self._words], np.uint64).view(np.int64).reshape(-1, self._words)
            row = np.array(self._row or [0], np.int64)
            self._arrays = np.column_stack([row, flags, self._cells(row)]), np.array(self._fault, np.int64)
        return self._arrays
