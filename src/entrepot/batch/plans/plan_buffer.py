"""The array of whole numbers that holds a law and all plans under it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from entrepot.law.records import Round


class NotInKernel(Exception):
    """The compiled loops cannot compute this exactly: such sales are assessed one by one."""


class PlanBuffer:
    """An array that grows by parts, each written once. `known`: where a part that was written start, by its key."""

    def __init__(self, beginning: Any = ()) -> None:
        self._numbers = np.array(beginning, np.int64)
        self._size = len(self._numbers)
        self._starts: dict[bytes, int] = {}
        self.known: dict[Hashable, Any] = {}

    def add(self, part: Sequence[int]) -> int:
        """Appends a part, unless it is there already; returns the offset where it begins.

        Raises NotInKernel for numbers of more than 62 bits.

        >>> buffer = PlanBuffer()
        >>> buffer.add([7, 8]), buffer.add([9]), buffer.add([7, 8]), buffer.array().tolist()
        (0, 2, 0, [7, 8, 9])
        """
        _check_size(part)
        content = np.array(part, np.int64).tobytes()
        start = self._starts.get(content)
        if start is None:
            start = self._starts[content] = self._append(part)
        return start

    def add_again(self, part: Sequence[int]) -> int:
        """As `add`, also where an equal part is there: it has an offset of its own."""
        _check_size(part)
        return self._append(part)

    def _append(self, part: Sequence[int]) -> int:
        start, self._size = self._size, self._size + len(part)
        if self._size > len(self._numbers):
            grown = np.zeros(max(1 << 12, 2 * self._size), np.int64)
            grown[:start] = self._numbers[:start]
            self._numbers = grown  # a thread that reads the old array keeps it
        self._numbers[start : self._size] = part
        return start

    def array(self) -> Any:
        """All numbers so far."""
        return self._numbers[: self._size]

    @staticmethod
    def unit(rule: Round) -> int:
        """The unit of a rounding in whole minor units. Raises NotInKernel for a finer one."""
        if rule.den != 1:
            raise NotInKernel
        return rule.num


def _check_size(part: Sequence[int]) -> None:
    """Raises NotInKernel for numbers of more than 62 bits."""
    if any(not -(1 << 62) < number < 1 << 62 for number in part):
        raise NotInKernel
