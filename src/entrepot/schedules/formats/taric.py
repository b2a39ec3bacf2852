"""Read the workbook of import duties that the European Commission extracts from TARIC every month.

It has a row for each measure in force on the first day of the month, with the code at which it was set: the measure is
of all codes below. The countries that a group has, and those that a measure leaves out, are in other workbooks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from entrepot.model.errors import LawError, ScheduleError, in_quotes
from entrepot.schedules.formats.gb.measure_rows import MeasureRow, lines_of, whole_schedule
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions, ScheduleSource
from entrepot.schedules.tables import TableRow, check_whole, first_day, read_table, vintage_notes

COLUMNS = {
    "code": ("goods code",),
    "additional": ("add code",),
    "order": ("order no.",),
    "start": ("start date",),
    "end": ("end date",),
    "area_name": ("origin",),
    "kind_name": ("measure type",),
    "duty": ("duty",),
    "area": ("origin code",),
    "kind": ("meas. type code",),
}
SOURCE = ScheduleSource(
    title="TARIC, extraction of import duties",
    authority="European Commission, Directorate-General for Taxation and Customs Union",
    url="https://circabc.europa.eu/ui/group/0e5f18c2-4b2f-42e9-aed4-dfe50ae1263b",
)
NOTES = (
    "Preferences of groups of countries are left out: their members, and whom a measure leaves out, are not in it.",
    "A suspension for all countries applies to a part of the line: whom it leaves out is not in it.",
)


def read(files: Sequence[Path], options: ReadOptions) -> ParsedSchedule:
    """Read the workbook. Raises ScheduleError if it is another, or if a part of it is missing."""
    since = first_day(files, options)
    rows = [(line, _row(line)) for line in read_table(files, COLUMNS, "TARIC's workbook of import duties")]
    try:
        lines = lines_of(files[0].name, ((line.number, row) for line, row in rows), options.pack, since, {})
    except (LawError, ValueError) as error:
        raise ScheduleError(f"{error}.".replace("..", "."), files[0].name) from None
    check_whole((line.goods for line in lines), files[0].name)
    reading = whole_schedule(lines, options, since, SOURCE, (*NOTES, *vintage_notes(files, since)))
    reading.rows = [
        msgspec.structs.replace(row, scope="part") if row.treatment == "provisional" and not row.origin else row
        for row in reading.rows
    ]
    return reading


def _row(line: TableRow) -> MeasureRow:
    code = re.sub(r"\D", "", line["code"])[:10]
    if len(code) != 10 or not line["kind"]:
        message = f"{in_quotes(line['code'])} is not a code of ten digits, or the row has no type of measure."
        raise ScheduleError(message, line.file, line.number, "goods code")
    return MeasureRow.of(line, code)
