"""The calendar file (RFC 5545) of one appointment, as any calendar program reads it. Needs the extra `services`."""

from __future__ import annotations

import datetime as dt
from importlib.util import find_spec


def can_be_made() -> bool:
    """Whether the library for calendar files is installed."""
    return find_spec("icalendar") is not None


def appointment_file(number: str, starts: str, ends: str, title: str, link: str, *, cancelled: bool = False) -> bytes:
    """The file: an event with a reminder an hour before. Times are RFC 3339, and UTC in the file.

    `number`: the same for each file of an appointment, so that a changed one replaces the one before.

    >>> text = appointment_file("dl_1", "2026-03-01T08:00:00.000Z", "", "Consultation", "http://localhost/").decode()
    >>> [line for line in text.splitlines() if line.startswith(("UID", "DTSTART", "SUMMARY"))]
    ['SUMMARY:Consultation', 'DTSTART:20260301T080000Z', 'UID:dl_1@entrepot']
    """
    from icalendar import Alarm, Calendar, Event  # noqa: PLC0415  # an extra that not every node has

    calendar, event, alarm = Calendar(), Event(), Alarm()
    calendar.add("prodid", "-//Entrepot//appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled else "PUBLISH")
    start = dt.datetime.fromisoformat(starts)
    event.add("uid", f"{number}@entrepot")
    event.add("dtstamp", start)
    event.add("dtstart", start)
    if ends:
        event.add("dtend", dt.datetime.fromisoformat(ends))
    event.add("summary", title)
    event.add("url", link)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", dt.timedelta(hours=-1))
    event.add_component(alarm)
    calendar.add_component(event)
    found: bytes = calendar.to_ical()
    return found
