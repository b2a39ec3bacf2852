"""The grammar of duties as the Trade Tariff prints them: `16.50 % + 244.78 GBP / 1000 p/st MIN 20.00 %`."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Any

from lark import Lark, LarkError, Token, Transformer, v_args

from entrepot.model.errors import in_quotes

#: Unit of measure as the service prints it -> unit of a pack.
PRINTED = {
    "g": "g",
    "kg": "kg",
    "100 kg": "100kg",
    "1000 kg": "t",
    "l": "l",
    "hl": "hl",
    "1000 l": "1000l",
    "l alc. 100%": "l_alc",
    "% vol/hl": "hl_vol",
    "p/st": "item",
    "100 p/st": "100item",
    "1000 p/st": "1000item",
    "pa": "pair",
    "m2": "m2",
    "m3": "m3",
}
#: Unit as tables write it, without its spaces -> unit as the Trade Tariff prints it.
SPELLINGS = {
    "kg": "kg",
    "100kg": "100 kg",
    "1000kg": "1000 kg",
    "tonne": "1000 kg",
    "hl": "hl",
    "%vol/hl": "% vol/hl",
    "item": "p/st",
    "p/st": "p/st",
    "100items": "100 p/st",
    "100p/st": "100 p/st",
    "1000items": "1000 p/st",
    "1000p/st": "1000 p/st",
    "m2": "m2",
}
_AS_PRINTED = {unit: printed for printed, unit in PRINTED.items()}

WORDS = rf"""
    start: bounded
    ?bounded: sum
            | bounded "MIN" sum   -> least
            | bounded "MAX" sum   -> most
    ?sum: term
        | sum "+" term            -> plus
        | sum "-" term            -> minus
    term: NUMBER "%"              -> percent
        | NUMBER CURRENCY "/" UNIT -> specific
    NUMBER: /\d+(\.\d+)?/
    CURRENCY: "GBP" | "EUR"
    UNIT: {" | ".join(f'"{printed}"' for printed in PRINTED)}
    %ignore " "
"""

RATES = r"""
    start: bounded
    ?bounded: sum
            | "max" "(" bounded "," sum ")" -> least
            | "min" "(" bounded "," sum ")" -> most
    ?sum: term
        | sum "+" term            -> plus
        | sum "-" term            -> minus
    term: NUMBER "%"              -> percent
        | NUMBER CURRENCY "/" UNIT -> specific
    NUMBER: /\d+(\.\d+)?/
    CURRENCY: "GBP" | "EUR"
    UNIT: /\d*[a-z][a-z_0-9]*/
    %ignore " "
"""


@v_args(inline=True)
class _Rate(Transformer[Any, str]):
    """Converts a printed duty to the text of a rate."""

    def start(self, rate: str) -> str:
        return rate

    def percent(self, number: Token) -> str:
        return f"{Decimal(number).normalize():f} %"

    def specific(self, number: Token, currency: Token, unit: Token) -> str:
        return f"{Decimal(number).normalize():f} {currency}/{PRINTED[unit]}"

    def plus(self, left: str, right: str) -> str:
        return f"{left} + {right}"

    def minus(self, left: str, right: str) -> str:
        return f"{left} - {right}"

    def least(self, rate: str, bound: str) -> str:
        return f"max({rate}, {bound})"

    def most(self, rate: str, bound: str) -> str:
        return f"min({rate}, {bound})"


@v_args(inline=True)
class _Words(Transformer[Any, str]):
    """Converts the text of a rate to a printed duty: with two decimals at least, four at most."""

    def start(self, words: str) -> str:
        return words

    def percent(self, number: Token) -> str:
        return f"{_two(number)} %"

    def specific(self, number: Token, currency: Token, unit: Token) -> str:
        return f"{_two(number)} {currency} / {_AS_PRINTED[unit]}"

    def plus(self, left: str, right: str) -> str:
        return f"{left} + {right}"

    def minus(self, left: str, right: str) -> str:
        return f"{left} - {right}"

    def least(self, words: str, bound: str) -> str:
        return f"{words} MIN {bound}"

    def most(self, words: str, bound: str) -> str:
        return f"{words} MAX {bound}"


def _two(number: str) -> str:
    exact = Decimal(number).normalize()
    return f"{exact:.2f}" if exact == round(exact, 2) else f"{exact:f}"


@lru_cache(maxsize=2)
def _parser(grammar: str) -> Lark:
    return Lark(grammar, parser="lalr")


@lru_cache(maxsize=4096)
def read_printed(words: str) -> str:
    """The rate of a printed duty. Raises ValueError if it cannot be expressed in a pack.

    >>> read_printed("10.20 % + 93.10 EUR / 100 kg")
    '10.2 % + 93.1 EUR/100kg'
    >>> read_printed("0.00 %")
    'free'
    """
    try:
        rate = _Rate().transform(_parser(WORDS).parse(words))
    except LarkError:
        raise ValueError(f"{in_quotes(words)} is not a duty that can be read") from None
    return "free" if rate.startswith("0 ") and not {"+", "-", "("} & set(rate) else rate


def print_duty(rate: str) -> str:
    """The duty that the Trade Tariff prints for a rate that was read from it.

    >>> print_duty("max(10.2 %, 93.1 EUR/100kg)")
    '10.20 % MIN 93.10 EUR / 100 kg'
    """
    return "0.00 %" if rate == "free" else _Words().transform(_parser(RATES).parse(rate))
