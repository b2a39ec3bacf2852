"""Until when a health record is kept, and until which age a guardian consents: by the rows of the world pack.

Where an economy has no row, `ASSUMED` holds: a choice of this node, not a rule of law.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable

from entrepot.law.periods import Period, Periods

#: The kinds of rows that are asked for here.
RECORDS, MAJORITY = "medical_records", "age_of_majority"
_START = dt.date(2000, 1, 1)


def _assumed(kind: str, years: int) -> Period:
    return Period(kind=kind, economy="", years=years, since=_START, until=None, source="", trust="assumed")


#: What holds where no row of the economy is known: a choice of this node.
ASSUMED = {RECORDS: _assumed(RECORDS, 10), MAJORITY: _assumed(MAJORITY, 18)}


def rule_in_force(kind: str, economy: str, on: dt.date, periods: Periods) -> Period:
    """The row of an economy that holds on a day; the assumption where there is none.

    >>> rule_in_force(MAJORITY, "ZZ", _START, Periods(rows=())).years
    18
    """
    return periods.find(kind, economy, on) or ASSUMED[kind]


def longest_retention(economies: Iterable[str], on: dt.date, periods: Periods) -> Period:
    """The row by which a record is kept, by the law of a day: that of the economy that asks for the most years."""
    return max((rule_in_force(RECORDS, each, on, periods) for each in economies), key=lambda each: each.years)


def is_minor(born: dt.date, economy: str, on: dt.date, periods: Periods) -> bool:
    """Whether a person is a minor on a day by the law of an economy.

    >>> twenty = Period(kind=MAJORITY, economy="TH", years=20, since=_START, until=None, source="", trust="unchecked")
    >>> [is_minor(dt.date(2006, 11, 27), "TH", dt.date(2026, 11, day), Periods(rows=(twenty,))) for day in (26, 27)]
    [True, False]
    """
    return on < years_later(born, rule_in_force(MAJORITY, economy, on, periods).years)


def years_later(day: dt.date, years: int) -> dt.date:
    """The same day some years later; 1 March where the year has no 29 February.

    >>> years_later(dt.date(2008, 2, 29), 18), years_later(dt.date(2008, 2, 29), 4)
    (datetime.date(2026, 3, 1), datetime.date(2012, 2, 29))
    """
    if (day.month, day.day) == (2, 29) and not calendar.isleap(day.year + years):
        return dt.date(day.year + years, 3, 1)
    return day.replace(year=day.year + years)
