"""The first sheet of a workbook: the values of its cells, and the limits for sparse, repeated and damaged content."""

from __future__ import annotations

import datetime as dt
import io
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from entrepot.batch.formats import xlsx_sheet
from entrepot.batch.run import preview
from entrepot.model.errors import TableError
from entrepot.workbooks import xlsx_cells

openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
BEGIN, END = f'<worksheet xmlns="{MAIN}"><sheetData>', "</sheetData></worksheet>"


def create_xlsx(path: Path, sheet: Iterable[bytes], texts: Iterable[bytes] = (), styles: Iterable[bytes] = ()) -> Path:
    """A workbook of these parts, as other programs than openpyxl write it."""
    parts = {
        "worksheet": ("worksheets/one.xml", sheet),
        "sharedStrings": ("texts.xml", texts),
        "styles": ("s.xml", styles),
    }
    related = "".join(
        f'<Relationship Id="{kind}" Type="{KINDS}/{kind}" Target="{name}"/>' for kind, (name, _) in parts.items()
    )
    names = f'<workbook xmlns="{MAIN}" xmlns:r="{KINDS}"><sheets><sheet name="a" r:id="worksheet"/></sheets></workbook>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as folder:
        folder.writestr("xl/workbook.xml", names)
        folder.writestr("xl/_rels/workbook.xml.rels", f"<Relationships>{related}</Relationships>")
        for kind, (name, pieces) in parts.items():
            with folder.open(f"xl/{name}", "w") as part:
                tag = {"sharedStrings": "sst", "styles": "styleSheet"}.get(kind)
                for piece in pieces or [f"<{tag}/>".encode()]:
                    part.write(piece)
    return path


def sheet_of(*rows: str) -> list[bytes]:
    return [f"{BEGIN}{''.join(rows)}{END}".encode()]


def text(reference: str, message: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{message}</t></is></c>'


def test_cells_equal_those_read_by_openpyxl(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["text", "number", "day", "time", "lasted", "yes", "empty", "last"])
    days = [dt.datetime(2026, 3, 1), dt.datetime(2026, 3, 1, 12, 30, 15), dt.date(1899, 12, 31), dt.date(1900, 3, 1)]  # noqa: DTZ001
    for number, day in enumerate(days):
        row = [f" a\n<{number}>", number / 3, day, dt.time(1, 2, number), dt.timedelta(hours=30 + number), True, None]
        book.active.append([*row, "#N/A"])
    book.active.append(["", 1e300, None, dt.time(), None, False, None, -7])
    path = tmp_path / "a.xlsx"
    book.save(path)
    again = openpyxl.load_workbook(path, read_only=True, data_only=True)
    (names, *wanted) = again.worksheets[0].iter_rows(values_only=True)
    assert list(xlsx_sheet.read_rows(path)) == [dict(zip(names, map(json_value, row), strict=True)) for row in wanted]
    again.close()


def json_value(cell: Any) -> Any:
    """A cell of openpyxl as a JSON value."""
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat()
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    if isinstance(cell, dt.timedelta):
        return str(cell)
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1 << 53:
        return int(cell)
    return cell


def test_shared_texts_styles_and_prefixes_of_other_writers(tmp_path: Path) -> None:
    texts = (
        f'<x:sst xmlns:x="{MAIN}"><x:si><x:t>code</x:t></x:si><x:si><x:r><x:t>09</x:t></x:r><x:r><x:t>01</x:t></x:r>'
        "<x:rPh><x:t>read aloud</x:t></x:rPh></x:si><x:si/></x:sst>"
    )
    styles = (
        f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="170" formatCode="yyyy/mm/dd"/></numFmts>'
        '<cellStyleXfs><xf numFmtId="170"/></cellStyleXfs>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="170"/><xf numFmtId="46"/></cellXfs></styleSheet>'
    )
    rows = (
        '<row><c t="s"><v>0</v></c><c t="str"><f>A1</f><v>day</v></c>'
        '<c t="inlineStr"><is><r><t>x</t></r></is></c></row>'
        '<row r="4"><c r="A4" t="s"><v>1</v></c><c r="B4" s="1"><v>46082</v></c><c r="C4" s="2"><v>1.5</v></c></row>'
        '<row><c t="s"><v>2</v></c><c t="d"><v>2026-03-01</v></c><c><f>1/0</f></c></row>'
    )
    path = create_xlsx(tmp_path / "a.xlsx", sheet_of(rows), [texts.encode()], [styles.encode()])
    assert list(xlsx_sheet.read_rows(path)) == [
        {"code": "0901", "day": "2026-03-01", "x": "1 day, 12:00:00"},
        {"code": None, "day": "2026-03-01", "x": None},
    ]


def test_rows_after_a_large_gap_are_read_quickly(tmp_path: Path) -> None:
    rows = f'<row r="1">{text("A1", "a")}</row><row r="1048576">{text("A1048576", "last")}</row>'
    path = create_xlsx(tmp_path / "a.xlsx", sheet_of(rows))
    started = time.process_time()
    assert list(xlsx_sheet.read_rows(path)) == [{"a": "last"}]
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        # As wide as a sheet can be, and as long.
        (
            f'<row r="1">{text("A1", "a")}</row><row r="2">{text("XFD2", "x")}</row><row r="1048576"/>',
            "Row 2 has more cells than the first row has names",
        ),
        (f'<row r="1">{text("A1", "a")}</row><row r="90">{text("B90", "x")}</row>', "Row 90 has more cells"),
        (f'<row r="1">{text("SG1", "a")}</row>', "more than 500 columns"),
        (f'<row r="1">{text("A1", "a")}</row><row r="1048577">{text("A1048577", "x")}</row>', "more than 1048576 rows"),
        (
            f'<row r="2">{text("A2", "a")}</row><row r="2">{text("A2", "b")}</row>',
            "Row 2 of the sheet comes after row 2",
        ),
        (f'<row r="1">{text("A1", "a")}{text("A1", "b")}</row>', "its cell 1 twice"),
        (f'<row r="1">{text("A1", "a")}</row><row r="2"><c r="A2" t="s"><v>-1</v></c></row>', "cannot be read"),
        (f'<row r="1">{text("A1", "a")}</row><row r="2">{text("AAAA2", "a")}</row>', "cannot be read"),
    ],
)
def test_sheets_whose_cells_would_be_dropped_are_refused(tmp_path: Path, rows: str, message: str) -> None:
    path = create_xlsx(tmp_path / "a.xlsx", sheet_of(rows))
    started = time.process_time()
    with pytest.raises(TableError, match=message):
        list(xlsx_sheet.read_rows(path))
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("pieces", "message"),
    [
        # Empty rows that are there, up to the last one; more of them; rows of empty cells; one row without an end.
        pytest.param([b"<row/>"] * xlsx_cells.MAX_ROWS, "no row below", marks=pytest.mark.long),
        pytest.param([b"<row/>" * (1 << 20)] * 20, "too large after decompression", marks=pytest.mark.long),
        ([b"<row>" + b"<c/>" * 16_384 + b"</row>"] * 1_000, "further apart than 8 MB"),
        ([b"<row>", *[b"<c/>" * (1 << 18)] * 50, b"</row>"], "more than 4 MB"),
        ([b"<row><c><v>", *[b"1" * (1 << 20)] * 50, b"</v></c></row>"], "more than 4 MB"),
    ],
)
def test_a_preview_of_an_inflated_sheet_takes_little_time(tmp_path: Path, pieces: list[bytes], message: str) -> None:
    path = create_xlsx(tmp_path / "a.xlsx", [BEGIN.encode(), *pieces, END.encode()])
    started = time.process_time()
    with pytest.raises(TableError, match=message):
        preview.read_preview(path, "xlsx", 1_000)
    assert time.process_time() - started < 8


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param({"texts": [b"<sst>", b"<si/>" * 12_000_000, b"</sst>"]}, marks=pytest.mark.long),
        {"styles": [b"<styleSheet><cellXfs>", b"<xf/>" * 12_000_000, b"</cellXfs></styleSheet>"]},
        {
            "styles": [
                b'<styleSheet><numFmts><numFmt numFmtId="200" formatCode="' + b"[" * 1_000_000 + b'"/></numFmts>',
                b'<cellXfs><xf numFmtId="200"/></cellXfs></styleSheet>',
            ]
        },
        {"styles": [b'<!DOCTYPE s [<!ENTITY e "x">]><styleSheet/>']},
    ],
)
def test_inflated_shared_texts_and_styles_are_refused_in_little_time(
    tmp_path: Path, parts: dict[str, list[bytes]]
) -> None:
    path = create_xlsx(
        tmp_path / "a.xlsx", sheet_of(f"<row>{text('A1', 'a')}</row><row>{text('A2', 'b')}</row>"), **parts
    )
    started = time.process_time()
    with pytest.raises(TableError, match=r"too large after decompression|cannot be read"):
        preview.read_preview(path, "xlsx", 1_000)
    assert time.process_time() - started < 8


def test_a_long_text_shared_by_all_cells_does_not_fill_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_sheet, "MAX_UNPACKED", 1 << 20)
    shared = [b"<sst><si><t>" + b"x" * 10_000 + b"</t></si></sst>"]
    rows = f"<row>{text('A1', 'a')}</row>" + '<row><c t="s"><v>0</v></c></row>' * 1_000
    path, lines = create_xlsx(tmp_path / "a.xlsx", sheet_of(rows), shared), tmp_path / "a.jsonl"
    with pytest.raises(TableError, match="too large after decompression"):
        xlsx_sheet.write_json_lines(path, lines)
    assert not lines.exists()
    assert not list(tmp_path.glob("*.writing"))


def test_a_sheet_with_damaged_bytes_is_refused(tmp_path: Path) -> None:
    file = io.BytesIO(create_xlsx(tmp_path / "a.xlsx", sheet_of(f"<row>{text('A1', 'a')}</row>" * 2)).read_bytes())
    with zipfile.ZipFile(file) as folder:
        about = folder.getinfo("xl/worksheets/one.xml")
    damaged = bytearray(file.getvalue())
    damaged[about.header_offset + 60] ^= 0xFF
    (tmp_path / "b.xlsx").write_bytes(damaged)
    with pytest.raises(TableError, match="cannot be read"):
        list(xlsx_sheet.read_rows(tmp_path / "b.xlsx"))
