"""Read the rates by item number (품목번호별 관세율표) that the Korea Customs Service publishes, XLSX or CSV.

A row has one class of rate (관세율구분) of one line of ten digits. The basic rate (A) or the provisional one (B) in its
place is `general`; the concession (C) applies to members of the WTO where it is lower. A line with another class that
is open to all countries is not read, because such a class may come before these. No file of the authority was
available: the columns and classes are those that public programs read, and the tests construct samples.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from entrepot.model.errors import ScheduleError, in_quotes
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions, Row, ScheduleSource, UnreadCell, begin_schedule
from entrepot.schedules.tables import TableRow, check_whole, first_day, read_table, vintage_notes

COLUMNS = {
    "code": ("품목번호",),
    "class": ("관세율구분",),
    "percent": ("관세율",),
    "amount": ("단위당세액",),
    "price": ("기준가격",),
    "countries": ("적용국가구분",),
    "use": ("용도세율구분",),
    "first": ("적용개시일",),
    "last": ("적용만료일",),
}
BASIC, PROVISIONAL, CONCESSION = "A", "B", "C"
#: Class of an agreement -> its treatment, where a public program names the agreement of the class.
AGREEMENTS = {"FCN1": "cn_kr", "FEU1": "eu_kr", "FUS1": "kr_us"}
#: The beginnings of classes of preferences: they are for named countries and never the rate of all.
PREFERENCES = ("F", "E")
ALL_COUNTRIES = ("", "1")
FOREVER = dt.date(9999, 12, 31)


class ClassRate(NamedTuple):
    """A rate of a class of a line that is in force, with the row that states it. `percent`: None if it has none."""

    line: TableRow
    percent: Decimal | None
    last: dt.date


def read(files: Sequence[Path], options: ReadOptions) -> ParsedSchedule:
    """Read the file. Raises ScheduleError if it is another, or if its first day is not given."""
    since = first_day(files, options)
    reading = begin_schedule(
        options,
        since,
        source=ScheduleSource(
            title="Tariff rates by item number (품목번호별 관세율표)",
            authority="Korea Customs Service",
            url="https://www.data.go.kr/data/15051179/fileData.do",
        ),
        treatments=("mfn", "general"),
    )
    found: dict[str, dict[str, list[ClassRate]]] = defaultdict(lambda: defaultdict(list))
    for line in read_table(files, COLUMNS, "the rates by item number of the Korea Customs Service", every_sheet=True):
        code = line["code"]
        if not re.fullmatch(r"\d{10}", code):
            raise ScheduleError(f"{in_quotes(code)} is not a code of ten digits.", line.file, line.number, "품목번호")
        first, last = _day(line, "first") or since, _day(line, "last") or FOREVER
        if first <= since <= last:
            found[code][line["class"]].append(ClassRate(line, _percent(line), last))
    if not found:
        raise ScheduleError(f"No rate of the file is in force on {since}.", files[0].name)
    check_whole(found, files[0].name)
    left: Counter[str] = Counter()
    for code, classes in found.items():
        reading.rows += _normal(reading, code, classes)
        for name, rates in classes.items():
            if name in AGREEMENTS:
                reading.rows += _agreement(reading, code, AGREEMENTS[name], rates)
            elif name not in (BASIC, PROVISIONAL, CONCESSION):
                left[name] += len(rates)
    if left:
        listed = ", ".join(f"{name} ({count})" for name, count in left.most_common(12))
        reading.notes = (f"Classes of rates that are left out: {listed}{' …' if len(left) > 12 else ''}.",)
    reading.notes += vintage_notes(files, since)
    return reading


def _day(line: TableRow, name: str) -> dt.date | None:
    text = line[name].replace("-", "")
    if not text:
        return None
    try:
        return dt.datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007  # a day of a tariff has no time zone
    except ValueError:
        message = f"{in_quotes(line[name])} is not a date. The file may be damaged: download it again."
        raise ScheduleError(message, line.file, line.number, COLUMNS[name][0]) from None


def _percent(line: TableRow) -> Decimal | None:
    """The percentage of a row, if it is all of its rate."""
    text = line["percent"]
    plain = re.fullmatch(r"\d+(\.\d+)?", text) and not line["amount"] and not line["price"] and not line["use"]
    return Decimal(text) if plain else None


def _normal(reading: ParsedSchedule, code: str, classes: dict[str, list[ClassRate]]) -> Iterator[Row]:
    """The rates of goods of all countries, and of members of the WTO."""
    base, concession = classes.get(PROVISIONAL) or classes.get(BASIC) or [], classes.get(CONCESSION, [])
    reading.cells += len(base) + len(concession)
    others = sorted(
        name
        for name, rates in classes.items()
        if name not in (BASIC, PROVISIONAL, CONCESSION)
        and not name.startswith(PREFERENCES)
        and any(each.line["countries"] in ALL_COUNTRIES for each in rates)
    )
    why = f"the line has a rate of the class {', '.join(others)} too, which may come first" if others else ""
    yield from _row(reading, code, "general", base, why)
    # A concession applies where it is lower than the other rates.
    if len(base) == len(concession) == 1 and base[0].percent is not None and concession[0].percent is not None:
        lower = min(base[0], concession[0], key=lambda each: each.percent or Decimal(0))
        last = min(base[0].last, concession[0].last)
        yield from _row(reading, code, "mfn", [lower._replace(last=last)], why)
    elif not concession or not base:
        yield from _row(reading, code, "mfn", base or concession, why)
    else:
        yield from _row(reading, code, "mfn", [*base, *concession], why or "its rates cannot be compared")


def _agreement(reading: ParsedSchedule, code: str, treatment: str, rates: list[ClassRate]) -> Iterator[Row]:
    reading.cells += len(rates)
    yield from _row(reading, code, treatment, rates, "")


def _row(reading: ParsedSchedule, code: str, treatment: str, rates: Sequence[ClassRate], why: str) -> Iterator[Row]:
    """The row of a treatment; its text where it is not one percentage."""
    if not rates:
        return
    if not why and len(rates) > 1:
        why = "the line has several rates of one class"
    if not why and rates[0].percent is None:
        why = "the rate is for each unit, or for a use, that the file does not describe"
    percent, last = rates[0].percent, min(each.last for each in rates)
    rate = "free" if not percent else f"{percent.normalize():f} %"
    if why:
        text = " / ".join(dict.fromkeys(_text(each.line) for each in rates))
        rate, line = f"text:{text}", rates[0].line
        column = COLUMNS["percent"][0]
        reading.unread.append(
            UnreadCell(file=line.file, row=line.number, goods=code, column=column, text=text, why=why)
        )
    until = None if last >= FOREVER else last + dt.timedelta(days=1)
    yield Row(goods=code, treatment=treatment, rate=rate, until=until)


def _text(line: TableRow) -> str:
    parts = [f"{line['percent']} %" if line["percent"] else "", f"{line['amount']} KRW" if line["amount"] else ""]
    return f"{line['class']}: {' '.join(filter(None, parts)) or '-'}"
