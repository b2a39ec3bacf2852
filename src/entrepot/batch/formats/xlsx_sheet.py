"""The first sheet of an XLSX workbook as JSON lines. Its first row names the columns; numbers stay numbers.

A workbook is an untrusted ZIP archive of XML: its unpacked size is checked before it is opened, entities are refused,
and it is read row by row.
"""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import msgspec

from entrepot.batch.formats import json_lines
from entrepot.batch.formats.byte_limits import MAX_CELL, MB, too_large_cell
from entrepot.model.errors import TableError, WordedTableError
from entrepot.workbooks import xlsx_cells, xlsx_workbook
from entrepot.workbooks.archive import MAX_IN_MEMORY, MAX_UNPACKED, check_archive

#: Columns that a sheet may have.
MAX_COLUMNS = 500
#: A date and time at midnight is written as a date.
_MIDNIGHT = dt.time()

Progress = Callable[[float], None]


def _ignore_progress(share: float) -> None:
    """Do nothing."""


def read_rows(
    path: Path, max_bytes: int | None = None, on_progress: Progress = _ignore_progress
) -> Generator[dict[str, Any]]:
    """Yield the rows of a workbook's first sheet by column name. Raises TableError if it is invalid.

    Empty rows are left out. A formula is its value when the workbook was saved. `max_bytes`: bytes of the sheet that
    may be read; more are refused. `on_progress` is called with the share that was read.
    """
    check_archive(path)
    try:
        with zipfile.ZipFile(path) as folder:
            yield from _named_rows(
                xlsx_cells.read_rows(folder, xlsx_workbook.open_workbook(folder, MAX_IN_MEMORY), max_bytes, on_progress)
            )
    except TableError:
        raise
    except Exception as error:
        # A damaged workbook raises many kinds: missing parts, wrong checksums, XML errors, numbers.
        raise TableError("The workbook cannot be read: save it again, or as CSV.") from error


def _named_rows(sheet: Iterator[tuple[int, xlsx_cells.Cells]]) -> Iterator[dict[str, Any]]:
    names: list[str] = []
    for number, cells in sheet:
        last = max((place for place, value in cells.items() if value != ""), default=0)
        if not last:
            continue
        if not names:
            if last > MAX_COLUMNS:
                raise TableError(f"The table has more than {MAX_COLUMNS} columns.")
            names = _column_names([_json_value(cells.get(place)) for place in range(1, last + 1)])
            continue
        if last > len(names):
            raise TableError(
                f"Row {number} has more cells than the first row has names: name every column there, "
                f"or delete what stands to the right of them."
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
        raise TableError(f"The first row names the columns, and its cell {names.index('') + 1} is empty.")
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


def write_json_lines(path: Path, target: Path, on_progress: Progress = _ignore_progress) -> None:
    """Write the rows of a workbook as JSON lines, completely or not at all. `on_progress`: as in `read_rows`."""
    temporary, written = target.with_suffix(".writing"), 0
    try:
        with temporary.open("wb") as file:
            for row in read_rows(path, on_progress=on_progress):
                # A long text shared by all cells is stored once in the workbook but written in every line.
                if (written := written + file.write(msgspec.json.encode(row) + b"\n")) > MAX_UNPACKED:
                    raise WordedTableError(
                        "The workbook is too large after decompression. Save its first sheet as CSV."
                    )
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
