"""Determine which of two rates is lower for all goods; if that depends on the goods, their minimum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache

from entrepot.law.grammar import read_rate
from entrepot.law.rates import ADD, FLAT, MAX, MIN, SHARE, SUB, VALUE

#: A rate that only adds: its share of the value (""), of each measure, and its flat amount, by currency.
_Line = dict[tuple[str, int | str], Fraction]
#: A line, or MAX or MIN of several trees.
_Tree = _Line | tuple[int, Sequence["_Tree"]]


def _merged(op: int, left: _Tree, right: _Tree) -> _Tree:
    if op in (MAX, MIN):
        return op, (left, right)
    if not isinstance(left, dict) or not isinstance(right, dict):
        raise TypeError("A rate of the schedule adds amounts, never comparisons.")
    sign = 1 if op == ADD else -1
    return {key: left.get(key, Fraction(0)) + sign * right.get(key, Fraction(0)) for key in {*left, *right}}


def _tree(rate: str) -> _Tree:
    stack: list[_Tree] = []
    for step in read_rate(rate).program:
        if step.op in (ADD, SUB, MAX, MIN):
            right, left = stack.pop(), stack.pop()
            stack.append(_merged(step.op, left, right))
        elif step.op in (SHARE, VALUE):
            stack.append({("", ""): Fraction(step.num, step.den)})
        else:
            measure = "flat" if step.op == FLAT else step.measure
            stack.append({(step.currency, measure): Fraction(step.num, step.den)})
    return stack[0] if stack else {}


def _at_most(left: _Tree, right: _Tree) -> bool:
    """Whether the left is proved never to exceed the right."""
    for tree, op, of in ((left, MAX, all), (right, MIN, all), (left, MIN, any), (right, MAX, any)):
        if not isinstance(tree, dict) and tree[0] == op:
            several: Callable[..., bool] = of
            if tree is left:
                return several(_at_most(each, right) for each in tree[1])
            return several(_at_most(left, each) for each in tree[1])
    if isinstance(left, dict) and isinstance(right, dict):
        return all(left.get(key, 0) <= right.get(key, 0) for key in {*left, *right})
    return False


@lru_cache(maxsize=8192)
def at_most(rate: str, other: str) -> bool:
    """Whether a rate never exceeds another, for any goods. False if it may, or if that cannot be proved.

    >>> at_most("5.6 %", "max(10 %, 3 JPY/kg)"), at_most("5 %", "3 JPY/kg"), at_most("free", "3 JPY/kg")
    (True, False, True)
    """
    return _at_most(_tree(rate), _tree(other))


def lower_rate(rate: str, other: str) -> str:
    """The lower of two rates; the first if they are equal.

    >>> lower_rate("10 %", "5.6 %"), lower_rate("35 % + 120 JPY/kg", "29.8 % + 425 JPY/kg")
    ('5.6 %', 'min(35 % + 120 JPY/kg, 29.8 % + 425 JPY/kg)')
    """
    if at_most(rate, other):
        return rate
    return other if at_most(other, rate) else f"min({rate}, {other})"
