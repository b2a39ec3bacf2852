"""Read the cells of a pack's tables: check the text of each kind of cell and convert it to a value."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from entrepot.law.csv_schema import CHOICES, MULTIPLE_CHOICES
from entrepot.law.grammar import read_rate
from entrepot.law.rates import UNITS
from entrepot.model.errors import in_quotes, meant

_GOODS = re.compile(r"\d{2,10}|\*|service:(\*|[a-z_]+)")
_ID = re.compile(r"[a-z0-9][a-z0-9_\-]*")
_PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_SEASON = re.compile(r"(\d\d)-(\d\d)\.\.(\d\d)-(\d\d)")
_UNIT_VALUE = re.compile(r"(\d+(?:\.\d+)?(?:/\d+)?) ([A-Z]{3})/([a-z0-9_]+)")
_BAND = re.compile(r"(over|at_least|up_to|below) (\d+(?:\.\d+)?) ([A-Z]{3})/([a-z0-9_]+)")
_ROUND = re.compile(r"(down|up|half_up|half_even) (\d+(?:\.\d+)?)")
_MONEY = re.compile(r"(\d+(?:\.\d+)?) ([A-Z]{3})")
_MONEY_SPAN = re.compile(rf"from {_MONEY.pattern} to {_MONEY.pattern}")


def read_day(text: str) -> dt.date | None:
    """A date in the form YYYY-MM-DD; None for an empty cell."""
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{in_quotes(text)} is not a date. Write it like 2026-03-01.") from None


def read_goods(text: str) -> str:
    """A code of 2 to 10 digits, `*`, or `service:CATEGORY`."""
    if not _GOODS.fullmatch(text):
        raise ValueError(
            f"{in_quotes(text)} is not a code of goods. Write 2 to 10 digits without dots, *, or service:CATEGORY."
        )
    return text


def read_goods_list(text: str) -> tuple[str, ...]:
    """Codes separated by spaces."""
    return tuple(read_goods(word) for word in text.split())


def read_id(text: str) -> str:
    """An id: lower-case letters, digits, `_` and `-`."""
    if text and not _ID.fullmatch(text):
        raise ValueError(f"{in_quotes(text)} is not an id. Use lower-case letters, digits, _ and -.")
    return text


def read_ids(text: str) -> tuple[str, ...]:
    """Ids separated by spaces, or `*`."""
    return tuple(word if word == "*" else read_id(word) for word in text.split())


def read_economies(text: str) -> tuple[str, ...]:
    """ISO 3166-1 alpha-2 codes separated by spaces; `!` before the first means all economies except these."""
    words = text.replace("!", "! ", 1).split()
    for word in words[1:] if words[:1] == ["!"] else words:
        if not re.fullmatch(r"[A-Z]{2}", word):
            raise ValueError(
                f"{in_quotes(word)} is not an economy. Write ISO 3166-1 alpha-2 codes separated by spaces."
            )
    return tuple(words)


def read_amount(text: str) -> Decimal | None:
    """A decimal number in major units; None for an empty cell."""
    if not text:
        return None
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        raise ValueError(f"{in_quotes(text)} is not an amount. Write it like 1500 or 0.50, without a currency.")
    return Decimal(text)


def read_goods_of_row(text: str) -> str:
    """A code of goods, or several separated by spaces: the row applies to each of them."""
    return " ".join(read_goods_list(text))


def read_lines(text: str) -> int | None:
    """A number of national lines; None for an empty cell."""
    if not text:
        return None
    if not re.fullmatch(r"[1-9]\d{0,5}", text):
        raise ValueError(
            f"{in_quotes(text)} is not a number of lines. Write a whole number above zero, or leave it empty."
        )
    return int(text)


def read_people(text: str) -> int | None:
    """A number of persons or days; None for an empty cell."""
    if not text:
        return None
    if not re.fullmatch(r"\d{1,9}", text):
        raise ValueError(f"{in_quotes(text)} is not a whole number. Write it like 100000, or leave the cell empty.")
    return int(text)


def read_money(text: str) -> tuple[Decimal, str]:
    """An amount with its currency: `5000 CNY`."""
    found = _MONEY.fullmatch(text)
    if not found:
        raise ValueError(f"{in_quotes(text)} is not a sum of money. Write it like '5000 CNY'.")
    return Decimal(found[1]), found[2]


def read_money_span(text: str) -> tuple[Fraction, Fraction, str] | None:
    """Two amounts of one currency between which an amount lies, and the currency; None for an empty cell."""
    if not text:
        return None
    found = _MONEY_SPAN.fullmatch(text)
    if found is None or found[2] != found[4] or Fraction(found[1]) > Fraction(found[3]):
        raise ValueError(f"{in_quotes(text)} is not a range of amounts. Write it like from 50 USD to 85 USD.")
    return Fraction(found[1]), Fraction(found[3]), found[2]


def read_rounding(text: str) -> tuple[str, Fraction]:
    """A direction and a unit in major units: `down 1000`."""
    found = _ROUND.fullmatch(text)
    if not found or not Fraction(found[2]):
        raise ValueError(
            f"{in_quotes(text)} is not a rounding. Write down, up, half_up or half_even and a unit: 'down 1000'."
        )
    return found[1], Fraction(found[2])


def read_season(text: str) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """A period of every year, both days included: `06-01..09-30`; None for an empty cell."""
    if not text:
        return None
    found = _SEASON.fullmatch(text)
    try:
        if not found:
            raise ValueError
        first, last = dt.date(2000, int(found[1]), int(found[2])), dt.date(2000, int(found[3]), int(found[4]))
    except ValueError:
        raise ValueError(f"{in_quotes(text)} is not a season. Write it like 06-01..09-30.") from None
    return (first.month, first.day), (last.month, last.day)


def read_unit_value(text: str) -> tuple[tuple[Fraction, str, str], ...]:
    """`at_least 10 CNY/ml 15 CNY/item`: alternatives as (amount, currency, unit); empty for an empty cell."""
    if not text:
        return ()
    words = text.removeprefix("at_least ")
    found = _UNIT_VALUE.findall(words)
    whole = " ".join(f"{each} {currency}/{unit}" for each, currency, unit in found) == words
    if not text.startswith("at_least ") or not whole or any(unit not in UNITS for _, _, unit in found):
        raise ValueError(f"{in_quotes(text)} is not a unit value. Write it like 'at_least 10 CNY/ml 15 CNY/item'.")
    return tuple((Fraction(each), currency, unit) for each, currency, unit in found)


def read_unit_band(text: str) -> tuple[tuple[str, Fraction, str, str], ...]:
    """`over 3 USD/pair up_to 6.50 USD/pair`: bounds that all hold, as (comparison, amount, currency, unit)."""
    found = _BAND.findall(text)
    whole = " ".join(f"{word} {each} {currency}/{unit}" for word, each, currency, unit in found) == text
    lower = [Fraction(each) for word, each, *_ in found if word in ("over", "at_least")]
    upper = [Fraction(each) for word, each, *_ in found if word in ("up_to", "below")]
    reversed_or_double = len(lower) > 1 or len(upper) > 1 or (lower and upper and lower >= upper)
    one_unit = len({each[2:] for each in found}) <= 1 and all(unit in UNITS for *_, unit in found)
    if not whole or reversed_or_double or not one_unit:
        raise ValueError(
            f"{in_quotes(text)} is not a value of a unit. Write a lower bound (over, at_least), a higher one (up_to, "
            "below) or both, in one currency and unit: 'over 3 USD/pair up_to 6.50 USD/pair'."
        )
    return tuple((word, Fraction(each), currency, unit) for word, each, currency, unit in found)


def _one_of(kind: str) -> Callable[[str], str]:
    def read_choice(text: str) -> str:
        if text not in CHOICES[kind]:
            known = ", ".join(filter(None, CHOICES[kind]))
            raise ValueError(f"{in_quotes(text)} is not one of {known}.{meant(text, CHOICES[kind])}")
        return text

    return read_choice


def _some_of(kind: str) -> Callable[[str], tuple[str, ...]]:
    def read_choice(text: str) -> tuple[str, ...]:
        for word in text.split():
            if word not in MULTIPLE_CHOICES[kind]:
                raise ValueError(
                    f"{in_quotes(word)} is not one of {', '.join(MULTIPLE_CHOICES[kind])}."
                    f"{meant(word, MULTIPLE_CHOICES[kind])}"
                )
        return tuple(text.split())

    return read_choice


def _pattern_reader(pattern: str, what: str) -> Callable[[str], str]:
    def read_match(text: str) -> str:
        if text and not re.fullmatch(pattern, text):
            raise ValueError(f"{in_quotes(text)} is not a {what}.")
        return text

    return read_match


#: Kind of cell -> its reader. A reader raises ValueError with a message for the author of the pack.
READERS: dict[str, Callable[[str], Any]] = {
    "day": read_day,
    "goods": read_goods,
    "goods_list": read_goods_list,
    "goods_of_row": read_goods_of_row,
    "id": read_id,
    "ids": read_ids,
    "cites": lambda text: tuple(text.split()),
    "sum": lambda text: tuple(read_id(word.strip()) for word in text.split("+")),
    "economies": read_economies,
    "economy": _pattern_reader(r"[A-Z]{2}", "economy: write an ISO 3166-1 alpha-2 code"),
    "currency": _pattern_reader(r"[A-Z]{3}", "currency: write an ISO 4217 code"),
    "place": _pattern_reader(_PLACE.pattern, "place: write DE or CA-ON"),
    "count": int,
    "lines": read_lines,
    "people": read_people,
    "amount": read_amount,
    "money_span": read_money_span,
    "rate": read_rate,
    "season": read_season,
    "unit_value": read_unit_value,
    "unit_band": read_unit_band,
    "text": lambda text: text,
    **{kind: _one_of(kind) for kind in CHOICES},
    **{kind: _some_of(kind) for kind in MULTIPLE_CHOICES},
}
