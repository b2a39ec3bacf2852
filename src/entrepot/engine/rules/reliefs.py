"""Reliefs: the charges that do not apply to a line because a value, or a sum of charges, is within a threshold."""

from __future__ import annotations

from typing import NamedTuple

from entrepot.engine.case import Case, CaseLine, Number, Values
from entrepot.engine.rules.currency import converted_limit
from entrepot.law.records import Regime, Threshold


class Reliefs(NamedTuple):
    """The thresholds of a procedure that concern a sale, by their index in the law.

    `by_value`: for each charge that a value threshold relieves: by line, the threshold, or -1 for none, or -2 minus the
    index of one that cannot be tested for lack of an exchange rate, so that the charge is not known. `on_charges`: the
    thresholds on sums of charges, by the last of these charges: they are tested when it is known.
    """

    by_value: dict[str, list[int]]
    on_charges: dict[str, list[int]]


NO_RELIEFS = Reliefs({}, {})


def find_reliefs(case: Case, values: Values, regime: Regime) -> Reliefs:
    """The value thresholds that are met, by charge and line; of several, the first in the order of the law."""
    if not regime.thresholds:
        return NO_RELIEFS
    found: dict[str, list[int]] = {}
    on_charges: dict[str, list[int]] = {}
    for index, threshold in enumerate(regime.thresholds):
        if not concerns_sale(case, threshold):
            continue
        if threshold.value < 0:
            on_charges.setdefault(threshold.after, []).append(index)
            continue
        for i, line in enumerate(case.lines):
            if not concerns_line(threshold, line):
                continue
            within = _within(case, values, threshold, i, line)
            if within is False:
                continue
            for name in threshold.relieves:
                lines = found.setdefault(name, [-1] * len(case.lines))
                if within and lines[i] < 0:
                    lines[i] = index
                elif lines[i] == -1:
                    lines[i] = -2 - index
    return Reliefs(found, on_charges)


def concerns_sale(case: Case, threshold: Threshold) -> bool:
    """Whether a threshold concerns the sale as a whole."""
    registered = case.registrations
    return (
        (not threshold.buyer or threshold.buyer == case.buyer)
        and (not threshold.channel or case.channel in threshold.channel)
        and (not threshold.transport or case.transport in threshold.transport)
        and (not threshold.registered or threshold.registered in registered)
        and (not threshold.unregistered or threshold.unregistered not in registered)
        and (threshold.ship_from is None or threshold.ship_from.has(case.sale.ship_from.country))
    )


def concerns_line(threshold: Threshold, line: CaseLine) -> bool:
    """Whether a threshold concerns the goods of a line."""
    if threshold.goods and "*" not in threshold.goods and not line.code.startswith(threshold.goods):
        return False
    if threshold.excludes and line.code.startswith(threshold.excludes):
        return False
    return threshold.origin is None or threshold.origin.has(line.origin)


def is_within(case: Case, threshold: Threshold, tested: int, units: Number = (1, 1)) -> bool | None:
    """Whether a value is within a threshold.

    Where the limit's currency has no rate, the amounts of another currency between which the limit lies decide, if they
    do; otherwise it is as this candidate takes it, and None where that is open.
    """
    bound = converted_limit(case, threshold.amount_num, threshold.amount_den, threshold.currency, units)
    if bound is not None:
        return _compare(threshold, tested, bound)
    if threshold.known_currency:
        ends = [
            converted_limit(case, *end, threshold.known_currency, units)
            for end in (threshold.known_low, threshold.known_high)
        ]
        sides = {None if end is None else _compare(threshold, tested, end) for end in ends}
        if len(sides) == 1 and None not in sides:
            return sides.pop()
    return case.within


def _compare(threshold: Threshold, tested: int, bound: Number) -> bool:
    return tested * bound[1] < bound[0] if threshold.below else tested * bound[1] <= bound[0]


def _within(case: Case, values: Values, threshold: Threshold, i: int, line: CaseLine) -> bool | None:
    """Whether the value that a threshold tests is within it; None where that is not known."""
    tested = values.total[threshold.value] if threshold.per == "consignment" else values.by_name[threshold.value][i]
    return is_within(case, threshold, tested, line.quantity if threshold.per == "item" else (1, 1))
