"""Money as whole minor units, with named rounding directions and no silent overflow.

Every amount is a Python integer of minor units (fen, cents, yen), so nothing overflows. A rate is a pair of integers,
numerator and denominator. The rules are those of `docs/reference/assessment.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

#: The maximum amount, in minor units: larger than any trade ever made, so a larger one is an input error.
LARGEST_POWER = 18
LARGEST = 10**LARGEST_POWER

#: The text of zero, by number of decimals.
NIL = tuple("0" + "." * (places > 0) + "0" * places for places in range(12))

DIRECTIONS = ("down", "up", "half_up", "half_even")


def half_up(num: int, den: int) -> int:
    """The whole number nearest to num / den, halves away from zero.

    >>> half_up(5, 2), half_up(-5, 2), half_up(7, 3)
    (3, -3, 2)
    """
    if num >= 0:
        return (2 * num + den) // (2 * den)
    return -((-2 * num + den) // (2 * den))


def rounded(num: int, den: int, direction: str, unit_num: int, unit_den: int) -> tuple[int, int]:
    """Num / den rounded to a multiple of unit_num / unit_den, as a fraction: a unit may be finer than a minor unit.

    >>> rounded(12_345, 1, "down", 1_000, 1), rounded(12_345, 1, "up", 1_000, 1), rounded(25, 1, "half_even", 10, 1)
    ((12000, 1), (13000, 1), (20, 1))
    """
    top, bottom = num * unit_den, den * unit_num
    if direction == "down":
        steps = top // bottom if top >= 0 else -(-top // bottom)
    elif direction == "up":
        steps = -(-top // bottom) if top >= 0 else top // bottom
    elif direction == "half_up":
        steps = half_up(top, bottom)
    else:
        steps, rest = divmod(top, bottom)
        if 2 * rest > bottom or (2 * rest == bottom and steps % 2):
            steps += 1
    return steps * unit_num, unit_den


def split(total: int, weights: Sequence[int], order: Sequence[int] | None = None) -> list[int]:
    """Divide a total into whole parts in proportion to the weights; the parts add up to the total.

    The remaining units are given to the largest remainders, then to the larger weight, then by `order` (a rank for
    each part), so that the sequence of the parts does not matter. If all weights are zero, they count as equal.

    >>> split(100, [1, 1, 1]), split(7, [0, 3]), split(5, [0, 0])
    ([34, 33, 33], [0, 7], [3, 2])
    """
    if len(weights) == 1:
        return [total]
    whole = sum(weights)
    if whole == 0:
        weights, whole = [1] * len(weights), len(weights)
    if total < 0:
        return [-part for part in split(-total, weights, order)]
    parts = [total * weight // whole for weight in weights]
    left = total - sum(parts)
    if left:
        rank = order or range(len(weights))
        needy = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), -weights[i], rank[i]))
        for i in needy[:left]:
            parts[i] += 1
    return parts


def is_bounded(amount: Decimal) -> bool:
    """Whether a number is finite and of plausible size: otherwise a few digits could require millions of them.

    >>> is_bounded(Decimal("0.07")), is_bounded(Decimal("1E+99999999")), is_bounded(Decimal("1E-99999999"))
    (True, False, False)
    """
    if not amount.is_finite():
        return False
    exponent = amount.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -18 and amount.adjusted() <= 24


def in_minor(amount: Decimal, decimals: int) -> int | None:
    """An amount in major units as minor units; None if it has more decimals than the currency.

    >>> in_minor(Decimal("12.30"), 2), in_minor(Decimal("12.345"), 2), in_minor(Decimal("1E+3"), 0)
    (1230, None, 1000)
    """
    num, den = amount.as_integer_ratio()
    minor, rest = divmod(num * 10**decimals, den)
    return None if rest else minor


@lru_cache(maxsize=16384)
def in_major(minor: int, decimals: int) -> str:
    """Minor units as the decimal text of the API, with the currency's usual number of decimals; cached.

    A quote writes about fifty amounts, and most of them several times.

    >>> in_major(7000, 2), in_major(92400, 0), in_major(-5, 2)
    ('70.00', '92400', '-0.05')
    """
    if not minor:
        return NIL[decimals]
    if decimals == 2 and minor >= 100:
        digits = str(minor)
        return f"{digits[:-2]}.{digits[-2:]}"
    if not decimals:
        return str(minor)
    sign, digits = ("-", str(-minor)) if minor < 0 else ("", str(minor))
    if len(digits) <= decimals:
        digits = digits.zfill(decimals + 1)
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"


@lru_cache(maxsize=16384)
def percent(num: int, den: int) -> str:
    """A share as the shortest decimal text of its percentage; as a fraction if no decimal is exact.

    >>> percent(13, 100), percent(22, 78), percent(3464, 1_000_000)
    ('13', '2200/78', '0.3464')
    """
    top = num * 100
    for places in range(11):
        scaled, rest = divmod(top * 10**places, den)
        if not rest:
            text = in_major(scaled, places)
            return text.rstrip("0").rstrip(".") if places else text
    return f"{top}/{den}"
