"""How decimals and dates are written as text: one definition for the library, the API, tables and options.

JSON numbers, floats and dates of typed columns are not texts; packs and official schedules have their own readers.
"""

from __future__ import annotations

import calendar
import re
from decimal import Decimal

from entrepot.model.errors import DateError, DecimalError

#: ASCII digits, on both sides of a point: no exponent, no plus sign, no separator, no digits of other scripts.
#: `Decimal` would read `1_000`, ` 5 `, `１００`, `٣`, `.5`, `5.`, `+5`, `1e3` and `NaN` too.
DECIMAL = r"-?[0-9]+(\.[0-9]+)?"
_DECIMAL = re.compile(DECIMAL)
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
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
    """
    return DecimalError(
        "{word!r} is not a decimal number. Write digits with a decimal point, for example 1234.50.",
        word=_shown(text),
    )


def not_a_date(text: str) -> DateError:
    """The error for a text that is not a date.

    >>> for text in ("2026-02-30", "2026-13-01", "2026/03/01"):
    ...     print(not_a_date(text))
    "2026-02-30" is not a date: the days of 2026-02 are 01 to 28.
    "2026-13-01" is not a date: months are 01 to 12.
    "2026/03/01" is not a date. Write it as YYYY-MM-DD, for example 2026-03-01.
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
    return DateError("{day!r} is not a date. Write it as YYYY-MM-DD, for example 2026-03-01.", day=shown)


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
