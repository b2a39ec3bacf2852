"""Read a CSV with the columns of a pack's `tariff.csv`, for any economy.

    # title: Customs tariff 2026
    # authority: Exampleland Customs
    # whole: mfn
    goods,treatment,rate,name_en
    08109030,mfn,10 %,Durians
    08109030,rcep,free,

A file with a fault is not installed, and all faults are reported together.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from entrepot.law.cells import READERS
from entrepot.model.errors import PackFault, ScheduleError, in_quotes, meant
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions, Row, ScheduleSource, UnreadCell
from entrepot.schedules.tables import read_text

#: The columns: name -> (kind of cell, required in each row). `name_en`, `name_zh` … are names of the goods.
COLUMNS = {
    "goods": ("goods", True),
    "treatment": ("id", True),
    "rate": ("rate", True),
    "origin": ("economies", False),
    "season": ("season", False),
    "scope": ("scope", False),
    "since": ("day", False),
    "until": ("day", False),
    "note": ("text", False),
}
NEEDED = tuple(name for name, (_, needed) in COLUMNS.items() if needed)
_NAME = re.compile(r"name_([a-z]{2})")
#: The keys allowed in the lines before the header: `# title: …`.
HEAD = ("title", "authority", "number", "dated", "url", "whole")


def read(files: Sequence[Path], options: ReadOptions) -> ParsedSchedule:
    """Read plain CSV files. Raises ScheduleError with every fault of them."""
    if not files:
        raise ScheduleError("No file was given.", "")
    table = _Table(options)
    for path in files:
        table.add(path)
    table.check_overlaps()
    raise_all(table.faults)
    since = options.since or min(row.since for _, row in table.rows if row.since)
    head = table.head
    return ParsedSchedule(
        pack=options.pack,
        id=options.id or f"{since}",
        source=ScheduleSource(
            title=head.get("title") or f"Schedule in {', '.join(path.name for path in files)}",
            authority=head.get("authority") or "not named",
            number=head.get("number"),
            dated=dt.date.fromisoformat(head["dated"]) if "dated" in head else None,
            url=head.get("url"),
        ),
        trust="user",
        since=since,
        until=options.until,
        treatments=tuple(dict.fromkeys(head.get("whole", "").split())),
        rows=[row for _, row in table.rows],
        names=table.names,
        unread=table.unread,
        cells=len(table.rows),
    )


def raise_all(faults: Iterable[PackFault]) -> None:
    """Raise ScheduleError if there are faults: its location is that of the first, its message lists them all.

    >>> raise_all([PackFault("a.csv", 2, "rate", "This is none."), PackFault("a.csv", 3, "goods", "Nor this.")])
    Traceback (most recent call last):
    entrepot.model.errors.ScheduleError: a.csv:2 [rate]: This is none.
    a.csv:3 [goods]: Nor this.
    """
    found = sorted(set(faults))
    if found:
        first, *others = found
        raise ScheduleError("\n".join([first.message, *map(str, others)]), first.file, first.row, first.column)


class _Table:
    """The rows read so far, and every fault."""

    def __init__(self, options: ReadOptions) -> None:
        self.options = options
        self.head: dict[str, str] = {}
        self.rows: list[tuple[tuple[str, int], Row]] = []
        self.names: dict[str, dict[str, str]] = {}
        self.unread: list[UnreadCell] = []
        self.faults: list[PackFault] = []

    def fault(self, file: str, row: int, column: str, message: str) -> None:
        self.faults.append(PackFault(file, row, column, message))

    def add(self, path: Path) -> None:
        """Read one file."""
        lines, skipped = read_text(path).splitlines(keepends=True), 0
        while skipped < len(lines) and (not lines[skipped].strip() or lines[skipped].startswith("#")):
            self._read_remark(path.name, skipped + 1, lines[skipped].strip())
            skipped += 1
        separator = max(",;\t", key=lines[skipped].count) if skipped < len(lines) else ","
        text = io.StringIO("".join(lines[skipped:]), newline="")
        reader = csv.DictReader(text, strict=True, delimiter=separator)
        try:
            if not self._check_header(path.name, skipped + 1, reader.fieldnames or ()):
                return
            before = len(self.rows)
            for cells in reader:
                self._read_row(path.name, skipped + reader.line_num, cells)
        except csv.Error as error:
            self.fault(
                path.name,
                skipped + reader.reader.line_num,
                "",
                f"This is not CSV: {error}. Save it as CSV with commas.",
            )
            return
        if len(self.rows) == before and not self.faults:
            self.fault(path.name, skipped + 1, "", "The file has no row below the header. Write one for each rate.")

    def _read_remark(self, file: str, row: int, line: str) -> None:
        name, colon, value = line.removeprefix("#").partition(":")
        name, value = name.strip(), value.strip()
        if not line or not colon:
            return
        try:
            if name not in HEAD:
                raise ValueError(f"The lines before the header have no field {in_quotes(name)}.{meant(name, HEAD)}")
            if name == "dated":
                READERS["day"](value)
            elif name == "whole":
                READERS["ids"](value)
        except ValueError as error:
            self.fault(file, row, name, f"{error} A remark without a colon may stand here freely.")
        else:
            self.head[name] = f"{self.head[name]} {value}" if name == "whole" and name in self.head else value

    def _check_header(self, file: str, row: int, header: Sequence[str]) -> bool:
        before = len(self.faults)
        for name in header:
            if name not in COLUMNS and not _NAME.fullmatch(name or ""):
                known = (*COLUMNS, "name_en")
                self.fault(
                    file,
                    row,
                    name,
                    f"The table has no column {in_quotes(name)}.{meant(name, known)} Known: {' '.join(known)}.",
                )
        for name in NEEDED:
            if name not in header:
                self.fault(file, row, name, f"The header lacks this column. It needs {', '.join(NEEDED)}.")
        for name in {name for name in header if header.count(name) > 1}:
            self.fault(file, row, name, "Two columns have this name. Leave one of them.")
        return len(self.faults) == before

    def _read_row(self, file: str, line: int, cells: dict[str | Any, str | Any]) -> None:
        if None in cells or None in cells.values():
            self.fault(
                file, line, "", "This row has more or fewer cells than the header. Put text with commas in quotes."
            )
            return
        before, text = len(self.faults), {name: cell.strip() for name, cell in cells.items()}
        typed: dict[str, Any] = {}
        for name, cell in text.items():
            kind, needed = COLUMNS.get(name, ("text", False))
            try:
                if needed and not cell:
                    raise ValueError("This cell may not be empty. Write 'none' where there is no such rate.")
                typed[name] = READERS[kind](cell)
            except ValueError as error:
                self.fault(file, line, name, str(error))
        since, until = typed.get("since"), typed.get("until")
        if "since" not in text or not text["since"]:
            since = self.options.since
            if since is None:
                self.fault(
                    file, line, "since", "It is not said since when. Give the column since, or the day when adding."
                )
        if since and until and until <= since:
            self.fault(
                file, line, "until", f"{until} is not after {since}. It is the first day that is no longer meant."
            )
        if len(self.faults) > before:
            return
        given = {name: cell for name, cell in text.items() if name in COLUMNS and name not in ("since", "until")}
        row = Row(**given, since=since, until=until)
        self.rows.append(((file, line), row))
        if row.rate.startswith("text:"):
            words, why = row.rate.removeprefix("text:"), "Kept as text: the file gives it as such."
            self.unread.append(UnreadCell(file=file, row=line, goods=row.goods, column="rate", text=words, why=why))
        for name, cell in text.items():
            if cell and (found := _NAME.fullmatch(name)):
                self._add_name(file, line, row.goods, found[1], cell)

    def _add_name(self, file: str, line: int, goods: str, language: str, name: str) -> None:
        known = self.names.setdefault(goods, {}).setdefault(language, name)
        if known != name:
            message = f"{goods} was already named {in_quotes(known)}. Give a code one name in each language."
            self.fault(file, line, f"name_{language}", message)

    def check_overlaps(self) -> None:
        """Report rows of one key that are in force at the same time."""
        groups: dict[tuple[str, ...], list[tuple[tuple[str, int], Row]]] = defaultdict(list)
        for pair in self.rows:
            row = pair[1]
            groups[row.goods, row.treatment, row.origin, row.season, row.scope].append(pair)
        for group in groups.values():
            group.sort(key=lambda pair: pair[1].since or dt.date.min)
            for (where, earlier), ((file, line), later) in pairwise(group):
                if earlier.until is None or (later.since or dt.date.min) < earlier.until:
                    message = (
                        f"This holds at the same time as {where[0]}:{where[1]}. End that row, or leave one of them."
                    )
                    self.fault(file, line, "goods", message)
