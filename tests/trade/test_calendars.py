"""Calendars of assets: read by another library's rules, and kept on Radicale, a calendar server in its own process."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

pytest.importorskip("icalendar", reason="icalendar is not installed: pip install 'entrepot[services]'")

import httpx
import icalendar

from entrepot.connect.calendar import gbfs
from entrepot.connect.calendar.asset_calendar import asset_calendar, booking_calendar, full_times
from entrepot.connect.calendar.caldav_push import CalendarDown, CalendarServer, Pushed
from entrepot.trade.occupied import Span
from free_ports import free_port
from trade.booking import HOUR, MONDAY, bay, held
from trade.market import Market

USER, PASSWORD = "node", "a long password"
SPAN = (MONDAY - dt.timedelta(days=7), MONDAY + dt.timedelta(days=30))


def parts(content: bytes, name: str) -> list[Any]:
    return list(icalendar.Calendar.from_ical(content).walk(name))


def test_a_calendar_has_the_rules_the_bookings_and_when_all_is_taken(market: Market) -> None:
    closed = [
        {"first": "2026-03-09", "last": "2026-03-15"},
        {"first": "2026-03-11", "windows": [{"since": "10:00", "until": "12:00"}]},
    ]
    asset = bay(market, units=2, exceptions=closed)
    bookings = [held(market, asset, MONDAY, 2), held(market, asset, MONDAY + HOUR, 2)]
    content = asset_calendar(asset, "Bay", bookings, *SPAN)
    weekly, first, second, opened = parts(content, "VAVAILABILITY")
    assert [int(each["priority"]) for each in (weekly, first, second, opened)] == [9, 1, 1, 1]
    (window,) = weekly.walk("AVAILABLE")
    assert window["rrule"]["BYDAY"] == ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
    assert (window["dtstart"].dt.hour, window["dtend"].dt.hour) == (8, 18)
    assert str(window["dtstart"].params["TZID"]) == "Asia/Bangkok"
    assert "UNTIL" not in window["rrule"]
    days = [(each["dtstart"].dt.date().day, each["dtend"].dt.date().day) for each in (first, second, opened)]
    assert days == [(9, 11), (12, 16), (11, 12)]  # the later exception decides about the 11th
    assert [len(each.walk("AVAILABLE")) for each in (first, second, opened)] == [0, 0, 1]
    (busy,) = parts(content, "VFREEBUSY")
    assert busy["freebusy"].to_ical() == b"20260302T020000Z/20260302T030000Z"
    events = parts(content, "VEVENT")
    assert [each["dtstart"].dt for each in events] == [MONDAY, MONDAY + HOUR]
    assert market.books.read(bookings[0].id).party.encode() not in content


def test_all_is_taken_only_where_every_unit_is(market: Market) -> None:
    asset = bay(market, units=2)
    bookings = [held(market, asset, MONDAY + start * HOUR, hours) for start, hours in ((0, 2), (0, 1), (1, 1), (4, 1))]
    assert list(full_times(2, bookings)) == [(MONDAY, MONDAY + 2 * HOUR)]
    assert list(full_times(3, bookings)) == []


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Radicale with one user, on the loopback; the address of the calendars of that user."""
    pytest.importorskip("radicale", reason="Radicale is not installed")
    folder = tmp_path_factory.mktemp("radicale")
    (folder / "users").write_text(f"{USER}:{PASSWORD}\n")
    port = free_port()
    words = [
        "--hosts", f"127.0.0.1:{port}", "--auth-type", "htpasswd", "--auth-htpasswd-filename", str(folder / "users"),
        "--auth-htpasswd-encryption", "plain", "--storage-filesystem-folder", str(folder / "calendars"),
        "--config", "",
    ]  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "radicale", *words], stdout=log, stderr=log)
    try:
        _wait(f"http://127.0.0.1:{port}/", process, folder / "log")
        yield f"http://127.0.0.1:{port}/{USER}"
    finally:
        process.terminate()
        process.wait(120)


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < until:
        try:
            httpx.get(address, timeout=5)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text())


def test_a_calendar_server_has_what_is_booked_and_a_client_finds_it(radicale: str, market: Market) -> None:
    asset = bay(market, limits={"shortest": 60, "longest": 600, "step": 60})
    bookings = [held(market, asset, MONDAY + each * HOUR) for each in range(3)]
    server = CalendarServer(radicale, USER, PASSWORD)

    def content(number: int) -> tuple[str, bytes]:
        return bookings[number].id, booking_calendar(bookings[number], "Bay <4> & more")

    everything = dict(map(content, range(3)))
    assert server.push(asset.id, "Bay <4> & more", everything) == Pushed(3, 0)
    assert server.push(asset.id, "Bay", everything) == Pushed(0, 0)
    # What somebody else has put there stays.
    auth, address = (USER, PASSWORD), f"{radicale}/{asset.id}/"
    other = everything[bookings[0].id].replace(bookings[0].id.encode(), b"somebody-else")
    kind = {"Content-Type": "text/calendar"}
    assert httpx.put(f"{address}other.ics", content=other, auth=auth, headers=kind, timeout=60).status_code == 201
    del everything[bookings[2].id]
    assert server.push(asset.id, "Bay", everything) == Pushed(0, 1)
    # A client asks which events have a part of an hour, in the time of Bangkok.
    start = MONDAY.astimezone(ZoneInfo("Asia/Bangkok")).astimezone(dt.UTC)
    report = (
        '<c:calendar-query xmlns:c="urn:ietf:params:xml:ns:caldav" xmlns:d="DAV:"><d:prop><c:calendar-data/></d:prop>'
        '<c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT">'
        f'<c:time-range start="{start:%Y%m%dT%H%M%SZ}" end="{start + HOUR:%Y%m%dT%H%M%SZ}"/>'
        "</c:comp-filter></c:comp-filter></c:filter></c:calendar-query>"
    )
    headers = {"Depth": "1", "Content-Type": "application/xml"}
    answer = httpx.request("REPORT", address, content=report, auth=auth, headers=headers, timeout=60)
    assert answer.status_code == 207
    assert bookings[0].id in answer.text
    assert bookings[1].id not in answer.text
    assert "somebody-else" in answer.text
    with pytest.raises(CalendarDown, match="401"):
        CalendarServer(radicale, USER, "wrong").push(asset.id, "Bay", everything)


def test_a_calendar_server_that_is_not_there_is_named() -> None:
    with pytest.raises(CalendarDown, match="did not answer"):
        CalendarServer(f"http://127.0.0.1:{free_port()}", USER, PASSWORD).push("as_1", "Bay", {})


def test_vehicles_are_facts_only(market: Market) -> None:
    place = {"latitude": "13.75", "longitude": "100.5"}
    van = bay(market, kind="vehicle", units=2, place=place, priced=False)
    unplaced = bay(market, kind="vehicle", priced=False)
    room = bay(market, kind="room", place=place, priced=False)
    found = gbfs.located([van, unplaced, room])
    assert found == [van]
    assert gbfs.opening_hours(found) == "Mo,Tu,We,Th,Fr,Sa,Su 08:00-18:00"
    held(market, van, MONDAY)
    taken = {van.id: list(market.books.occupied(_span(van.id)).values())}
    (vehicle,) = gbfs.vehicle_status(found, taken, MONDAY)["data"]["vehicles"]
    assert vehicle == {
        "vehicle_id": f"{van.id}-2", "lat": 13.75, "lon": 100.5, "is_reserved": False, "is_disabled": False,
        "station_id": van.id, "last_reported": "2026-03-02T01:00:00Z",
    }  # fmt: skip
    (station,) = gbfs.station_status(found, taken, MONDAY)["data"]["stations"]
    assert station["num_vehicles_available"] == 1


def _span(asset: str) -> Span:
    second = int(MONDAY.timestamp())
    return Span(asset, second, second + 1)
