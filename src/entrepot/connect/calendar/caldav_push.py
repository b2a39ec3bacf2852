"""Keep a calendar on a CalDAV server (RFC 4791) as the bookings of an asset are: one resource for each booking.

Only resources of this node are touched: those whose names are ids of bookings. What others put there stays.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import NamedTuple

from entrepot.connect.payments.exchange import Exchange
from entrepot.trade.payments.provider import ProviderDown

CALENDAR = "text/calendar; charset=utf-8"
_HREF = re.compile(rb"<(?:[A-Za-z]+:)?href>([^<]+)</(?:[A-Za-z]+:)?href>")
_OWN = re.compile(r"(bk_[0-9a-f]{32})\.ics\Z")


class CalendarDown(Exception):
    """The calendar server refused a request or did not answer. What is missing is sent the next time."""


class Pushed(NamedTuple):
    """How many resources were written and deleted."""

    written: int
    deleted: int


class CalendarServer:
    """The calendars of one user on a CalDAV server. `address`: the folder in which each asset has its calendar.

    It remembers what it has written, so that only what has changed since is sent again.
    """

    def __init__(self, address: str, user: str, password: str) -> None:
        self._exchange = Exchange(address)
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {token}"}
        self._written: dict[tuple[str, str], bytes] = {}

    def push(self, asset: str, title: str, bookings: Mapping[str, bytes]) -> Pushed:
        """Let the calendar of an asset have these bookings, by their ids, and no other ones. Raises CalendarDown."""
        there = self._list(asset, title)
        changed = {
            number: content
            for number, content in bookings.items()
            if number not in there or self._written.get((asset, number)) != content
        }
        for number, content in changed.items():
            self._ask("PUT", f"/{asset}/{number}.ics", {"Content-Type": CALENDAR}, content, (200, 201, 204))
            self._written[asset, number] = content
        gone = there - bookings.keys()
        for number in gone:
            self._ask("DELETE", f"/{asset}/{number}.ics", {}, None, (200, 204, 404))
            self._written.pop((asset, number), None)
        return Pushed(len(changed), len(gone))

    def _list(self, asset: str, title: str) -> set[str]:
        """The bookings that the calendar of an asset has. It is made if there is none."""
        ask = b'<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>'
        headers = {"Depth": "1", "Content-Type": "application/xml"}
        status, body = self._ask("PROPFIND", f"/{asset}/", headers, ask, (207, 404))
        if status == 404:
            self._ask("MKCALENDAR", f"/{asset}/", {"Content-Type": "application/xml"}, _made(title), (201,))
            return set()
        names = (href.decode("utf-8", "replace").rpartition("/")[2] for href in _HREF.findall(body))
        return {found[1] for name in names if (found := _OWN.match(name))}

    def _ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, expected: tuple[int, ...]
    ) -> tuple[int, bytes]:
        try:
            answer = self._exchange.request(method, path, {**self._headers, **headers}, body)
        except ProviderDown as error:
            raise CalendarDown(str(error)) from None
        if answer.status not in expected:
            raise CalendarDown(f"The calendar server answered {answer.status} to {method}.")
        return answer.status, answer.body


def _made(title: str) -> bytes:
    """The body that makes a calendar with a name."""
    name = title.replace("&", "&amp;").replace("<", "&lt;")
    return (
        '<mkcalendar xmlns="urn:ietf:params:xml:ns:caldav" xmlns:d="DAV:"><d:set><d:prop>'
        f"<d:displayname>{name}</d:displayname></d:prop></d:set></mkcalendar>"
    ).encode()
