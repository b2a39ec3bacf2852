"""Workbooks as texts: XLS files made by hand, and damaged and hostile ones."""

from __future__ import annotations

import struct
import time
import zipfile
from pathlib import Path

import pytest

from entrepot.model.errors import TableError
from entrepot.workbooks.texts import read_texts
from xls_files import SECTOR, bof, compound, record, shared, stream, text_cell


def write(folder: Path, content: bytes) -> Path:
    path = folder / "book.xls"
    path.write_bytes(content)
    return path


def test_every_kind_of_cell_is_read(tmp_path: Path) -> None:
    cells = (
        text_cell(0, 0, 0)
        + text_cell(0, 2, 1)
        + record(0x0203, struct.pack("<HHHd", 1, 0, 0, 0.018))
        + record(0x027E, struct.pack("<HHHI", 1, 1, 0, (1250 << 2) | 3))
        + record(0x00BD, struct.pack("<HHHIHIH", 2, 0, 0, (7 << 2) | 2, 0, 0x40290000, 1))
        + record(0x0204, struct.pack("<HHHHB", 3, 0, 0, 2, 0) + b"ab")
        + record(0x0006, struct.pack("<HHHdHIH", 3, 1, 0, 2.5, 0, 0, 0))
        + record(0x0006, struct.pack("<HHH", 3, 2, 0) + b"\0\0\0\0\0\0\xff\xff" + b"\0" * 8)
        + record(0x0207, struct.pack("<HB", 2, 0) + b"ok")
    )
    path = write(tmp_path, compound(stream(cells, shared(["code", "貨品"]))))
    assert list(read_texts(path)) == [
        (1, ["code", "", "貨品"]),
        (2, ["0.018", "12.5"]),
        (3, ["7", "12.5"]),
        (4, ["ab", "2.5", "ok"]),
    ]


def test_a_shared_text_continues_in_the_next_record_with_another_width(tmp_path: Path) -> None:
    first = struct.pack("<II", 1, 1) + struct.pack("<HB", 5, 0) + b"abc"
    texts = record(0x00FC, first) + record(0x003C, b"\x01" + "貨品".encode("utf-16-le"))
    path = write(tmp_path, compound(stream(text_cell(0, 0, 0), texts)))
    assert list(read_texts(path)) == [(1, ["abc貨品"])]


GOOD = compound(stream(text_cell(0, 0, 0), shared(["code"])))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (GOOD[: 3 * SECTOR], "a part of it is missing"),
        (GOOD[:100], "damaged"),
        (compound(stream(text_cell(0, 0, 9), shared(["code"]))), "damaged"),
        (compound(stream(b"", extra=record(0x002F, b"\0" * 6))), "protected by a password"),
        (compound(stream(b"", version=0x0500)), "older than Excel 97"),
        (compound(b"", name="WordDocument"), "no workbook of Excel 97"),
        (compound(bof() + record(0x000A)), "no sheet with cells"),
        (compound(stream(text_cell(0, 0, 0))[:-4]), "its end is missing|a record is cut off|damaged"),
    ],
)
def test_a_damaged_workbook_is_refused_with_the_reason(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(TableError, match=why):
        list(read_texts(write(tmp_path, content)))


def test_a_chain_of_sectors_that_returns_to_itself_ends(tmp_path: Path) -> None:
    content = bytearray(GOOD)
    struct.pack_into("<I", content, SECTOR + 4 * 4, 3)  # the sector after 4 is 3, whose next is 4
    with pytest.raises(TableError, match="does not end"):
        list(read_texts(write(tmp_path, bytes(content))))


@pytest.mark.parametrize("cut", range(0, len(GOOD), 97))
def test_a_workbook_cut_off_anywhere_gives_an_error(tmp_path: Path, cut: int) -> None:
    with pytest.raises(TableError):
        list(read_texts(write(tmp_path, GOOD[:cut])))


def test_an_archive_that_unpacks_to_too_much_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as folder,
        folder.open("xl/worksheets/one.xml", "w") as part,
    ):
        for _ in range(1 << 7):
            part.write(b"<row/>" * 175_000)
    begun = time.process_time()
    with pytest.raises(TableError, match="too large after decompression"):
        list(read_texts(path))
    assert time.process_time() - begun < 4
