"""goods: which row of the schedule does each code of a table stand for? Looked up once for each code of a law."""

from __future__ import annotations

from typing import Any

import numpy as np

from entrepot.batch.kernel.reasons import PLACE
from entrepot.batch.plans.law_arrays import LawArrays
from entrepot.law.codes import find_line
from entrepot.law.compiled import World

#: A code that is none, so that the sale is walked for its fault; and a short one, which turns on the origin.
NO_CODE, BY_ORIGIN = -1, -2


class GoodsTable:
    """The codes met so far under a law: their rows, the lists of prefixes they fall under, and why one has no row."""

    def __init__(self, folded: LawArrays, world: World) -> None:
        self.folded, self.world = folded, world
        self._numbers: dict[str, int] = {}
        self._placed: dict[tuple[str, str], int] = {}
        self._row: list[int] = []
        self._flags: list[int] = []
        self._fault: list[int] = []
        self._arrays: tuple[Any, Any] | None = None
        self._words = max(1, (max(folded.prefixes.values(), default=-1) >> 6) + 1)

    def number(self, text: str | None) -> int:
        """The number of a code as it was written; NO_CODE, or BY_ORIGIN for one that the origin has to settle."""
        if text is None:
            return NO_CODE
        found = self._numbers.get(text)
        if found is None:
            given = text.replace(".", "").replace(" ", "")
            if not (given.isascii() and given.isdigit() and 6 <= len(given) <= 10):
                found = NO_CODE
            elif self.folded.law.lines_under(given):
                found = BY_ORIGIN
            else:
                found = self._of(given, "")
            self._numbers[text] = found
        return found

    def number_from(self, text: str, origin: str) -> int:
        """The number of a short code of goods from an origin."""
        return self._of(text.replace(".", "").replace(" ", ""), origin)

    def _of(self, given: str, origin: str) -> int:
        key = (given, origin)
        found = self._placed.get(key)
        if found is None:
            law = self.folded.law
            code, row, fault, _ = find_line(law, given, origin, False, self.world)
            found = self._placed[key] = len(self._row)
            self._row.append(row if row >= 0 else len(law.codes))
            self._fault.append(PLACE[fault] if fault else -1)
            self._flags.append(self._under(code))
        return found

    def _under(self, code: str) -> int:
        """The lists that a code begins with an entry of, as bits."""
        bits = 0
        for prefixes, place in self.folded.prefixes.items():
            if place >= 0 and code.startswith(prefixes):
                bits |= 1 << place
        return bits

    def arrays(self) -> tuple[Any, Any]:
        """Row and lists of each number for the loop, and the place of the fault that refuses it, or -1."""
        if self._arrays is None or len(self._arrays[1]) != len(self._row):
            words = [[(bits >> 64 * word) & ((1 << 64) - 1) for word in range(self._words)] for bits in self._flags]
            flags = np.array(words or [[0] * self._words], np.uint64).view(np.int64).reshape(-1, self._words)
            row = np.array(self._row or [0], np.int64)
            self._arrays = np.column_stack([row, flags]), np.array(self._fault, np.int64)
        return self._arrays
