"""What a time costs: bands of local time, each with an offer that is sold by the hour or the minute."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.booking.zones import DAY_MINUTES, MINUTE, local_minute

#: Units of UN/ECE Recommendation 20 by which a time is sold, and how many minutes one is.
UNITS = {"HUR": 60, "MIN": 1}


class Band(msgspec.Struct, frozen=True):
    """The price of local times: an offer that is sold by `unit`, from a minute of the day up to another one.

    `days`: of the week, 1: Monday. Where two bands have a time, the first one counts.
    """

    offer: str
    unit: str
    since: int = 0
    until: int = DAY_MINUTES
    days: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)

    def holds(self, weekday: int, minute: int) -> bool:
        """Whether it has a minute of a day of the week."""
        if self.since < self.until:
            return weekday in self.days and self.since <= minute < self.until
        before = (weekday + 5) % 7 + 1
        return (weekday in self.days and minute >= self.since) or (before in self.days and minute < self.until)


class Priced(msgspec.Struct, frozen=True):
    """So many units of an offer: what becomes a line of an order."""

    offer: str
    quantity: int


def lines_of(bands: Sequence[Band], zone: dt.tzinfo, since: dt.datetime, until: dt.datetime) -> tuple[Priced, ...]:
    """What a time is sold as: of each offer so many hours or minutes that pass, also across a clock change.

    Raises TradeError for a time without a price, and where an hour of an offer is not full.
    """
    found: dict[tuple[str, str], int] = {}
    for band, minutes in _parts(bands, zone, since, until):
        if band is None:
            raise TradeError(
                "time_not_priced",
                "There is no price for a part of the time from {since} to {until}.",
                "since",
                since=since.astimezone(zone).isoformat(" ", "minutes"),
                until=until.astimezone(zone).isoformat(" ", "minutes"),
            )
        key = (band.offer, band.unit)
        found[key] = found.get(key, 0) + minutes
    for (_, unit), minutes in found.items():
        if minutes % UNITS[unit]:
            raise TradeError(
                "hours_not_full",
                "{minutes} minutes of this time are sold by the hour. Choose full hours.",
                "until",
                minutes=minutes,
            )
    return tuple(Priced(offer, minutes // UNITS[unit]) for (offer, unit), minutes in found.items())


def _parts(
    bands: Sequence[Band], zone: dt.tzinfo, since: dt.datetime, until: dt.datetime
) -> Iterator[tuple[Band | None, int]]:
    """The parts of a time that one band has each, with their minutes."""
    edges = sorted({edge for each in bands for edge in (each.since, each.until)} | {DAY_MINUTES})
    while since < until:
        day, minute = local_minute(since, zone)
        band = next((each for each in bands if each.holds(day.isoweekday(), minute)), None)
        step = next(edge for edge in edges if edge > minute) - minute
        end = min(since + step * MINUTE, until)
        if end.astimezone(zone).utcoffset() != since.astimezone(zone).utcoffset():
            end = _change(since, end, zone)
        yield band, (end - since) // MINUTE
        since = end


def _change(since: dt.datetime, until: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """The minute at which clocks are changed between two moments."""
    before = since.astimezone(zone).utcoffset()
    low, high = 0, (until - since) // MINUTE
    while high - low > 1:
        middle = (low + high) // 2
        if (since + middle * MINUTE).astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return since + high * MINUTE
