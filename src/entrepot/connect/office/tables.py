"""A sheet as CSV and XLSX: formulas with their values."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from entrepot.connect.office.formula_text import CIRCLE, LIMIT, Value, Wrong, exact, name_of, shown
from entrepot.connect.office.formulas import Cell, calculate

#: A text that a spreadsheet would calculate. Guests write into sheets too: it is kept as text.
_FORMULA = re.compile(r"[=+\-@\t\r]")
#: Errors that other programs know too; the others are a text there.
_KNOWN_ERRORS = frozenset({"#DIV/0!", "#VALUE!", "#REF!", "#NUM!"})
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_EMPTY_VALUE = re.compile(rb'<c r="([A-Z]+[0-9]+)"([^>]*)><f>(.*?)</f><v ?/?>(?:</v>)?</c>', re.DOTALL)


def to_csv(rows: Sequence[Sequence[str]]) -> str:
    r"""The rows as CSV (RFC 4180), formulas as their values.

    A text that a spreadsheet would calculate gets an apostrophe in front.

    >>> to_csv([["a b", "-1.5", "=B1*2", "=now()"]])
    "a b,-1.5,-3,'=now()\r\n"
    """
    out = io.StringIO()
    csv.writer(out).writerows(
        [[_plain(text, cell) for text, cell in zip(line, cells, strict=True)]
         for line, cells in zip(rows, calculate(rows), strict=True)]
    )  # fmt: skip
    return out.getvalue()


def to_values(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """The rows as they are read: a formula as its value."""
    return [
        [str(cell) if cell.formula else text for text, cell in zip(line, cells, strict=True)]
        for line, cells in zip(rows, calculate(rows), strict=True)
    ]


def to_xlsx(title: str, rows: Sequence[Sequence[str]]) -> bytes:
    """The rows as a workbook: numbers as numbers, formulas with their values, everything else as text."""
    from openpyxl import Workbook  # type: ignore[import-untyped]  # noqa: PLC0415  # loaded where it is asked for

    book = Workbook()
    sheet = book.active
    sheet.title = re.sub(r"[\\/*?:\[\]]", " ", title)[:31] or "1"
    formulas: dict[str, Value] = {}
    for row, (line, cells) in enumerate(zip(rows, calculate(rows), strict=True)):
        for column, (text, found) in enumerate(zip(line, cells, strict=True)):
            cell = sheet.cell(row + 1, column + 1)
            # What has no value here would be a warning in the program of a reader: its text is kept as a text.
            if found.formula and found.value not in (CIRCLE, LIMIT):
                cell.value = f"={found.formula}"
                formulas[name_of(row, column)] = found.value
            elif isinstance(found.value, float) and not found.formula:
                cell.value = found.value if "." in text else int(text)
            elif text:
                cell.value = _CONTROL.sub("", text)
                cell.data_type = "s"
    out = io.BytesIO()
    book.save(out)
    return _with_values(out.getvalue(), formulas) if formulas else out.getvalue()


def _with_values(book: bytes, values: Mapping[str, Value]) -> bytes:
    """A workbook with the values of its formulas, which openpyxl leaves out.

    A program that calculates nothing reads them.
    """

    def filled(found: re.Match[bytes]) -> bytes:
        place, _attributes, formula = found.groups()
        kind, text = _typed(values[place.decode()])
        return b'<c r="%s"%s><f>%s</f><v>%s</v></c>' % (place, kind, formula, escape(text).encode())

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.infolist():
            content = old.read(each)
            sheet = each.filename == "xl/worksheets/sheet1.xml"
            new.writestr(each, _EMPTY_VALUE.sub(filled, content) if sheet else content)
    return out.getvalue()


def _typed(value: Value) -> tuple[bytes, str]:
    """The type of a value in a workbook, as an attribute, and its text."""
    if isinstance(value, bool):
        return b' t="b"', str(int(value))
    if isinstance(value, Wrong) and value.code in _KNOWN_ERRORS:
        return b' t="e"', value.code
    if isinstance(value, float):
        return b"", exact(value)
    return b' t="str"', _CONTROL.sub("", shown(value))


def _plain(text: str, cell: Cell) -> str:
    """A cell as CSV: numbers as they are, also those of a formula, and no text that would be calculated."""
    if isinstance(cell.value, float):
        return str(cell) if cell.formula else text
    found = str(cell) if cell.formula else text
    return f"'{found}" if _FORMULA.match(found) else found
