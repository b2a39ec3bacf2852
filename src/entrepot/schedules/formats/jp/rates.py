"""The grammar of Japan's rate texts: from a cell of the schedule to rates in the text of a pack.

    3.9%                                     3.9 %
    1.7%又は1.3%＋0.46円/㎡のうちいずれか高い税率    max(1.7 %, 1.3 % + 0.46 JPY/m2)
    （524円×1.002-課税価格）/kg                max(0 %, 525.048 JPY/kg - value)
    (無税)                                   free, bracketed: it is not lower than the rate in force

A cell holds statements, one a line. Each has a label (goods, a quota, a partner, a season; often none) and items: one
rate, or several separated by 〜 、 or 又は, if the line's goods bear different rates. `jp.labels` reads labels,
`jp.print_rates` prints a cell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedInput
from lark.exceptions import VisitError

from entrepot.model.errors import in_quotes
from entrepot.schedules.formats.jp.amounts import (
    UNITS,
    Amount,
    Share,
    Term,
    at_least_zero,
    multiply,
    negate,
    plain,
    read_number,
    write_number,
    yen_each,
)

GRAMMAR = r"""
    start: statement (NEWLINE statement)*
    statement: [LABEL] (items REFERENCE* | REFERENCE+)
    items: item (SEPARATOR item)*
    item: [MARK] (expression | UNBOUND | WORDS)
    expression: operand
              | operand OR operand WHICH [bound]          -> chosen
    bound: BUT sum UNDER sum                              -> floor
         | CAP sum OVER sum "とする" ")"                    -> cap
    ?operand: sum | difference | group
    group: "(" [PARTLY] items ")"
    sum: term ("+" term)*
    ?term: FREE | percent | specific
    percent: NUMBER "%"
    specific: NUMBER "円" "/" UNIT
    difference: NUMBER "円" "/" UNIT "-" VALUE "/" UNIT ["×" NUMBER]   -> each_less
              | "(" money ")" "/" UNIT                               -> whole_less
    money: part (SIGN part)*
    part: atom ["×" factor]
    ?atom: yen | VALUE | "(" money ")"
    yen: NUMBER "円"
    factor: ratio | "(" ratio (SIGN ratio)* ")"
    ratio: NUMBER ["/" NUMBER]
    SIGN: "+" | "-"
    LABEL.9: /[^\n]*\S(?=[ 　]+[◎※]?\(?(\d|無税|当該原産品|原産品))/
    WORDS.8: /1(キログラム|頭)につき[^\n]*/ | /(当該)?原産品に含まれる砂糖の重量[^\n]*/
    OR.7: /又は(?=[^〜、\n]*のうちいずれか)/
    SEPARATOR: "〜" | "、" | "又は"
    WHICH: "のうちいずれか高い税率" | "のうちいずれか低い税率"
    BUT: "ただしその税率が"
    CAP: "(ただしその税率が"
    UNDER: "を下回る場合は"
    OVER: "を上回る場合は"
    FREE: "無税" | "免税"
    UNBOUND: "非譲許"
    VALUE: "課税価格"
    PARTLY: "一部"
    MARK: "●" | "◎" | "※" | /\*{1,2}/
    REFERENCE: /◆\d+/
    NUMBER: /(\d{1,3}(,\d{3})+|\d+)(\.\d+)?万?/
    UNIT: /kg|kl|l|MT|頭|足|㎡|枚|(1,000)?本/
    NEWLINE: /\n+/
    %ignore /[ 　]+/
"""

_WIDTHS = str.maketrans("（）％＋－−０１２３４５６７８９", "()%+--0123456789")


@dataclass(frozen=True, slots=True)
class Item:
    """One rate of a statement, as the text of a rate; `none` if the goods are not conceded.

    `bracketed`: the schedule states that the rate is not lower than the one in force. `partly`: it applies to some
    goods of the line. `mark`: a mark before it (● ◎ ※ * **) whose legend is not in the file. Words that cannot be a
    rate are `text:…`.
    """

    rate: str
    bracketed: bool = False
    partly: bool = False
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One line of a cell: its label, its rates, the separators between them, and the notes it refers to."""

    items: tuple[Item, ...]
    label: str = ""
    between: tuple[str, ...] = ()
    references: tuple[str, ...] = ()


class _Reader(Transformer[Any, Any]):
    """Converts the tree to statements; tokens that only separate are dropped."""

    def start(self, found: list[Any]) -> tuple[Statement, ...]:
        return tuple(each for each in found if isinstance(each, Statement))

    def statement(self, found: list[Any]) -> Statement:
        label, *rest = found
        refers = tuple(str(each) for each in rest if isinstance(each, Token))
        items, between = next((each for each in rest if not isinstance(each, Token)), ((), ()))
        return Statement(items, str(label or ""), between, refers)

    def items(self, found: list[Any]) -> tuple[tuple[Item, ...], tuple[str, ...]]:
        items: list[Item] = []
        between: list[str] = []
        for each in found:
            if isinstance(each, Token):
                between.append(str(each))
                continue
            items += each[0]
            between += each[1]
        return tuple(items), tuple(between)

    def item(self, found: list[Any]) -> tuple[tuple[Item, ...], tuple[str, ...]]:
        mark, what = str(found[0] or ""), found[1]
        if isinstance(what, Amount):
            return (Item(at_least_zero(what), mark=mark),), ()
        if isinstance(what, Token):
            return (Item("none" if what.type == "UNBOUND" else f"text:{what}", mark=mark),), ()
        items, between = what
        return (replace(items[0], mark=mark or items[0].mark), *items[1:]), between

    def expression(self, found: list[Any]) -> Any:
        if isinstance(found[0], Amount):
            return found[0]
        partly, (items, between) = found[0]
        return tuple(replace(item, bracketed=True, partly=partly) for item in items), between

    def group(self, found: list[Any]) -> tuple[bool, Any]:
        return found[0] is not None, found[1]

    def chosen(self, found: list[Any]) -> Amount:
        left, right = _inner(found[0]), _inner(found[2])
        if (left.less or right.less) and left.unit and right.unit and left.unit != right.unit:
            raise ValueError(f"it compares an amount for each {left.unit} with one for each {right.unit}")
        greater = "高い" in found[3]
        sides = [
            each.text if greater and not (left.less and right.less) else at_least_zero(each) for each in (left, right)
        ]
        text = f"{'max' if greater else 'min'}({', '.join(sides)})"
        if found[4]:
            text = found[4].format(text)
        return Amount(text)

    def floor(self, found: list[Any]) -> str:
        return f"max({{}}, {_same(found)})"

    def cap(self, found: list[Any]) -> str:
        return f"min({{}}, {_same(found)})"

    def sum(self, found: list[Any]) -> Amount:
        terms = [Amount("free") if isinstance(each, Token) else each for each in found]
        return terms[0] if len(terms) == 1 else Amount(" + ".join(each.text for each in terms))

    def percent(self, found: list[Any]) -> Amount:
        return Amount(f"{plain(found[0])} %")

    def specific(self, found: list[Any]) -> Amount:
        unit = UNITS[found[1]]
        return Amount(f"{plain(found[0])} JPY/{unit}", unit=unit)

    def each_less(self, found: list[Any]) -> Amount:
        if found[1] != found[3]:
            raise ValueError(f"it takes a value for each {found[3]} from an amount for each {found[1]}")
        unit = UNITS[found[1]]
        share = "value" if found[4] is None else f"{write_number(read_number(found[4]) * 100)} %"
        return Amount(f"{plain(found[0])} JPY/{unit} - {share}", True, unit)

    def whole_less(self, found: list[Any]) -> Amount:
        unit = UNITS[found[1]]
        text = ""
        for each in found[0]:
            sign, what = (each.sign, each.text) if isinstance(each, Share) else (1, yen_each(each, unit))
            text += (f" {'+' if sign > 0 else '-'} " if text else "") + what
        return Amount(text, True, unit)

    def yen(self, found: list[Any]) -> list[Term]:
        return [read_number(found[0])]

    def money(self, found: list[Any]) -> list[Term]:
        terms: list[Term] = list(found[0])
        for sign, part in zip(found[1::2], found[2::2], strict=True):
            terms += part if sign == "+" else [negate(each) for each in part]
        return terms

    def part(self, found: list[Any]) -> list[Term]:
        terms = [Share(1, "value", Fraction(1))] if isinstance(found[0], Token) else found[0]
        return terms if found[1] is None else [multiply(each, factor) for each in terms for factor in found[1]]

    def factor(self, found: list[Any]) -> list[Share]:
        signs = ["+", *found[1::2]]
        return [each if sign == "+" else each._replace(sign=-1) for sign, each in zip(signs, found[::2], strict=True)]

    def ratio(self, found: list[Any]) -> Share:
        if found[1] is None:
            number = read_number(found[0])
            return Share(1, f"{write_number(number * 100)} %", number)
        return Share(1, f"{plain(found[0])}/{plain(found[1])}", read_number(found[0]) / read_number(found[1]))


def _inner(operand: Any) -> Amount:
    """One side of 又は; brackets there only group."""
    if isinstance(operand, Amount):
        return operand
    partly, (items, _between) = operand
    text = items[0].rate
    if partly or len(items) != 1 or items[0] != Item(text):
        raise ValueError("it chooses among rates of which some do not apply")
    found = re.fullmatch(r"max\(0 %, (\S+ JPY/(\S+) - .+)\)", text)
    return Amount(found[1], True, found[2]) if found else Amount(text)


def _same(found: list[Any]) -> str:
    if found[1] != found[3]:
        raise ValueError("a bound is not what it is a bound to")
    return str(found[1].text)


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", transformer=_Reader(), maybe_placeholders=True)


def tidy(text: str) -> str:
    r"""A cell with half-width brackets and signs, and with broken lines joined.

    >>> tidy("（無税）〜\n(12％)")
    '(無税)〜(12%)'
    """
    text = text.translate(_WIDTHS).replace("\r", "").strip()
    return re.sub(r"\n+(?=/|ただし)|(?<=[+〜])\n+", "", text)


@lru_cache(maxsize=8192)
def read_cell(text: str) -> tuple[Statement, ...]:
    """The statements of a cell. Raises ValueError with the text that could not be read.

    >>> read_cell("(25%)")
    (Statement(items=(Item(rate='25 %', bracketed=True, partly=False, mark=''),), label='', between=(), references=()),)
    >>> [item.rate for item in read_cell("●無税〜5%")[0].items]
    ['free', '5 %']
    """
    clean = tidy(text)
    try:
        return tuple(_parser().parse(clean))  # type: ignore[arg-type]  # the transformer yields statements, not a tree
    except UnexpectedInput as error:
        raise ValueError(f"it cannot be read from {in_quotes(clean[error.pos_in_stream :])} on") from None
    except VisitError as error:
        raise ValueError(str(error.orig_exc)) from None
