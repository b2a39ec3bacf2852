"""Search the free times of an asset: what its rules allow, less what is occupied."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from entrepot.model.errors import TradeError
from entrepot.trade.booking.assets import Asset
from entrepot.trade.booking.opening import ONE_DAY, open_times
from entrepot.trade.booking.prices import Priced, lines_of
from entrepot.trade.booking.zones import DAY_MINUTES, MINUTE, moments, seconds
from entrepot.trade.occupied import Occupied, Span

#: Days of one search, and times that it returns at most.
MAX_SEARCH, MAX_FOUND = dt.timedelta(days=31), 500


class FreeTime(NamedTuple):
    """A time that can be booked: UTC, on how many units, and what it is sold as."""

    since: dt.datetime
    until: dt.datetime
    units: int
    lines: tuple[Priced, ...]


def searched(asset: Asset, since: dt.datetime, until: dt.datetime) -> Span:
    """The span whose occupied times a search needs."""
    return Span(asset.id, seconds(since), seconds(until + asset.details.limits.buffer * MINUTE))


def free_times(
    asset: Asset,
    zone: dt.tzinfo,
    occupied: Mapping[str, Occupied],
    since: dt.datetime,
    until: dt.datetime,
    minutes: int,
    now: dt.datetime,
    most: int = MAX_FOUND,
) -> list[FreeTime]:
    """The times of so many minutes that lie within a span and can be booked now. Raises TradeError.

    `occupied`: what has a part of the span (`searched`). Holds that are over do not count.
    """
    limits = asset.details.limits
    if not dt.timedelta(0) < until - since <= MAX_SEARCH:
        raise TradeError("span_invalid", "Search 1 to {days} days at a time.", "until", days=MAX_SEARCH.days)
    limits.check_length(minutes, "minutes")
    first = max(since, now + limits.notice * MINUTE)
    last = min(until, now + dt.timedelta(days=limits.horizon) + minutes * MINUTE)
    if asset.status != "active" or first >= last:
        return []
    busy = _busy(occupied, seconds(now))
    found: list[FreeTime] = []
    for start in _starts(asset, zone, first, last, minutes):
        end = start + minutes * MINUTE
        units = _free_units(busy, asset.details.units, seconds(start), seconds(end + limits.buffer * MINUTE))
        if not units:
            continue
        try:
            lines = lines_of(asset.details.bands, zone, start, end) if asset.details.bands else ()
        except TradeError:
            continue  # a part of it has no price
        found.append(FreeTime(start, end, units, lines))
        if len(found) >= most:
            break
    return found


def _busy(occupied: Mapping[str, Occupied], now: int) -> dict[int, tuple[list[int], list[int]]]:
    """By unit, the ends and the beginnings of its times, in order: they do not meet, so both are sorted."""
    found: dict[int, list[tuple[int, int]]] = {}
    for each in occupied.values():
        if not 0 < each.expires <= now:
            found.setdefault(each.unit, []).append((each.until, each.since))
    return {unit: _columns(sorted(times)) for unit, times in found.items()}


def _columns(times: Sequence[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [until for until, _ in times], [since for _, since in times]


def _free_units(busy: Mapping[int, tuple[list[int], list[int]]], units: int, since: int, until: int) -> int:
    taken = 0
    for unit, (ends, starts) in busy.items():
        # The first time that ends after the beginning: if it begins before the end, they meet.
        place = bisect_left(ends, since + 1)
        taken += unit <= units and place < len(ends) and starts[place] < until
    return units - taken


def _starts(
    asset: Asset, zone: dt.tzinfo, since: dt.datetime, until: dt.datetime, minutes: int
) -> Iterator[dt.datetime]:
    """The moments at which a booking can begin: local times in steps, within the time that is open."""
    step = asset.details.limits.step
    for opens, closes in open_times(asset.details.opening, zone, since, until):
        day, last = opens.astimezone(zone).date(), closes - minutes * MINUTE
        while day <= closes.astimezone(zone).date():
            midnight = dt.datetime.combine(day, dt.time())
            local = (midnight + at * MINUTE for at in range(0, DAY_MINUTES, step))
            # Where clocks are put back, a local time comes twice: in the order in which they come.
            starts = sorted(start for each in local for start in moments(each, zone))
            yield from (start for start in starts if opens <= start <= last)
            day += ONE_DAY
