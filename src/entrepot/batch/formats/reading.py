"""How a file is read where it is not UTF-8 with a row of names: its encoding, its sheet, and columns without names.

Such a file is read from a copy: UTF-8 text, or JSON lines of a workbook.
"""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from entrepot.batch.formats import encodings, xlsx_sheet
from entrepot.batch.formats.readers import find_delimiter
from entrepot.batch.rows.suggest import place_names
from entrepot.model.errors import WordedTableError

#: The formats that are text, and so have an encoding.
TEXTS = ("csv", "jsonl")


class Reading(NamedTuple):
    """How to read a file. `encoding`: empty to find it. `header`: whether the first row names the columns.

    `sheet`: that of a workbook; empty where there is one only.
    """

    encoding: str = ""
    header: bool = True
    sheet: str = ""


#: UTF-8 with names of columns, and the only sheet.
PLAIN = Reading()


def encoding_of(path: Path, reading: Reading) -> str:
    """The encoding of a text file: that which was given, else the one that is certain. Raises TableError."""
    if reading.encoding:
        return encodings.encoding_named(reading.encoding)
    try:
        head = encodings.read_head(path)
    except (OSError, EOFError, zlib.error):
        return "utf-8"  # its reader says what is wrong
    found = encodings.detect(head)
    if found is not None:
        return found
    samples = encodings.samples(head)
    if b"\0" in head or not samples:
        raise WordedTableError("{path} is not text: it contains zero bytes. Check its format.", path=path)
    shown = "; ".join(f"{each.name}: {(each.lines or [''])[0]}" for each in samples[:4])
    raise WordedTableError(
        "{path} is not UTF-8 text, and which encoding it has is not certain. Give it with --encoding. The first line "
        "as it reads in each: {shown}.",
        path=path,
        shown=shown,
    )


def text_copy(path: Path, reading: Reading, folder: Callable[[], Path], *, csv_file: bool) -> Path:
    """A text file as UTF-8 with names of columns: itself, or a copy in a new folder. Raises TableError."""
    encoding = encoding_of(path, reading)
    number_columns = csv_file and not reading.header
    if encoding == "utf-8" and not number_columns:
        return path
    names = numbered_names(path, encoding) if number_columns else ""
    target = folder() / path.name.removesuffix(".gz")
    encodings.write_utf8(path, encoding, target, names)
    return target


def numbered_names(path: Path, encoding: str) -> str:
    """A line with names for the columns of a CSV file that has none."""
    text = encodings.first_text(encodings.read_head(path), encoding)
    delimiter = find_delimiter(path, text)
    cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    return delimiter.join(place_names(len(cells))) + "\n"


def workbook_copy(path: Path, reading: Reading, folder: Path) -> Path:
    """The sheet of a workbook as a file of JSON lines. Raises TableError if it is not clear which sheet to read."""
    target = folder / f"{path.stem}.jsonl"
    try:
        sheet = reading.sheet or _only_sheet(path)
        xlsx_sheet.write_json_lines(path, target, sheet=sheet, header=reading.header)
    except ImportError:
        raise WordedTableError(
            "Workbooks need the package openpyxl. Install entrepot[server], or save the sheet as CSV."
        ) from None
    return target


def _only_sheet(path: Path) -> str:
    """The sheet to read, if only one has cells, or only one has fields of a sale."""
    sheets = xlsx_sheet.sheets_with_cells(path)
    found = [each.name for each in sheets if each.of_sales] if len(sheets) > 1 else [each.name for each in sheets]
    if len(found) != 1 and sheets:
        names = ", ".join(each.name for each in sheets)
        raise WordedTableError("{path} has several sheets: {names}. Choose one with --sheet.", path=path, names=names)
    return found[0] if found else ""
