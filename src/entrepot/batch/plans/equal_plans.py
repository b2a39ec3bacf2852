"""Which plans of a sale with its states or provinces give the same answers, so that one of them is assessed."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from entrepot.batch.kernel import layout


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


def _content(numbers: Any, at: int) -> Hashable:
    """What a plan says. Of its parts only taxes are written apart for places; equal parts have one offset otherwise."""
    head = _part(numbers, at, layout.PLAN_SIZE)
    regimes = _parts(numbers, head[layout.PLAN_REGIMES], head[layout.PLAN_N_REGIMES], layout.REGIME_SIZE)
    head[layout.PLAN_REGIMES] = 0
    return tuple(head), tuple(_regime(numbers, each) for each in regimes)


def _regime(numbers: Any, regime: list[int]) -> Hashable:
    charges = _parts(numbers, regime[layout.REGIME_CHARGES], regime[layout.REGIME_N_CHARGES], layout.CHARGE_SIZE)
    regime[layout.REGIME_CHARGES] = 0
    return tuple(regime), tuple(_charge(numbers, each) for each in charges)


def _charge(numbers: Any, charge: list[int]) -> Hashable:
    classes = _parts(numbers, charge[layout.CHARGE_CLASSES], charge[layout.CHARGE_N_CLASSES], layout.CLASS_SIZE)
    charge[layout.CHARGE_CLASSES] = 0
    return tuple(charge), tuple(_tax_class(numbers, each) for each in classes)


def _tax_class(numbers: Any, tax_class: list[int]) -> Hashable:
    choices = _parts(numbers, tax_class[layout.CLASS_RATES], tax_class[layout.CLASS_N_RATES], layout.RATE_CHOICE_SIZE)
    tax_class[layout.CLASS_RATES] = 0
    for choice in choices:
        row = choice[layout.RATE_CHOICE_ROW]
        choice[layout.RATE_CHOICE_ROW] = int(numbers[numbers[layout.LAW_UNCHECKED] + row])
    return tuple(tax_class), tuple(map(tuple, choices))


def _part(numbers: Any, at: int, size: int) -> list[int]:
    found: list[int] = numbers[at : at + size].tolist()
    return found


def _parts(numbers: Any, at: int, many: int, size: int) -> list[list[int]]:
    return [_part(numbers, at + place * size, size) for place in range(many)]
