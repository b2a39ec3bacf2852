"""The grammar of rates: parse the text of a rate into the program that `engine.rules.rate_amount` runs."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

import msgspec
from lark import Lark, Transformer, UnexpectedInput, UnexpectedToken

from entrepot.law.rates import ADD, COUNTED_FROM, FLAT, MAX, MEASURES, MIN, SHARE, SUB, UNIT, UNITS, VALUE, Rate, Step
from entrepot.model.errors import RateError
from entrepot.model.rule_kinds import RATE_SOURCES

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


def rate_source(text: str) -> tuple[str, str]:
    """The source of a charge's rate (a kind of `rule_kinds.RATE_SOURCES`), and the name of its tax or programme.

    >>> rate_source("tax:vat"), rate_source("tariff"), rate_source("5 %")
    (('tax', 'vat'), ('tariff', ''), ('literal', ''))
    """
    source, colon, name = text.partition(":")
    if source != "literal" and source in RATE_SOURCES and bool(colon) == bool(RATE_SOURCES[source].table):
        return source, name
    return "literal", ""


class _Program(Transformer[Any, Any]):
    """Converts the parse tree to the postfix program."""

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
            raise RateError("Unknown unit {unit!r}. Known: {known}.", unit=unit, known=" ".join(UNITS))
        measure, factor = UNITS[unit]
        each = Fraction(str(found[0])) / (many * factor)
        if measure == "item" and many * factor >= COUNTED_FROM:
            measure = "count"
        counted = Step(UNIT, each.numerator, each.denominator, MEASURES.index(measure), str(found[1]))
        if measure != "kg_gross":
            return [counted]
        # Goods with their packing weigh at least what they weigh without it: the net mass gives the least amount.
        return [counted, msgspec.structs.replace(counted, measure=MEASURES.index("kg")), Step(MAX)]

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


def _read_program(text: str) -> tuple[Step, ...]:
    """The program of a rate. Raises RateError with the text that cannot be read and its position.

    >>> [step.op for step in _read_program("8 % + 1.20 CNY/kg")] == [SHARE, UNIT, ADD]
    True
    """
    try:
        return tuple(_parser().parse(text))  # type: ignore[arg-type]  # the transformer yields steps, not a tree
    except UnexpectedInput as error:
        if isinstance(error, UnexpectedToken) and error.token.type == "$END":
            raise RateError(
                '{rate!r} is not a rate: it is incomplete. Write "10 %", "2.50 CNY/kg", "free" …',
                rate=text,
            ) from None
        raise RateError(
            '{rate!r} is not a rate: {rest!r} cannot be read. Write "10 %", "2.50 CNY/kg", "free" …',
            rate=text,
            rest=text[error.pos_in_stream :],
        ) from None
    except Exception as error:
        cause = getattr(error, "orig_exc", error)  # lark wraps what a transformer raises
        raise RateError("{rate!r} is not a rate: {why}", rate=text, why=cause) from None


#: The maximum length of a rate. The longest known rate in law has about eighty characters.
LONGEST = 400


@lru_cache(maxsize=65536)
def read_rate(text: str) -> Rate:
    """A rate from its text. Raises RateError with the text that cannot be read and its position.

    >>> read_rate("7.5 %").num, read_rate("7.5 %").den, read_rate("free").kind
    (3, 40, 'free')
    >>> read_rate("8 % + 1.20 CNY/kg").kind, read_rate("max(10 %, 3 JPY/100kg)").kind
    ('sum', 'mixed')
    >>> read_rate("from 5 % to 20 %").high.num, read_rate("from free to 12 CNY/kg").low.kind, read_rate("from 5 %").high
    (1, 'free', None)
    >>> read_rate("10 pc")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    entrepot.model.errors.RateError: "10 pc" is not a rate: "pc" cannot be read. Write "10 %", ...
    """
    text = text.strip()
    if len(text) > LONGEST and not text.startswith("text:"):
        raise RateError("A rate has at most {most} characters; this one has {many}.", most=LONGEST, many=len(text))
    if text in ("free", "none", "unknown") or text.startswith("text:"):
        return Rate(text, text.split(":")[0])
    if text.startswith("from "):
        return _read_range(text)
    program = _read_program(text)
    ops = {step.op for step in program}
    if ops == {SHARE} and len(program) == 1:
        return Rate(text, "share", program, program[0].num, program[0].den)
    if ops & {MAX, MIN, VALUE}:
        return Rate(text, "mixed", program)
    share = _share(program)
    return Rate(text, "sum", program, share.numerator, share.denominator)


def _read_range(text: str) -> Rate:
    """A rate of which only the ends are known: `from 5 % to 20 %`; `from 5 %`, which has no known highest rate."""
    low, to, high = (part.strip() for part in text.removeprefix("from ").partition(" to "))
    ends = [read_rate(end) for end in (low, high)[: 2 if to else 1]]
    if any(end.kind not in ("free", "share", "sum", "mixed") for end in ends):
        raise RateError('{rate!r} is not a range of rates. Write "from 5 % to 20 %", or "from 5 %".', rate=text)
    plain = len(ends) == 2 and all(end.kind in ("free", "share") for end in ends)
    if plain and ends[0].num * ends[1].den >= ends[1].num * ends[0].den:
        raise RateError("{rate!r} is not a range of rates: the first must be the lower one.", rate=text)
    return Rate(text, "range", low=ends[0], high=ends[1] if to else None)


def _share(program: tuple[Step, ...]) -> Fraction:
    """The sum of the percentages of a rate that only adds and subtracts."""
    stack: list[Fraction] = []
    for step in program:
        if step.op in (ADD, SUB):
            right = stack.pop()
            stack[-1] += right if step.op == ADD else -right
        else:
            stack.append(Fraction(step.num, step.den) if step.op == SHARE else Fraction(0))
    return stack[0]
