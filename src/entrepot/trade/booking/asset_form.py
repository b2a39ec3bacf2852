"""Read the details of an asset from a request, and say what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from entrepot.model.errors import TradeError, nearest
from entrepot.model.literals import decimal_of
from entrepot.trade.booking.assets import KINDS, Details, Limits, Place
from entrepot.trade.booking.opening import Except, Opening, Window
from entrepot.trade.booking.prices import UNITS, Band
from entrepot.trade.booking.zones import DAY_MINUTES, minute_of
from entrepot.trade.offer_form import iso_day

#: At most: units, windows of a week or a day, exceptions, bands, characters of a text.
MAX_UNITS, MAX_WINDOWS, MAX_EXCEPTIONS, MAX_BANDS, MAX_TEXT = 500, 50, 400, 20, 250
#: Steps in which bookings begin: parts of a day, so that each day begins with one.
STEPS = (5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 480, 720, 1440)
MAX_MINUTES, MAX_HORIZON = 31 * DAY_MINUTES, 365
#: Limits of each number of `limits`.
_RANGES = {
    "shortest": (5, MAX_MINUTES),
    "longest": (5, MAX_MINUTES),
    "step": (5, DAY_MINUTES),
    "buffer": (0, DAY_MINUTES),
    "notice": (0, 30 * DAY_MINUTES),
    "horizon": (1, MAX_HORIZON),
}
_UNIT = re.compile(r"[A-Z0-9]{2,3}\Z")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?\Z")


class WindowForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A window as it is written: times of day, and days of the week (1: Monday)."""

    since: str
    until: str
    days: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)


class ExceptForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An exception as it is written: from a date to a date, closed or with windows of its own."""

    first: str
    last: str = ""
    windows: tuple[WindowForm, ...] = ()


class BandForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The price of local times as it is written."""

    offer: str
    unit: str = "HUR"
    since: str = "00:00"
    until: str = "24:00"
    days: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)


class AssetForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An asset as it is written."""

    titles: Mapping[str, str]
    kind: str = "other"
    zone: str
    units: int = 1
    capacity: str = ""
    place: Place = Place()
    weekly: tuple[WindowForm, ...] = ()
    exceptions: tuple[ExceptForm, ...] = ()
    limits: Limits = Limits()
    bands: tuple[BandForm, ...] = ()
    meters: Mapping[str, str] = {}
    check_in: int = 30


FIELDS = AssetForm.__struct_fields__


def read_asset(given: Mapping[str, Any]) -> Details:
    """Read the details of an asset. Raises TradeError with the first field that is wrong.

    >>> read_asset({"titles": {"en": "Bay 4"}, "zone": "Asia/Bangkok", "weekly": [{"since": "08:00", "until": "18:00"}]}
    ...     ).opening.weekly[0].since
    480
    """
    for name in given:
        if name not in FIELDS:
            raise TradeError("unknown_field", "Unknown field {field!r}.", name, nearest(name, FIELDS), field=name)
    try:
        form = msgspec.convert(given, AssetForm, strict=True)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `$")
        raise TradeError(
            "request_invalid", "The request cannot be read: {reason}.", place.strip(".`"), reason=reason
        ) from None
    _check_texts(form)
    _check_numbers(form)
    return Details(
        titles=form.titles,
        kind=form.kind,
        zone=form.zone,
        units=form.units,
        capacity=form.capacity,
        place=_place(form.place),
        opening=Opening(_windows(form.weekly, "weekly"), _exceptions(form.exceptions)),
        limits=form.limits,
        bands=_bands(form.bands),
        meters=_meters(form.meters),
        check_in=form.check_in,
    )


def written(details: Details) -> dict[str, Any]:
    """The details of an asset with the fields of a request."""
    found: dict[str, Any] = msgspec.to_builtins(details)
    opening, bands = details.opening, details.bands
    del found["titles"]
    found |= {
        "titles": dict(details.titles),
        "weekly": [written_window(each) for each in opening.weekly],
        "exceptions": [
            {"first": each.first, "last": each.last, "windows": [written_window(one) for one in each.windows]}
            for each in opening.exceptions
        ],
        "bands": [{"offer": each.offer, "unit": each.unit, **written_window(each)} for each in bands],
        "limits": {name: getattr(details.limits, name) for name in Limits.__struct_fields__},
    }
    found.pop("opening", None)
    return found


def written_window(window: Window | Band) -> dict[str, Any]:
    """A window with the fields of a request."""
    return {"since": clock(window.since), "until": clock(window.until), "days": list(window.days)}


def clock(minute: int) -> str:
    """A minute of a day as a time.

    >>> clock(570), clock(1440)
    ('09:30', '24:00')
    """
    return f"{minute // 60:02}:{minute % 60:02}"


def _check_texts(form: AssetForm) -> None:
    if not form.titles:
        raise TradeError("field_missing", "{field} is needed.", "titles", field="titles")
    for language, title in form.titles.items():
        if not title.strip():
            raise TradeError("field_missing", "{field} is needed.", f"titles.{language}", field=f"titles.{language}")
        if not _LANGUAGE.match(language):
            raise TradeError(
                "field_invalid", "{value!r} is not a title with its language.", f"titles.{language}", value=title
            )
    texts = {
        "capacity": form.capacity,
        "place.text": form.place.text,
        **{f"titles.{n}": t for n, t in form.titles.items()},
    }
    for name, text in texts.items():
        if len(text) > MAX_TEXT or "\0" in text:
            raise TradeError("field_long", "{field} has at most {most} characters.", name, field=name, most=MAX_TEXT)
    if form.kind not in KINDS:
        raise TradeError(
            "field_invalid", "{value!r} is not possible here. Use one of: {known}.", "kind", value=form.kind,
            known=", ".join(KINDS),
        )  # fmt: skip


def _check_numbers(form: AssetForm) -> None:
    limits = form.limits
    numbers = [(f"limits.{name}", getattr(limits, name), *_RANGES[name]) for name in _RANGES]
    numbers += [("units", form.units, 1, MAX_UNITS), ("check_in", form.check_in, 0, DAY_MINUTES)]
    for name, value, least, most in numbers:
        if not least <= value <= most:
            raise TradeError(
                "number_invalid", "{field} is a whole number from {least} to {most}, not {value}.", name, field=name,
                least=least, most=most, value=value,
            )  # fmt: skip
    if limits.step not in STEPS:
        known = ", ".join(map(str, STEPS))
        raise TradeError(
            "field_invalid", "{value!r} is not possible here. Use one of: {known}.", "limits.step", value=limits.step,
            known=known,
        )  # fmt: skip
    if limits.shortest > limits.longest or limits.shortest % limits.step or limits.longest % limits.step:
        raise TradeError(
            "lengths_invalid",
            "The shortest and the longest booking are multiples of the step, and the shortest is not longer.",
            "limits",
        )


def _check_count(name: str, values: Sequence[Any], most: int) -> None:
    if len(values) > most:
        raise TradeError(
            "too_many", "{field} has at most {most} entries, not {count}.", name, field=name, most=most,
            count=len(values),
        )  # fmt: skip


def _days(days: tuple[int, ...], place: str) -> tuple[int, ...]:
    if not days or any(not 1 <= each <= 7 for each in days):
        raise TradeError(
            "field_invalid", "Days of the week are numbers from 1 (Monday) to 7 (Sunday).", f"{place}.days"
        )
    return tuple(sorted(set(days)))


def _windows(given: Sequence[WindowForm], place: str) -> tuple[Window, ...]:
    _check_count(place, given, MAX_WINDOWS)
    found = []
    for at, each in enumerate(given):
        name = f"{place}[{at}]"
        since, until = minute_of(each.since, f"{name}.since"), minute_of(each.until, f"{name}.until")
        found.append(Window(since % DAY_MINUTES, until or DAY_MINUTES, _days(each.days, name)))
    return tuple(found)


def _exceptions(given: Sequence[ExceptForm]) -> tuple[Except, ...]:
    _check_count("exceptions", given, MAX_EXCEPTIONS)
    found = []
    for at, each in enumerate(given):
        place = f"exceptions[{at}]"
        first = iso_day(f"{place}.first", each.first)
        last = iso_day(f"{place}.last", each.last) if each.last else first
        if last < first:
            raise TradeError("dates_reversed", "The last day is before the first one.", f"{place}.last")
        found.append(Except(first, last, _windows(each.windows, f"{place}.windows")))
    return tuple(found)


def _bands(given: Sequence[BandForm]) -> tuple[Band, ...]:
    _check_count("bands", given, MAX_BANDS)
    found = []
    for at, each in enumerate(given):
        name = f"bands[{at}]"
        if each.unit not in UNITS:
            raise TradeError(
                "field_invalid", "{value!r} is not possible here. Use one of: {known}.", f"{name}.unit",
                value=each.unit, known=", ".join(UNITS),
            )  # fmt: skip
        since, until = minute_of(each.since, f"{name}.since"), minute_of(each.until, f"{name}.until")
        band = Band(each.offer, each.unit, since % DAY_MINUTES, until or DAY_MINUTES, _days(each.days, name))
        found.append(band)
    return tuple(found)


def _meters(given: Mapping[str, str]) -> dict[str, str]:
    for unit in given:
        if not _UNIT.match(unit):
            raise TradeError(
                "field_invalid",
                "{value!r} is not the code of a unit. Use a code of UN/ECE Recommendation 20, for example H87 (piece).",
                f"meters.{unit}",
                value=unit,
            )
    return dict(given)


def _place(given: Place) -> Place:
    for name, most in (("latitude", 90), ("longitude", 180)):
        text = getattr(given, name)
        value = decimal_of(text) if text else None
        if text and (value is None or not value.is_finite() or abs(value) > most):
            raise TradeError("field_invalid", "{value!r} is not a number of degrees.", f"place.{name}", value=text)
    if bool(given.latitude) != bool(given.longitude):
        raise TradeError("field_missing", "{field} is needed.", "place.longitude", field="place.longitude")
    return given
