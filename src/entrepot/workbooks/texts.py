"""The cells of all sheets of a workbook as text: numbers as they are written in decimal, dates as their numbers."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

from entrepot.model.errors import TableError
from entrepot.workbooks import xls, xlsx_cells, xlsx_workbook
from entrepot.workbooks.archive import MAX_IN_MEMORY, check_archive

#: A workbook stores 0.018 as a binary fraction, and some programs write all its digits.
DIGITS = Context(prec=12)


def is_workbook(start: bytes) -> bool:
    r"""Whether a file with this beginning is a workbook, XLSX or XLS.

    >>> is_workbook(b"PK\x03\x04"), is_workbook(b"goods,treatment")
    (True, False)
    """
    return start.startswith((b"PK\x03\x04", xls.SIGNATURE))


def read_texts(path: Path, *, every_sheet: bool = False) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of the first sheet, or of every sheet, with their numbers. Raises TableError."""
    try:
        with path.open("rb") as stream:
            old = stream.read(8) == xls.SIGNATURE
        if old:
            for number, cells in xls.read_rows(path):
                yield number, _texts(cells)
            return
        if not zipfile.is_zipfile(path):
            raise TableError("The file is cut off, or is not an XLSX workbook. Download it again, or save it as CSV.")
        check_archive(path)
        with zipfile.ZipFile(path) as folder:
            book = xlsx_workbook.open_workbook(folder, MAX_IN_MEMORY, dates=False)
            for sheet in book.sheets if every_sheet else book.sheets[:1]:
                book.sheet = sheet
                for number, cells in xlsx_cells.read_rows(folder, book, None, _ignore):
                    yield number, _texts(cells)
    except (TableError, OSError):
        raise
    except Exception as error:
        # A damaged workbook raises many kinds: missing parts, wrong checksums, XML errors, numbers.
        raise TableError("The workbook cannot be read. Download it again, or save it as CSV.") from error


def _ignore(share: float) -> None:
    """Do nothing."""


def _texts(cells: dict[int, Any]) -> list[str]:
    return [_text(cells.get(column)) for column in range(1, max(cells, default=0) + 1)]


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{DIGITS.create_decimal(Decimal(value)).normalize():f}"
    return "" if value is None else str(value)
