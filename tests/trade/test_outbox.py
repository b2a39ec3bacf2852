"""The outbox in memory, and the times between attempts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from entrepot.trade.outbox import Backoff, MemoryOutbox
from trade.outbox_rules import RULES, Queue


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_in_memory(rule: Callable[[Queue], None]) -> None:
    rule(MemoryOutbox())


def test_the_times_between_attempts_grow_to_the_longest() -> None:
    backoff = Backoff(first=5, factor=4, most=6 * 3600, attempts=12)
    assert [backoff.seconds(n, 1.0) for n in range(1, 9)] == [5, 20, 80, 320, 1280, 5120, 20480, 21600]
    assert backoff.seconds(10**6, 0.5) == 21600 * 0.75
