"""grid: the cells of a sheet, row by row as it is read: what is not there is not made up, and nothing is left out."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from entrepot.batch.formats.xlsx_workbook import BLOCK, Book
from entrepot.batch.formats.xml_events import Broken, fed, parser_of
from entrepot.model.errors import TableError

#: Rows and columns that a sheet can have, and bytes of one row as XML.
ROWS, WIDTH, ROW_BYTES = 1_048_576, 16_384, 4 << 20

#: The cells of a row that hold something, by their columns, the first of which is 1.
Cells = dict[int, Any]


def rows(
    folder: zipfile.ZipFile, book: Book, within: int | None, told: Callable[[float], None]
) -> Iterator[tuple[int, Cells]]:
    """The rows of the sheet that hold something, with their numbers. Raises Broken; TableError where it is too much.

    `within`: bytes of the sheet that may be read; `told` hears the share that was.
    """
    reader, read = _Sheet(book), 0
    size = folder.getinfo(book.sheet).file_size
    with folder.open(book.sheet) as stream:
        parser = parser_of(reader.start, reader.end, reader.text)
        while block := stream.read(BLOCK):
            if within is not None and read > within:
                raise TableError(f"The first rows of the sheet lie further apart than {within >> 20} MB.")
            fed(parser, block)
            read += len(block)
            told(read / size)
            reader.weigh(len(block))
            yield from reader.taken()
        fed(parser, b"", last=True)
        yield from reader.taken()


class _Sheet:
    """What is heard of a sheet while it is read: its rows, one after the other."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.ready: list[tuple[int, Cells]] = []
        self.row = self.column = self.weight = 0
        self.cells: Cells = {}
        #: Where we are: within a row, within a cell, and within what the cell holds.
        self.in_row = self.in_cell = self.heard = self.beside = False
        self.kind = self.style = ""
        self.parts: list[str] = []

    def start(self, tag: str, about: dict[str, str]) -> None:
        if self.in_cell:
            # Of a cell the value counts, or its text; not how a text is read aloud, nor the formula.
            self.beside = self.beside or tag == "rPh"
            self.heard = not self.beside and tag == ("t" if self.kind == "inlineStr" else "v")
        elif tag == "c" and self.in_row:
            place = about.get("r")
            self.column = _column(place) if place else self.column + 1
            self.kind, self.style, self.in_cell = about.get("t", "n"), about.get("s", "0"), True
        elif tag == "row":
            number = int(float(about["r"])) if "r" in about else self.row + 1
            if self.in_row or not self.row < number:
                raise TableError(f"Row {number} of the sheet comes after row {self.row}: save the workbook again.")
            if number > ROWS:
                raise TableError(f"The sheet has more than {ROWS} rows.")
            self.row, self.column, self.cells, self.in_row = number, 0, {}, True

    def text(self, text: str) -> None:
        if self.heard:
            self.parts.append(text)

    def end(self, tag: str) -> None:
        if self.in_cell:
            self.heard = False
            if tag == "rPh":
                self.beside = False
            elif tag == "c":
                self.in_cell = False
                if self.parts:
                    self._hold("".join(self.parts))
                    self.parts = []
        elif tag == "row":
            self.in_row, self.weight = False, 0
            if self.cells:
                self.ready.append((self.row, self.cells))

    def _hold(self, text: str) -> None:
        if text == "":
            return
        if self.column > WIDTH:
            raise Broken
        if self.column in self.cells:
            raise TableError(f"Row {self.row} of the sheet has its cell {self.column} twice: save the workbook again.")
        self.cells[self.column] = self._value(text)

    def _value(self, text: str) -> Any:
        if self.kind == "n":
            return self._number(text)
        if self.kind == "s":
            place = int(text)
            if not 0 <= place < len(self.book.texts):
                raise Broken
            return self.book.texts[place]
        if self.kind == "b":
            return bool(int(text))
        if self.kind == "d":
            from openpyxl.utils.datetime import from_ISO8601  # type: ignore[import-untyped]  # noqa: PLC0415  # as below

            return from_ISO8601(text)
        return text

    def _number(self, text: str) -> Any:
        number = float(text) if {".", "e", "E"} & set(text) else int(text)
        if self.style in self.book.days:
            from openpyxl.utils.datetime import from_excel  # noqa: PLC0415  # only where a workbook comes

            # A day beyond all calendars is what a sheet shows of it.
            with suppress(OverflowError, ValueError):
                return from_excel(number, self.book.epoch, timedelta=self.book.days[self.style])
            return "#VALUE!"
        return number if math.isfinite(number) else text  # JSON has no number without an end

    def weigh(self, many: int) -> None:
        """So many bytes were read."""
        self.weight = self.weight + many if self.in_row else 0
        if self.weight > ROW_BYTES:
            raise TableError(f"Row {self.row} of the sheet has more than {ROW_BYTES >> 20} MB.")

    def taken(self) -> list[tuple[int, Cells]]:
        """The rows that have come since the last time."""
        ready, self.ready = self.ready, []
        return ready


def _column(place: str) -> int:
    """The number of a column.

    >>> _column("A1"), _column("XFD1048576")
    (1, 16384)
    """
    number = 0
    for sign in place:
        if not "A" <= sign <= "Z":
            break
        number = number * 26 + ord(sign) - 64
    if not 0 < number <= WIDTH:
        raise Broken
    return number
