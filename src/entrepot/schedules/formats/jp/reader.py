"""Read Japan's import schedule in one table: a row for each nine-digit line, a column for each tariff.

The table is a transcription of Japan Customs' pages (実行関税率表) as CSV, plain or gzip.

Its 32 columns and the rows made from them are described in `docs/reference/schedule-japan.md`.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from entrepot.model.errors import ScheduleError, in_quotes
from entrepot.schedules.formats.jp.labels import read_label
from entrepot.schedules.formats.jp.rows import CellRate, cell_rates, mfn_rates, national_rate, one_line
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions, Row, ScheduleSource, UnreadCell, begin_schedule
from entrepot.schedules.tables import read_content

#: The columns of agreements and programmes: the treatment of each, and the origins it applies to.
ASEAN_AND_OCEANIA = "AU BN ID KH LA MM MY NZ PH SG TH VN"
PREFERENCES = {
    "gsp": ("gsp", ""),
    "ldc": ("ldc", ""),
    "jsepa": ("jp_sg", ""),
    "mexico": ("jp_mx", ""),
    "malaysia": ("jp_my", ""),
    "chile": ("cl_jp", ""),
    "thailand": ("jp_th", ""),
    "indonesia": ("id_jp", ""),
    "brunei": ("bn_jp", ""),
    "asean": ("ajcep", ""),
    "philippines": ("jp_ph", ""),
    "switzerland": ("ch_jp", ""),
    "vietnam": ("jp_vn", ""),
    "india": ("in_jp", ""),
    "peru": ("jp_pe", ""),
    "australia": ("au_jp", ""),
    "mongolia": ("jp_mn", ""),
    "cptpp": ("cptpp", ""),
    "eu": ("eu_jp", ""),
    "uk": ("gb_jp", ""),
    "rcep_asean_au_nz": ("rcep", ASEAN_AND_OCEANIA),
    "rcep_china": ("rcep", "CN"),
    "rcep_korea": ("rcep", "KR"),
    "us": ("jp_us", ""),
}
HEAD = ("code", "description_ja", "unit_1", "unit_2", "laws")
NATIONAL = ("general", "temporary", "wto")
RATES = (*NATIONAL, *PREFERENCES)
#: A nine-digit line with an empty cell in these columns inherits that of its group; cells of agreements are not
#: inherited.
INHERITED = (*NATIONAL, "gsp", "ldc")
TREATMENTS = ("mfn", "general", *dict.fromkeys(treatment for treatment, _ in PREFERENCES.values()))
PATH = " / "
_Line = dict[str, str]


def read(files: Sequence[Path], options: ReadOptions) -> ParsedSchedule:
    """Read the schedule. Raises ScheduleError if the file is not this table or is invalid.

    `options.since`: the first day it is in force; default: the date in the file's name (`tariff_2026-07-09.csv.gz`).
    `options.until`: default: the next 1 April, when temporary rates end and those of agreements are reduced.
    """
    if len(files) != 1:
        raise ScheduleError(f"Japan's schedule is one file; {len(files)} were given.", str(files[0]) if files else "")
    path = files[0]
    dated = _date_in_name(path)
    since = options.since or dated
    if since is None:
        raise ScheduleError("Its name has no date, so say since when it holds: since = 2026-07-09.", path.name)
    reading = begin_schedule(
        options,
        since,
        id=str(dated or since),
        source=ScheduleSource(
            title="Import tariff schedule (実行関税率表), read in a transcription of Japan Customs' pages",
            authority="Japan Customs",
            dated=dated,
            url="https://www.customs.go.jp/tariff/",
        ),
        trust="published",
        until=dt.date(since.year + (since.month >= 4), 4, 1),
        treatments=TREATMENTS,
    )
    _fill(reading, path.name, list(_lines(path)))
    return reading


def _date_in_name(path: Path) -> dt.date | None:
    found = re.search(r"(\d{4}-\d{2}-\d{2})\.csv(\.gz)?$", path.name)
    try:
        return dt.date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def _lines(path: Path) -> Iterator[_Line]:
    """The rows of the table by column. Raises ScheduleError with the row."""
    number = 1
    try:
        with io.StringIO(read_content(path).decode("utf-8-sig"), newline="") as text:
            rows = csv.reader(text, strict=True)
            header = next(rows, [])
            lacking = [name for name in (*HEAD, *RATES) if name not in header]
            if lacking:
                raise ScheduleError(
                    f"The header lacks the columns {', '.join(lacking[:5])}: it is not Japan's table.", path.name, 1
                )
            for number, cells in enumerate(rows, 2):
                if len(cells) != len(header):
                    raise ScheduleError(f"The row has {len(cells)} cells, the header {len(header)}.", path.name, number)
                line = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
                if not re.fullmatch(r"\d{4}|\d{6}|\d{9}", line["code"]):
                    raise ScheduleError(
                        f"{in_quotes(line['code'])} is not a code of four, six or nine digits.",
                        path.name,
                        number,
                        "code",
                    )
                yield line
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise ScheduleError(
            f"The file cannot be read as CSV in UTF-8 beyond here: {error}.", path.name, number
        ) from None


def _fill(reading: ParsedSchedule, file: str, lines: list[_Line]) -> None:
    """Add rows, names, units and unread cells, line by line in the order of the file."""
    groups: dict[str, list[_Line]] = defaultdict(list)
    met: dict[str, set[str]] = defaultdict(set)
    for number, line in enumerate(lines, 2):
        code = line["code"]
        _count_cells(reading, file, number, line)
        if len(code) < 9:
            groups[code].append(line)
            continue
        season = _season(line)
        if "" in met[code] or (met[code] and not season) or season in met[code]:
            raise ScheduleError(f"The code {code} stands twice, without seasons apart.", file, number, "code")
        met[code].add(season)
        _name(reading, line, season)
        reading.rows += _rows(_with_inherited(line, groups[code[:6]]), season)
    reading.notes = (
        "The signs ● ◎ ※ * ** stand before some rates; their legend is not in the file, and they change no rate here.",
        "The standard import prices of pork (基準輸入価格) are not in the file: the lines that need them are refused.",
    )


def _count_cells(reading: ParsedSchedule, file: str, number: int, line: _Line) -> None:
    """Count the rate cells of a row, and list those that remain text or refer to a note."""
    for column in RATES:
        text = line[column]
        if not text:
            continue
        reading.cells += 1
        found = (national_rate(text),) if column in NATIONAL[:2] else cell_rates(text)
        why = next((each.why for each in found if each.why), "")
        cell = UnreadCell(file=file, row=number, goods=line["code"], column=column, text=one_line(text), why=why)
        if why:
            reading.unread.append(cell)
        if "◆" in text:
            reading.references.append(cell)


def _season(line: _Line) -> str:
    """The season in the name of a line (毎年4月1日から同年9月30日までに輸入されるもの), or ''."""
    _, found, said = line["description_ja"].rpartition(PATH)[2].partition("毎年")
    return read_label(found + said).season if found else ""


def _name(reading: ParsedSchedule, line: _Line, season: str) -> None:
    path = line["description_ja"]
    reading.names[line["code"]] = {"ja": path.rpartition(PATH)[0] if season else path}
    units = " ".join(" ".join((line["unit_1"], line["unit_2"])).split())
    if units:
        reading.units[line["code"]] = units


def _with_inherited(line: _Line, groups: Sequence[_Line]) -> _Line:
    """A line with the cells inherited from the groups above it, the nearest first."""
    path = line["description_ja"] + PATH
    above = [each for each in groups if path.startswith(each["description_ja"] + PATH)]
    above.sort(key=lambda each: len(each["description_ja"]), reverse=True)
    taken = {name: next((each[name] for each in above if each[name]), "") for name in INHERITED if not line[name]}
    return line | taken


def _rows(line: _Line, season: str) -> Iterator[Row]:
    """The tariff rows of a line whose inherited cells are filled in."""
    own = line["temporary"] or line["general"]
    if own:
        note = "temporary rate" if line["temporary"] else ""
        yield _row(line, "general", national_rate(own), season, note)
        for given in mfn_rates(own, line["wto"]):
            said = one_line(line["wto"]) if given.scope else ""
            yield _row(line, "mfn", given, season, said or note)
    for column, (treatment, origin) in PREFERENCES.items():
        text = line[column]
        for given in cell_rates(text) if text else ():
            mine = given._replace(origin=given.origin or origin)
            yield _row(line, treatment, mine, season, one_line(text) if given.scope else "")


def _row(line: _Line, treatment: str, given: CellRate, season: str, note: str) -> Row:
    return Row(
        goods=line["code"],
        treatment=treatment,
        rate=given.rate,
        origin=given.origin,
        season=given.season or season,
        scope=given.scope,
        note=note,
    )
