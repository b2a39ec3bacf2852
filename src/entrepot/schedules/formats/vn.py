"""Read Viet Nam's whole import tariff in one workbook: standard and MFN rates, and those of each agreement.

    7.5   2,7   *   0 (-TH, CN)   40 (NHN: 80)   2,7; M: 5,4   0/3,7   150% thuế MFN

The notation is described in `docs/reference/schedules-other.md`. The workbook is a transcription of the decrees.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from entrepot.model.errors import ScheduleError, in_quotes
from entrepot.schedules.goods_names import IndentedNames
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions, Row, ScheduleSource, UnreadCell, begin_schedule
from entrepot.schedules.tables import TableRow, check_whole, first_day, read_table, vintage_notes

ASEAN = "BN ID KH LA MM MY PH SG TH"
#: Column of the workbook -> treatment, and the origins that it applies to; '' for all members.
RATES = {
    "standard import duty rate": ("general", ""),
    "mfn rate": ("mfn", ""),
    "import duty rate per acfta": ("acfta", ""),
    "import duty rate per atiga": ("atiga", ""),
    "import duty rate per ajcep": ("ajcep", ""),
    "import duty rate per vjepa": ("jp_vn", ""),
    "import duty rate per akfta": ("akfta", ""),
    "import duty rate per aanzfta": ("aanzfta", ""),
    "import duty rate per aifta": ("aifta", ""),
    "import duty rate per vkfta": ("kr_vn", ""),
    "import duty rate per vcfta": ("cl_vn", ""),
    "import duty rate per vn-eaeu": ("eaeu_vn", ""),
    "import duty rate per cptpp": ("cptpp", ""),
    "import duty rate per ahkfta": ("ahkfta", ""),
    "import duty rate per evfta": ("eu_vn", ""),
    "import duty rate per ukvfta": ("gb_vn", ""),
    "import duty rate per vifta": ("il_vn", ""),
    # The annexes A to F of Decree 129/2022/ND-CP, by origin.
    "import duty rate per rcept a": ("rcep", ASEAN),
    "import duty rate per rcept b": ("rcep", "AU"),
    "import duty rate per rcept c": ("rcep", "CN"),
    "import duty rate per rcept d": ("rcep", "JP"),
    "import duty rate per rcept e": ("rcep", "KR"),
    "import duty rate per rcept f": ("rcep", "NZ"),
}
TREATMENTS = tuple(dict.fromkeys(treatment for treatment, _ in RATES.values()))
COLUMNS = {
    "code": ("HSCode",),
    "name_vi": ("Description_VN",),
    "name_en": ("Description_EN",),
    **{name: (name,) for name in RATES},
}
GENERAL, MFN = tuple(RATES)[:2]

_NUMBER = r"\d+(?:[.,]\d+)?"
_PART = re.compile(rf"({_NUMBER}|\*) ?(?:\( ?-([A-Z, ]+)\))? ?(?:\(GIC\))?")
_QUOTA = re.compile(rf"({_NUMBER}) ?\(NHN: ?({_NUMBER})\)")
_OF_MFN = re.compile(rf"({_NUMBER}) ?% thuế MFN")
#: Words of cells that are explained elsewhere: the notes of chapter 98, and the tariff quotas of an agreement.
_REFERENCE = re.compile(r"Theo hướng dẫn tại .*|Q")
SPLIT = "the line is split in the decree; the workbook does not say which goods bear which rate"
ELSEWHERE = "the cell refers to a provision that the workbook does not contain"


class CellRate(NamedTuple):
    """A rate of a cell as a tariff row has it; `why`: the reason if it is not one exact rate."""

    rate: str
    origin: str = ""
    scope: str = ""
    note: str = ""
    why: str = ""


def read(files: Sequence[Path], options: ReadOptions) -> ParsedSchedule:
    """Read the workbook. Raises ScheduleError if it is another, or if its first day is not given."""
    since = first_day(files, options)
    reading = begin_schedule(
        options,
        since,
        source=ScheduleSource(
            title=f"Import tariff of Viet Nam, {since.year}, transcribed from the decrees",
            authority="Government of Viet Nam (decrees on the preferential and special preferential import tariffs)",
        ),
        trust="published",
        # The rates of the agreements fall on the first of January.
        until=dt.date(since.year + 1, 1, 1),
        treatments=TREATMENTS,
    )
    names = {language: IndentedNames() for language in ("vi", "en")}
    left = 0
    for line in read_table(files, COLUMNS, "the workbook of Viet Nam's import tariff"):
        named = {language: each.name(line[f"name_{language}"]) for language, each in names.items()}
        code = line["code"].replace(".", "")
        if len(code) != 8 or not any(line[name] for name in RATES):
            continue
        if not code.isdigit():
            raise ScheduleError(
                f"{in_quotes(line['code'])} is not a code of eight digits.", line.file, line.number, "HSCode"
            )
        if code.startswith("98"):
            left += sum(bool(line[name]) for name in RATES)
            continue
        if code in reading.names:
            raise ScheduleError(f"The code {code} stands twice. Use one edition.", line.file, line.number, "HSCode")
        reading.names[code] = {language: name for language, name in named.items() if name}
        _read_line(reading, line, code)
    check_whole(reading.names, files[0].name)
    if left:
        reading.notes = (f"Chapter 98 ({left} cells) is about goods for named uses that stand elsewhere: no rows.",)
    reading.notes += vintage_notes(files, since)
    return reading


def _read_line(reading: ParsedSchedule, line: TableRow, code: str) -> None:
    for name, (treatment, origin) in RATES.items():
        text = " ".join(line[name].split())
        if not text:
            continue
        reading.cells += 1
        found = general_rates(text, line[MFN]) if name == GENERAL else cell_rates(text)
        for each in found:
            # A cell of RCEP is of some origins already, and leaves none of them out.
            row = each if not origin else each._replace(origin=origin)
            reading.rows.append(
                Row(goods=code, treatment=treatment, rate=row.rate, origin=row.origin, scope=row.scope, note=row.note)
            )
        if why := next((each.why for each in found if each.why), ""):
            cell = UnreadCell(file=line.file, row=line.number, goods=code, column=name, text=text, why=why)
            (reading.references if why == ELSEWHERE else reading.unread).append(cell)


def general_rates(text: str, mfn: str) -> tuple[CellRate, ...]:
    """The rates of the standard column, which may be a share of the MFN rate.

    >>> general_rates("150% thuế MFN", "10")[0].rate
    '15 %'
    """
    times = _OF_MFN.fullmatch(text)
    if times is None:
        return cell_rates(text)
    if not re.fullmatch(_NUMBER, mfn.strip()):
        return (CellRate(f"text:{text}", why=ELSEWHERE),)
    return (CellRate(_percent(_decimal(mfn.strip()) * _decimal(times[1]) / 100)),)


@lru_cache(maxsize=8192)
def cell_rates(text: str) -> tuple[CellRate, ...]:
    """The rates of a cell, one for each origin and part of the line. No row where there is no preference.

    >>> [(each.rate, each.origin) for each in cell_rates("0 (-TH, CN)")]
    [('free', '!CN TH')]
    >>> [(each.rate, each.origin) for each in cell_rates("2,7; M: 5,4")]
    [('2.7 %', '!MX'), ('5.4 %', 'MX')]
    >>> [(each.rate, each.scope) for each in cell_rates("40 (NHN: 80)")]
    [('80 %', ''), ('40 %', 'part')]
    >>> [each.rate for each in cell_rates("0/3,7")], cell_rates("*")
    (['from free to 3.7 %'], ())
    """
    if _REFERENCE.fullmatch(text):
        return (CellRate(f"text:{text}", why=ELSEWHERE),)
    if quota := _QUOTA.fullmatch(text):
        within = _percent(_decimal(quota[1]))
        return (
            CellRate(_percent(_decimal(quota[2]))),
            CellRate(within, scope="part", note="within the tariff quota (NHN: out of quota)"),
        )
    try:
        others, _, mexico = text.partition("; M:")
        if not mexico:
            return tuple(_split(others))
        return (
            *(each._replace(origin="!MX") for each in _split(others)),
            *(each._replace(origin="MX") for each in _split(mexico.strip())),
        )
    except ValueError:
        return (CellRate(f"text:{text}", why="the text is not a rate that is known"),)


def _split(text: str) -> Iterator[CellRate]:
    """The rates of a cell of which each part, divided by `/`, is of other goods of the line."""
    parts: list[tuple[str | None, frozenset[str]]] = []
    for each in text.split("/"):
        found = _PART.fullmatch(each.strip())
        if found is None:
            raise ValueError(text)
        rate = None if found[1] == "*" else found[1]
        parts.append((rate, frozenset((found[2] or "").replace(",", " ").split())))
    named = sorted(frozenset[str]().union(*(excluded for _, excluded in parts)))
    groups = [("!" + " ".join(named) if named else "", [rate for rate, _ in parts])]
    groups += [(origin, [None if origin in excluded else rate for rate, excluded in parts]) for origin in named]
    for origin, rates in groups:
        there = [_decimal(rate) for rate in rates if rate is not None]
        if not there:
            continue
        low, high = _percent(min(there)), _percent(max(there))
        scope = "part" if len(there) < len(rates) else ""
        one = low == high
        yield CellRate(
            low if one else f"from {low} to {high}",
            origin,
            scope,
            note="for a part of the goods of the line" if scope else "" if one else text,
            why="" if one and not scope else SPLIT,
        )


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


def _percent(value: Decimal) -> str:
    return f"{value.normalize():f} %" if value else "free"
