"""Evaluate the text of a rate on a base and the measures of a line, exactly."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import floor

from .read import NoRate

Money = Callable[[Fraction, str], Fraction]
TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)|([A-Za-z_]\w*)|([-+*/%(),]))")
NOTHING = {"free", "none"}


class Unknown(Exception):
    """The rate is not known, or a measure that it asks for is not given."""


@dataclass(frozen=True)
class Parts:
    """A rate at a base: the sum of its percentages, and what is left in minor units."""

    share: Fraction
    rest: Fraction

    def at(self, base: Fraction) -> Fraction:
        """The amount on a base."""
        return self.share * base + self.rest


class _Reader:
    """Reads a rate's text from left to right, evaluating as it goes."""

    def __init__(
        self,
        text: str,
        base: Fraction,
        measures: Mapping[str, Fraction | None],
        money: Money,
        instead: Fraction | None = None,
    ) -> None:
        self.tokens = _tokens(text)
        self.text = text
        self.at = 0
        self.base = base
        self.measures = measures
        self.money = money
        self.instead = instead

    def peek(self) -> str:
        """The next token, empty at the end."""
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        """The next token, which must be `wanted` where that is given."""
        token = self.peek()
        if not token or (wanted and token != wanted):
            raise ValueError(f"rate {self.text!r}: {wanted or 'more'} expected at token {self.at}")
        self.at += 1
        return token

    def total(self) -> Parts:
        """A sum of terms."""
        result = self.term()
        while self.peek() in ("+", "-"):
            sign = 1 if self.take() == "+" else -1
            more = self.term()
            result = Parts(result.share + sign * more.share, result.rest + sign * more.rest)
        return result

    def term(self) -> Parts:
        """One term."""
        token = self.take()
        if token == "(":
            inner = self.total()
            self.take(")")
            return inner
        if token in ("max", "min"):
            return self.choice(token)
        if token == "value":
            return Parts(Fraction(1), Fraction(0))
        if token == "free":
            return Parts(Fraction(0), Fraction(0))
        return self.amount(Fraction(token))

    def choice(self, which: str) -> Parts:
        """The greater or the less of several, the first where they are equal."""
        self.take("(")
        options = [self.total()]
        while self.peek() == ",":
            self.take(",")
            options.append(self.total())
        self.take(")")
        best = options[0]
        for other in options[1:]:
            gap = other.at(self.base) - best.at(self.base)
            if gap > 0 if which == "max" else gap < 0:
                best = other
        return best

    def amount(self, number: Fraction) -> Parts:
        """What a number begins: a percentage, a share, a flat amount or one for each unit."""
        if self.peek() == "%":
            self.take()
            return Parts(number / 100, Fraction(0))
        if self.peek() == "/":
            self.take()
            return Parts(number / Fraction(self.take()), Fraction(0))
        currency = self.take()
        if not re.fullmatch(r"[A-Z]{3}", currency):
            raise ValueError(f"rate {self.text!r}: {currency!r} is no currency")
        each = Fraction(1)
        measure = Fraction(1)
        if self.peek() == "/":
            self.take()
            if self.peek()[:1].isdigit():
                each = Fraction(self.take())
            unit = counted_unit(each, self.take())
            if self.instead is not None and unit in self.measures and self.measures[unit] is None:
                return Parts(
                    Fraction(0),
                    max(self.instead, self.least(number, currency, unit) / each) if number else Fraction(0),
                )
            measure = self.measure(unit)
            if unit == "kg_gross":
                measure = max(measure, self.measures["kg"] or measure)
        return Parts(Fraction(0), self.money(number, currency) * measure / each)

    def least(self, number: Fraction, currency: str, unit: str) -> Fraction:
        """The least amount by a measure not given: by the net mass for the gross, by one piece; nil by another."""
        one = {"kg_gross": self.measures["kg"], "item": Fraction(1), "dozen": Fraction(1, 12)}.get(unit)
        try:
            return self.money(number, currency) * one if one is not None else Fraction(0)
        except NoRate:
            if unit == "kg_gross":
                raise
            return Fraction(0)

    def measure(self, unit: str) -> Fraction:
        """How many of a unit the line has."""
        if unit not in self.measures:
            raise ValueError(f"rate {self.text!r}: {unit!r} is no unit")
        found = self.measures[unit]
        if found is None:
            raise Unknown(unit)
        return found


def counted_unit(each: Fraction, unit: str) -> str:
    """The measure that a unit asks for: pieces that the law counts in thousands are not those of a single sale."""
    return "thousands" if unit == "item" and each >= 1000 else unit


def asked_of(text: str, units: Iterable[str]) -> set[str]:
    """The measures that the text of a rate asks for."""
    found = re.findall(rf"/\s*([\d.]*)\s*({'|'.join(units)})\b", text)
    return {counted_unit(Fraction(each or 1), unit) for each, unit in found}


@lru_cache(maxsize=4096)
def _tokens(text: str) -> list[str]:
    """The words, numbers and signs of a text."""
    found = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise ValueError(f"rate {text!r} cannot be read at {text[at:]!r}")
        found.append(match.group(match.lastindex or 0))
        at = match.end()
    return found


def rate(
    text: str,
    base: Fraction,
    measures: Mapping[str, Fraction | None],
    money: Money,
    instead: Fraction | None = None,
) -> Parts:
    """The rate at a base; raises Unknown where it or a measure is not known.

    `instead`: an amount for each part that asks for a measure that is not known.
    """
    text = text.strip()
    if text in NOTHING:
        return Parts(Fraction(0), Fraction(0))
    if text == "unknown" or text.startswith(("text:", "from ")):
        raise Unknown(text)
    reader = _Reader(text, base, measures, money, instead)
    result = reader.total()
    if reader.peek():
        raise ValueError(f"rate {text!r}: {reader.peek()!r} is left over")
    return result


def share(text: str) -> Fraction:
    """A rate that is a share of something and nothing else."""

    def no_money(_: Fraction, currency: str) -> Fraction:
        raise ValueError(f"{text!r} is no share: {currency}")

    return rate(text, Fraction(0), {}, no_money).share


def rounded(amount: Fraction, rule: str, minor: int) -> Fraction:
    """An amount in minor units, rounded by a rule such as `down 100`, in major units; `down` alone is to the minor."""
    direction, _, unit_text = rule.partition(" ")
    scale: int = 10**minor
    unit = Fraction(unit_text) * scale if unit_text else Fraction(1)
    steps = amount / unit
    whole = floor(steps)
    left = steps - whole
    up = {
        "down": False,
        "up": left > 0,
        "half_up": left >= Fraction(1, 2),
        "half_even": left > Fraction(1, 2) or (left == Fraction(1, 2) and whole % 2 == 1),
    }[direction]
    return (whole + up) * unit


def half_up(amount: Fraction) -> int:
    """An amount rounded half up to the minor unit."""
    return floor(amount + Fraction(1, 2))
