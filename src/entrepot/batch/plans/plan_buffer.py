"""tape: the one run of whole numbers that all plans of a table lie on."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from entrepot.law.records import Round


class NotInKernel(Exception):
    """The loop cannot tell this exactly: such sales are walked by themselves."""


class PlanBuffer:
    """Grows by parts, each written once; `known` says where what was written before begins. `begun`: what is there."""

    def __init__(self, begun: Any = ()) -> None:
        self._room = np.array(begun, np.int64)
        self._many = len(self._room)
        self.known: dict[Hashable, Any] = {}

    def add(self, part: Sequence[int]) -> int:
        """Writes a part, and returns where it begins. Raises Beyond for numbers that 64 bits hold barely or not.

        >>> tape = PlanBuffer()
        >>> tape.add([7, 8]), tape.add([9]), tape.array().tolist()
        (0, 2, [7, 8, 9])
        """
        if any(not -(1 << 62) < number < 1 << 62 for number in part):
            raise NotInKernel
        begins, self._many = self._many, self._many + len(part)
        if self._many > len(self._room):
            grown = np.zeros(max(1 << 12, 2 * self._many), np.int64)
            grown[:begins] = self._room[:begins]
            self._room = grown  # whoever reads the old one goes on doing so
        self._room[begins : self._many] = part
        return begins

    def array(self) -> Any:
        """All numbers so far."""
        return self._room[: self._many]

    @staticmethod
    def unit(rule: Round) -> int:
        """The unit of a rounding in whole minor units. Raises Beyond for one that is finer."""
        if rule.den != 1:
            raise NotInKernel
        return rule.num
