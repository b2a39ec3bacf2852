"""The log of who reads health records: one row for each record, day, reader and way of reading."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from entrepot.store.expiry import delete_in_steps
from entrepot.store.models import HealthRead


class Read(NamedTuple):
    """Who read a record on a day, and how. See `HealthRead`."""

    record: str
    day: dt.date
    organization: str
    person: str
    how: str


def note(reads: Iterable[tuple[Read, dt.date]]) -> None:
    """Log reads, each with the day until which it is kept. What is logged already is not written again."""
    wanted = dict(reads)
    known = HealthRead.objects.filter(
        record__in={each.record for each in wanted}, day__in={each.day for each in wanted}
    ).values_list(*Read._fields)
    new = set(wanted) - {Read(*each) for each in known}
    if new:
        # Another process may log the same at this moment.
        rows = [HealthRead(**each._asdict(), keep_until=wanted[each]) for each in sorted(new)]
        HealthRead.objects.bulk_create(rows, ignore_conflicts=True)


def of_record(record: str, most: int) -> list[Read]:
    """The last reads of a record, the newest day first."""
    rows = HealthRead.objects.filter(record=record).order_by("-day", "organization", "person", "how")
    return [Read(*each) for each in rows.values_list(*Read._fields)[:most]]


def delete_ended(today: dt.date) -> int:
    """Delete the rows of records that are kept no longer. Returns how many."""
    return delete_in_steps(HealthRead.objects.filter(keep_until__lt=today))
