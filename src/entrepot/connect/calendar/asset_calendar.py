"""The calendar of an asset as iCalendar: when it is open, when all of it is taken, and its bookings without buyers.

The rules are written as they are, with recurrence rules that have no end: nothing is expanded here.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from entrepot.model.errors import StoreError
from entrepot.trade.booking.assets import Asset
from entrepot.trade.booking.bookings import Booking
from entrepot.trade.booking.opening import ONE_DAY, Except, Opening, Window
from entrepot.trade.booking.zones import moment

if TYPE_CHECKING:
    from icalendar import Calendar

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
#: RFC 7953: of two availabilities the one with the lower number decides.
_EXCEPTION, _WEEKLY = 1, 9
_PRODUCT = "-//Entrepot//Calendar of an asset//EN"


def asset_calendar(
    asset: Asset, title: str, bookings: Sequence[Booking], since: dt.datetime, until: dt.datetime
) -> bytes:
    """The calendar of an asset. `bookings`: those that have a part of the time from `since` to `until`.

    Raises StoreError where the library of calendars is not installed.
    """
    made = _calendar(title)
    for component in _availability(asset, title):
        made.add_component(component)
    made.add_component(_free_busy(asset, bookings, since, until))
    for each in bookings:
        made.add_component(_event(each, title))
    made.add_missing_timezones()
    return bytes(made.to_ical())


def booking_calendar(booking: Booking, title: str) -> bytes:
    """One booking as a calendar of its own, as CalDAV stores it."""
    made = _calendar("")
    made.add_component(_event(booking, title))
    return bytes(made.to_ical())


def uid_of(booking: str) -> str:
    """The UID of a booking: of its id, which is unique in the world."""
    return f"{booking}@entrepot"


def _calendar(title: str) -> Calendar:
    try:
        from icalendar import Calendar  # noqa: PLC0415  # only where a calendar is asked for
    except ImportError:
        raise StoreError("Calendars need icalendar: run pip install 'entrepot[services]'.") from None
    made = Calendar()
    made.add("prodid", _PRODUCT)
    made.add("version", "2.0")
    if title:
        made.add("x-wr-calname", title)
    return made


def _event(booking: Booking, title: str) -> Any:
    """A booking: its time and its unit. Who has booked is not in it: a feed may be read by others."""
    from icalendar import Event  # noqa: PLC0415  # loaded by `_calendar`

    event = Event()
    event.add("uid", uid_of(booking.id))
    event.add("dtstamp", moment(booking.created))
    event.add("dtstart", moment(booking.since))
    event.add("dtend", moment(booking.until))
    event.add("summary", f"{title} · {booking.unit}")
    event.add("status", "TENTATIVE" if booking.status == "held" else "CONFIRMED")
    event.add("class", "PRIVATE")
    event.add("sequence", booking.changes)
    return event


def _free_busy(asset: Asset, bookings: Sequence[Booking], since: dt.datetime, until: dt.datetime) -> Any:
    """The times at which every unit is taken: only then the asset is busy."""
    from icalendar import FreeBusy  # noqa: PLC0415  # loaded by `_calendar`

    found = FreeBusy()
    found.add("uid", f"{asset.id}-busy@entrepot")
    found.add("dtstamp", since)
    found.add("dtstart", since)
    found.add("dtend", until)
    if periods := list(full_times(asset.details.units, bookings)):
        found.add("freebusy", periods, parameters={"fbtype": "BUSY"})
    return found


def full_times(units: int, bookings: Iterable[Booking]) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """The times at which as many bookings run as there are units, with what is kept free after them."""
    changes: Counter[dt.datetime] = Counter()
    for each in bookings:
        changes[moment(each.since)] += 1
        changes[moment(each.free_from)] -= 1
    running, began = 0, None
    for time, change in sorted(changes.items()):
        running += change
        if began is None and running >= units:
            began = time
        elif began is not None and running < units:
            yield began, time
            began = None


def _availability(asset: Asset, title: str) -> Iterator[Any]:
    """The rules of each week, and each exception with the days that it decides about."""
    zone, opening = ZoneInfo(asset.details.zone), asset.details.opening
    first = moment(asset.created).astimezone(zone).date()
    weekly = _available(f"{asset.id}-open", asset, title, _WEEKLY)
    weekly.add("dtstart", dt.datetime.combine(first, dt.time(), zone))
    for at, window in enumerate(opening.weekly):
        weekly.add_component(_window(f"{asset.id}-{at}", window, first, None, zone, asset))
    yield weekly
    for number, (start, end, rule) in enumerate(_decided(opening)):
        part = _available(f"{asset.id}-except-{number}", asset, title, _EXCEPTION)
        part.add("dtstart", dt.datetime.combine(start, dt.time(), zone))
        part.add("dtend", dt.datetime.combine(end + ONE_DAY, dt.time(), zone))
        for at, window in enumerate(rule.windows):
            if any(
                (start + ONE_DAY * day).isoweekday() in window.days for day in range(min((end - start).days + 1, 7))
            ):
                part.add_component(_window(f"{asset.id}-except-{number}-{at}", window, start, end, zone, asset))
        yield part


def _decided(opening: Opening) -> Iterator[tuple[dt.date, dt.date, Except]]:
    """The exceptions with the days that no later one decides about."""
    for at, each in enumerate(opening.exceptions):
        parts = [(dt.date.fromisoformat(each.first), dt.date.fromisoformat(each.last))]
        for later in opening.exceptions[at + 1 :]:
            parts = [
                part
                for start, end in parts
                for part in (
                    (start, min(end, dt.date.fromisoformat(later.first) - ONE_DAY)),
                    (max(start, dt.date.fromisoformat(later.last) + ONE_DAY), end),
                )
                if part[0] <= part[1]
            ]
            parts = list(dict.fromkeys(parts))
        yield from ((start, end, each) for start, end in parts)


def _available(uid: str, asset: Asset, title: str, priority: int) -> Any:
    from icalendar import Availability  # noqa: PLC0415  # loaded by `_calendar`

    found = Availability()
    found.add("uid", f"{uid}@entrepot")
    found.add("dtstamp", moment(asset.created))
    found.add("summary", title)
    found.add("priority", priority)
    found.add("busytype", "BUSY-UNAVAILABLE")
    return found


def _window(uid: str, window: Window, first: dt.date, last: dt.date | None, zone: ZoneInfo, asset: Asset) -> Any:
    from icalendar import Available  # noqa: PLC0415  # loaded by `_calendar`

    day = next(day for day in (first + ONE_DAY * more for more in range(7)) if day.isoweekday() in window.days)
    midnight = dt.datetime.combine(day, dt.time())
    found = Available()
    found.add("uid", f"{uid}@entrepot")
    found.add("dtstamp", moment(asset.created))
    found.add("dtstart", (midnight + dt.timedelta(minutes=window.since)).replace(tzinfo=zone))
    found.add("dtend", (midnight + dt.timedelta(minutes=window.end)).replace(tzinfo=zone))
    rule: dict[str, Any] = {"freq": "WEEKLY", "byday": [_DAYS[each - 1] for each in window.days]}
    if last is not None:
        rule["until"] = dt.datetime.combine(last + ONE_DAY, dt.time(), zone).astimezone(dt.UTC)
    found.add("rrule", rule)
    return found
