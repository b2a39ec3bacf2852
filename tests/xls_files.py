"""XLS workbooks made by hand: a compound file with one stream of BIFF8 records."""

from __future__ import annotations

import struct
from collections.abc import Sequence

SECTOR = 512
END, FREE, FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD


def record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def bof(version: int = 0x0600) -> bytes:
    return record(0x0809, struct.pack("<HHHHII", version, 0x0005, 0, 0, 0, 0))


def shared(texts: Sequence[str]) -> bytes:
    """The shared texts in one record: ASCII compressed to one byte each, others as UTF-16."""
    data = struct.pack("<II", len(texts), len(texts))
    for text in texts:
        wide = not text.isascii()
        data += struct.pack("<HB", len(text), wide) + text.encode("utf-16-le" if wide else "latin-1")
    return record(0x00FC, data)


def text_cell(row: int, column: int, text: int) -> bytes:
    return record(0x00FD, struct.pack("<HHHI", row, column, 0, text))


def stream(cells: bytes, texts: bytes = b"", extra: bytes = b"", version: int = 0x0600) -> bytes:
    """A workbook stream with one sheet of these cells; `extra`: records of the workbook before its sheet."""

    def globals_of(place: int) -> bytes:
        name = struct.pack("<IBBBB", place, 0, 0, 1, 0) + b"S"
        return bof(version) + extra + record(0x0085, name) + texts + record(0x000A)

    start = len(globals_of(0))
    return globals_of(start) + bof(version) + cells + record(0x000A)


def compound(content: bytes, name: str = "Workbook") -> bytes:
    """A compound file with a stream: a header, a table of sectors, a directory, and the stream."""
    content = content.ljust(4096, b"\0")
    count = -(-len(content) // SECTOR)
    table = [FAT, END, *range(3, 2 + count), END]
    table += [FREE] * (SECTOR // 4 - len(table))
    assert len(table) == SECTOR // 4
    header = bytes.fromhex("d0cf11e0a1b11ae1").ljust(0x18, b"\0")
    header += struct.pack("<HHHHHHIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 0, 0, 1, 1, 0, 4096, END, 0, END, 0)
    header += struct.pack("<109I", 0, *[FREE] * 108)
    raw = name.encode("utf-16-le")
    entry = raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw) + 2, 2, 1) + b"\xff" * 12 + b"\0" * 36
    entry += struct.pack("<IQ", 2, len(content))
    directory = entry.ljust(SECTOR, b"\0")
    body = content.ljust(count * SECTOR, b"\0")
    return header + struct.pack(f"<{SECTOR // 4}I", *table) + directory + body
