"""The cells of a worksheet, row by row while it is read. Missing cells are not filled in, and none is dropped."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from entrepot.model.errors import TableError
from entrepot.workbooks.xlsx_workbook import BLOCK_BYTES, Workbook
from entrepot.workbooks.xml_events import InvalidXml, create_parser, feed

#: Rows and columns that a sheet can have, and bytes of one row as XML.
MAX_ROWS, MAX_COLUMNS, MAX_ROW_BYTES = 1_048_576, 16_384, 4 << 20

#: The cells of a row that are not empty, by column number, from 1.
Cells = dict[int, Any]


def read_rows(
    folder: zipfile.ZipFile, book: Workbook, max_bytes: int | None, on_progress: Callable[[float], None]
) -> Iterator[tuple[int, Cells]]:
    """Yield the rows of the sheet that have cells, with their numbers.

    `max_bytes`: bytes of the sheet that may be read. `on_progress` is called with the share that was read. Raises
    InvalidXml; TableError if the sheet is too large.
    """
    reader, read = _SheetParser(book), 0
    size = folder.getinfo(book.sheet).file_size
    with folder.open(book.sheet) as stream:
        parser = create_parser(reader.start, reader.end, reader.text)
        while block := stream.read(BLOCK_BYTES):
            if max_bytes is not None and read > max_bytes:
                raise TableError(f"The first rows of the sheet are further apart than {max_bytes >> 20} MB.")
            feed(parser, block)
            read += len(block)
            on_progress(read / size)
            reader.count_bytes(len(block))
            yield from reader.drain()
        feed(parser, b"", last=True)
        yield from reader.drain()


class _SheetParser:
    """Collects rows from the events of the XML parser."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.ready: list[tuple[int, Cells]] = []
        self.row = self.column = self.row_bytes = 0
        self.cells: Cells = {}
        #: The state of the parser: in a row, in a cell, in its value, in phonetic text.
        self.in_row = self.in_cell = self.in_text = self.in_phonetic = False
        self.kind = self.style = ""
        self.parts: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if self.in_cell:
            # A cell has a value or a text. Phonetic text and formulas are ignored.
            self.in_phonetic = self.in_phonetic or tag == "rPh"
            self.in_text = not self.in_phonetic and tag == ("t" if self.kind == "inlineStr" else "v")
        elif tag == "c" and self.in_row:
            reference = attributes.get("r")
            self.column = _column_number(reference) if reference else self.column + 1
            self.kind, self.style, self.in_cell = attributes.get("t", "n"), attributes.get("s", "0"), True
        elif tag == "row":
            number = int(float(attributes["r"])) if "r" in attributes else self.row + 1
            if self.in_row or not self.row < number:
                raise TableError(f"Row {number} of the sheet comes after row {self.row}: save the workbook again.")
            if number > MAX_ROWS:
                raise TableError(f"The sheet has more than {MAX_ROWS} rows.")
            self.row, self.column, self.cells, self.in_row = number, 0, {}, True

    def text(self, text: str) -> None:
        if self.in_text:
            self.parts.append(text)

    def end(self, tag: str) -> None:
        if self.in_cell:
            self.in_text = False
            if tag == "rPh":
                self.in_phonetic = False
            elif tag == "c":
                self.in_cell = False
                if self.parts:
                    self._store("".join(self.parts))
                    self.parts = []
        elif tag == "row":
            self.in_row, self.row_bytes = False, 0
            if self.cells:
                self.ready.append((self.row, self.cells))

    def _store(self, text: str) -> None:
        if text == "":
            return
        if self.column > MAX_COLUMNS:
            raise InvalidXml
        if self.column in self.cells:
            raise TableError(f"Row {self.row} of the sheet has its cell {self.column} twice: save the workbook again.")
        self.cells[self.column] = self._value(text)

    def _value(self, text: str) -> Any:
        if self.kind == "n":
            return self._number(text)
        if self.kind == "s":
            reference = int(text)
            if not 0 <= reference < len(self.book.texts):
                raise InvalidXml
            return self.book.texts[reference]
        if self.kind == "b":
            return bool(int(text))
        if self.kind == "d":
            from openpyxl.utils.datetime import from_ISO8601  # type: ignore[import-untyped]  # noqa: PLC0415  # as below

            return from_ISO8601(text)
        return text

    def _number(self, text: str) -> Any:
        number = float(text) if {".", "e", "E"} & set(text) else int(text)
        if self.style in self.book.days:
            from openpyxl.utils.datetime import from_excel  # noqa: PLC0415  # imported only for workbooks

            # A spreadsheet shows this error for a day beyond the calendar.
            with suppress(OverflowError, ValueError):
                return from_excel(number, self.book.epoch, timedelta=self.book.days[self.style])
            return "#VALUE!"
        return number if math.isfinite(number) else text  # JSON has no infinite numbers

    def count_bytes(self, count: int) -> None:
        """Count bytes of the current row. Raises TableError if it has too many."""
        self.row_bytes = self.row_bytes + count if self.in_row else 0
        if self.row_bytes > MAX_ROW_BYTES:
            raise TableError(f"Row {self.row} of the sheet has more than {MAX_ROW_BYTES >> 20} MB.")

    def drain(self) -> list[tuple[int, Cells]]:
        """The rows completed since the last call."""
        ready, self.ready = self.ready, []
        return ready


def _column_number(reference: str) -> int:
    """The number of the column of a cell reference, from 1.

    >>> _column_number("A1"), _column_number("XFD1048576")
    (1, 16384)
    """
    number = 0
    for letter in reference:
        if not "A" <= letter <= "Z":
            break
        number = number * 26 + ord(letter) - 64
    if not 0 < number <= MAX_COLUMNS:
        raise InvalidXml
    return number
