"""Read tariffs from WITS (World Bank) and TRAINS (UNCTAD), where their figures are a rate.

These files have, for six digits of the Harmonized System, averages over the lines of the national schedule. An average
is not a rate of a line. A row is a rate only if its lowest and highest rate are the same, or if it counts one line; a
specific duty converted to a percentage is an estimate and not a rate either.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

from entrepot.model.errors import LawError, PackFault, ScheduleError, in_quotes
from entrepot.schedules.formats.plain import raise_all
from entrepot.schedules.formats.wits.rows import Line, read_lines
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions, Row, ScheduleSource, UnreadCell
from entrepot.schedules.partners import beneficiaries, economy_of, has_law_of

#: The duty types whose rows are rates of a treatment. Bound (BND) and effectively applied rates (AHS) are not.
MFN, PREFERENCE, NOT_APPLIED = ("MFN",), ("PREF", "PRF"), ("BND", "AHS")
WORLD = ("0", "000", "WLD")
UNION = ("918", "EUN")
#: The editions of the Harmonized System.
EDITIONS = {"H0": "1992", "H1": "1996", "H2": "2002", "H3": "2007", "H4": "2012", "H5": "2017", "H6": "2022"}


def read(files: Sequence[Path], options: ReadOptions) -> ParsedSchedule:
    """Read WITS files. Raises ScheduleError if a file is not one, or is of another reporter."""
    faults: list[PackFault] = []
    lines = [line for path in files for line in read_lines(path, faults)]
    for line in lines:
        reporter = line.cells["reporter"]
        if not _reports(reporter, options.pack):
            whose = economy_of(reporter) or reporter
            faults.append(
                PackFault(
                    line.file, line.row, "reporter", f"This is the tariff of {whose}, not of {in_quotes(options.pack)}."
                )
            )
            break  # one such row is enough
    raise_all(faults)
    if not lines:
        raise ScheduleError("The file has no row below the header.", files[0].name if files else "")
    return _Tariff(lines, options).reading()


def rate_of(line: Line, *, preference: bool) -> str:
    """The rate of a row. Raises ValueError with the reason if it is not a rate.

    >>> even = {"least": Decimal("7.50"), "most": Decimal("7.50"), "average": Decimal("7.50"), "lines": Decimal(3)}
    >>> rate_of(Line("a.csv", 2, {}, even), preference=False)
    '7.5 %'
    >>> rate_of(Line("a.csv", 2, {}, even | {"most": Decimal(10)}), preference=False)
    Traceback (most recent call last):
    ValueError: its lines bear 7.50 to 10 %: an average is not a rate
    """
    least, most, average = line.figure("least"), line.figure("most"), line.figure("average")
    if line.figure("without"):
        raise ValueError("some of its lines have no rate that is a percentage")
    if line.figure("estimated") or line.cells.get("datatype", "").lower().startswith("ave"):
        raise ValueError("some of its rates are estimates of specific duties")
    if preference and line.figure("at_mfn"):
        raise ValueError("some of its lines have no preference")
    if (least is None or most is None) and line.figure("lines") == 1:
        least = most = average
    if least is None or most is None:
        raise ValueError("it does not say the lowest and the highest rate of its lines")
    if least != most:
        raise ValueError(f"its lines bear {least} to {most} %: an average is not a rate")
    if average is not None and abs(average - least) > Decimal("0.005"):
        raise ValueError("its average is another than its lowest and highest rate")
    if least < 0:
        raise ValueError("the rate is negative")
    if least == 0:
        return "free"
    # A file that names a method of estimation without counting the estimates may have estimates in any row.
    if line.cells.get("method") and line.figure("estimated") is None:
        raise ValueError("the file holds estimates of specific duties and does not say where")
    return f"{least.normalize():f} %"


def _reports(reporter: str, pack: str) -> bool:
    if reporter.upper() in UNION:
        return pack == "eu"
    economy = economy_of(reporter)
    return economy is not None and has_law_of(pack, economy)


class _Tariff:
    """The rows of one economy, as they become rows of its pack."""

    def __init__(self, lines: Sequence[Line], options: ReadOptions) -> None:
        self.lines, self.options = lines, options
        self.years = sorted({int(line.cells["year"]) for line in lines})
        self.rows: dict[tuple[str, str, str, int], tuple[Line, Row]] = {}
        self.cells = 0
        self.unread: list[UnreadCell] = []
        self.not_in_pack: list[UnreadCell] = []
        self.skipped: dict[str, int] = {}

    def reading(self) -> ParsedSchedule:
        """The parsed schedule."""
        options = self.options
        if len(self.years) > 1 and (options.since or options.until):
            message = f"The files are of several years ({self.years[0]} to {self.years[-1]}): give no day of the whole."
            raise ScheduleError(message, self.lines[0].file, 0, "year")
        for line in self.lines:
            self._read_line(line)
        since = options.since or dt.date(self.years[0], 1, 1)
        editions = {line.cells.get("nomen", "") for line in self.lines} - {""}
        named = [f"the Harmonized System {EDITIONS[each]}" if each in EDITIONS else each for each in sorted(editions)]
        return ParsedSchedule(
            pack=options.pack,
            id=options.id or f"wits-{'-'.join(map(str, dict.fromkeys((self.years[0], self.years[-1]))))}",
            source=ScheduleSource(
                title="Tariffs from WITS and TRAINS",
                authority="World Bank; United Nations Conference on Trade and Development",
                url="https://wits.worldbank.org/",
            ),
            trust="published",
            since=since,
            until=options.until if options.since or options.until else dt.date(self.years[-1] + 1, 1, 1),
            treatments=(),
            # A rate unknown here may be in the pack: no row of unknown replaces it.
            rows=[row for _, row in self.rows.values() if row.rate != "unknown"],
            unread=self.unread,
            not_in_pack=self.not_in_pack,
            cells=self.cells,
            notes=tuple(self._notes(named)),
        )

    def _notes(self, editions: list[str]) -> list[str]:
        notes = ["The rates are of six digits; where the lines below them differ there is none."]
        if editions:
            notes.append(f"The codes are those of {', '.join(editions)}.")
        if not any(line.cells.get("datatype") or "estimated" in line.cells for line in self.lines):
            notes.append("The file does not say whether estimates of specific duties are among its rates.")
        left = ", ".join(f"{count} ({why})" for why, count in self.skipped.items())
        return [*notes, f"Rows left out: {left}."] if left else notes

    def _read_line(self, line: Line) -> None:
        said = line.cells
        duty, partner = said.get("duty", "").upper(), said.get("partner", "").upper()
        goods = said["product"].zfill(6) if said["product"].isdigit() and len(said["product"]) == 5 else said["product"]
        if duty in NOT_APPLIED:
            self._skip("bound or effectively applied rates, which no one treatment has")
        elif duty not in (*MFN, *PREFERENCE, ""):
            self.not_in_pack.append(_unread_cell(line, goods, f"The duty type {duty} is not known."))
        elif not re.fullmatch(r"\d{6,10}", goods):
            self._skip("groups of goods wider than six digits")
        elif duty in MFN or (not duty and (partner in WORLD or "partner" not in said)):
            self._add(line, goods, "mfn", "", preference=False)
        elif (origin := economy_of(partner)) is None:
            self.not_in_pack.append(
                _unread_cell(line, goods, f"The partner {partner or 'that is not named'} is a group of WITS.")
            )
        elif (treatment := self._treatment(origin, int(said["year"]))) is None:
            self.not_in_pack.append(
                _unread_cell(line, goods, f"The pack does not know just one agreement, with {origin} alone.")
            )
        else:
            self._add(line, goods, treatment, origin, preference=True)

    def _treatment(self, origin: str, year: int) -> str | None:
        """The agreement with an origin if that is its only partner: a wider one may not be the one meant."""
        try:
            known = beneficiaries(self.options.pack, dt.date(year, 12, 31))
        except LawError as error:
            raise ScheduleError(str(error), self.lines[0].file) from None
        found = [treatment for treatment, members in known.items() if origin in members]
        return found[0] if len(found) == 1 and known[found[0]] == {origin} else None

    def _add(self, line: Line, goods: str, treatment: str, origin: str, *, preference: bool) -> None:
        self.cells += 1
        year = int(line.cells["year"])
        try:
            rate = rate_of(line, preference=preference)
        except ValueError as error:
            rate = "unknown"
            self._add_unread(line, goods, str(error))
        one = len(self.years) == 1
        row = Row(
            goods=goods,
            treatment=treatment,
            rate=rate,
            since=None if one else dt.date(year, 1, 1),
            until=None if one else dt.date(year + 1, 1, 1),
        )
        key = goods, treatment, origin, year
        if key in self.rows and self.rows[key][1].rate != rate:
            other = self.rows[key][0]
            self._add_unread(line, goods, f"{other.file}:{other.row} says another rate for the same goods")
            row = msgspec.structs.replace(row, rate="unknown")
        self.rows[key] = line, row

    def _add_unread(self, line: Line, goods: str, why: str) -> None:
        self.unread.append(_unread_cell(line, goods, f"Not a rate: {why}."))

    def _skip(self, why: str) -> None:
        self.skipped[why] = self.skipped.get(why, 0) + 1


def _unread_cell(line: Line, goods: str, why: str) -> UnreadCell:
    column = line.cells.get("duty") or "rate"
    return UnreadCell(file=line.file, row=line.row, goods=goods, column=column, text=line.words(), why=why)
