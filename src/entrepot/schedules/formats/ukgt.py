"""Read the table of the UK Global Tariff of 2021 beside the Common Customs Tariff of 2020, CSV.

For the pack `gb` its rows are the duties of Great Britain in 2021, for the pack `eu` those of the Union in 2020. The
codes are of the Harmonized System 2017, and the table has lost their leading zeros.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from entrepot.model.errors import ScheduleError, in_quotes
from entrepot.schedules.formats.uk_duties import Duty, read_duties, read_duty
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions, Row, ScheduleSource, UnreadCell, begin_schedule
from entrepot.schedules.tables import TableRow, check_whole, read_table

REVIEW = "cet_applies_until_trade_remedy_transition_reviews_concluded"
COLUMNS = {
    "code": ("commodity",),
    "name_en": ("description",),
    "eu": ("cet_duty_rate",),
    "gb": ("ukgt_duty_rate",),
    "review": (REVIEW,),
    "suspension": ("suspension_applies",),
}
#: A percentage and an agricultural component, which depends on what the goods contain.
_COMPONENT = re.compile(r"(\d+\.\d+%) \+ +EA\b")


class Edition(NamedTuple):
    """What the table is for a pack: its title and authority, and the days on which its rates applied."""

    title: str
    authority: str
    since: dt.date
    until: dt.date
    trust: str


EDITIONS = {
    "gb": Edition(
        "UK Global Tariff, table of 2 December 2020",
        "Department for International Trade",
        dt.date(2021, 1, 1),
        dt.date(2022, 1, 1),
        "official",
    ),
    "eu": Edition(
        "Common Customs Tariff of 2020, as printed beside the UK Global Tariff",
        "Department for International Trade",
        dt.date(2020, 1, 1),
        dt.date(2021, 1, 1),
        "published",
    ),
}


def read(files: Sequence[Path], options: ReadOptions) -> ParsedSchedule:
    """Read the table. Raises ScheduleError if it is another, or if the pack or the day is not one that it is of."""
    edition = EDITIONS.get(options.pack)
    if edition is None:
        raise ScheduleError(
            "This is the tariff of the United Kingdom and the Union: add it to gb or eu.", files[0].name
        )
    since, until = options.since or edition.since, options.until or edition.until
    if not edition.since <= since < edition.until or until > edition.until:
        message = (
            f"The table is of {edition.since} to {edition.until} (codes of the Harmonized System 2017). "
            "It is not the law of other days. Leave --since and --until away."
        )
        raise ScheduleError(message, files[0].name)
    reading = begin_schedule(
        options,
        since,
        id=f"{edition.since}",
        source=ScheduleSource(title=edition.title, authority=edition.authority, dated=dt.date(2020, 12, 2)),
        trust=edition.trust,
        until=until,
        treatments=("mfn",),
    )
    for line in read_table(files, COLUMNS, "the table of the UK Global Tariff"):
        _read_line(reading, line)
    check_whole(reading.names, files[0].name)
    return reading


def _read_line(reading: ParsedSchedule, line: TableRow) -> None:
    code = line["code"].zfill(8 if len(line["code"]) <= 8 else 10)
    if not code.isdigit() or len(code) not in (8, 10) or code in reading.names:
        message = f"{in_quotes(line['code'])} is not a code of eight or ten digits, or stands twice."
        raise ScheduleError(message, line.file, line.number, "commodity")
    reading.names[code] = {"en": line["name_en"]}
    text, note = line[reading.pack], ""
    if not text:
        return
    reading.cells += 1
    try:
        found = read_duties(text)
        if reading.pack == "gb" and line["review"].lower() == "true":
            found, note = _under_review(found, read_duties(line["eu"])), f"{REVIEW}: {line['eu']}, then {text}"
            if found[0].rate.startswith("from "):
                reading.unread.append(
                    _cell(line, code, text, "the day on which the transition review ends is not in it")
                )
    except ValueError as error:
        component = _COMPONENT.match(text)
        found = (Duty(f"from {read_duty(component[1])}" if component else f"text:{text}"),)
        reading.unread.append(_cell(line, code, text, str(error)))
    if reading.pack == "gb" and line["suspension"].lower() == "true":
        note = "; ".join(filter(None, (note, "a suspension exists for goods of this line")))
    reading.rows += [Row(goods=code, treatment="mfn", rate=each.rate, season=each.season, note=note) for each in found]


def _under_review(own: Sequence[Duty], before: Sequence[Duty]) -> tuple[Duty, ...]:
    """The rate while the duty of the Union applies until a review ends on a day that is not known."""
    if len(own) != 1 or len(before) != 1:
        raise ValueError("the duty turns on a review, and both of its rates on the season")
    low, high = sorted(
        (own[0].rate, before[0].rate), key=lambda rate: 0.0 if rate == "free" else float(rate.split()[0])
    )
    return (Duty(low if low == high else f"from {low} to {high}"),)


def _cell(line: TableRow, code: str, text: str, why: str) -> UnreadCell:
    return UnreadCell(file=line.file, row=line.number, goods=code, column="duty_rate", text=text, why=why)
