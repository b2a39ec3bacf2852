"""Read the rates of the United States' schedule into the form of the packs, and write them back.

    2.5¢/kg + 8.5%  <->  0.025 USD/kg + 8.5 %          Free  <->  free          33 1/3%  <->  1/3

The grammar below covers every word of a rate; nothing is skipped. A rate may still need a fact that no sale gives: the
drained weight of a preserve, the value of a watch's strap. Such a rate is `lacking`, and remains the text of the law.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

import msgspec
from lark import Lark, Transformer
from lark.exceptions import LarkError

from entrepot.law.grammar import read_rate
from entrepot.schedules.formats.us.units import UNITS, number, write_term

#: Phrases after an amount that change nothing: the set is the article, and proof liters are counted by their alcohol.
WHOLE = ("on the entire set", "on ethyl alcohol content")

#: How the duty on raw sugar falls with its polarization.
DEGREES = "for each degree under 100 degrees (and fractions of a degree in proportion)"

_UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True)).replace("/", r"\/")

GRAMMAR = rf"""
    start: FREE                                          -> free
         | FREE CONDITION                                -> conditional
         | sum
         | amount "less" amount DEGREES amount           -> by_degree
         | SEE range (","? range)*                       -> see
         | APPLICABLE                                    -> unchanged
         | APPLICABLE ("+" | "plus") sum "."?            -> added
         | ELSEWHERE                                     -> elsewhere
    sum: term ("+" term)*
    term: NUMBER "%" PART?                               -> percent
        | NUMBER NUMBER "/" NUMBER "%" PART?             -> mixed_percent
        | amount PART?                                   -> specific
        | money PART                                     -> piecewise
    amount: money "/" UNIT                               -> per_unit
          | money "each"                                 -> per_item
    ?money: "$" NUMBER                                   -> dollars
          | NUMBER "¢"                                   -> cents
    range: HEADING ("-" HEADING)?
    FREE: "Free"
    SEE: "See"
    APPLICABLE.2: /The duty provided (for )?in ?the applicable subheading/
    ELSEWHERE: /(The|A) (rate|duty)[^$]*|See (additional )?U\.S\. note.*|No (change|additional duty)\.?/i
    CONDITION: /,.+/
    DEGREES: /{re.escape(DEGREES)} but not less( than)?/
    PART: /,? ?(on|of|over|including|for each other)[^+]+/
    HEADING: /[0-9]{{2}}\.?[0-9]{{2}}\.[0-9]{{2}}\.[0-9]{{2}}/
    UNIT: /{_UNIT}/
    NUMBER: /[0-9]+(\.[0-9]+)?/
    %ignore " "
"""


class ParsedRate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A parsed cell. `rate`: as a pack writes it; otherwise `text:` and the words of the cell.

    `kind`: `rate`; `lacking` (read, but it needs a fact that no sale gives); `reference` (to another provision, whose
    codes are the pairs of first and last in `see`); `added` (the duty of the goods, and `rate` in addition); `unread`.
    `said`: a rate or a lacking one in the schedule's usual words, written from the parsed value.
    """

    kind: str
    rate: str
    why: str = ""
    said: str = ""
    see: tuple[tuple[str, str], ...] = ()


class _Part(msgspec.Struct, frozen=True):
    """A term in the packs' form, the phrase behind it, and what it counts that no sale gives."""

    text: str
    phrase: str = ""
    lacks: str = ""

    def behind(self, found: list[Any], many: int) -> _Part:
        """The same with the phrase that stands after the first so many pieces, where there is one."""
        if len(found) <= many:
            return self
        phrase = " ".join(str(found[many]).split())
        shown = f" {phrase}" if phrase[0] != "," else phrase
        lacks = self.lacks or ("" if phrase in WHOLE else phrase.lstrip(", "))
        return _Part(self.text, shown, lacks)

    def said(self) -> str:
        """The part as the schedule would write it."""
        return write_term(self.text) + self.phrase


class _Reader(Transformer[Any, Any]):
    """Converts the tree of a rate. The names of the methods are those of the grammar's rules."""

    def free(self, _: list[Any]) -> ParsedRate:
        """No duty."""
        return ParsedRate(kind="rate", rate="free", said="Free")

    def conditional(self, found: list[Any]) -> ParsedRate:
        """Free on a condition that a sale does not state."""
        condition = str(found[1])
        why = f"It holds on a condition: {condition.lstrip(', ')}."
        return ParsedRate(kind="lacking", rate="", why=why, said=f"Free{condition}")

    def by_degree(self, found: list[Any]) -> ParsedRate:
        """Sugar by its polarization."""
        full, each, _, least = found
        said = f"{full.said()} less {each.said()} {DEGREES} but not less than {least.said()}"
        return ParsedRate(
            kind="lacking", rate="", why="It counts the degrees of the sugar, which no sale gives.", said=said
        )

    def unchanged(self, _: list[Any]) -> ParsedRate:
        """The duty of the goods themselves."""
        return ParsedRate(kind="reference", rate="", why="The duty is that of the goods' own subheading.")

    def elsewhere(self, _: list[Any]) -> ParsedRate:
        """A rate that is stated in words or notes elsewhere."""
        return ParsedRate(kind="reference", rate="", why="The rate stands in another provision.")

    def see(self, found: list[Any]) -> ParsedRate:
        """A rate that is stated in named headings."""
        return ParsedRate(kind="reference", rate="", why="The rate stands in the headings named.", see=tuple(found[1:]))

    def range(self, found: list[Any]) -> tuple[str, str]:
        """The digits of the first and the last heading."""
        digits = [str(each).replace(".", "") for each in found]
        return digits[0], digits[-1]

    def added(self, found: list[Any]) -> ParsedRate:
        """The duty of the goods themselves and an addition."""
        return msgspec.structs.replace(self.start(found[-1:]), kind="added")

    def start(self, found: list[Any]) -> ParsedRate:
        """A sum alone."""
        parts: list[_Part] = found[0]
        said = " + ".join(part.said() for part in parts)
        lacks = dict.fromkeys(part.lacks for part in parts if part.lacks)
        if lacks:
            return ParsedRate(
                kind="lacking", rate="", why=f"It counts what no sale gives: {'; '.join(lacks)}.", said=said
            )
        return ParsedRate(kind="rate", rate=" + ".join(part.text for part in parts), said=said)

    def sum(self, found: list[Any]) -> list[_Part]:
        """Added terms."""
        return found

    def percent(self, found: list[Any]) -> _Part:
        """A share of the value."""
        return _Part(f"{number(found[0])} %").behind(found, 1)

    def mixed_percent(self, found: list[Any]) -> _Part:
        """A share written with a fraction: 33 1/3% is a third."""
        share = (int(found[0]) + Fraction(int(found[1]), int(found[2]))) / 100
        return _Part(f"{share.numerator}/{share.denominator}").behind(found, 3)

    def specific(self, found: list[Any]) -> _Part:
        """An amount for each unit."""
        amount: _Part = found[0]
        return amount.behind(found, 1)

    def piecewise(self, found: list[Any]) -> _Part:
        """An amount for each item that the phrase names."""
        return _Part(f"{found[0]} USD").behind(found, 1)

    def per_unit(self, found: list[Any]) -> _Part:
        """An amount for a unit."""
        word = str(found[1])
        return _Part(f"{found[0]} USD/{UNITS[word] or word}", lacks="" if UNITS[word] else word)

    def per_item(self, found: list[Any]) -> _Part:
        """An amount for each piece."""
        return _Part(f"{found[0]} USD/item")

    def dollars(self, found: list[Any]) -> str:
        """Dollars."""
        return number(found[0])

    def cents(self, found: list[Any]) -> str:
        """Cents, converted to dollars."""
        return number(str(Decimal(str(found[0])) / 100))


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", transformer=_Reader())


def plain(text: str) -> str:
    """The text of a cell without the breaks of the printed column.

    >>> plain("0.3¢/line/ gross  + 4.6%"), plain("$2.50/thou- sand")
    ('0.3¢/line/gross + 4.6%', '$2.50/thousand')
    """
    text = re.sub(r"(?<=[a-z])- (?=[a-z])", "", " ".join(text.split()))
    return re.sub(r" */ *", "/", text)


@lru_cache(maxsize=8192)
def read_text(text: str) -> ParsedRate:
    """Parse a cell of a rate column. Never raises: text that is not a rate is `unread`, with the reason.

    >>> read_text("2.5¢/kg + 8.5%").rate, read_text("$1.32/pf. liter").rate, read_text("33 1/3%").rate
    ('0.025 USD/kg + 8.5 %', '1.32 USD/0.5l_alc', '1/3')
    >>> read_text("3.7¢/kg on drained weight").why
    'It counts what no sale gives: on drained weight.'
    >>> read_text("See 9822.04.01-9822.04.03").see
    (('98220401', '98220403'),)
    """
    words = f"text:{' '.join(text.split())}"
    try:
        parsed: ParsedRate = _parser().parse(plain(text))  # type: ignore[assignment]  # the transformer yields no tree
    except LarkError as error:
        return ParsedRate(kind="unread", rate=words, why=f"These words are not a known rate: {_first_line(error)}")
    if parsed.kind in ("rate", "added"):
        try:
            read_rate(parsed.rate)
        except ValueError as error:
            return msgspec.structs.replace(parsed, kind="lacking", rate=words, why=str(error))
        return parsed
    return msgspec.structs.replace(parsed, rate=words)


def _first_line(error: LarkError) -> str:
    return str(error).splitlines()[0]
