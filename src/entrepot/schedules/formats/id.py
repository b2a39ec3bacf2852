"""Read Indonesia's tariff book (BTKI) as a table: the MFN duty of each line of eight digits.

Percentages have a decimal comma or a point (`12,5`, `22.5`); a specific duty is in rupiah (`14.000,-/liter`). The
columns of export duty, VAT and luxury tax are not read: they change by regulations of their own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from entrepot.model.errors import ScheduleError, in_quotes
from entrepot.schedules.goods_names import IndentedNames
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions, Row, ScheduleSource, UnreadCell, begin_schedule
from entrepot.schedules.tables import check_whole, first_day, read_table, vintage_notes

COLUMNS = {
    "code": ("hs_code",),
    "duty": ("import_duty",),
    "name_id": ("description_id",),
    "name_en": ("description_en",),
}
UNITS = {"kg": "kg", "liter": "l"}
_PERCENT = re.compile(r"\d+(?:[.,]\d+)?")
_SPECIFIC = re.compile(r"(\d{1,3}(?:\.\d{3})*),-/(\w+)")


def read(files: Sequence[Path], options: ReadOptions) -> ParsedSchedule:
    """Read the table. Raises ScheduleError if it is another, or if its first day is not given."""
    since = first_day(files, options)
    names = {language: IndentedNames() for language in ("id", "en")}
    reading = begin_schedule(
        options,
        since,
        source=ScheduleSource(
            title="Indonesian customs tariff book (BTKI), a transcription",
            authority="Ministry of Finance of Indonesia",
        ),
        trust="published",
        treatments=("mfn",),
        notes=("Export duty, VAT and luxury tax are not read.", *vintage_notes(files, since)),
    )
    for line in read_table(files, COLUMNS, "Indonesia's tariff book as a table (hs_code, import_duty …)"):
        named = {language: each.name(line[f"name_{language}"]) for language, each in names.items()}
        code, text = line["code"].replace(".", ""), line["duty"]
        if len(code) != 8 or not text:
            continue
        if not code.isdigit() or code in reading.names:
            message = f"{in_quotes(line['code'])} is not a code of eight digits, or stands twice. Use one edition."
            raise ScheduleError(message, line.file, line.number, "hs_code")
        reading.names[code] = {language: name for language, name in named.items() if name}
        reading.cells += 1
        try:
            rate = read_duty(text)
        except ValueError as error:
            rate = f"text:{text}"
            reading.unread.append(
                UnreadCell(file=line.file, row=line.number, goods=code, column="import_duty", text=text, why=str(error))
            )
        reading.rows.append(Row(goods=code, treatment="mfn", rate=rate))
    check_whole(reading.names, files[0].name)
    return reading


def read_duty(text: str) -> str:
    """The rate of a cell. Raises ValueError with the reason if it cannot be read.

    >>> read_duty("12,5"), read_duty("0"), read_duty("14.000,-/liter")
    ('12.5 %', 'free', '14000 IDR/l')
    """
    if _PERCENT.fullmatch(text):
        value = Decimal(text.replace(",", "."))
        return f"{value.normalize():f} %" if value else "free"
    found = _SPECIFIC.fullmatch(text)
    if found is None:
        raise ValueError("the text is not a rate that is known")
    if found[2] not in UNITS:
        raise ValueError(f"the duty is for each {found[2]}, which a sale does not state")
    return f"{found[1].replace('.', '')} IDR/{UNITS[found[2]]}"
