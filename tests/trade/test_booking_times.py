"""Local times, opening rules and prices by time, also where clocks are changed. Expected times are from calendars."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from entrepot.model.errors import TradeError
from entrepot.trade.booking.asset_form import read_asset, written
from entrepot.trade.booking.opening import MAX_DAYS, open_times
from entrepot.trade.booking.prices import Band, Priced, lines_of
from entrepot.trade.booking.zones import read_moment

BERLIN, BANGKOK = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Bangkok")
#: Half an hour of summer time: clocks go from 02:00 to 02:30 on 2026-10-04, and from 02:00 to 01:30 on 2026-04-05.
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
SAMPLE: dict[str, Any] = {"titles": {"en": "Room"}, "zone": "Europe/Berlin"}


def utc(text: str) -> dt.datetime:
    """A moment."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def opened(since: str, until: str, zone: dt.tzinfo = BERLIN, **rules: Any) -> list[str]:
    """The times within a span of UTC at which rules are open."""
    opening = read_asset({**SAMPLE, **rules}).opening
    return [f"{start:%d %H:%M}-{end:%d %H:%M}" for start, end in open_times(opening, zone, utc(since), utc(until))]


def test_a_local_time_is_one_moment_or_it_is_explained() -> None:
    assert read_moment("2026-03-02T09:00", BANGKOK, "since") == utc("2026-03-02T02:00")
    assert read_moment("2026-03-02T09:00+01:00", BANGKOK, "since") == utc("2026-03-02T08:00")
    with pytest.raises(TradeError) as skipped:
        read_moment("2026-03-29T02:30", BERLIN, "since")
    assert skipped.value.code == "time_skipped"
    assert "2026-03-29 03:30" in skipped.value.message
    with pytest.raises(TradeError) as twice:
        read_moment("2026-10-25T02:30", BERLIN, "since")
    assert twice.value.code == "time_twice"
    for offset, hour in (("+02:00", "00:30"), ("+01:00", "01:30")):
        assert f"2026-10-25T02:30{offset}" in twice.value.message
        assert read_moment(f"2026-10-25T02:30{offset}", BERLIN, "since") == utc(f"2026-10-25T{hour}")


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "2026-03-02", "2026-03-02T09:00:30", "2026-02-30T09:00", "9999-12-31T23:00"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(TradeError, match=r"time|minute|year"):
        read_moment(text, BERLIN, "since")


def test_a_week_has_windows_in_local_time_also_after_a_clock_change() -> None:
    weekly = [{"since": "09:00", "until": "17:00", "days": [5, 6, 7, 1]}]
    # Friday 27 March at UTC+1, Sunday 29 March at UTC+2.
    assert opened("2026-03-27T00:00", "2026-03-30T23:00", weekly=weekly) == [
        "27 08:00-27 16:00",
        "28 08:00-28 16:00",
        "29 07:00-29 15:00",
        "30 07:00-30 15:00",
    ]


def test_a_window_across_a_clock_change_has_the_hours_that_pass() -> None:
    night = [{"since": "00:00", "until": "06:00", "days": [7]}]
    assert opened("2026-03-28T00:00", "2026-03-30T00:00", weekly=night) == ["28 23:00-29 04:00"]  # 5 hours
    assert opened("2026-10-24T00:00", "2026-10-26T00:00", weekly=night) == ["24 22:00-25 05:00"]  # 7 hours


def test_windows_of_all_day_are_one_time_and_a_night_reaches_into_the_next_day() -> None:
    always = [{"since": "00:00", "until": "24:00"}]
    assert opened("2026-03-28T00:00", "2026-03-31T00:00", weekly=always) == ["28 00:00-31 00:00"]
    nights = [{"since": "22:00", "until": "06:00", "days": [6]}]
    assert opened("2026-03-14T00:00", "2026-03-16T00:00", weekly=nights) == ["14 21:00-15 05:00"]


def test_an_exception_decides_about_its_days_alone() -> None:
    weekly = [{"since": "22:00", "until": "06:00"}]
    closed = [{"first": "2026-03-11"}]
    # The night of the 10th ends at midnight: the 11th is closed, from 00:00 to 24:00 in Berlin.
    assert opened("2026-03-10T12:00", "2026-03-12T12:00", weekly=weekly, exceptions=closed) == ["10 21:00-10 23:00"]
    other = [*closed, {"first": "2026-03-11", "windows": [{"since": "10:00", "until": "12:00"}]}]
    assert "11 09:00-11 11:00" in opened("2026-03-10T12:00", "2026-03-12T12:00", weekly=weekly, exceptions=other)


def test_rules_without_an_end_are_expanded_for_a_bounded_span_only() -> None:
    weekly = [{"since": "09:00", "until": "10:00"}]
    assert len(opened("2026-01-01T00:00", "2027-02-01T00:00", weekly=weekly)) == 396
    with pytest.raises(ValueError, match=str(MAX_DAYS)):
        opened("2026-01-01T00:00", "2126-01-01T00:00", weekly=weekly)


DAY, NIGHT = Band("of_day", "HUR", 8 * 60, 20 * 60), Band("of_night", "HUR")


def test_a_time_is_sold_by_its_bands() -> None:
    bands = [DAY, NIGHT]
    assert lines_of(bands, BANGKOK, utc("2026-03-02T02:00"), utc("2026-03-02T04:00")) == (Priced("of_day", 2),)
    # 18:00 to 22:00 in Bangkok.
    assert lines_of(bands, BANGKOK, utc("2026-03-02T11:00"), utc("2026-03-02T15:00")) == (
        Priced("of_day", 2),
        Priced("of_night", 2),
    )
    weekend = [Band("of_weekend", "MIN", 22 * 60, 6 * 60, (6,)), DAY, NIGHT]
    # Saturday 23:00 to Sunday 09:00 in Bangkok: the weekend's night until 06:00, night until 08:00, then day.
    assert lines_of(weekend, BANGKOK, utc("2026-03-07T16:00"), utc("2026-03-08T02:00")) == (
        Priced("of_weekend", 420),
        Priced("of_night", 2),
        Priced("of_day", 1),
    )


def test_across_a_clock_change_the_hours_that_pass_are_sold() -> None:
    early, late = Band("of_early", "HUR", 0, 3 * 60), Band("of_late", "HUR", 3 * 60)
    # 00:00 to 05:00: clocks skip 02:00 to 03:00, so two hours before and two after pass.
    assert lines_of([early, late], BERLIN, utc("2026-03-28T23:00"), utc("2026-03-29T03:00")) == (
        Priced("of_early", 2),
        Priced("of_late", 2),
    )
    # Clocks show 02:00 to 03:00 twice.
    assert lines_of([early, late], BERLIN, utc("2026-10-24T22:00"), utc("2026-10-25T04:00")) == (
        Priced("of_early", 4),
        Priced("of_late", 2),
    )
    with pytest.raises(TradeError) as refused:
        # 01:00 to 03:00 has one hour and a half here.
        lines_of([Band("of_1", "HUR")], LORD_HOWE, utc("2026-10-03T14:30"), utc("2026-10-03T16:00"))
    assert refused.value.code == "hours_not_full"


def test_a_time_without_a_price_cannot_be_sold() -> None:
    with pytest.raises(TradeError) as refused:
        lines_of([DAY], BANGKOK, utc("2026-03-02T12:00"), utc("2026-03-02T14:00"))
    assert refused.value.code == "time_not_priced"


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"titels": {}}, "titels"),
        ({"titles": {}}, "titles"),
        ({"weekly": [{"since": "25:00", "until": "26:00"}]}, "weekly[0].since"),
        ({"weekly": [{"since": "09:00", "until": "10:00", "days": [8]}]}, "weekly[0].days"),
        ({"exceptions": [{"first": "2026-13-01"}]}, "exceptions[0].first"),
        ({"exceptions": [{"first": "2026-03-02", "last": "2026-03-01"}]}, "exceptions[0].last"),
        ({"limits": {"step": 7}}, "limits.step"),
        ({"limits": {"shortest": 60, "longest": 30}}, "limits"),
        ({"units": 0}, "units"),
        ({"units": 10**9}, "units"),
        ({"kind": "boat"}, "kind"),
        ({"bands": [{"offer": "of_1", "unit": "KGM"}]}, "bands[0].unit"),
        ({"meters": {"kilowatt": "of_1"}}, "meters.kilowatt"),
        ({"place": {"latitude": "91", "longitude": "0"}}, "place.latitude"),
        ({"place": {"latitude": "13.7"}}, "place.longitude"),
        ({"check_in": -1}, "check_in"),
        ({"zone": 7}, "zone"),
        ({"weekly": [{"since": "09:00", "until": "10:00"}] * 51}, "weekly"),
    ],
)
def test_an_asset_that_is_wrong_is_refused_with_the_place(given: dict[str, Any], place: str) -> None:
    with pytest.raises(TradeError) as refused:
        read_asset({**SAMPLE, **given})
    assert refused.value.param == place


def test_an_asset_is_written_as_it_is_read() -> None:
    given = {
        **SAMPLE,
        "weekly": [{"since": "22:00", "until": "06:00", "days": [6]}],
        "exceptions": [{"first": "2026-03-02", "windows": [{"since": "09:00", "until": "10:00"}]}],
        "bands": [{"offer": "of_1"}],
        "meters": {"KWH": "of_2"},
        "place": {"text": "Dock 4", "latitude": "13.75", "longitude": "100.5"},
    }
    details = read_asset(given)
    assert read_asset(written(details)) == details
