"""A time of a unit of a resource that an object occupies, so that nothing else can have it: what a booking takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple


class Occupied(NamedTuple):
    """From `since` up to, not including, `until`, in seconds since 1970 (UTC): times one after the other do not meet.

    `resource`: the id of the resource; `unit`: which one of its units, from 1; `expires`: when a hold lapses, in
    seconds, 0 for what does not lapse. It occupies its time until the event that ends it, also after `expires`.
    """

    resource: str
    unit: int
    since: int
    until: int
    expires: int = 0

    def meets(self, resource: str, since: int, until: int) -> bool:
        """Whether it has a part of a time of a resource, on any of its units.

        >>> Occupied("as_1", 1, 0, 60).meets("as_1", 60, 120), Occupied("as_1", 1, 0, 60).meets("as_1", 59, 120)
        (False, True)
        """
        return self.resource == resource and self.since < until and since < self.until


class Span(NamedTuple):
    """A time of a resource that is looked at: all its units."""

    resource: str
    since: int
    until: int


class TimeTaken(Exception):
    """Another object occupies a part of this time of the unit. `by`: the id of that object."""

    def __init__(self, time: Occupied, by: str) -> None:
        super().__init__(f"{time.resource}/{time.unit} from {time.since} to {time.until} belongs to {by}.")
        self.time, self.by = time, by


def within(times: Mapping[str, Occupied | None], span: Span) -> dict[str, Occupied]:
    """Those of some times, by their objects, that have a part of a span."""
    return {number: each for number, each in times.items() if each is not None and each.meets(*span)}


def first_taken(time: Occupied, others: Iterable[tuple[str, Occupied]]) -> str:
    """The object that has a part of a time on its unit; "" if there is none."""
    return next((number for number, each in others if each.unit == time.unit and each.meets(*span_of(time))), "")


def span_of(time: Occupied) -> Span:
    """The span of an occupied time."""
    return Span(time.resource, time.since, time.until)


def meeting(times: Mapping[str, Occupied]) -> list[tuple[str, str]]:
    """The objects that have a part of one time of one unit: pairs of neighbours, in the order of their times."""
    by_unit = sorted(times.items(), key=lambda item: (item[1].resource, item[1].unit, item[1].since, item[0]))
    pairs = pairwise(by_unit)
    return [
        (first, second)
        for (first, one), (second, other) in pairs
        if (one.resource, one.unit) == (other.resource, other.unit) and other.since < one.until
    ]
