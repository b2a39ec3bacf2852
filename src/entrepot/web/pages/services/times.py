"""A moment as people of two places read it: in the zone of each economy, or in UTC where it has several zones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from entrepot.language import translate

#: The zone of an economy that has one, from the time zone database (IANA). Others have several: their people see UTC
#: as well, and the calendar file is read in the zone of the device.
ZONES = {
    "AE": "Asia/Dubai", "AT": "Europe/Vienna", "BE": "Europe/Brussels", "BG": "Europe/Sofia", "BN": "Asia/Brunei",
    "CH": "Europe/Zurich", "CN": "Asia/Shanghai", "CZ": "Europe/Prague", "DE": "Europe/Berlin",
    "DK": "Europe/Copenhagen", "EE": "Europe/Tallinn", "FI": "Europe/Helsinki", "FR": "Europe/Paris",
    "GB": "Europe/London", "GR": "Europe/Athens", "HK": "Asia/Hong_Kong", "HU": "Europe/Budapest",
    "IE": "Europe/Dublin", "IN": "Asia/Kolkata", "IT": "Europe/Rome", "JP": "Asia/Tokyo", "KH": "Asia/Phnom_Penh",
    "KR": "Asia/Seoul", "LA": "Asia/Vientiane", "LT": "Europe/Vilnius", "LU": "Europe/Luxembourg",
    "LV": "Europe/Riga", "MM": "Asia/Yangon", "MY": "Asia/Kuala_Lumpur", "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo", "NZ": "Pacific/Auckland", "PH": "Asia/Manila", "PL": "Europe/Warsaw",
    "RO": "Europe/Bucharest", "SE": "Europe/Stockholm", "SG": "Asia/Singapore", "SI": "Europe/Ljubljana",
    "SK": "Europe/Bratislava", "TH": "Asia/Bangkok", "TL": "Asia/Dili", "TW": "Asia/Taipei",
    "VN": "Asia/Ho_Chi_Minh",
}  # fmt: skip


class Moment(NamedTuple):
    """A moment in a zone. `says`: as it is shown; `time`: RFC 3339, for programs."""

    says: str
    zone: str
    time: str


def time_of(time: str, zone: str = "UTC") -> Moment:
    """A moment of the ledger in a zone.

    >>> time_of("2026-03-01T08:30:00.000Z", "Asia/Phnom_Penh")
    Moment(says='Mar 1, 2026 15:30', zone='Asia/Phnom_Penh', time='2026-03-01T08:30:00.000Z')
    """
    local = dt.datetime.fromisoformat(time).astimezone(ZoneInfo(zone))
    return Moment(f"{translate.day(local.date().isoformat())} {local:%H:%M}", zone, time)


def times_of(time: str, economies: Sequence[str]) -> list[tuple[str, Moment]]:
    """A moment for the people of each economy, by the names of the economies; UTC besides, where one has several zones.

    >>> [(name, moment.says) for name, moment in times_of("2026-03-01T20:00:00.000Z", ("VN", "VN"))]
    [('Viet Nam', 'Mar 2, 2026 03:00')]
    """
    found = [(translate.place(each), time_of(time, ZONES[each])) for each in dict.fromkeys(economies) if each in ZONES]
    known = [each for each in economies if each in ZONES]
    return found if len(known) == len(economies) else [*found, ("UTC", time_of(time))]
