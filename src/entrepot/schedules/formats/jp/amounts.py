"""Amounts in Japan's rate texts: exact numbers, and the terms of a difference between a price and the value."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

#: The schedule's units -> the units of a pack. 本 and 枚 count pieces.
UNITS = {
    "kg": "kg",
    "kl": "1000l",
    "l": "l",
    "MT": "t",
    "頭": "head",
    "足": "pair",
    "㎡": "m2",
    "本": "item",
    "枚": "item",
    "1,000本": "1000item",
}


class Amount(NamedTuple):
    """A rate in an expression. `less`: it subtracts from an amount; `unit`: of a difference or a lone specific rate."""

    text: str
    less: bool = False
    unit: str = ""


class Share(NamedTuple):
    """A part of the value in a difference: `value`, `60 %` or `10/16`, with its sign and exact value."""

    sign: int
    text: str
    exact: Fraction


#: A term of a difference: yen for each unit, or a part of the value.
Term = Fraction | Share


def read_number(text: str) -> Fraction:
    """A number of the schedule, exactly.

    >>> read_number("1,268.73"), read_number("170万")
    (Fraction(126873, 100), Fraction(1700000, 1))
    """
    return Fraction(text.rstrip("万").replace(",", "")) * (10_000 if text.endswith("万") else 1)


def write_number(number: Fraction) -> str:
    """A number as a decimal text; raises ValueError if its decimals do not end.

    >>> write_number(Fraction("525.0480")), write_number(Fraction(500))
    ('525.048', '500')
    """
    for places in range(9):
        if (10**places) % number.denominator == 0:
            whole = f"{int(number * 10**places):0{places + 1}d}"
            return f"{whole[:-places]}.{whole[-places:]}" if places else whole
    raise ValueError(f"{number} has no end.")


def plain(text: str) -> str:
    """A number as a pack writes it: without commas, its decimals unchanged.

    >>> plain("1,268.70"), plain("170万")
    ('1268.70', '1700000')
    """
    return write_number(read_number(text)) if "万" in text else text.replace(",", "")


def yen_each(amount: Fraction, unit: str) -> str:
    """An amount for each unit, exactly: a third of a yen becomes one yen for each three units.

    >>> yen_each(Fraction("312.5"), "kg"), yen_each(Fraction(1000, 11), "kg")
    ('312.5 JPY/kg', '1000 JPY/11kg')
    """
    try:
        return f"{write_number(amount)} JPY/{unit}"
    except ValueError:
        return f"{amount.numerator} JPY/{amount.denominator}{unit}"


def at_least_zero(amount: Amount) -> str:
    """A rate with zero as the minimum of a difference: it does not apply to goods above its price."""
    return f"max(0 %, {amount.text})" if amount.less else amount.text


def negate(term: Term) -> Term:
    """A term of a difference with the other sign."""
    return term._replace(sign=-term.sign) if isinstance(term, Share) else -term


def multiply(term: Term, factor: Share) -> Term:
    """A term of a difference times a factor. Raises ValueError for a part of the value that has a factor already."""
    if isinstance(term, Fraction):
        return term * factor.exact * factor.sign
    if term.text != "value":
        raise ValueError("it multiplies a part of the value twice")
    return Share(term.sign * factor.sign, factor.text, factor.exact)
