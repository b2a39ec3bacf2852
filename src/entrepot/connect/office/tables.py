"""A sheet as CSV and XLSX."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

#: A text that a spreadsheet would calculate. Guests write into sheets too: it is kept as text.
_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[-+]?\d{1,15}(\.\d{1,10})?")
#: Digits that a spreadsheet would change if it read them as a number.
_LEADING_ZERO = re.compile(r"[-+]?0\d|\+")


def to_csv(rows: Sequence[Sequence[str]]) -> str:
    r"""The rows as CSV (RFC 4180). A text that a spreadsheet would calculate gets an apostrophe in front.

    >>> to_csv([["a b", "-1.5", "=1+1"]])
    "a b,-1.5,'=1+1\r\n"
    """
    out = io.StringIO()
    csv.writer(out).writerows([[_safe(cell) for cell in row] for row in rows])
    return out.getvalue()


def to_xlsx(title: str, rows: Sequence[Sequence[str]]) -> bytes:
    """The rows as a workbook: numbers as numbers, everything else as text."""
    from openpyxl import Workbook  # type: ignore[import-untyped]  # noqa: PLC0415  # loaded where it is asked for

    book = Workbook()
    sheet = book.active
    sheet.title = re.sub(r"[\\/*?:\[\]]", " ", title)[:31] or "1"
    for number, row in enumerate(rows, 1):
        for index, text in enumerate(row, 1):
            cell = sheet.cell(number, index)
            if _NUMBER.fullmatch(text) and not _LEADING_ZERO.match(text):
                cell.value = float(text) if "." in text else int(text)
            elif text:
                cell.value = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text)
                cell.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _safe(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
