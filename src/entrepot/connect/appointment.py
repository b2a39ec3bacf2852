"""The calendar file (RFC 5545) of one appointment, as any calendar program reads it. Needs the extra `services`."""

from __future__ import annotations

import datetime as dt
from importlib.util import find_spec
from typing import NamedTuple


def can_be_made() -> bool:
    """Whether the library for calendar files is installed."""
    return find_spec("icalendar") is not None


class Appointment(NamedTuple):
    """What is in the file. `starts`, `ends`: RFC 3339, `ends` "" if not known.

    `number`, `changes`: the same event, and how often it was changed, so that a later file replaces the ones before.
    """

    number: str
    starts: str
    ends: str
    title: str
    link: str
    changes: int = 0
    cancelled: bool = False


def appointment_file(found: Appointment, now: dt.datetime) -> bytes:
    """The file: an event with a reminder an hour before. Its times are in UTC. `now`: when it is made.

    >>> visit = Appointment("dl_1", "2026-03-01T08:00:00.000Z", "", "Consultation", "http://localhost/", changes=2)
    >>> text = appointment_file(visit, dt.datetime(2026, 2, 1, tzinfo=dt.UTC)).decode()
    >>> [line for line in text.splitlines() if line.startswith(("DTSTART", "SEQUENCE", "UID"))]
    ['DTSTART:20260301T080000Z', 'UID:dl_1@entrepot', 'SEQUENCE:2']
    """
    from icalendar import Alarm, Calendar, Event  # noqa: PLC0415  # an extra that not every node has

    calendar, event, alarm = Calendar(), Event(), Alarm()
    calendar.add("prodid", "-//Entrepot//appointments//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if found.cancelled else "PUBLISH")
    event.add("uid", f"{found.number}@entrepot")
    event.add("dtstamp", now.astimezone(dt.UTC))
    event.add("sequence", found.changes)
    event.add("dtstart", dt.datetime.fromisoformat(found.starts))
    if found.ends:
        event.add("dtend", dt.datetime.fromisoformat(found.ends))
    event.add("summary", found.title)
    event.add("url", found.link)
    event.add("status", "CANCELLED" if found.cancelled else "CONFIRMED")
    alarm.add("action", "DISPLAY")
    alarm.add("description", found.title)
    alarm.add("trigger", dt.timedelta(hours=-1))
    event.add_component(alarm)
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content
