"""us_vintage: which revision of the schedule a file is, by its name, and from which day that holds."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from entrepot.model.errors import ScheduleError
from entrepot.schedules.parsed import Asked

#: The day of each revision of 2026 in the Commission's archive (hts.usitc.gov/download/archive), as two transcriptions
#: have it until revision 4 and one after it. Where they differ (basic edition, revision 3) the day is asked for.
RELEASED = {
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


class Vintage(msgspec.Struct, frozen=True, kw_only=True):
    """Which revision, and since when. `number`: 0 is the basic edition of the year; None where the name says none."""

    year: int = 0
    number: int | None = None
    since: dt.date
    id: str

    @property
    def title(self) -> str:
        """In words: `2026, revision 4`."""
        if self.number is None:
            return f"as it stood on {self.since}"
        return f"{self.year}, revision {self.number}" if self.number else f"{self.year}, basic edition"

    def notes(self) -> tuple[str, ...]:
        """What whoever adds the file is told about its days."""
        if self.number is None:
            return ()
        released = RELEASED.get((self.year, self.number))
        later = [day for (year, number), day in RELEASED.items() if year == self.year and number == self.number + 1]
        notes = []
        if released == self.since:
            notes.append(f"It is taken to hold since {released}, the day of this revision in the Commission's archive.")
        if later:
            notes.append(f"The next revision is of {later[0]}: what changed from then on is not in it.")
        return tuple(notes)


def vintage(files: Sequence[Path], asked: Asked) -> Vintage:
    """The revision that the name of the first file says. Raises ScheduleError where no day is said or known.

    >>> vintage([Path("hts_2026_revision_4.csv")], Asked(pack="us"))
    Vintage(year=2026, number=4, since=datetime.date(2026, 2, 25), id='2026-04')
    >>> vintage([Path("2026HTSRev3.json")], Asked(pack="us"))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    entrepot.model.errors.ScheduleError: 2026HTSRev3.json: Nothing says from which day it holds. ...
    """
    name = files[0].name
    found = _NAMED.search(name)
    year, number = (int(found[1]), int(found[2] or 0)) if found else (0, None)
    since = asked.since or (RELEASED.get((year, number)) if number is not None else None)
    if since is None:
        raise ScheduleError("Nothing says from which day it holds. Give it: --since 2026-01-31.", name)
    told = f"{year}-{number:02}" if number is not None else since.isoformat()
    return Vintage(year=year, number=number, since=since, id=asked.id or told)
