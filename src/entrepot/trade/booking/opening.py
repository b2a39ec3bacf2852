"""When an asset is open: windows of each week, and exceptions for days, as in RFC 7953 (availability with priorities).

The rules have no end. They are only ever expanded within a span that the caller gives, of at most `MAX_DAYS` days.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from entrepot.trade.booking.zones import DAY_MINUTES, at

#: Days that rules are expanded for at most.
MAX_DAYS = 400
ONE_DAY = dt.timedelta(days=1)


class Window(msgspec.Struct, frozen=True):
    """Open from a minute of the day up to another one, on days of the week (1: Monday). `until` can be the next day's.

    A window whose end is not after its beginning ends on the next day: 22:00 to 06:00.
    """

    since: int
    until: int
    days: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)

    @property
    def end(self) -> int:
        """The minute at which it ends, counted from the day on which it begins."""
        return self.until if self.until > self.since else self.until + DAY_MINUTES


class Except(msgspec.Struct, frozen=True):
    """On these days, the last of them too, nothing but these windows is open; without windows it is closed."""

    first: str
    last: str
    windows: tuple[Window, ...] = ()

    def covers(self, day: dt.date) -> bool:
        """Whether it decides about a day."""
        return self.first <= day.isoformat() <= self.last


class Opening(msgspec.Struct, frozen=True):
    """The windows of each week, and exceptions: of two that cover a day, the later one decides."""

    weekly: tuple[Window, ...] = ()
    exceptions: tuple[Except, ...] = ()

    def rule_of(self, day: dt.date) -> Except | None:
        """The exception that decides about a day."""
        return next((each for each in reversed(self.exceptions) if each.covers(day)), None)


def open_times(
    opening: Opening, zone: dt.tzinfo, since: dt.datetime, until: dt.datetime
) -> list[tuple[dt.datetime, dt.datetime]]:
    """The times within a span at which an asset is open, in order; those that touch are one. Raises ValueError.

    >>> rules = Opening((Window(540, 1020, (1, 2, 3, 4, 5)),), (Except("2026-03-03", "2026-03-03"),))
    >>> span = [dt.datetime(2026, 3, day, tzinfo=dt.UTC) for day in (1, 5)]
    >>> [f"{since:%d %H}-{until:%H}" for since, until in open_times(rules, dt.UTC, *span)]
    ['02 09-17', '04 09-17']
    """
    if until - since > ONE_DAY * MAX_DAYS:
        raise ValueError(f"Rules are expanded for {MAX_DAYS} days at most.")
    found: list[tuple[dt.datetime, dt.datetime]] = []
    # A window of the day before can reach into the first day.
    day, last = since.astimezone(zone).date() - ONE_DAY, until.astimezone(zone).date()
    while day <= last:
        windows = ((max(start, since), min(end, until)) for start, end in _of_day(opening, zone, day))
        found += [each for each in windows if each[0] < each[1]]
        day += ONE_DAY
    return joined(found)


def joined(times: Sequence[tuple[dt.datetime, dt.datetime]]) -> list[tuple[dt.datetime, dt.datetime]]:
    """Times in order, with those that touch or overlap as one."""
    found: list[tuple[dt.datetime, dt.datetime]] = []
    for start, end in sorted(times):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


@lru_cache(maxsize=4096)  # the same days are asked for again and again while an asset is booked
def _of_day(opening: Opening, zone: dt.tzinfo, day: dt.date) -> tuple[tuple[dt.datetime, dt.datetime], ...]:
    """The windows that begin on a day. One that reaches into a day that another rule decides about ends there."""
    rule = opening.rule_of(day)
    most = 2 * DAY_MINUTES if opening.rule_of(day + ONE_DAY) is rule else DAY_MINUTES
    return tuple(
        (at(day, each.since, zone), at(day, min(each.end, most), zone))
        for each in (opening.weekly if rule is None else rule.windows)
        if day.isoweekday() in each.days
    )
