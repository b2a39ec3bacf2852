"""Which plans of a sale with its states or provinces give the same answers, so that one of them is assessed."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

from entrepot.batch.kernel import layout

#: Where a part says that its own parts begin, where how many they are, and the size of each.
Nested = tuple[int, int, int]
#: From a plan to the rates of its taxes. Only taxes are written apart for places; other equal parts have one offset.
NESTED: tuple[Nested, ...] = (
    (layout.PLAN_REGIMES, layout.PLAN_N_REGIMES, layout.REGIME_SIZE),
    (layout.REGIME_CHARGES, layout.REGIME_N_CHARGES, layout.CHARGE_SIZE),
    (layout.CHARGE_CLASSES, layout.CHARGE_N_CLASSES, layout.CLASS_SIZE),
    (layout.CLASS_RATES, layout.CLASS_N_RATES, layout.RATE_CHOICE_SIZE),
)


def count_equal(numbers: Any, offsets: Iterable[int]) -> dict[int, int]:
    """The first of each of some plans that give the same answers, and how many these are.

    `numbers`: the array of a `PlanBuffer`. Rows of law are not compared, only whether they are checked: answers with
    their rows need every plan.
    """
    firsts: dict[Hashable, int] = {}
    found: dict[int, int] = {}
    for at in offsets:
        first = firsts.setdefault(_content(numbers, at), at)
        found[first] = found.get(first, 0) + 1
    return found


def _content(numbers: Any, at: int, size: int = layout.PLAN_SIZE, within: Sequence[Nested] = NESTED) -> Hashable:
    """What a plan, or a part of one, says, with the parts that it has; not where these stand."""
    own = numbers[at : at + size].tolist()
    if not within:
        own[layout.RATE_CHOICE_ROW] = int(numbers[numbers[layout.LAW_UNCHECKED] + own[layout.RATE_CHOICE_ROW]])
        return tuple(own)
    place, count, width = within[0]
    begin, own[place] = own[place], 0
    each = range(begin, begin + own[count] * width, width)
    return tuple(own), tuple(_content(numbers, part, width, within[1:]) for part in each)
