"""Keep the calendars of assets on the calendar server of this node as the bookings are."""

from __future__ import annotations

import datetime as dt
import logging
import os
from functools import lru_cache

from entrepot.caldav_settings import CaldavSettings, read_caldav
from entrepot.connect.calendar.asset_calendar import booking_calendar
from entrepot.connect.calendar.caldav_push import CalendarDown, CalendarServer
from entrepot.trade.booking.assets import Asset
from entrepot.trade_app.books import open_books
from entrepot.trade_app.services import bookings

#: What a calendar shows: bookings that ended in the last month, and those of the next year.
PAST, AHEAD = dt.timedelta(days=31), dt.timedelta(days=366)
PAGE = 100
_log = logging.getLogger(__name__)


def settings() -> CaldavSettings | None:
    """The calendar server; None where none is set. Raises ConfigurationError."""
    return read_caldav(os.environ)


@lru_cache(maxsize=1)
def _server(given: CaldavSettings) -> CalendarServer:
    """One object for a process: it remembers what it has written."""
    return CalendarServer(given.address, given.user, given.password)


def push_calendars() -> int:
    """Write what has changed to the calendar server. Returns how many bookings. What fails is tried the next time."""
    given = settings()
    if given is None:
        return 0
    server, now, changed = _server(given), dt.datetime.now(dt.UTC), 0
    before = ""
    while page := open_books().list_objects("as_", before=before, limit=PAGE):
        for asset in page:
            try:
                changed += _push(server, asset, now)
            except CalendarDown as error:
                _log.warning("The calendar of %s was not written: %s", asset.id, error)
                return changed
        before = page[-1].id
    return changed


def _push(server: CalendarServer, asset: Asset, now: dt.datetime) -> int:
    titles = asset.details.titles
    title = titles.get("en") or next(iter(titles.values()))
    found = bookings.bookings_at(asset, now - PAST, now + AHEAD)
    pushed = server.push(asset.id, title, {each.id: booking_calendar(each, title) for each in found})
    return pushed.written + pushed.deleted
