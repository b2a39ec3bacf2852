"""tape: the one run of whole numbers that all plans of a table lie on."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from entrepot.pack.records import Round


class Beyond(Exception):
    """The loop cannot tell this exactly: such sales are walked by themselves."""


class Tape:
    """Grows by parts, each written once; `known` says where what was written before begins."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._array: Any = None
        self.known: dict[Hashable, Any] = {}

    def add(self, part: Sequence[int]) -> int:
        """Writes a part, and returns where it begins.

        >>> tape = Tape()
        >>> tape.add([7, 8]), tape.add([9]), tape.array().tolist()
        (0, 2, [7, 8, 9])
        """
        if any(not -(1 << 62) < number < 1 << 62 for number in part):
            raise Beyond
        begins = len(self._numbers)
        self._numbers += map(int, part)
        return begins

    def array(self) -> Any:
        """All numbers so far."""
        if self._array is None or len(self._array) != len(self._numbers):
            self._array = np.array(self._numbers or [0], np.int64)
        return self._array

    @staticmethod
    def unit(rule: Round) -> int:
        """The unit of a rounding in whole minor units. Raises Beyond for one that is finer."""
        if rule.den != 1:
            raise Beyond
        return rule.num
