"""sheets: the first sheet of a workbook (XLSX) as JSON lines: its first row names the columns; numbers stay numbers.

A workbook is a packed folder of XML from somebody who may be anybody: how much it unfolds to is looked at before it is
opened, entities are refused, and it is read row by row.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import msgspec

from entrepot.faults import TableError

#: Bytes that all parts unfold to, those that are held in memory, and how many parts there are.
UNFOLDED, IN_MEMORY, PARTS = 1 << 30, 64 << 20, 2_000
#: Columns and rows that a sheet may have.
COLUMNS, ROWS = 500, 1_048_576
#: What a sheet shows for a number that is a time of its days; a date is a day and no time.
_NIL = dt.time()


def rows(path: Path) -> Generator[dict[str, Any]]:
    """The rows of a workbook's first sheet by the names of its columns. Raises TableError where it is none.

    An empty row is no row. A formula is what it came to when the workbook was saved.
    """
    _looked_at(path)
    import openpyxl  # type: ignore[import-untyped]  # noqa: PLC0415  # it has no types; only where a workbook comes

    if not openpyxl.DEFUSEDXML:
        raise TableError("Workbooks are read only where the package defusedxml is installed: save it as CSV.")
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            if not book.worksheets:
                raise TableError("The workbook has no sheet with cells.")
            yield from _of(book.worksheets[0])
        finally:
            book.close()
    except TableError:
        raise
    except Exception as error:
        # Whatever openpyxl meets in a broken workbook: keys, indices, types, XML, its own.
        raise TableError(f"The workbook cannot be read: {type(error).__name__}. Save it again, or as CSV.") from error


def _of(sheet: Any) -> Iterator[dict[str, Any]]:
    sheet.reset_dimensions()  # what a sheet says of its own size need not be so
    names: list[str] = []
    for cells in sheet.iter_rows(max_row=ROWS, max_col=COLUMNS, values_only=True):
        values = [_value(each) for each in cells]
        while values and values[-1] is None:
            values.pop()
        if not values:
            continue
        if not names:
            names = _names(values)
            continue
        if len(values) > len(names):
            raise TableError("A row has more cells than the first row has names: name every column there.")
        yield dict(zip(names, values + [None] * (len(names) - len(values)), strict=True))


def _names(values: list[Any]) -> list[str]:
    names = ["" if value is None else str(value).strip() for value in values]
    if "" in names:
        raise TableError(f"The first row names the columns, and its cell {names.index('') + 1} is empty.")
    if repeated := [name for name in names if names.count(name) > 1]:
        raise TableError(f"Several columns are called {repeated[0]!r}: each needs a name of its own.")
    return names


def _value(cell: Any) -> Any:
    """A cell as JSON holds it."""
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == _NIL else cell.isoformat()
    if isinstance(cell, (dt.date, dt.time)):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1 << 53:
        return int(cell)
    if cell is None or isinstance(cell, (str, int, float)):
        return cell if cell != "" else None
    return str(cell)


def _looked_at(path: Path) -> None:
    """Refuses what is no workbook, or unfolds to more than one may."""
    try:
        with zipfile.ZipFile(path) as folder:
            parts = folder.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise TableError("This is no workbook (XLSX): save it as one, or as CSV.") from None
    held = [part.file_size for part in parts if not re.fullmatch(r"/?xl/worksheets/[^/]+\.xml", part.filename)]
    if len(parts) > PARTS or sum(part.file_size for part in parts) > UNFOLDED or sum(held) > IN_MEMORY:
        raise TableError("The workbook unfolds to too much: save its first sheet as CSV.")
    if not any(part.filename.lstrip("/") == "xl/workbook.xml" for part in parts) and len(parts) < 3:
        raise TableError("This is no workbook (XLSX): save it as one, or as CSV.")


def as_lines(path: Path, target: Path) -> None:
    """Writes the rows of a workbook as JSON lines, whole or not at all."""
    part = target.with_suffix(".writing")
    with part.open("wb") as file:
        for row in rows(path):
            file.write(msgspec.json.encode(row) + b"\n")
    part.replace(target)
