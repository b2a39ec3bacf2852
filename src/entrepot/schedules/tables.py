"""Read a table from a file of a schedule: CSV (plain or gzip) or a workbook (XLSX or XLS), within bounds."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from entrepot.model.errors import ScheduleError, TableError, in_quotes
from entrepot.schedules.parsed import ReadOptions
from entrepot.workbooks.texts import is_workbook, read_texts

GZIP = b"\x1f\x8b"
#: Bytes of a file, unpacked. The largest known schedule has some 40 MB.
MAX_BYTES = 256 << 20
#: Rows and characters of a workbook that are used to detect its format.
OPENING_ROWS, OPENING_CHARACTERS = 20, 1 << 16
_DATE = re.compile(r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?!\d)")


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table: its file, its number there, and its cells by the name of their column."""

    file: str
    number: int
    cells: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")


def read_content(path: Path) -> bytes:
    """The content of a file, unpacked if it is gzip. Raises ScheduleError if it cannot be read or is too large."""
    try:
        with path.open("rb") as stream:
            packed = stream.read(2) == GZIP
        with gzip.open(path) if packed else path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ScheduleError(f"The file cannot be read: {why}. Download it again.", path.name) from None
    if len(content) > MAX_BYTES:
        raise ScheduleError(f"The file has more than {MAX_BYTES >> 20} MB; no schedule is that large.", path.name)
    return content


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, unpacked if it is gzip. Raises ScheduleError."""
    try:
        return read_content(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScheduleError(f"The file is not in UTF-8 ({error}). Save it as UTF-8.", path.name) from None


def opening_text(path: Path) -> str | None:
    """The first rows of a workbook as CSV, to detect its format; None if the file is not a workbook.

    Raises ScheduleError if the workbook cannot be read.
    """
    try:
        with path.open("rb") as stream:
            if not is_workbook(stream.read(8)):
                return None
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(row for _, row in islice(read_texts(path), OPENING_ROWS))
    except TableError as error:
        raise ScheduleError(str(error), path.name) from None
    except OSError as error:
        raise ScheduleError(f"The file cannot be read: {error.strerror}.", path.name) from None
    return text.getvalue()[:OPENING_CHARACTERS]


def read_cells(path: Path, *, every_sheet: bool = False) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a table that are not empty, with their numbers. Raises ScheduleError."""
    try:
        with path.open("rb") as stream:
            workbook = is_workbook(stream.read(8))
        if workbook:
            yield from read_texts(path, every_sheet=every_sheet)
            return
    except TableError as error:
        raise ScheduleError(str(error), path.name) from None
    except OSError as error:
        raise ScheduleError(f"The file cannot be read: {error.strerror}.", path.name) from None
    text = read_text(path)
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    width = 0
    try:
        for cells in reader:
            if not any(map(str.strip, cells)):
                continue
            width = width or len(cells)
            if len(cells) != width:
                message = (
                    f"The row has {len(cells)} cells, the first {width}. If the file is cut off, download it again."
                )
                raise ScheduleError(message, path.name, reader.line_num)
            yield reader.line_num, cells
    except csv.Error as error:
        raise ScheduleError(f"This is not CSV: {error}. Download the file again.", path.name, reader.line_num) from None


def read_table(
    files: Sequence[Path], columns: Mapping[str, Sequence[str]], what: str, *, every_sheet: bool = False
) -> Iterator[TableRow]:
    """Yield the rows below the header of each file. Raises ScheduleError if a file lacks a column.

    `columns`: the name of each column for the reader, and its names in the file; case and spaces around do not matter.
    A name that begins with `?` is optional. `what`: the schedule that the files should be, for messages.
    """
    if not files:
        raise ScheduleError("No file was given.", "")
    for path in files:
        places: dict[str, int] = {}
        header: list[str] | None = None
        for number, cells in read_cells(path, every_sheet=every_sheet):
            names = [" ".join(cell.lower().split()) for cell in cells]
            if header is None:
                header, places = names, _find_columns(path.name, number, names, columns, what)
            elif names != header:  # a second sheet begins with the same header
                found = {name: cells[at].strip() for name, at in places.items() if at < len(cells)}
                yield TableRow(path.name, number, found)
        if header is None:
            raise ScheduleError(f"The file is empty: it should be {what}.", path.name)


def _find_columns(
    file: str, number: int, names: Sequence[str], columns: Mapping[str, Sequence[str]], what: str
) -> dict[str, int]:
    places = {}
    for name, known in columns.items():
        there = next((names.index(each.lower()) for each in known if each.lower() in names), None)
        if there is not None:
            places[name.lstrip("?")] = there
        elif not name.startswith("?"):
            message = f"The header lacks the column {in_quotes(known[0])}. This should be {what}."
            raise ScheduleError(message, file, number, known[0])
    return places


def check_whole(codes: Iterable[str], file: str) -> None:
    """Raise ScheduleError if a whole tariff lacks its first or its last chapter of goods: then a part is missing."""
    chapters = {code[:2] for code in codes}
    if not {"01", "97"} <= chapters:
        first, last = min(chapters, default="-"), max(chapters, default="-")
        message = (
            f"The file has chapters {first} to {last}, and a tariff has 01 to 97. It is not whole: download it again."
        )
        raise ScheduleError(message, file)


def first_day(files: Sequence[Path], options: ReadOptions) -> dt.date:
    """The first day of a schedule: that of the options, else the date in the name of its file. Raises ScheduleError.

    >>> first_day([Path("import_tariff_2025-01-01.xls")], ReadOptions(pack="tw"))
    datetime.date(2025, 1, 1)
    """
    if options.since is not None:
        return options.since
    for path in files:
        for year, month, day in _DATE.findall(path.name):
            try:
                return dt.date(int(year), int(month), int(day))
            except ValueError:
                continue
    message = "The file does not say since when it is in force. Give the day: --since 2026-01-01."
    raise ScheduleError(message, files[0].name if files else "")


def vintage_notes(files: Sequence[Path], since: dt.date) -> tuple[str, ...]:
    """A note if the names of the files say another year than that of the first day.

    >>> vintage_notes([Path("import_tariff_2025.xls")], dt.date(2026, 1, 1))
    ('The name of the file says 2025, and it is added from 2026-01-01 on: check that its rates were still in force.',)
    """
    years = {int(year) for path in files for year in re.findall(r"(?<!\d)(20\d\d)(?!\d{3})", path.name)}
    if not years or since.year in years:
        return ()
    said = ", ".join(map(str, sorted(years)))
    check = "check that its rates were still in force"
    return (f"The name of the file says {said}, and it is added from {since} on: {check}.",)
