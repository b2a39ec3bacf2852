"""Shared vehicles as GBFS 3.0 (General Bikeshare Feed Specification): where they are, and which are free now.

Facts only: what GBFS asks for and the node does not know, such as the range that is left, is left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from entrepot.trade.booking.asset_form import clock
from entrepot.trade.booking.assets import Asset
from entrepot.trade.occupied import Occupied

VERSION = "3.0"
#: Seconds after which a reader asks again.
LIFETIME = 60
FEEDS = ("system_information", "station_information", "station_status", "vehicle_status")
_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def located(assets: Sequence[Asset]) -> list[Asset]:
    """The vehicles whose place has coordinates: others cannot be in a feed."""
    return [
        each
        for each in assets
        if each.status == "active" and each.details.kind == "vehicle" and each.details.place.latitude
    ]


def manifest(address: str, now: dt.datetime) -> dict[str, Any]:
    """`gbfs.json`: the feeds of a system. `address`: of its folder, with a slash at the end."""
    return _feed(now, {"feeds": [{"name": name, "url": f"{address}{name}.json"} for name in FEEDS]})


def system_information(number: str, name: str, email: str, assets: Sequence[Asset], now: dt.datetime) -> dict[str, Any]:
    """`system_information.json`: the vehicles of one seller. `assets`: at least one."""
    languages = sorted({language for each in assets for language in each.details.titles})
    data = {
        "system_id": number,
        "languages": languages,
        "name": [{"text": name, "language": language} for language in languages],
        "opening_hours": opening_hours(assets),
        "timezone": assets[0].details.zone,
    } | ({"feed_contact_email": email} if email else {})
    return _feed(now, data)


def opening_hours(assets: Sequence[Asset]) -> str:
    """The windows of the weeks of all assets, as OpenStreetMap writes them: `Mo,Tu 08:00-18:00; Sa 22:00-30:00`."""
    windows = {window for each in assets for window in each.details.opening.weekly}
    texts = sorted(
        f"{','.join(_DAYS[day - 1] for day in each.days)} {clock(each.since)}-{clock(each.end)}" for each in windows
    )
    return "; ".join(texts) or "off"


def station_information(assets: Sequence[Asset], now: dt.datetime) -> dict[str, Any]:
    """`station_information.json`: each asset is a station with its units."""
    stations = [
        {
            "station_id": each.id,
            "name": [{"text": text, "language": language} for language, text in each.details.titles.items()],
            **_place(each),
            "capacity": each.details.units,
            "is_virtual_station": True,
        }
        for each in assets
    ]
    return _feed(now, {"stations": stations})


def station_status(
    assets: Sequence[Asset], taken: Mapping[str, Sequence[Occupied]], now: dt.datetime
) -> dict[str, Any]:
    """`station_status.json`: how many units of each asset are free at this moment."""
    stations = [
        {
            "station_id": each.id,
            "num_vehicles_available": max(each.details.units - len({one.unit for one in taken.get(each.id, ())}), 0),
            "is_installed": True,
            "is_renting": True,
            "is_returning": True,
            "last_reported": _time(now),
        }
        for each in assets
    ]
    return _feed(now, {"stations": stations})


def vehicle_status(
    assets: Sequence[Asset], taken: Mapping[str, Sequence[Occupied]], now: dt.datetime
) -> dict[str, Any]:
    """`vehicle_status.json`: the vehicles that are free at this moment.

    A vehicle that is on its way is not listed, so that nobody follows who drives it.
    """
    vehicles = [
        {
            "vehicle_id": f"{each.id}-{unit}",
            **_place(each),
            "is_reserved": False,
            "is_disabled": False,
            "station_id": each.id,
            "last_reported": _time(now),
        }
        for each in assets
        for unit in range(1, each.details.units + 1)
        if unit not in {one.unit for one in taken.get(each.id, ())}
    ]
    return _feed(now, {"vehicles": vehicles})


def _place(asset: Asset) -> dict[str, float]:
    place = asset.details.place
    return {"lat": float(place.latitude), "lon": float(place.longitude)}


def _time(now: dt.datetime) -> str:
    return now.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _feed(now: dt.datetime, data: Mapping[str, Any]) -> dict[str, Any]:
    return {"last_updated": _time(now), "ttl": LIFETIME, "version": VERSION, "data": dict(data)}
