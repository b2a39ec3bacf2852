"""Amounts inside Japan's rate texts: exact numbers, and the terms of a difference between a price and the value."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

#: The schedule's units as a pack writes them. 本 and 枚 count pieces.
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
    """A rate inside an expression. `unit` is that of a difference or of a lone specific rate."""

    text: str
    less: bool = False
    unit: str = ""


class Share(NamedTuple):
    """A part of the value in a difference: `value`, `60 %` or `10/16`, with its sign, and what it is exactly."""

    sign: int
    text: str
    exact: Fraction


#: A term of a difference: yen for each unit, or a part of the value.
Term = Fraction | Share


def exact(text: str) -> Fraction:
    """A number of the schedule, exactly.

    >>> exact("1,268.73"), exact("170万")
    (Fraction(126873, 100), Fraction(1700000, 1))
    """
    return Fraction(text.rstrip("万").replace(",", "")) * (10_000 if text.endswith("万") else 1)


def digits(number: Fraction) -> str:
    """A number written out; ValueError where its decimals do not end.

    >>> digits(Fraction("525.0480")), digits(Fraction(500))
    ('525.048', '500')
    """
    for places in range(9):
        if (10**places) % number.denominator == 0:
            whole = f"{int(number * 10**places):0{places + 1}d}"
            return f"{whole[:-places]}.{whole[-places:]}" if places else whole
    raise ValueError(f"{number} has no end.")


def plain(text: str) -> str:
    """A number as a pack writes it: without commas, its decimals as they stand.

    >>> plain("1,268.70"), plain("170万")
    ('1268.70', '1700000')
    """
    return digits(exact(text)) if "万" in text else text.replace(",", "")


def yen_each(amount: Fraction, unit: str) -> str:
    """An amount for each unit, exactly: for a third of a yen, one yen for each three units.

    >>> yen_each(Fraction("312.5"), "kg"), yen_each(Fraction(1000, 11), "kg")
    ('312.5 JPY/kg', '1000 JPY/11kg')
    """
    try:
        return f"{digits(amount)} JPY/{unit}"
    except ValueError:
        return f"{amount.numerator} JPY/{amount.denominator}{unit}"


def guarded(amount: Amount) -> str:
    """A difference is no less than nothing: goods dearer than its price are not its goods."""
    return f"max(0 %, {amount.text})" if amount.less else amount.text


def negative(term: Term) -> Term:
    """A term of a difference with the other sign."""
    return term._replace(sign=-term.sign) if isinstance(term, Share) else -term


def times(term: Term, factor: Share) -> Term:
    """A term of a difference times a factor. ValueError for a part of the value that has one already."""
    if isinstance(term, Fraction):
        return term * factor.exact * factor.sign
    if term.text != "value":
        raise ValueError("it multiplies a part of the value twice")
    return Share(term.sign * factor.sign, factor.text, factor.exact)
