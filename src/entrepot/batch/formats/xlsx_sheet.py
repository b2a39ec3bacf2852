"""A sheet of an XLSX workbook as JSON lines. Its first row of several cells names the columns; numbers stay numbers.

A workbook is an untrusted ZIP archive of XML: its unpacked size is checked before it is opened, entities are refused,
and it is read row by row.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Callable, Generator, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from entrepot.batch.formats import json_lines
from entrepot.batch.formats.byte_limits import MAX_CELL, MB, too_large_cell
from entrepot.batch.rows.suggest import looks_like_data, place_names, recognized
from entrepot.model.errors import TableError, WordedTableError, nearest
from entrepot.workbooks import xlsx_cells, xlsx_workbook
from entrepot.workbooks.archive import MAX_IN_MEMORY, MAX_UNPACKED, check_archive

#: Columns that a sheet may have.
MAX_COLUMNS = 500
#: Rows that may come before the names of the columns, such as a title.
TITLE_ROWS = 6
#: Sheets of a workbook that are looked at, and bytes of each.
MAX_SHEETS, SHEET_BYTES = 50, 8 << 20
#: Names that are fields of a sale in the first row of a sheet of sales, at least.
MIN_RECOGNIZED = 2
#: Bytes of a sheet that is searched for merged cells, and merged cells that are named.
MERGED_BYTES, MERGED_SHOWN = 16 << 20, 3
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]{0,60}ref=\"([A-Z]+)(\d+):([A-Z]+)(\d+)\"")
#: A date and time at midnight is written as a date.
_MIDNIGHT = dt.time()

Progress = Callable[[float], None]


def _ignore_progress(share: float) -> None:
    """Do nothing."""


class Sheet(NamedTuple):
    """A sheet that has cells: its name, whether its columns seem to be fields of a sale, and its merged cells.

    `data`: whether its first row seems to be data instead of names. `merged`: the first of the merged cells below the
    names of the columns, and their number. `rows`: its first rows, with their numbers.
    """

    name: str
    rows: list[tuple[int, xlsx_cells.Cells]]
    of_sales: bool
    data: bool
    merged: tuple[str, int]

    def named_rows(self, *, header: bool) -> list[dict[str, Any]]:
        """The first rows by column name, as `read_rows`."""
        return list(_named_rows(iter(self.rows), header=header))


def read_rows(
    path: Path,
    max_bytes: int | None = None,
    on_progress: Progress = _ignore_progress,
    *,
    sheet: str = "",
    header: bool = True,
) -> Generator[dict[str, Any]]:
    """Yield the rows of a workbook's sheet by column name. Raises TableError if it is invalid.

    Empty rows are left out, and so is a title above the names of the columns. A formula is its value when the workbook
    was saved. `max_bytes`: bytes of the sheet that may be read; more are refused. `on_progress` is called with the
    share that was read. `sheet`: its name; by default the first. `header`: without, the columns are numbered.
    """
    check_archive(path)
    try:
        with zipfile.ZipFile(path) as folder:
            book = xlsx_workbook.open_workbook(folder, MAX_IN_MEMORY)
            if sheet:
                book.sheet = _part_of(book, sheet)
            yield from _named_rows(xlsx_cells.read_rows(folder, book, max_bytes, on_progress), header=header)
    except (TableError, ImportError):
        raise
    except Exception as error:
        # A damaged workbook raises many kinds: missing parts, wrong checksums, XML errors, numbers.
        raise WordedTableError("The workbook cannot be read: save it again, or as CSV.") from error


def _part_of(book: xlsx_workbook.Workbook, name: str) -> str:
    """The part of a workbook that is the sheet of this name."""
    found = dict(zip(book.titles, book.sheets, strict=True)).get(name)
    if found is None:
        raise WordedTableError(
            "The workbook has no sheet {name!r}. Sheets: {known}.",
            nearest(name, book.titles),
            name=name,
            known=", ".join(book.titles),
        )
    return found


def sheets_with_cells(path: Path) -> list[Sheet]:
    """The sheets of a workbook that have cells. Raises TableError if it is invalid."""
    check_archive(path)
    found = []
    try:
        with zipfile.ZipFile(path) as folder:
            book = xlsx_workbook.open_workbook(folder, MAX_IN_MEMORY)
            for name, part in islice(zip(book.titles, book.sheets, strict=True), MAX_SHEETS):
                book.sheet = part
                rows = _first_rows(folder, book)
                if rows:
                    number, cells = rows[_header_place(rows)]
                    names = list(cells.values())
                    of_sales = recognized(names) >= MIN_RECOGNIZED
                    merged = _merged_cells(folder, part, number)
                    found.append(Sheet(name, rows, of_sales, looks_like_data(names), merged))
    except (TableError, ImportError):
        raise
    except Exception as error:  # as above
        raise WordedTableError("The workbook cannot be read: save it again, or as CSV.") from error
    return found


def _first_rows(folder: zipfile.ZipFile, book: xlsx_workbook.Workbook) -> list[tuple[int, xlsx_cells.Cells]]:
    rows = xlsx_cells.read_rows(folder, book, SHEET_BYTES, _ignore_progress)
    return list(islice((row for row in rows if _last_place(row[1])), TITLE_ROWS))


def _merged_cells(folder: zipfile.ZipFile, part: str, header: int) -> tuple[str, int]:
    """The first of the merged cells below the names of the columns, and how many there are."""
    if folder.getinfo(part).file_size > MERGED_BYTES:
        return "", 0
    found, count, before = list[str](), 0, b""
    with folder.open(part) as stream:
        while block := stream.read(1 << 20):
            text, end = before + block, 0
            for each in _MERGED.finditer(text):
                end = each.end()
                if int(each[4]) <= header:
                    continue
                count += 1
                if len(found) < MERGED_SHOWN:
                    found.append(f"{each[1].decode()}{int(each[2])}:{each[3].decode()}{int(each[4])}")
            before = text[max(end, len(text) - 200) :]
    return ", ".join(found), count


def _last_place(cells: xlsx_cells.Cells) -> int:
    return max((place for place, value in cells.items() if value != ""), default=0)


def _header_place(rows: list[tuple[int, xlsx_cells.Cells]]) -> int:
    """Which of the first rows names the columns: the first of several cells, unless a later one has known names."""
    several = [place for place, (_, cells) in enumerate(rows) if len(cells) > 1]
    first = several[0] if several else 0
    if recognized(rows[first][1].values()):
        return first
    known = (place for place in several if recognized(rows[place][1].values()) >= MIN_RECOGNIZED)
    return next(known, first)


def _named_rows(sheet: Iterator[tuple[int, xlsx_cells.Cells]], *, header: bool) -> Iterator[dict[str, Any]]:
    filled = (row for row in sheet if _last_place(row[1]))
    first = list(islice(filled, TITLE_ROWS))
    if not first:
        return
    if header:
        place = _header_place(first)
        last = _last_place(first[place][1])
        names = [] if last > MAX_COLUMNS else [_json_value(first[place][1].get(each)) for each in range(1, last + 1)]
        names, start = _column_names(names), place + 1
    else:
        last, start = max(_last_place(cells) for _, cells in first), 0
        names = place_names(last)
    if last > MAX_COLUMNS:
        raise WordedTableError(
            "The table has more than {most} columns. Delete those that are not needed.", most=MAX_COLUMNS
        )
    for number, cells in chain(first[start:], filled):
        if _last_place(cells) > len(names):
            raise WordedTableError(
                "Row {row} has more cells than the first row has names: name every column there, or delete what is to "
                "the right of them.",
                row=number,
            )
        yield _check_row_size({name: _json_value(cells.get(place)) for place, name in enumerate(names, 1)}, number)


def _check_row_size(row: dict[str, Any], number: int) -> dict[str, Any]:
    """The row, if its texts are within the limits. Raises TableTooLarge."""
    texts = {name: len(value) for name, value in row.items() if isinstance(value, str)}
    if sum(texts.values()) > MAX_CELL // 4:  # a character has at most four bytes
        sizes = {name: len(row[name].encode("utf-8", "replace")) for name in texts}
        name = max(sizes, key=lambda each: sizes[each])
        if sizes[name] > MAX_CELL:
            raise too_large_cell(name, sizes[name], number)
        if sum(sizes.values()) > json_lines.MAX_LINE // 2:
            raise TableError(
                f"Row {number} has {sum(sizes.values()) / MB:.1f} MB of text. A row may have at most "
                f"{json_lines.MAX_LINE // 2 // MB} MB: shorten its cells."
            )
    return row


def _column_names(values: list[Any]) -> list[str]:
    names = ["" if value is None else str(value).strip() for value in values]
    if "" in names:
        raise WordedTableError(
            "The first row names the columns, and its cell {number} is empty. Give that column a name, and unmerge "
            "merged cells.",
            number=names.index("") + 1,
        )
    if repeated := [name for name in names if names.count(name) > 1]:
        raise WordedTableError("Several columns have the name {name!r}. Give each its own name.", name=repeated[0])
    return names


def _json_value(cell: Any) -> Any:
    """A cell as a JSON value."""
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == _MIDNIGHT else cell.isoformat()
    if isinstance(cell, (dt.date, dt.time)):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1 << 53:
        return int(cell)
    if cell is None or isinstance(cell, (str, int, float)):
        return cell if cell != "" else None
    return str(cell)


def write_json_lines(
    path: Path, target: Path, on_progress: Progress = _ignore_progress, *, sheet: str = "", header: bool = True
) -> None:
    """Write the rows of a workbook's sheet as JSON lines, completely or not at all. Options: as in `read_rows`."""
    temporary, written = target.with_suffix(".writing"), 0
    try:
        with temporary.open("wb") as file:
            for row in read_rows(path, on_progress=on_progress, sheet=sheet, header=header):
                # A long text shared by all cells is stored once in the workbook but written in every line.
                if (written := written + file.write(msgspec.json.encode(row) + b"\n")) > MAX_UNPACKED:
                    raise WordedTableError(
                        "The workbook is too large after decompression. Save its first sheet as CSV."
                    )
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
