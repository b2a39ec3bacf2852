"""clock: whose day is today: that of the machine's own zone, as on the command line, unless `TZ` names another."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone(environment: Mapping[str, str], localtime: Path = Path("/etc/localtime")) -> str:
    """The name of the zone in the database of the IANA; UTC where the machine names none.

    >>> zone({"TZ": "Asia/Phnom_Penh"}), zone({"TZ": "nowhere"}, Path("nothing"))
    ('Asia/Phnom_Penh', 'UTC')
    """
    _, _, linked = str(localtime.resolve()).partition("/zoneinfo/")
    for name in (environment.get("TZ", "").lstrip(":"), linked):
        if name and _known(name):
            return name
    return "UTC"


def _known(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
