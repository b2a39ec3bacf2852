"""Read the customs import tariff of Chinese Taipei (Taiwan) as its Customs Administration publishes it, XLS.

Column 1 is `mfn`, column 3 `general`. Column 2 names partners, each group with its rate: `0% (PA,NZ,SG) 7% (SZ)`. Of
the eleven digits of a line the last is a check digit and not part of the code; duties are set at eight digits, so a
rate that all lines under eight digits share is entered there.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from entrepot.model.errors import LawError, ScheduleError, in_quotes
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions, Row, ScheduleSource, UnreadCell, begin_schedule
from entrepot.schedules.partners import beneficiaries, treatment_for
from entrepot.schedules.tables import TableRow, check_whole, first_day, read_table, vintage_notes

COLUMNS = {
    "code": ("貨品分類號列",),
    "name_zh": ("中文貨名",),
    "name_en": ("英文貨名",),
    "first": ("第一欄稅率",),
    "second": ("第二欄稅率",),
    "third": ("第三欄稅率",),
    "unit": ("統計數量單位",),
}
UNITS = {"KGM": "kg", "TNE": "t"}
_GROUP = re.compile(r"\s*([^()]+?)\s*\(([A-Za-z, ]+)\)")
_PERCENT = r"\d+(?:\.\d+)?"
_RATE = re.compile(rf"(?:NT\$({_PERCENT})/(\w+))?( or )?(?:({_PERCENT})%)?( whichever is higher)?")


def read(files: Sequence[Path], options: ReadOptions) -> ParsedSchedule:
    """Read the tariff. Raises ScheduleError if the file is another, or if its first day is not given."""
    since = first_day(files, options)
    try:
        known = beneficiaries(options.pack, since)
    except LawError as error:
        raise ScheduleError(str(error), files[0].name) from None
    reading = begin_schedule(
        options,
        since,
        source=ScheduleSource(
            title=f"Customs import tariff, {since.year} (海關進口稅則資料)",
            authority="Customs Administration, Ministry of Finance",
            url="https://data.gov.tw/dataset/80871",
        ),
        treatments=("mfn", "general"),
        notes=("Temporary rates (chapter 98 and orders) are not in this file.", *vintage_notes(files, since)),
    )
    lines: dict[str, list[Row]] = {}
    for line in read_table(files, COLUMNS, "the customs import tariff of Chinese Taipei (海關進口稅則資料)"):
        code = line["code"]
        if not re.fullmatch(r"\d{11}", code) or code[:10] in lines:
            message = f"{in_quotes(code)} is not a code of eleven digits, or stands twice. Use one edition."
            raise ScheduleError(message, line.file, line.number, "貨品分類號列")
        if code.startswith("98"):
            continue
        reading.names[code[:10]] = {"zh": line["name_zh"], "en": line["name_en"]}
        if line["unit"]:
            reading.units[code[:10]] = line["unit"]
        lines[code[:10]] = list(_rates(reading, line, code[:10], known))
    check_whole(lines, files[0].name)
    reading.rows += _at_eight_digits(lines)
    granted = {row.treatment for row in reading.rows}
    reading.treatments = tuple(name for name in ("mfn", "general", *known) if name in granted)
    return reading


def _rates(reading: ParsedSchedule, line: TableRow, code: str, known: Mapping[str, frozenset[str]]) -> Iterator[Row]:
    for treatment, column in (("mfn", "first"), ("general", "third")):
        if not line[column]:
            continue
        reading.cells += 1
        try:
            rate = read_duty(line[column])
        except ValueError as error:
            rate = f"text:{line[column]}"
            reading.unread.append(_cell(line, code, column, line[column], str(error)))
        yield Row(goods=code, treatment=treatment, rate=rate)
    text = line["second"]
    groups = _GROUP.findall(text)
    if "".join(_GROUP.sub("", text).split()):
        reading.cells += 1
        reading.unread.append(_cell(line, code, "second", text, "the text is not rates with their partners"))
        groups = []
    left = []
    for given, partners in groups:
        for partner in partners.replace(" ", "").split(","):
            agreement = treatment_for(frozenset({partner}), known)
            if agreement is None:
                left.append(partner)
                continue
            reading.cells += 1
            try:
                rate = read_duty(given)
            except ValueError as error:
                rate = f"text:{given}"
                reading.unread.append(_cell(line, code, "second", given, str(error)))
            yield Row(goods=code, treatment=agreement, rate=rate)
    if left:
        why = f"The pack has no agreement with {', '.join(left)} alone."
        reading.not_in_pack.append(_cell(line, code, "second", text, why))


def _cell(line: TableRow, code: str, column: str, text: str, why: str) -> UnreadCell:
    return UnreadCell(file=line.file, row=line.number, goods=code, column=COLUMNS[column][0], text=text, why=why)


@lru_cache(maxsize=4096)
def read_duty(text: str) -> str:
    """The rate of a cell. Raises ValueError with the reason if it cannot be read.

    >>> read_duty("2.5%"), read_duty("NT$11.3/KGM or 15% whichever is higher")
    ('2.5 %', 'max(11.3 TWD/kg, 15 %)')
    """
    found = _RATE.fullmatch(text.strip())
    joined = found is not None and bool(found[1] and found[4])
    if found is None or not (found[1] or found[4]) or not bool(found[3]) == bool(found[5]) == joined:
        raise ValueError("the text is not a rate that is known")
    percent = f"{Decimal(found[4]).normalize():f} %" if found[4] else ""
    if not found[1]:
        return "free" if percent == "0 %" else percent
    if found[2] not in UNITS:
        raise ValueError(f"the duty is for each {found[2]}, which a sale does not state")
    amount = f"{Decimal(found[1]).normalize():f} TWD/{UNITS[found[2]]}"
    return f"max({amount}, {percent})" if percent else amount


def _at_eight_digits(lines: Mapping[str, Sequence[Row]]) -> Iterator[Row]:
    """The rows of each line, those that all lines under eight digits share at the eight digits."""
    groups: dict[str, list[str]] = defaultdict(list)
    for code in lines:
        groups[code[:8]].append(code)
    for eight, codes in groups.items():
        rates = [{row.treatment: row.rate for row in lines[code]} for code in codes]
        if all(each == rates[0] for each in rates):
            yield from (Row(goods=eight, treatment=treatment, rate=rate) for treatment, rate in rates[0].items())
        else:
            yield from (row for code in codes for row in lines[code])
