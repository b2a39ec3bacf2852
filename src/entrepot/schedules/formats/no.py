"""Read the rates of Norwegian customs (Tolletaten) as they are published as open data, JSON.

    {"versjon": "1.2", "varer": [{"id": "61091000", "avtalesatser": [{"landgruppe": "TALL", "sats": [
        {"satsVerdi": "10,70", "satsEnhet": "P", "fomdato": "2024-01-01", "tomdato": ""}]}]}]}

The country group TALL is the ordinary duty. The file does not say which countries belong to its other groups. No file
of the authority was available: the fields are those that public programs read, and the tests construct samples.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

from entrepot.model import json
from entrepot.model.errors import ScheduleError, in_quotes
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions, Row, ScheduleSource, UnreadCell, begin_schedule
from entrepot.schedules.tables import check_whole, first_day, read_content, vintage_notes

ORDINARY = "TALL"
VERSIONS = ("1.2",)
#: Units of a rate: per cent, and kroner for each kilogram.
PERCENT, KILOGRAM = "P", "K"
#: A rate of this size or more stands where there is none.
NONE = Decimal(999_999)
_NUMBER = re.compile(r"\d{1,12}(?:,\d{1,6})?")


class _Rate(msgspec.Struct):
    value: str = msgspec.field(name="satsVerdi")
    unit: str | None = msgspec.field(name="satsEnhet", default=None)
    unit_name: str | None = msgspec.field(name="satsEnhetBeskrivelse", default=None)
    first: str = msgspec.field(name="fomdato", default="")
    last: str | None = msgspec.field(name="tomdato", default=None)


class _Group(msgspec.Struct):
    name: str = msgspec.field(name="landgruppe")
    rates: list[_Rate] = msgspec.field(name="sats")


class _Line(msgspec.Struct):
    code: str = msgspec.field(name="id")
    unit: str | None = msgspec.field(name="enhet", default=None)
    groups: list[_Group] = msgspec.field(name="avtalesatser", default_factory=list)


class _Document(msgspec.Struct):
    version: str = msgspec.field(name="versjon")
    lines: list[_Line] = msgspec.field(name="varer")


def read(files: Sequence[Path], options: ReadOptions) -> ParsedSchedule:
    """Read the file. Raises ScheduleError if it is another, or if its first day is not given."""
    if len(files) != 1:
        raise ScheduleError("The rates of Norway are one file.", files[0].name if files else "")
    path, since = files[0], first_day(files, options)
    try:
        content = read_content(path)
        json.check_depth(content)
        document = msgspec.json.decode(content, type=_Document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"This is not the file of rates of Norwegian customs, or it is not whole: {error}."
        raise ScheduleError(message, path.name) from None
    if document.version not in VERSIONS:
        message = f"The file has version {in_quotes(document.version)}; this release reads {', '.join(VERSIONS)}."
        raise ScheduleError(message, path.name)
    reading = begin_schedule(
        options,
        since,
        source=ScheduleSource(
            title="Customs duty rates (tollavgiftssats), open data",
            authority="Norwegian Customs (Tolletaten)",
            url="https://data.toll.no/no/dataset/tollavgiftssats",
        ),
        treatments=("mfn",),
    )
    left: Counter[str] = Counter()
    for number, line in enumerate(document.lines, 1):
        if not re.fullmatch(r"\d{8}", line.code) or line.code in reading.units:
            message = f"{in_quotes(line.code)} is not a code of eight digits, or stands twice."
            raise ScheduleError(message, path.name, number, "id")
        reading.units[line.code] = line.unit or ""
        for group in line.groups:
            if group.name == ORDINARY:
                reading.rows += _rows(reading, path.name, number, line.code, group)
            else:
                left[group.name] += 1
    check_whole(reading.units, path.name)
    if not reading.rows:
        raise ScheduleError(f"No line has a rate of the group {ORDINARY}.", path.name)
    if left:
        many = f"{sum(left.values())} rates of {len(left)} other country groups are left out"
        reading.notes = (f"{many}: the file does not say which countries belong to them.",)
    reading.notes += vintage_notes(files, since)
    return reading


def _rows(reading: ParsedSchedule, file: str, number: int, code: str, group: _Group) -> Iterator[Row]:
    periods = set()
    for each in group.rates:
        first, last = _day(file, number, each.first), _day(file, number, each.last or "")
        if last is not None and last < reading.since:
            continue
        begins = first if first is not None and first > reading.since else None
        if begins in periods:
            raise ScheduleError(f"{code} has two ordinary rates at one time.", file, number, "sats")
        periods.add(begins)
        reading.cells += 1
        try:
            rate = read_rate(each.value, each.unit)
        except ValueError as error:
            text = f"{each.value} {each.unit_name or each.unit or ''}".strip()
            rate = f"text:{text}"
            reading.unread.append(
                UnreadCell(file=file, row=number, goods=code, column=ORDINARY, text=text, why=str(error))
            )
        until = last + dt.timedelta(days=1) if last is not None and last.year < dt.MAXYEAR else None
        yield Row(goods=code, treatment="mfn", rate=rate, since=begins, until=until)


def _day(file: str, number: int, text: str) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ScheduleError(f"{in_quotes(text)} is not a date.", file, number, "fomdato") from None


def read_rate(value: str, unit: str | None) -> str:
    """The rate of a value and its unit. Raises ValueError with the reason if it cannot be read.

    >>> read_rate("10,70", "P"), read_rate("0,00", None), read_rate("1,23", "K")
    ('10.7 %', 'free', '1.23 NOK/kg')
    """
    if not _NUMBER.fullmatch(value):
        raise ValueError("the value is not a number")
    amount = Decimal(value.replace(",", "."))
    if amount >= NONE:
        raise ValueError("the value stands for no rate")
    if not amount:
        return "free"
    if unit == PERCENT:
        return f"{amount.normalize():f} %"
    if unit == KILOGRAM:
        return f"{amount.normalize():f} NOK/kg"
    raise ValueError(f"the unit {in_quotes(unit)} is not known")
