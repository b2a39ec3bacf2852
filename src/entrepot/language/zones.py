"""Times in the zone of a person, and the zones of an economy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from zoneinfo import ZoneInfo

from entrepot.language.translate import day

UTC = "UTC"


def moment_in(time: str, zone: str) -> str:
    """A time of the ledger in a zone, with the zone and its distance from UTC on that day.

    >>> moment_in("2026-03-01T08:00:00.000Z", "Asia/Bangkok")
    'Mar 1, 2026 15:00 (Asia/Bangkok, UTC+07:00)'
    >>> moment_in("2026-03-01T08:00:00.000Z", "No/Where")
    'Mar 1, 2026 08:00 (UTC)'
    """
    if not time:
        return ""
    local = _local(time, zone)
    return f"{day(local.date().isoformat())} {local:%H:%M} ({_zone_of(local)})"


def period_in(start: str, end: str, zone: str) -> str:
    """From one time to another in a zone; `end`: "" while it lasts.

    >>> period_in("2026-03-01T08:00:00.000Z", "2026-03-01T08:20:00.000Z", "Asia/Bangkok")
    'Mar 1, 2026 15:00 – 15:20 (Asia/Bangkok, UTC+07:00)'
    """
    if not end:
        return moment_in(start, zone)
    first, last = _local(start, zone), _local(end, zone)
    same = (first.date(), first.utcoffset()) == (last.date(), last.utcoffset())
    if not same:
        return f"{moment_in(start, zone)} – {moment_in(end, zone)}"
    return f"{day(first.date().isoformat())} {first:%H:%M} – {last:%H:%M} ({_zone_of(first)})"


def _local(time: str, zone: str) -> dt.datetime:
    return dt.datetime.fromisoformat(time).astimezone(ZoneInfo(zone if is_zone(zone) else UTC))


def _zone_of(local: dt.datetime) -> str:
    """The zone of a time, with its distance from UTC then."""
    name, offset = str(local.tzinfo), f"{local:%z}"
    return UTC if name == UTC else f"{name}, UTC{offset[:-2]}:{offset[-2:]}"


def is_zone(name: str) -> bool:
    """Whether a name is a time zone (IANA)."""
    return name == UTC or name in all_zones()


def zones_of(economy: str) -> Sequence[str]:
    """The time zones of an economy, as Unicode's data lists them; all zones where it lists none."""
    return [name for name, place in _places() if place == economy] or all_zones()


@lru_cache(maxsize=1)
def all_zones() -> Sequence[str]:
    """All time zones of places."""
    return [name for name, _place in _places()]


@lru_cache(maxsize=1)
def _places() -> Sequence[tuple[str, str]]:
    """Zones with their economies, without the one of an unknown place. Babel is imported when first asked for."""
    from babel.core import get_global  # noqa: PLC0415  # as in `translate`

    return sorted(
        (name, place) for name, place in get_global("zone_territories").items() if "/" in name and name != "Etc/Unknown"
    )
