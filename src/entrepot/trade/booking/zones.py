"""Local times: a text in a zone to a moment, and what is said of local times that do not exist or exist twice."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import TypeAlias

from entrepot.model.errors import TradeError

#: The rules of a zone by its name (IANA), such as Asia/Bangkok. Raises TradeError for a name that is not known.
Zones: TypeAlias = Callable[[str], dt.tzinfo]

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
DAY_MINUTES, DAY_SECONDS = 24 * 60, 24 * 60 * 60
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\Z|(24):(00)\Z")


def seconds(time: dt.datetime) -> int:
    """A moment in seconds since 1970.

    >>> seconds(dt.datetime(1970, 1, 1, 8, tzinfo=dt.timezone(dt.timedelta(hours=7))))
    3600
    """
    passed = time - EPOCH
    return passed.days * DAY_SECONDS + passed.seconds


def moment(value: int | str) -> dt.datetime:
    """The moment of so many seconds since 1970, or of a text of the ledger.

    >>> moment(3600) == moment("1970-01-01T01:00:00.000Z")
    True
    """
    return dt.datetime.fromisoformat(value) if isinstance(value, str) else EPOCH + dt.timedelta(seconds=value)


def minute_of(text: str, param: str) -> int:
    """The minute of a day of a time such as 09:30; 24:00 is the end of the day. Raises TradeError.

    >>> minute_of("09:30", "since"), minute_of("24:00", "until")
    (570, 1440)
    """
    found = _TIME.match(text)
    if found is None:
        raise TradeError(
            "time_invalid", "{value!r} is not a time of day. Write 00:00 to 24:00, for example 09:30.", param,
            value=text,
        )  # fmt: skip
    hour, minute = (each for each in found.groups() if each is not None)
    return int(hour) * 60 + int(minute)


def moments(local: dt.datetime, zone: dt.tzinfo) -> list[dt.datetime]:
    """The moments (UTC) at which clocks show a local time: one; none or two where clocks are changed.

    >>> import zoneinfo
    >>> rome = zoneinfo.ZoneInfo("Europe/Rome")
    >>> [len(moments(dt.datetime(2026, *day, 2, 30), rome)) for day in ((3, 28), (3, 29), (10, 25))]
    [1, 0, 2]
    """
    found = []
    for fold in (0, 1):
        each = local.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC)
        if each.astimezone(zone).replace(tzinfo=None) == local and each not in found:
            found.append(each)
    return found


def at(day: dt.date, minute: int, zone: dt.tzinfo) -> dt.datetime:
    """The moment of a minute of a day, as calendars read it (RFC 5545, 3.3.5).

    Of two moments the first; a time that does not exist is read with the offset before the gap.
    """
    local = dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=minute)
    return local.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)


def read_moment(text: str, zone: dt.tzinfo, param: str) -> dt.datetime:
    """A moment: with an offset as it is, without one as the local time of the zone. Raises TradeError.

    A local time that clocks skip is refused, and one that they show twice has to name which one is meant.
    """
    try:
        given = dt.datetime.fromisoformat(text)
    except ValueError:
        given = None
    if given is None or len(text) < len("2026-03-01T09:00"):
        raise TradeError(
            "time_invalid",
            "{value!r} is not a time. Write a date and a time, for example 2026-03-01T09:00 or 2026-03-01T09:00+07:00.",
            param,
            value=text,
        )
    if given.second or given.microsecond:
        raise TradeError("time_invalid", "{value!r}: a booking begins at a full minute.", param, value=text)
    if not EPOCH.year < given.year < dt.MAXYEAR:
        raise TradeError("time_invalid", "{value!r}: this year cannot be booked.", param, value=text)
    if given.tzinfo is not None:
        return given.astimezone(dt.UTC)
    found = moments(given, zone)
    if not found:
        later = given.replace(tzinfo=zone, fold=0).astimezone(dt.UTC).astimezone(zone)
        raise TradeError(
            "time_skipped",
            "{value} does not exist in {zone}: clocks are put forward then. {later} is the same time after the change.",
            param,
            value=given.isoformat(" ", "minutes"),
            zone=str(zone),
            later=later.isoformat(" ", "minutes"),
        )
    if len(found) > 1:
        first, second = (each.astimezone(zone).isoformat(timespec="minutes") for each in found)
        raise TradeError(
            "time_twice",
            "{value} happens twice in {zone}: clocks are put back then. Write {first} or {second}.",
            param,
            value=given.isoformat(" ", "minutes"),
            zone=str(zone),
            first=first,
            second=second,
        )
    return found[0]


def local_minute(time: dt.datetime, zone: dt.tzinfo) -> tuple[dt.date, int]:
    """The local day of a moment, and the minute of that day."""
    local = time.astimezone(zone)
    return local.date(), local.hour * 60 + local.minute
