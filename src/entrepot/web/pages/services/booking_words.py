"""Words and times of bookings for their pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from entrepot.language.translate import N_, _, day
from entrepot.store.people import organizations
from entrepot.trade.booking.asset_form import clock
from entrepot.trade.booking.bookings import Booking
from entrepot.trade.booking.opening import Window
from entrepot.web.pages.trade import words

ASSET_KINDS = {
    "room": N_("Room"),
    "bay": N_("Bay or storage place"),
    "slot": N_("Slot of a truck or a dock"),
    "laboratory": N_("Laboratory"),
    "device": N_("Device"),
    "vehicle": N_("Vehicle"),
    "person": N_("Person"),
    "other": N_("Other asset"),
}
STATUSES = {
    "held": N_("held for you to order"),
    "booked": N_("booked"),
    "checked_in": N_("in use"),
    "finished": N_("finished"),
    "cancelled": N_("cancelled"),
    "no_show": N_("nobody came"),
    "lapsed": N_("lapsed"),
}
DEPOSIT_REASONS = {
    "damage": N_("damage"),
    "cleaning": N_("cleaning"),
    "missing_items": N_("something is missing"),
    "late_return": N_("given back too late"),
}
DEPOSIT_TERMS = N_(
    "The deposit is paid with the order and is not part of the price. It is returned within {days} days after the "
    "use. A part of it can be kept for: {reasons}."
)
_LOOKS = {"held": "waiting", "booked": "done", "checked_in": "done", "no_show": "failed", "lapsed": "failed"}
_DAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_UNITS = {"HUR": N_("by the hour"), "MIN": N_("by the minute")}


def asset_kind(word: str) -> str:
    """A kind of asset in the reader's language."""
    return _(ASSET_KINDS[word])


def booking_status(word: str) -> str:
    """A state of a booking in the reader's language."""
    return _(STATUSES[word])


def deposit_reasons(codes: Sequence[str]) -> list[tuple[str, str]]:
    """Why a part of a deposit may be kept, with their words."""
    return [(code, _(DEPOSIT_REASONS[code])) for code in codes]


def deposit_terms(days: int, codes: Sequence[str]) -> str:
    """What happens with a deposit, in a sentence."""
    reasons = ", ".join(says for _code, says in deposit_reasons(codes)) or "—"
    return _(DEPOSIT_TERMS).format(days=days, reasons=reasons)


def unit(code: str) -> str:
    """How a time is sold in the reader's language."""
    return _(_UNITS[code])


def days() -> list[tuple[str, str]]:
    """The days of the week, with their numbers."""
    return [(str(number), _(name)) for number, name in enumerate(_DAYS, 1)]


def window(each: Window) -> str:
    """A window of the week."""
    names = _("every day") if len(each.days) == len(_DAYS) else ", ".join(_(_DAYS[day - 1]) for day in each.days)
    return f"{names} {clock(each.since)}–{clock(each.until)}"


def day_of(text: str, zone: dt.tzinfo) -> dt.datetime:
    """The beginning of a day that an address names, else of today."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        day = dt.datetime.now(zone).date()
    if not 1971 <= day.year <= 9000:
        day = dt.datetime.now(zone).date()
    return dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)


def clocks(since: dt.datetime, until: dt.datetime, zone: dt.tzinfo) -> str:
    """A time of the day that its page names, by the clocks of a zone; with the date of the end where that is another.

    With whole dates and offsets where clocks are changed.

    >>> start = dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)
    >>> clocks(start, start + dt.timedelta(hours=1), dt.UTC), clocks(start, start + dt.timedelta(days=1), dt.UTC)
    ('08:00 – 09:00', '08:00 – Mar 2, 2026 08:00')
    >>> clocks(start, start + dt.timedelta(hours=16), dt.UTC)
    '08:00 – 24:00'
    """
    first, last = since.astimezone(zone), until.astimezone(zone)
    if first.utcoffset() != last.utcoffset() or first.fold:  # clocks show an hour twice, or skip one
        return f"{words.local(first, zone)} – {words.local(last, zone)}"
    if last.time() == dt.time() and last.date() == first.date() + dt.timedelta(days=1):
        return f"{first:%H:%M} – 24:00"
    end = "" if first.date() == last.date() else f"{day(last.date().isoformat())} "
    return f"{first:%H:%M} – {end}{last:%H:%M}"


def by_day(times: Iterable[str], zone: dt.tzinfo) -> list[tuple[str, list[dict[str, str]]]]:
    """Times, in RFC 3339, under their days in a zone: each as a form sends it, its hour, and the whole moment.

    >>> by_day(["2026-03-01T08:00:00+00:00"], dt.UTC)[0][0]
    'Mar 1, 2026'
    """
    found: dict[str, list[dict[str, str]]] = {}
    for each in times:
        local = dt.datetime.fromisoformat(each).astimezone(zone)
        again = f" {local.isoformat()[-6:]}" if local.fold else ""  # clocks show this hour for the second time
        shown = {"value": each, "hour": f"{local:%H:%M}{again}", "since": words.local(each, zone)}
        found.setdefault(day(local.date().isoformat()), []).append(shown)
    return list(found.items())


def row(booking: Booking, zone: dt.tzinfo, organization: str) -> dict[str, Any]:
    """A booking in a list."""
    sells = booking.seller == organization
    return {
        "booking": booking,
        "status": booking_status(booking.status),
        "look": _LOOKS.get(booking.status, ""),
        "since": words.local(booking.since, zone),
        "until": words.local(booking.until, zone),
        "sells": sells,
        "other": organizations.name_of(booking.party if sells else booking.seller),
    }
