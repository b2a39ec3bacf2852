"""The cells of the first sheet of an XLS workbook (BIFF8, Excel 97 to 2003), as text and numbers.

A workbook is an untrusted compound file. All of it is in memory, so its size is limited first; every chain of sectors
and every length in it is checked against that size.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from entrepot.model.errors import TableError

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_BYTES = 64 << 20
#: Characters of all shared texts, which a file may compress to one byte each.
MAX_CHARACTERS = 64 << 20
#: Sector numbers from here on are marks, not sectors.
FIRST_MARK = 0xFFFFFFFA
#: Streams below this size are stored elsewhere; no schedule is that small.
MINI_STREAM = 4096
BIFF8 = 0x0600
BOF, EOF, BOUNDSHEET, SST, CONTINUE, FILEPASS = 0x0809, 0x000A, 0x0085, 0x00FC, 0x003C, 0x002F
LABELSST, LABEL, NUMBER, RK, MULRK, FORMULA, STRING = 0x00FD, 0x0204, 0x0203, 0x027E, 0x00BD, 0x0006, 0x0207

Cells = dict[int, Any]


def read_rows(path: Path) -> Iterator[tuple[int, Cells]]:
    """Yield the rows of the first sheet that have cells, with their numbers, from 1. Raises TableError.

    Dates are numbers. A formula is its value when the workbook was saved.
    """
    try:
        rows = _Sheet(_workbook_stream(_read(path))).rows
    except (struct.error, IndexError, UnicodeDecodeError, OverflowError) as error:
        raise TableError("The workbook is damaged. Download it again, or save it as CSV.") from error
    for number in sorted(rows):
        yield number + 1, rows[number]


def _read(path: Path) -> bytes:
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise TableError(f"The workbook has {size >> 20} MB; at most {MAX_BYTES >> 20} MB are read. Save it as CSV.")
    content = path.read_bytes()
    if not content.startswith(SIGNATURE):
        raise TableError("This is not an XLS workbook. Save it as XLSX or CSV.")
    return content


def _workbook_stream(content: bytes) -> bytes:
    """The stream `Workbook` of a compound file."""
    sectors = _Sectors(content)
    entries = sectors.chain(struct.unpack_from("<I", content, 0x30)[0])
    for at in range(0, len(entries), 128):
        name = entries[at : at + 64].decode("utf-16-le", "replace").partition("\0")[0]
        start, length = struct.unpack_from("<II", entries, at + 116)
        if name == "Workbook" and length >= MINI_STREAM:
            stream = sectors.chain(start)
            if len(stream) < length:
                raise TableError("The workbook is not complete: a part of it is missing. Download it again.")
            return stream[:length]
    raise TableError("The file has no workbook of Excel 97 or later. Save it as XLSX or CSV.")


class _Sectors:
    """The sectors of a compound file, and which follows which."""

    def __init__(self, content: bytes) -> None:
        shift = struct.unpack_from("<H", content, 0x1E)[0]
        if shift not in (9, 12):
            raise TableError("The workbook is damaged: its sector size is not valid. Download it again.")
        self.content, self.size = content, 1 << shift
        self.following: list[int] = []
        for table in self._tables():
            if table < FIRST_MARK and len(self.following) * self.size <= len(content) * 2:
                self.following += struct.unpack(f"<{self.size // 4}I", self._sector(table))

    def _tables(self) -> list[int]:
        """The sectors of the table that says which sector follows which: 109 in the header, more in lists."""
        tables = list(struct.unpack_from("<109I", self.content, 0x4C))
        place, lists = struct.unpack_from("<II", self.content, 0x44)
        for _ in range(min(lists, len(self.content) // self.size)):
            if place >= FIRST_MARK:
                break
            *more, place = struct.unpack(f"<{self.size // 4}I", self._sector(place))
            tables += more
        return tables

    def _sector(self, number: int) -> bytes:
        data = self.content[(number + 1) * self.size : (number + 2) * self.size]
        if len(data) < self.size:
            raise TableError("The workbook is not complete: a part of it is missing. Download it again.")
        return data

    def chain(self, start: int) -> bytes:
        """The content of the sectors from one on, in their order."""
        parts, number = [], start
        while number < FIRST_MARK:
            parts.append(self._sector(number))
            if len(parts) * self.size > len(self.content):
                raise TableError("The workbook is damaged: a chain of sectors does not end. Download it again.")
            number = self.following[number]
        return b"".join(parts)


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        data = stream[at + 4 : at + 4 + length]
        if len(data) < length:
            raise TableError("The workbook is not complete: a record is cut off. Download it again.")
        yield kind, data
        at += 4 + length
    raise TableError("The workbook is not complete: its end is missing. Download it again.")


class _Sheet:
    """Reads the shared texts, and then the cells of the first sheet."""

    def __init__(self, stream: bytes) -> None:
        self.rows: dict[int, Cells] = {}
        self.texts: list[str] = []
        self.formula: tuple[int, int] | None = None
        place = self._read_globals(stream)
        records = _records(stream, place)
        self._check_version(*next(records))
        for kind, data in records:
            if kind == EOF:
                return
            self._read_cell(kind, data)

    def _read_globals(self, stream: bytes) -> int:
        """Read the workbook's own records; return the place of the first sheet."""
        place, shared, before = -1, list[bytes](), 0
        records = _records(stream, 0)
        self._check_version(*next(records))
        for kind, data in records:
            if kind == FILEPASS:
                raise TableError("The workbook is protected by a password. Save it without one.")
            if kind == BOUNDSHEET and place < 0 and data[5] == 0:  # 0: a worksheet; a chart has no cells
                place = struct.unpack_from("<I", data)[0]
            elif kind == SST or (kind == CONTINUE and before == SST):
                shared.append(data)
                kind = SST  # noqa: PLW2901  # a continuation may follow a continuation
            elif kind == EOF:
                break
            before = kind
        if place < 0:
            raise TableError("The workbook has no sheet with cells.")
        if shared:
            self.texts = list(_SharedTexts(shared).read())
        return place

    @staticmethod
    def _check_version(kind: int, data: bytes) -> None:
        if kind != BOF or struct.unpack_from("<H", data)[0] != BIFF8:
            raise TableError("The workbook is older than Excel 97. Save it as XLSX or CSV.")

    def _read_cell(self, kind: int, data: bytes) -> None:
        if kind == LABELSST:
            row, column, _, text = struct.unpack_from("<HHHI", data)
            self._store(row, column, self.texts[text])
        elif kind == NUMBER:
            row, column, _, number = struct.unpack_from("<HHHd", data)
            self._store(row, column, number)
        elif kind == RK:
            row, column, _, packed = struct.unpack_from("<HHHI", data)
            self._store(row, column, _unpacked(packed))
        elif kind == MULRK:
            row, first = struct.unpack_from("<HH", data)
            for place in range((len(data) - 6) // 6):
                self._store(row, first + place, _unpacked(struct.unpack_from("<I", data, 6 + 6 * place)[0]))
        elif kind == LABEL:
            row, column, _, length, wide = struct.unpack_from("<HHHHB", data)
            self._store(row, column, _characters(data[9:], length, wide))
        elif kind == FORMULA:
            row, column = struct.unpack_from("<HH", data)
            if data[12:14] == b"\xff\xff":
                self.formula = (row, column) if data[6] == 0 else None  # its text is in the next record
            else:
                self._store(row, column, struct.unpack_from("<d", data, 6)[0])
        elif kind == STRING and self.formula is not None:
            length, wide = struct.unpack_from("<HB", data)
            self._store(*self.formula, _characters(data[3:], length, wide))
            self.formula = None

    def _store(self, row: int, column: int, value: Any) -> None:
        if isinstance(value, float) and value.is_integer() and abs(value) < 1 << 53:
            value = int(value)
        if value != "":
            self.rows.setdefault(row, {})[column + 1] = value


def _unpacked(packed: int) -> float:
    """A number of 30 bits: the upper part of a float or an integer, and whether it is in hundredths.

    >>> _unpacked(0x3FF00000), _unpacked((250 << 2) | 3)
    (1.0, 2.5)
    """
    if packed & 2:
        number = float(struct.unpack("<i", struct.pack("<I", packed))[0] >> 2)
    else:
        number = struct.unpack("<d", struct.pack("<II", 0, packed & 0xFFFFFFFC))[0]
    return number / 100 if packed & 1 else number


def _characters(data: bytes, length: int, wide: int) -> str:
    if wide & 1:
        return data[: 2 * length].decode("utf-16-le", "replace")
    return data[:length].decode("latin-1")


class _SharedTexts:
    """The texts that cells share. They are in several records, and a text may begin in one and end in another."""

    def __init__(self, records: list[bytes]) -> None:
        self.records, self.record, self.at = records, 0, 0

    def read(self) -> Iterator[str]:
        count, total = struct.unpack_from("<I", self._take(8), 4)[0], 0
        for _ in range(count):
            length, flags = struct.unpack("<HB", self._take(3))
            runs = struct.unpack("<H", self._take(2))[0] if flags & 8 else 0
            extra = struct.unpack("<I", self._take(4))[0] if flags & 4 else 0
            total += length
            if total > MAX_CHARACTERS:
                raise TableError("The workbook has too much text. Save its first sheet as CSV.")
            yield self._text(length, flags)
            self._take(4 * runs + extra)

    def _take(self, length: int) -> bytes:
        """The next bytes, of as many records as are needed."""
        parts = []
        while length:
            if self.at == len(self.records[self.record]):
                self.record, self.at = self.record + 1, 0
            part = self.records[self.record][self.at : self.at + length]
            self.at, length = self.at + len(part), length - len(part)
            parts.append(part)
        return b"".join(parts)

    def _text(self, length: int, wide: int) -> str:
        """The next characters. A record that continues a text begins with the width of its characters."""
        parts = []
        while length:
            if self.at == len(self.records[self.record]):
                self.record, self.at = self.record + 1, 1
                wide = self.records[self.record][0]
            size = 2 if wide & 1 else 1
            count = min(length, (len(self.records[self.record]) - self.at) // size)
            if not count:
                raise TableError("The workbook is damaged: a text is cut off. Download it again.")
            parts.append(_characters(self.records[self.record][self.at :], count, wide))
            self.at, length = self.at + count * size, length - count
        return "".join(parts)
