"""Times on the days on which clocks are changed: an hour that clocks show twice is not shown twice alike."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from entrepot.web.pages.services import booking_words

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = dt.timedelta(hours=1)
#: In Berlin, 2:30 for the first time: clocks are set back from 3 to 2 o'clock at 1:00 UTC (Directive 2000/84/EC).
TWICE = dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)


def test_an_hour_that_clocks_show_twice_has_its_offset() -> None:
    assert booking_words.clocks(TWICE - HOUR, TWICE, BERLIN) == "01:30 – 02:30"
    assert booking_words.clocks(TWICE, TWICE + HOUR, BERLIN) == "Oct 25, 2026 02:30 +02:00 – Oct 25, 2026 02:30 +01:00"
    again = booking_words.clocks(TWICE + HOUR, TWICE + 2 * HOUR, BERLIN)
    assert again == "Oct 25, 2026 02:30 +01:00 – Oct 25, 2026 03:30 +01:00"


def test_the_hours_of_a_day_differ_from_each_other() -> None:
    times = [(TWICE + number * HOUR).isoformat() for number in range(-1, 3)]
    ((_day, hours),) = booking_words.by_day(times, BERLIN)
    assert [each["hour"] for each in hours] == ["01:30", "02:30", "02:30 +01:00", "03:30"]


def test_an_hour_that_clocks_skip_is_seen() -> None:
    spring = dt.datetime(2026, 3, 29, 0, 30, tzinfo=dt.UTC)  # clocks are set forward at 1:00 UTC
    assert (
        booking_words.clocks(spring, spring + HOUR, BERLIN) == "Mar 29, 2026 01:30 +01:00 – Mar 29, 2026 03:30 +02:00"
    )
