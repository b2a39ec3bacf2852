"""Read the Harmonized Tariff Schedule of the United States, as the International Trade Commission exports it.

Columns: General is `mfn`; Special names programs, each a treatment; Column 2 is `general`. Rates are at eight digits;
a ten-digit line that only adds `00` to its eight digits is entered at these, so that a sale may give either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from entrepot.model.errors import ScheduleError, in_quotes
from entrepot.schedules.formats.us.lines import Line, read_lines
from entrepot.schedules.formats.us.programs import PROGRAMS, TREATMENTS, Grant, read_special
from entrepot.schedules.formats.us.provisions import Provisions
from entrepot.schedules.formats.us.rates import ParsedRate, read_text
from entrepot.schedules.formats.us.revision import Revision, find_revision
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions, Row, ScheduleSource, UnreadCell

AUTHORITY = "United States International Trade Commission"
ADDRESS = "https://hts.usitc.gov/"

#: The columns of rates: the treatment (empty for programs), the attribute of a line, the name in the CSV.
COLUMNS = (
    ("mfn", "general", "General Rate of Duty"),
    ("", "special", "Special Rate of Duty"),
    ("general", "other", "Column 2 Rate of Duty"),
    ("", "additional", "Additional Duties"),
)


def read(files: Sequence[Path], options: ReadOptions) -> ParsedSchedule:
    """Read a schedule of the United States from its export, CSV or JSON, whole or in parts.

    Raises ScheduleError if a file is not such an export or is invalid, or its first day is neither given nor known.
    """
    if not files:
        raise ScheduleError("No file is given. Export one from hts.usitc.gov (CSV or JSON) and name it.", "")
    when = find_revision(files, options)
    lines = list(_distinct(read_lines(files)))
    if not any(line.rated for line in lines):
        raise ScheduleError("No row has a rate: this is not an export of the schedule.", files[0].name)
    reading = _empty(when, options)
    _Reader(reading, lines).read()
    return reading


def _distinct(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines, each code of goods once. Raises ScheduleError at the second."""
    rows: dict[str, Line] = {}
    for line in lines:
        if len(line.code) >= 8 and (first := rows.setdefault(line.code, line)) is not line:
            message = (
                f"The code {line.code} stands in {first.file}:{first.row} too. Give each part of one edition once."
            )
            raise ScheduleError(message, line.file, line.row, "HTS Number")
        yield line


def _empty(when: Revision, options: ReadOptions) -> ParsedSchedule:
    title = f"Harmonized Tariff Schedule of the United States {when.title}"
    dated = when.since if not options.since else None
    return ParsedSchedule(
        pack=options.pack,
        id=when.id,
        source=ScheduleSource(title=title, authority=AUTHORITY, dated=dated, url=ADDRESS),
        trust="official",
        since=when.since,
        until=options.until,
        treatments=TREATMENTS,
        rows=[],
        notes=when.notes(),
    )


class _Reader:
    """Fills a parsed schedule from the lines."""

    def __init__(self, reading: ParsedSchedule, lines: list[Line]) -> None:
        self.reading, self.lines = reading, lines
        self.provisions = Provisions(lines)
        self.sources = {each.inherits.row for each in lines if each.inherits is not None}
        self.under = Counter(line.code[:8] for line in lines if len(line.code) == 10)
        self.ended: Counter[str] = Counter()
        self.elsewhere = 0

    def read(self) -> None:
        """Read every line."""
        for line in self.lines:
            cells = sum(bool(getattr(line, field)) for _, field, _ in COLUMNS)
            if line.chapter in ("98", "99"):
                self.elsewhere += cells
                continue
            self.reading.cells += cells
            if len(line.code) >= 8:
                self._read_line(line)
            elif line.rated and not self._is_inherited(line):
                for _, field, _ in COLUMNS:
                    self._unread(
                        line, field, getattr(line, field), "The row has no code of eight digits to enter it at."
                    )
        if self.elsewhere:
            said = f"Chapters 98 and 99 ({self.elsewhere} cells) are about goods that stand elsewhere: no rows."
            self.reading.notes += (said,)
        if self.ended:
            listed = ", ".join(f"{code} ({count})" for code, count in sorted(self.ended.items()))
            self.reading.notes += (f"Programs that have ended are printed still and give nothing: {listed} cells.",)

    def _is_inherited(self, line: Line) -> bool:
        """Whether the rates of a heading without a full code are entered at lines under it."""
        return line.row in self.sources

    def _read_line(self, line: Line) -> None:
        """Read a line of goods: its names and units, and its rates."""
        goods = self._goods_code(line)
        for code in dict.fromkeys((line.code, goods)):
            self.reading.names[code] = {"en": line.name()}
            if line.units:
                self.reading.units[code] = line.units
        source = line.inherits or line
        for treatment, field, _ in COLUMNS[:3]:
            text = getattr(source, field)
            if not text:
                continue
            if treatment:
                parsed = self._parse_cell(source, field, text, goods)
                self.reading.rows.append(Row(goods=goods, treatment=treatment, rate=parsed.rate))
            else:
                self.reading.rows += self._special(source, goods, text)
        extras, left = self.provisions.extras(goods, line.footnotes)
        self.reading.extras += extras
        for heading in left:
            why = "A footnote names an additional provision of chapter 99."
            self.reading.cells += 1  # a footnote counts as a cell beside the rates
            self._list(self.reading.references, line, f"footnotes {heading}", f"See {heading}", why, goods)

    def _goods_code(self, line: Line) -> str:
        only = len(line.code) == 10 and line.code.endswith("00") and self.under[line.code[:8]] == 1
        return line.code[:8] if only and line.rated else line.code

    def _special(self, line: Line, goods: str, text: str) -> list[Row]:
        """The rows of a cell of the Special column: one for each treatment, origin and scope."""
        try:
            grants = read_special(text)
        except ValueError as error:
            self._unread(line, "special", text, str(error))
            return []
        rows: dict[tuple[str, str, str], Row] = {}
        for grant in grants:
            parsed = self._parse_cell(line, "special", grant.text, goods)
            for code in grant.programs:
                for row in self._program_rows(line, goods, grant, parsed, code):
                    key = (row.treatment, row.origin, row.scope)
                    before = rows.get(key)
                    if before is None:
                        rows[key] = row
                    elif before.rate != row.rate:
                        why = f"{code} has a second rate beside {in_quotes(before.rate)}."
                        self._unread(line, "special", grant.text, why)
                    elif row.note:
                        rows[key] = msgspec.structs.replace(before, note=f"{before.note}; {row.note}")
        return list(rows.values())

    def _program_rows(self, line: Line, goods: str, grant: Grant, parsed: ParsedRate, code: str) -> list[Row]:
        """The rows of one program for a rate."""
        program = PROGRAMS.get(code)
        if program is None:
            self._unread(line, "special", f"{grant.text} ({code})", f"{in_quotes(code)} is not a known program.")
            return []
        if not program.treatment:
            self.ended[code] += 1
            return []
        if parsed.see:
            return self.provisions.rows_for(goods, code, parsed.see, grant.text)
        if program.use:
            note = f"{code}: {program.use}"
            return [
                Row(
                    goods=goods,
                    treatment=program.treatment,
                    rate=parsed.rate,
                    origin=program.origin,
                    scope="part",
                    note=note,
                )
            ]
        rate = parsed.rate if program.sure else "unknown"
        note = "" if program.sure else f"{code}: {grant.text}, but not for members that the general notes name"
        return [Row(goods=goods, treatment=program.treatment, rate=rate, note=note)]

    def _parse_cell(self, line: Line, field: str, text: str, goods: str) -> ParsedRate:
        """Parse a cell; what it lacks or refers to is listed."""
        parsed = read_text(text)
        if parsed.kind == "reference":
            self._list(self.reading.references, line, field, text, parsed.why, goods)
        elif parsed.kind != "rate":
            self._unread(line, field, text, parsed.why, goods)
        return parsed

    def _unread(self, line: Line, field: str, text: str, why: str, goods: str = "") -> None:
        if text:
            self._list(self.reading.unread, line, field, text, why, goods)

    @staticmethod
    def _list(kept: list[UnreadCell], line: Line, field: str, text: str, why: str, goods: str) -> None:
        """List a cell once, even if several of its parts remain text."""
        column = next((name for _, each, name in COLUMNS if each == field), field)
        if kept and (kept[-1].row, kept[-1].column, kept[-1].file) == (line.row, column, line.file):
            before = kept.pop()
            text, why = f"{before.text}; {text}", before.why if why in before.why else f"{before.why} {why}"
        goods = goods or line.code
        kept.append(UnreadCell(file=line.file, row=line.row, goods=goods, column=column, text=text, why=why))
