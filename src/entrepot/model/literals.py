"""How decimals and dates are written as text: one definition for the library, the API, tables and options.

JSON numbers, floats and dates of typed columns are not texts; packs and official schedules have their own readers.
"""

from __future__ import annotations

import calendar
import re
from decimal import Decimal

from entrepot.model.codes import dotted
from entrepot.model.errors import DateError, DecimalError

#: ASCII digits, on both sides of a point: no exponent, no plus sign, no separator, no digits of other scripts.
#: `Decimal` would read `1_000`, ` 5 `, `１００`, `٣`, `.5`, `5.`, `+5`, `1e3` and `NaN` too.
DECIMAL = r"-?[0-9]+(\.[0-9]+)?"
_DECIMAL = re.compile(DECIMAL)
#: Groups of three digits between separators; a comma before any number of digits but three, or after a single zero, is
#: one of decimals.
_GROUPED = {sign: re.compile(rf"-?[0-9]{{1,3}}([{sign}][0-9]{{3}})+", re.ASCII) for sign in ".,"}
_COMMA = re.compile(r"(-?0(?=,)|-?[0-9]+(?=,(?:[0-9]{1,2}|[0-9]{4,})$)),([0-9]+)", re.ASCII)
#: Days that are written in another order: the year first, or last after the day or the month; with points the day is
#: first.
_OTHER_DATES = (
    (re.compile(r"([0-9]{4})[./]([0-9]{1,2})[./]([0-9]{1,2})", re.ASCII), (0, 1, 2)),
    (re.compile(r"([0-9]{1,2})[./-]([0-9]{1,2})[./-]([0-9]{4})", re.ASCII), (2, 1, 0)),
    (re.compile(r"([0-9]{1,2})[/-]([0-9]{1,2})[/-]([0-9]{4})", re.ASCII), (2, 0, 1)),
)
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
#: The most headings that a chapter from 1 to 9 has: chapters 7 and 8.
MOST_HEADINGS = 14
#: The maximum number of characters of a value shown in a message.
_SHOWN = 40


def is_decimal(text: str) -> bool:
    """Whether `decimal_of` accepts a text."""
    return _DECIMAL.fullmatch(text) is not None


def decimal_of(text: str) -> Decimal | None:
    """The number of a text; None if it is not written as a decimal.

    >>> decimal_of("1234.50"), decimal_of("-3"), decimal_of("1_000"), decimal_of("5."), decimal_of("１００")
    (Decimal('1234.50'), Decimal('-3'), None, None, None)
    """
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


def not_a_decimal(text: str) -> DecimalError:
    """The error for a text that `decimal_of` does not accept.

    >>> print(not_a_decimal("1_000"))
    "1_000" is not a decimal number. Write digits with a decimal point, for example 1234.50.
    >>> not_a_decimal("1.234,56").near
    '1234.56'
    """
    return DecimalError(
        "{word!r} is not a decimal number. Write digits with a decimal point, for example 1234.50.",
        decimal_meant(text),
        word=_shown(text),
    )


def decimal_meant(text: str) -> str:
    """The decimal that a number with a comma or with separators means; empty where it may mean two.

    >>> [decimal_meant(text) for text in ("1.234,56", "1,234.56", "1 234,5", "12,50", "1,234,567", "1,234", "1.2.3")]
    ['1234.56', '1234.56', '1234.5', '12.50', '1234567', '', '']
    >>> decimal_meant("0,750"), decimal_meant("10,750")
    ('0.750', '')
    """
    plain = re.sub(r"(?<=[0-9])['’ \u00a0\u202f](?=[0-9]{3})", "", text.strip()[:_SHOWN])
    for separator, mark in ((".", ","), (",", ".")):
        groups, sign, rest = plain.rpartition(mark) if mark in plain else (plain, "", "")
        if _GROUPED[separator].fullmatch(groups) and (rest.isdecimal() if sign else groups.count(separator) > 1):
            plain = groups.replace(separator, "") + (f".{rest}" if sign else "")
    if found := _COMMA.fullmatch(plain):
        plain = f"{found[1]}.{found[2]}"
    return plain if _DECIMAL.fullmatch(plain) and plain != text else ""


def not_a_date(text: str) -> DateError:
    """The error for a text that is not a date.

    >>> for text in ("2026-02-30", "2026-13-01", "March"):
    ...     print(not_a_date(text))
    "2026-02-30" is not a date: the days of 2026-02 are 01 to 28.
    "2026-13-01" is not a date: months are 01 to 12.
    "March" is not a date. Write it as YYYY-MM-DD, for example 2026-03-01.
    >>> not_a_date("27/11/2026").near, not_a_date("01/02/2026").near
    ('2026-11-27', '')
    """
    shown = _shown(text)
    if found := _DATE.fullmatch(text):
        year, month, _day = map(int, found.groups())
        if not 1 <= month <= 12:
            return DateError("{day!r} is not a date: months are 01 to 12.", day=shown)
        if year:
            last = calendar.monthrange(year, month)[1]
            return DateError(
                "{day!r} is not a date: the days of {month} are 01 to {last}.", day=shown, month=text[:7], last=last
            )
    return DateError(
        "{day!r} is not a date. Write it as YYYY-MM-DD, for example 2026-03-01.", date_meant(text), day=shown
    )


def date_meant(text: str) -> str:
    """The date that a text in another order of day, month and year means; empty where it may mean two.

    >>> [date_meant(text) for text in ("27/11/2026", "11/27/2026", "1.12.2026", "2026/3/1", "03/02/2026", "31.2.2026")]
    ['2026-11-27', '2026-11-27', '2026-12-01', '2026-03-01', '', '']
    >>> date_meant("11-27-2026"), date_meant("03-02-2026"), date_meant("02-02-2026")
    ('2026-11-27', '', '2026-02-02')
    """
    meant = set()
    for pattern, order in _OTHER_DATES:
        if found := pattern.fullmatch(text.strip()):
            year, month, day = (int(found[place + 1]) for place in order)
            if year and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]:
                meant.add(f"{year:04}-{month:02}-{day:02}")
    return meant.pop() if len(meant) == 1 else ""


def code_meant(text: str) -> str:
    """The code of goods that lost its first zero, as a spreadsheet writes it; empty where none was lost.

    >>> code_meant("90121"), code_meant("9012100"), code_meant("09012"), code_meant("901210"), code_meant("90121E+05")
    ('0901.21', '0901.21.00', '', '', '')
    >>> code_meant("64039")  # a digit of 6403.9 is missing: there is no heading 0640
    ''
    """
    digits = re.sub(r"[.\s]", "", text)
    if not (digits.isascii() and digits.isdecimal() and len(digits) in (5, 7, 9) and digits[0] != "0"):
        return ""
    if not 1 <= int(digits[1:3]) <= MOST_HEADINGS:
        return ""
    return dotted(f"0{digits}")


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
