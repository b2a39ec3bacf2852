"""Determine which revision of the schedule a file is, by its name, and its first day in force."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from entrepot.model.errors import ScheduleError
from entrepot.schedules.parsed import ReadOptions

#: The day of each revision of 2026 in the Commission's archive (hts.usitc.gov/download/archive), from two
#: transcriptions until revision 4 and one after it. Where they differ (basic edition, revision 3) the user must give
#: the day.
RELEASE_DATES = {
    (2026, 1): dt.date(2026, 1, 16),
    (2026, 2): dt.date(2026, 1, 30),
    (2026, 4): dt.date(2026, 2, 25),
    (2026, 5): dt.date(2026, 4, 8),
    (2026, 6): dt.date(2026, 4, 23),
    (2026, 7): dt.date(2026, 4, 29),
    (2026, 8): dt.date(2026, 5, 22),
    (2026, 9): dt.date(2026, 5, 28),
    (2026, 10): dt.date(2026, 6, 8),
    (2026, 11): dt.date(2026, 7, 1),
    (2026, 12): dt.date(2026, 7, 21),
    (2026, 13): dt.date(2026, 7, 28),
    (2026, 14): dt.date(2026, 7, 31),
    (2026, 15): dt.date(2026, 8, 3),
    (2026, 16): dt.date(2026, 8, 14),
    (2026, 17): dt.date(2026, 8, 24),
    (2026, 18): dt.date(2026, 9, 2),
    (2026, 19): dt.date(2026, 9, 15),
}

_NAMED = re.compile(r"(20\d\d)[ _-]?(?:hts)?[ _-]?(?:rev(?:ision)?[ _-]?(\d{1,2})|(basic))", re.IGNORECASE)


class Revision(msgspec.Struct, frozen=True, kw_only=True):
    """A revision and its first day. `number`: 0 is the basic edition of the year; None if the name has no revision."""

    year: int = 0
    number: int | None = None
    since: dt.date
    id: str

    @property
    def title(self) -> str:
        """The title: `2026, revision 4`."""
        if self.number is None:
            return f"as it stood on {self.since}"
        return f"{self.year}, revision {self.number}" if self.number else f"{self.year}, basic edition"

    def notes(self) -> tuple[str, ...]:
        """Notes for the user about the days of the revision."""
        if self.number is None:
            return ()
        released = RELEASE_DATES.get((self.year, self.number))
        following = RELEASE_DATES.get((self.year, self.number + 1))
        notes = []
        if released == self.since:
            notes.append(f"It is taken to hold since {released}, the day of this revision in the Commission's archive.")
        if following:
            notes.append(f"The next revision is of {following}: what changed from then on is not in it.")
        return tuple(notes)


def find_revision(files: Sequence[Path], options: ReadOptions) -> Revision:
    """The revision in the name of the first file. Raises ScheduleError if its first day is neither given nor known.

    >>> find_revision([Path("hts_2026_revision_4.csv")], ReadOptions(pack="us"))
    Revision(year=2026, number=4, since=datetime.date(2026, 2, 25), id='2026-04')
    >>> find_revision([Path("2026HTSRev3.json")], ReadOptions(pack="us"))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    entrepot.model.errors.ScheduleError: 2026HTSRev3.json: Nothing says from which day it holds. ...
    """
    name = files[0].name
    found = _NAMED.search(name)
    year, number = (int(found[1]), int(found[2] or 0)) if found else (0, None)
    since = options.since or (RELEASE_DATES.get((year, number)) if number is not None else None)
    if since is None:
        raise ScheduleError("Nothing says from which day it holds. Give it: --since 2026-01-31.", name)
    parsed = f"{year}-{number:02}" if number is not None else since.isoformat()
    return Revision(year=year, number=number, since=since, id=options.id or parsed)
