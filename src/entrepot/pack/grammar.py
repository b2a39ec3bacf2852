"""The grammar of rates: from a text of law to the program that `reckon` runs."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

from lark import Lark, Transformer, UnexpectedInput, UnexpectedToken

from entrepot.pack.rates import ADD, FLAT, MAX, MEASURES, MIN, SHARE, SUB, UNIT, UNITS, VALUE, Step

GRAMMAR = r"""
    start: sum
    ?sum: term (SIGN term)*
    ?term: NUMBER "%"                              -> percent
         | NUMBER "/" NUMBER                       -> ratio
         | NUMBER CURRENCY "/" NUMBER? UNIT        -> specific
         | NUMBER CURRENCY                         -> flat
         | "max" "(" sum ("," sum)+ ")"            -> greatest
         | "min" "(" sum ("," sum)+ ")"            -> least
         | "(" sum ")"
         | "value"                                 -> value
    SIGN: "+" | "-"
    NUMBER: /\d+(\.\d+)?/
    CURRENCY: /[A-Z]{3}/
    UNIT: /[a-z][a-z_0-9]*/
    %ignore /[ \t]+/
"""


class _Program(Transformer[Any, Any]):
    """From the tree to the postfix program."""

    def percent(self, found: list[Any]) -> list[Step]:
        share = Fraction(str(found[0])) / 100
        return [Step(SHARE, share.numerator, share.denominator)]

    def ratio(self, found: list[Any]) -> list[Step]:
        share = Fraction(str(found[0])) / Fraction(str(found[1]))
        return [Step(SHARE, share.numerator, share.denominator)]

    def specific(self, found: list[Any]) -> list[Step]:
        many = Fraction(str(found[2])) if len(found) == 4 else Fraction(1)
        unit = str(found[-1])
        if unit not in UNITS:
            raise ValueError(f"Unknown unit {unit!r}. Known: {' '.join(UNITS)}.")
        measure, factor = UNITS[unit]
        each = Fraction(str(found[0])) / (many * factor)
        return [Step(UNIT, each.numerator, each.denominator, MEASURES.index(measure), str(found[1]))]

    def flat(self, found: list[Any]) -> list[Step]:
        amount = Fraction(str(found[0]))
        return [Step(FLAT, amount.numerator, amount.denominator, 0, str(found[1]))]

    def value(self, found: list[Any]) -> list[Step]:
        return [Step(VALUE)]

    def sum(self, found: list[Any]) -> list[Step]:
        steps: list[Step] = list(found[0])
        for sign, term in zip(found[1::2], found[2::2], strict=True):
            steps += [*term, Step(ADD if sign == "+" else SUB)]
        return steps

    def greatest(self, found: list[Any]) -> list[Step]:
        return self._compared(found, MAX)

    def least(self, found: list[Any]) -> list[Step]:
        return self._compared(found, MIN)

    def start(self, found: list[Any]) -> list[Step]:
        return list(found[0])

    @staticmethod
    def _compared(found: list[Any], op: int) -> list[Step]:
        steps: list[Step] = list(found[0])
        for other in found[1:]:
            steps += [*other, Step(op)]
        return steps


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", transformer=_Program())


def read_program(text: str) -> tuple[Step, ...]:
    """The program of a rate. Raises ValueError with what could not be read and where.

    >>> [step.op for step in read_program("8 % + 1.20 CNY/kg")] == [SHARE, UNIT, ADD]
    True
    """
    try:
        return tuple(_parser().parse(text))  # type: ignore[arg-type]  # the transformer yields steps, not a tree
    except UnexpectedInput as error:
        ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        at = "its end" if ended else repr(text[max(error.pos_in_stream, 0) :])
        message = f"{text!r} is no rate: it cannot be read from {at} on. Write '10 %', '2.50 CNY/kg', 'free' …"
        raise ValueError(message) from None
    except Exception as error:
        cause = getattr(error, "orig_exc", error)  # lark wraps what a transformer raises
        raise ValueError(f"{text!r} is no rate: {cause}") from None
