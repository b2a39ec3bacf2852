"""sheets: the first sheet of a workbook (XLSX) as JSON lines: its first row names the columns; numbers stay numbers.

A workbook is a packed folder of XML from somebody who may be anybody: how much it unfolds to is looked at before it is
opened, entities are refused, and it is read row by row.
"""

from __future__ import annotations

import datetime as dt
import re
import struct
import zipfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import msgspec

from entrepot.batch.formats import json_lines, xlsx_cells, xlsx_workbook
from entrepot.batch.formats.byte_limits import CELL, MB, too_large_cell
from entrepot.model.errors import TableError

#: Bytes that all parts unfold to, those that are held in memory, and how many parts there are.
UNFOLDED, IN_MEMORY, PARTS = 1 << 30, 64 << 20, 2_000
#: A workbook may unfold to LEAST bytes, or to RATIO times its size where that is more; never to more than UNFOLDED.
LEAST, RATIO = 64 << 20, 100
#: Bytes of the list of its parts.
LISTED = 1 << 20
#: Columns that a sheet may have.
COLUMNS = 500
#: What a sheet shows for a number that is a time of its days; a date is a day and no time.
_NIL = dt.time()

Told = Callable[[float], None]


def _nobody(share: float) -> None:
    """Nobody wants to hear how far it is."""


def rows(path: Path, within: int | None = None, told: Told = _nobody) -> Generator[dict[str, Any]]:
    """The rows of a workbook's first sheet by the names of its columns. Raises TableError where it is none.

    An empty row is no row. A formula is what it came to when the workbook was saved. `within`: so many bytes of the
    sheet are read at most; beyond them it is refused. `told` hears the share of it that was read.
    """
    _looked_at(path)
    try:
        with zipfile.ZipFile(path) as folder:
            yield from _of(xlsx_cells.rows(folder, xlsx_workbook.opened(folder, IN_MEMORY), within, told))
    except TableError:
        raise
    except Exception as error:
        # Whatever one meets in a broken workbook: parts that are not there, sums that do not agree, XML, numbers.
        raise TableError("The workbook cannot be read: save it again, or as CSV.") from error


def _of(sheet: Iterator[tuple[int, xlsx_cells.Cells]]) -> Iterator[dict[str, Any]]:
    names: list[str] = []
    for number, cells in sheet:
        last = max((place for place, value in cells.items() if value != ""), default=0)
        if not last:
            continue
        if not names:
            if last > COLUMNS:
                raise TableError(f"The table has more than {COLUMNS} columns.")
            names = _names([_value(cells.get(place)) for place in range(1, last + 1)])
            continue
        if last > len(names):
            raise TableError(
                f"Row {number} has more cells than the first row has names: name every column there, "
                f"or delete what stands to the right of them."
            )
        yield _bounded({name: _value(cells.get(place)) for place, name in enumerate(names, 1)}, number)


def _bounded(row: dict[str, Any], number: int) -> dict[str, Any]:
    """A row whose texts are within the limits. Raises TableTooLarge."""
    texts = {name: len(value) for name, value in row.items() if isinstance(value, str)}
    if sum(texts.values()) > CELL // 4:  # a letter has at most four bytes
        sizes = {name: len(row[name].encode("utf-8", "replace")) for name in texts}
        name = max(sizes, key=lambda each: sizes[each])
        if sizes[name] > CELL:
            raise too_large_cell(name, sizes[name], number)
        if sum(sizes.values()) > json_lines.LONGEST // 2:
            raise TableError(
                f"Row {number} has {sum(sizes.values()) / MB:.1f} MB of text. A row may have at most "
                f"{json_lines.LONGEST // 2 // MB} MB: shorten its cells."
            )
    return row


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
        if _listed(path) > LISTED:
            raise TableError("The workbook unfolds to too much: save its first sheet as CSV.")
        with zipfile.ZipFile(path) as folder:
            parts = folder.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise TableError("This is no workbook (XLSX): save it as one, or as CSV.") from None
    held = [part.file_size for part in parts if not re.fullmatch(r"/?xl/worksheets/[^/]+\.xml", part.filename)]
    most = min(UNFOLDED, max(LEAST, RATIO * path.stat().st_size))
    if len(parts) > PARTS or sum(part.file_size for part in parts) > most or sum(held) > IN_MEMORY:
        raise TableError("The workbook unfolds to too much: save its first sheet as CSV.")
    if not any(part.filename.lstrip("/") == "xl/workbook.xml" for part in parts) and len(parts) < 3:
        raise TableError("This is no workbook (XLSX): save it as one, or as CSV.")


def _listed(path: Path) -> int:
    """The bytes of the list of parts at the end of a ZIP file: `zipfile` reads all of it into memory."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - (1 << 16) - 22 - 76))
        end = file.read()
    at = end.rfind(b"PK\5\6")
    if at < 0 or len(end) < at + 22:
        return 0
    listed: int = struct.unpack_from("<L", end, at + 12)[0]
    if at >= 76 and end[at - 20 : at - 16] == b"PK\6\7" and end[at - 76 : at - 72] == b"PK\6\6":
        listed = struct.unpack_from("<Q", end, at - 76 + 40)[0]
    return listed


def as_lines(path: Path, target: Path, told: Told = _nobody) -> None:
    """Writes the rows of a workbook as JSON lines, whole or not at all. `told` hears the share that was read."""
    part, written = target.with_suffix(".writing"), 0
    try:
        with part.open("wb") as file:
            for row in rows(path, told=told):
                # A long text that all cells share is short in the workbook, and long in every line.
                if (written := written + file.write(msgspec.json.encode(row) + b"\n")) > UNFOLDED:
                    raise TableError("The workbook unfolds to too much: save its first sheet as CSV.")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
