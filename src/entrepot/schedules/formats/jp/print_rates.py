"""Print rates of a pack and cells of the schedule in Japan's own form.

Printed text reads back to the same value: `read_cell(print_cell(read_cell(text))) == read_cell(text)`. Products in a
text (524円×1.002) are printed as their result (525.048円).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from lark import Lark, Transformer

from entrepot.law.grammar import GRAMMAR
from entrepot.schedules.formats.jp.amounts import UNITS, write_number
from entrepot.schedules.formats.jp.rates import Item, Statement

#: 本 is printed for every piece: 枚 counts the same.
_NAMES = {unit: name for name, unit in UNITS.items() if name != "枚"}


class _Term(NamedTuple):
    """A term of a rate: `kind` as in the grammar, its numbers as written, and its Japanese form."""

    kind: str
    numbers: tuple[str, ...]
    text: str


class _Printer(Transformer[Any, Any]):
    """Converts the tree of a pack's rate to the schedule's words."""

    def percent(self, found: list[Any]) -> _Term:
        return _Term("percent", (str(found[0]),), f"{found[0]}%")

    def ratio(self, found: list[Any]) -> _Term:
        return _Term("ratio", (str(found[0]), str(found[1])), f"{found[0]}/{found[1]}")

    def specific(self, found: list[Any]) -> _Term:
        many = str(found[2]) if len(found) == 4 else ""
        unit = many + str(found[-1])
        if unit in _NAMES:
            return _Term("specific", (str(found[0]), "1", _NAMES[unit]), f"{found[0]}円/{_NAMES[unit]}")
        return _Term("specific", (str(found[0]), many or "1", _NAMES[str(found[-1])]), "")

    def value(self, _found: list[Any]) -> _Term:
        return _Term("value", (), "課税価格")

    def sum(self, found: list[Any]) -> _Term:
        if "-" in found:
            return _Term("difference", (), _difference(found[::2], found[1::2]))
        return _Term("sum", (), "+".join(each.text for each in found[::2]))

    def greatest(self, found: list[Any]) -> _Term:
        left, right = found
        if left.text == "0%" and right.kind in ("difference", "least"):
            return _Term(right.kind, (), right.text)
        if left.kind == "least":
            return _Term("bound", (), f"{left.text}\nただしその税率が{right.text}を下回る場合は{right.text}")
        return _Term("greatest", (), f"{left.text}又は{right.text}のうちいずれか高い税率")

    def least(self, found: list[Any]) -> _Term:
        left, right = found
        if left.kind == "greatest":
            return _Term("bound", (), f"{left.text}(ただしその税率が{right.text}を上回る場合は{right.text}とする)")
        return _Term("least", (), f"{left.text}又は{right.text}のうちいずれか低い税率")

    def start(self, found: list[Any]) -> str:
        return str(found[0].text)


def _difference(terms: Sequence[_Term], signs: Sequence[str]) -> str:
    """An amount for each unit less a part of the value, or a part and an amount less the value."""
    if [each.kind for each in terms] == ["percent", "ratio", "specific", "value"]:
        share, ratio, amount, _ = terms
        factor = f"({write_number(Fraction(share.numbers[0]) / 100)}{signs[0]}{ratio.text})"
        return f"((課税価格×{factor}+{amount.numbers[0]}円)-課税価格)/{amount.numbers[2]}"
    amount, part = terms
    number, many, unit = amount.numbers
    if part.kind == "ratio":
        price = Fraction(number) / Fraction(many) / (Fraction(part.numbers[0]) / Fraction(part.numbers[1]))
        return f"(({write_number(price)}円-課税価格)×{part.text})/{unit}"
    factor = "" if part.kind == "value" else f"×{write_number(Fraction(part.numbers[0]) / 100)}"
    return f"({number}円-課税価格{factor})/{unit}"


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", transformer=_Printer())


@lru_cache(maxsize=8192)
def print_rate(rate: str) -> str:
    """A pack's rate in the schedule's words.

    >>> print_rate("max(1.7 %, 1.3 % + 0.46 JPY/m2)")
    '1.7%又は1.3%+0.46円/㎡のうちいずれか高い税率'
    >>> print_rate("max(0 %, 312.5 JPY/kg - 10/16)")
    '((500円-課税価格)×10/16)/kg'
    """
    if rate in ("free", "none") or rate.startswith("text:"):
        return {"free": "無税", "none": "非譲許"}.get(rate, rate.removeprefix("text:"))
    return str(_parser().parse(rate))


def print_item(item: Item) -> str:
    """One rate of a cell, with its mark and brackets.

    >>> print_item(Item("341 JPY/kg", bracketed=True, mark="*"))
    '*(341円/kg)'
    """
    text = print_rate(item.rate)
    return item.mark + (f"({'一部' if item.partly else ''}{text})" if item.bracketed else text)


def print_cell(statements: Sequence[Statement]) -> str:
    """A cell in the schedule's words.

    >>> print_cell([Statement((Item("free"), Item("2.4 %", bracketed=True)), between=("〜",))])
    '無税〜(2.4%)'
    """
    lines = []
    for each in statements:
        text = "".join(sign + print_item(item) for sign, item in zip(("", *each.between), each.items, strict=False))
        lines.append(" ".join(filter(None, (f"{each.label}\u3000" if each.label else "", text, *each.references))))
    return "\n".join(lines)
