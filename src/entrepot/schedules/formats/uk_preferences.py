"""Read the workbooks of the United Kingdom's preferential rates of 2022 and of their staging to 2034.

A code cut to four, six or eight digits applies to all codes below it. A rate is a share of one (`0.056`) or a text. The
staging workbook has the rate of each later year; without it, a staged rate applies to 2022 only.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from entrepot.model.errors import LawError, ScheduleError, in_quotes
from entrepot.schedules.formats.uk_duties import Duty, read_duties, read_seasons
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions, Row, ScheduleSource, UnreadCell
from entrepot.schedules.partners import beneficiaries, treatment_for
from entrepot.schedules.tables import TableRow, read_cells, read_table

SINCE = dt.date(2022, 1, 1)
#: Cells without content, marks of staged lines, and rates of nil.
NONE, STAGED, NIL = ("", "-"), "X", ("0", "0.00%")
STEP = "the rate falls on a day of the year that the workbooks do not name"
YEARS = tuple(range(2023, 2035))
RATES = {
    "partner": ("fta country",),
    "code": ("commodity code",),
    "rate": ("preferential duty rate 2022",),
    "season": ("validity",),
    "staging": ("staging",),
    "note": ("notes",),
}
STAGING = {
    "partner": ("country",),
    "code": ("commodity code",),
    "2022": ("staging_2022",),
    **{f"?{year}": (f"staging_{year}",) for year in YEARS},
}
#: Partner in the workbooks -> the economies of its agreement.
PARTNERS: Mapping[str, str] = MappingProxyType(
    {
        "Albania": "AL",
        "Andean - Colombia": "CO",
        "Andean - Ecuador": "EC",
        "Andean - Peru": "PE",
        "Botswana - SACUM": "BW",
        "CARIFORUM - EPA": "AG BB BS BZ DM DO GD GY JM KN LC SR TT VC",
        "Cameroon - EPA": "CM",
        "Canada": "CA",
        "Central America": "CR GT HN NI PA SV",
        "Chile": "CL",
        "Cote d'Ivoire - EPA": "CI",
        "EU": "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK",
        "Ecuador": "EC",
        "Egypt": "EG",
        "Eswatini - SACUM": "SZ",
        "Faroe Islands": "FO",
        "Georgia": "GE",
        "Ghana - EPA": "GH",
        "Iceland": "IS",
        "Israel": "IL",
        "Japan": "JP",
        "Jordan": "JO",
        "Kenya - EPA": "KE",
        "Kosovo": "XK",
        "Lebanon": "LB",
        "Lesotho - SACUM": "LS",
        "Mexico": "MX",
        "Moldova": "MD",
        "Morocco": "MA",
        "Mozambique - SACUM": "MZ",
        "Namibia - SACUM": "NA",
        "North Macedonia": "MK",
        "Norway": "NO",
        "Palestinian Authority": "PS",
        "Republic of Korea": "KR",
        "Serbia": "RS",
        "Singapore": "SG",
        "South Africa": "ZA",
        "South Africa - SACUM": "ZA",
        "Switzerland": "CH",
        "Tunisia": "TN",
        "Turkey": "TR",
        "Ukraine": "UA",
        "Viet Nam": "VN",
        "Vietnam": "VN",
    }
)
#: Groups of which the workbook does not name the members, which changed.
UNNAMED = ("ESA - EPA", "Pacific States - EPA")


class Grant(NamedTuple):
    """The treatment of a partner; `origin`: where the agreement has other members too."""

    treatment: str
    origin: str = ""


def read(files: Sequence[Path], options: ReadOptions) -> ParsedSchedule:
    """Read the workbook of rates, with that of their staging or without. Raises ScheduleError."""
    if options.since not in (None, SINCE):
        raise ScheduleError(f"The rates are those since {SINCE}. Leave --since away.", files[0].name)
    staged_files = [path for path in files if _is_staging(path)]
    rate_files = [path for path in files if path not in staged_files]
    if not rate_files:
        raise ScheduleError("This is the staging alone. Give the workbook of the rates of 2022 too.", files[0].name)
    try:
        known = beneficiaries(options.pack, dt.date(2022, 12, 31))
    except LawError as error:
        raise ScheduleError(str(error), files[0].name) from None
    reading = ParsedSchedule(
        pack=options.pack,
        id=options.id or "preferences-2022",
        source=ScheduleSource(
            title="UK preferential rates of 2022" + (" and their staging to 2034" if staged_files else ""),
            authority="Department for International Trade (reference documents of the agreements), transcribed",
            dated=dt.date(2022, 3, 16),
        ),
        trust="published",
        since=SINCE,
        until=options.until,
        treatments=(),
        rows=[],
        notes=("Steps within a year, quotas and rules of origin are not in these workbooks.",),
    )
    _Preferences(reading, known).fill(rate_files, staged_files)
    return reading


def _is_staging(path: Path) -> bool:
    first = next(iter(read_cells(path)), (0, []))[1]
    return "staging_2022" in [cell.strip().lower() for cell in first]


class _Item(NamedTuple):
    """A row of the workbook with its code and treatment."""

    line: TableRow
    code: str
    grant: Grant


class _Preferences:
    """Fills a parsed schedule from the two workbooks."""

    def __init__(self, reading: ParsedSchedule, known: Mapping[str, frozenset[str]]) -> None:
        self.reading, self.known = reading, known
        self.grants: dict[str, Grant | None] = {}
        self.whole: set[str] = set()
        self.rows: dict[tuple[str, str, str, dt.date | None], tuple[TableRow, Row]] = {}

    def fill(self, rate_files: Sequence[Path], staged_files: Sequence[Path]) -> None:
        """Read all rows."""
        steps = dict(self._steps(staged_files)) if staged_files else {}
        table = read_table(rate_files, RATES, "the workbook of the UK's preferential rates of 2022")
        lines = [line for line in table if line["partner"] and line["code"]]
        codes, moved = _in_place([_code(line) for line in lines], [line["season"] for line in lines])
        if moved:
            self.reading.notes += (
                f"The last {moved} codes of the workbook belong further up: they and those after them were moved.",
            )
        for line, code in zip(lines, codes, strict=True):
            grant = self._grant(line["partner"])
            if grant is None:
                why = "The pack has no agreement with this partner alone."
                self.reading.not_in_pack.append(_cell(line, code, line["rate"], why))
                continue
            staged = steps.get((PARTNERS[line["partner"]], code))
            for row in self._line_rows(_Item(line, code, grant), staged):
                self._add(line, row)
        self.reading.rows += [row for _, row in self.rows.values()]
        self.reading.treatments = tuple(name for name in self.known if name in self.whole)
        if not self.reading.rows:
            raise ScheduleError("No partner of the workbook has an agreement in this pack.", rate_files[0].name)

    def _grant(self, partner: str) -> Grant | None:
        if partner not in self.grants:
            self.grants[partner] = self._find_grant(frozenset(PARTNERS.get(partner, "").split()))
        return self.grants[partner]

    def _find_grant(self, named: frozenset[str]) -> Grant | None:
        if not named:
            return None
        if exact := treatment_for(named, self.known):
            self.whole.add(exact)
            return Grant(exact)
        wider = [name for name, members in self.known.items() if named < members and name != "ldc"]
        return Grant(wider[0], " ".join(sorted(named))) if len(wider) == 1 else None

    def _steps(self, files: Sequence[Path]) -> Iterator[tuple[tuple[str, str], list[tuple[int, str]]]]:
        """(economies, code) -> the rates by year."""
        for line in read_table(files, STAGING, "the workbook of the staging of the UK's preferential rates"):
            if line["partner"] in PARTNERS and line["code"]:
                years = [(year, line[str(year)]) for year in (2022, *YEARS) if line[str(year)]]
                yield (PARTNERS[line["partner"]], _code(line)), years

    def _line_rows(self, item: _Item, staged: Sequence[tuple[int, str]] | None) -> Iterable[Row]:
        """The rows of a line: one for each year of its staging, and for each season."""
        line = item.line
        if staged is None:
            until = None if line["staging"] in NONE else dt.date(SINCE.year + 1, 1, 1)
            return self._cell_rows(item, line["rate"], None, until)
        differs = line["season"] in NONE and not _same(line["rate"], staged[0][1])
        if differs and line["staging"] != STAGED:
            why = "The two workbooks give different rates."
            return [self._text_row(item, f"{line['rate']}; {staged[0][1]}", why, None, None)]
        rows: list[Row] = []
        before = line["rate"] if differs else ""
        for place, (year, text) in enumerate(staged):
            last = place + 1 == len(staged)
            # A duty that has reached nil stays there; of another the workbook does not say what follows.
            forever = last and text in NIL
            until = dt.date(year + 1 if last else staged[place + 1][0], 1, 1)
            rows += self._cell_rows(item, text, dt.date(year, 1, 1), None if forever and not before else until, before)
            if forever and before:
                rows += self._cell_rows(item, text, until, None)
            before = text if before else ""
        return rows

    def _cell_rows(
        self, item: _Item, text: str, since: dt.date | None, until: dt.date | None, before: str = ""
    ) -> list[Row]:
        """The rows of a rate. `before`: the rate before a step on a day of the year that is not known."""
        self.reading.cells += 1
        line = item.line
        try:
            found = read_rates(text)
            if before and not _same(before, text):
                found = (_between(read_rates(before), found),)
                self.reading.unread.append(_cell(line, item.code, f"{before}; {text}", STEP))
            if line["season"] not in NONE and found[0].season == "":
                seasons = tuple(read_seasons(line["season"]))
                found = tuple(each._replace(season=season) for each in found for season in seasons)
        except ValueError as error:
            return [self._text_row(item, text, str(error), since, until)]
        noted = line["note"] not in NONE
        if noted:
            why = f"It has the note {in_quotes(line['note'])}, which is not in the workbook."
            self.reading.unread.append(_cell(line, item.code, text, why))
        return [
            Row(
                goods=item.code,
                treatment=item.grant.treatment,
                rate=each.rate,
                origin=item.grant.origin,
                season=each.season,
                scope="part" if noted else "",
                note=f"note {line['note']}" if noted else "",
                since=since,
                until=until,
            )
            for each in found
        ]

    def _text_row(self, item: _Item, text: str, why: str, since: dt.date | None, until: dt.date | None) -> Row:
        self.reading.unread.append(_cell(item.line, item.code, text, why))
        return Row(
            goods=item.code,
            treatment=item.grant.treatment,
            rate=f"text:{text}",
            origin=item.grant.origin,
            since=since,
            until=until,
        )

    def _add(self, line: TableRow, row: Row) -> None:
        """Add a row; where the workbook has two rates for one code and season, neither is used."""
        key = row.goods, f"{row.treatment} {row.origin}", row.season, row.since
        before = self.rows.get(key)
        if before is not None and before[1].rate != row.rate:
            why = f"Row {before[0].number} has another rate for the same code and season."
            self.reading.unread.append(_cell(line, row.goods, row.rate, why))
            row = Row(
                goods=row.goods,
                treatment=row.treatment,
                rate=f"text:{before[1].rate.removeprefix('text:')}; {row.rate.removeprefix('text:')}",
                origin=row.origin,
                season=row.season,
                since=row.since,
                until=row.until,
            )
        self.rows[key] = line, row


def read_rates(text: str) -> tuple[Duty, ...]:
    """The rates of a cell: a share of one as a percentage, or a text. Raises ValueError.

    >>> read_rates("0.056")[0].rate, read_rates("0")[0].rate, read_rates("17.00 GBP/100kg")[0].rate
    ('5.6 %', 'free', '17 GBP/100kg')
    """
    try:
        share = Decimal(text)
    except InvalidOperation:
        return read_duties(text)
    if not 0 <= share < 10:
        raise ValueError("the number is not a share of one")
    return (Duty(f"{(share * 100).normalize():f} %" if share else "free"),)


def _same(one: str, other: str) -> bool:
    """Whether two cells give the same rates."""
    try:
        return read_rates(one) == read_rates(other)
    except ValueError:
        return one == other


def _in_place(codes: list[str], seasons: Sequence[str]) -> tuple[list[str], int]:
    """The codes beside their rates, and how many were moved.

    In the transcription of March 2022 four codes of oranges of South Africa stand at the end of the sheet, so that all
    codes after their place stand four lines too high, those of Viet Nam among them. A code that ends the sheet several
    times without a season is taken back to where it first stands above as many others with seasons.

    >>> _in_place(["01", "08", "09", "01", "97", "08", "08"], ["-", "a", "b", "c", "-", "-", "-"])
    (['01', '08', '08', '08', '09', '01', '97'], 2)
    >>> _in_place(["01", "08", "97"], ["-"] * 3)
    (['01', '08', '97'], 0)
    """
    last, many = codes[-1:], 0
    while many < len(codes) and codes[-many - 1 :][:1] == last and seasons[-many - 1] in NONE:
        many += 1
    places = [
        i
        for i in range(1, len(codes) - many)
        if codes[i - 1] in last and codes[i] not in last and not set(NONE).intersection(seasons[i : i + many])
    ]
    if many < 2 or not places:
        return codes, 0
    at = places[0]
    return [*codes[:at], *codes[-many:], *codes[at:-many]], many


def _between(one: Sequence[Duty], other: Sequence[Duty]) -> Duty:
    """The range of two percentages. Raises ValueError for other rates."""
    rates = [*one, *other]
    if len(rates) != 2 or any(each.season for each in rates):
        raise ValueError(STEP)
    if not all(each.rate == "free" or re.fullmatch(r"[\d.]+ %", each.rate) for each in rates):
        raise ValueError(STEP)
    low, high = sorted((each.rate for each in rates), key=lambda rate: Decimal(rate.replace("free", "0").split()[0]))
    return Duty(f"from {low} to {high}")


def _code(line: TableRow) -> str:
    code = line["code"].lstrip("x").replace(".", "")
    code += "0" * (len(code) % 2)  # a code that the workbook stores as a number has lost its last zero: 9113.2
    if not code.isdigit() or len(code) not in (2, 4, 6, 8, 10):
        raise ScheduleError(
            f"{in_quotes(line['code'])} is not a code of goods.", line.file, line.number, "commodity code"
        )
    return code[:8] if len(code) == 10 and code.endswith("00") else code


def _cell(line: TableRow, code: str, text: str, why: str) -> UnreadCell:
    return UnreadCell(file=line.file, row=line.number, goods=code, column=line["partner"], text=text, why=why)
