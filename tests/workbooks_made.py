"""Workbooks with given cells, for tests of tables."""

from __future__ import annotations

import io
from typing import Any

import pytest


def workbook(*sheets: tuple[str, list[Any]], merged: str = "") -> bytes:
    """An XLSX file with these sheets, each a name and its rows; `merged`: a range of the first to merge."""
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    if merged:
        book.worksheets[0].merge_cells(merged)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
