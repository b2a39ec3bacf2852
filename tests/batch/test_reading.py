"""Files that are not UTF-8 with a row of names: their encoding, their sheet, and columns without names."""

from __future__ import annotations

import gzip
import unicodedata
from pathlib import Path
from typing import Any

import pyarrow.csv as pc
import pytest

from entrepot.app import law_context
from entrepot.batch.formats import encodings, readers, xlsx_sheet
from entrepot.batch.formats.reading import Reading
from entrepot.batch.run import prepare
from entrepot.batch.run.files import BatchJob, BatchResult, answer_file
from entrepot.batch.run.paths import parse_location
from entrepot.model.errors import OutputExists, TableError
from workbooks_made import workbook

SAME = {"ship_from_country": "VN", "ship_to_country": "CN", "currency": "CNY", "date": "2026-03-01"}
#: Each in an encoding that tables of its language have.
TEXTS = {
    "gbk": "商品编码,金额,品名\n0901.21,100,焙炒咖啡\n",
    "gb18030": "商品编码,金额,品名\n0901.21,100,㐀𠀀\n",
    "tis-620": "พิกัด,มูลค่า,ชื่อสินค้า\n0901.21,100,กาแฟคั่ว\n",
    "cp874": "พิกัด,มูลค่า,ชื่อสินค้า\n0901.21,100,“กาแฟ” €5\n",
    "cp1258": "mã hs,trị giá,tên hàng\n0901.21,100,cà phê rang xay đặc biệt\n",
    "utf-16": "商品编码,金额,品名\n0901.21,100,咖啡\n",
    "utf-16-le": "ma hs,tri gia,ten\n0901.21,100,cà phê\n",
    "utf-16-be": "ma hs,tri gia,ten\n0901.21,100,cà phê\n",
    "utf-32": "商品编码,金额,品名\n0901.21,100,咖啡\n",
    "utf-8-sig": "商品编码,金额,品名\n0901.21,100,咖啡\n",
}
#: A mark, or ASCII characters of two bytes, show these.
CERTAIN = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig")


def encoded(text: str, encoding: str) -> bytes:
    """The text as a program writes it; in windows-1258 tone marks are separate characters."""
    if encoding != "cp1258":
        return text.encode(encoding)
    made = b""
    for letter in text:
        try:
            made += letter.encode(encoding)
        except UnicodeEncodeError:
            # ặ is ă and a dot below; ị is i and a dot below.
            base = unicodedata.normalize("NFD", letter)
            tone = next(mark for mark in base if mark in "\u0300\u0301\u0303\u0309\u0323")
            made += unicodedata.normalize("NFC", base.replace(tone, "")).encode(encoding) + tone.encode(encoding)
    return made


def run(path: Path, mapping: dict[str, str], **how: Any) -> tuple[BatchResult, list[dict[str, Any]]]:
    target = path.with_name("out.csv")
    target.unlink(missing_ok=True)
    source = parse_location(str(path), None)._replace(reading=Reading(**how))
    job = BatchJob(source=source, target=parse_location(str(target), None), mapping=mapping, constants=SAME)
    done = answer_file(job, law_context(), lambda *_: None)
    assert sorted(each.name for each in path.parent.iterdir()) == sorted({path.name, "out.csv"})
    return done, pc.read_csv(target).to_pylist()


@pytest.mark.parametrize("encoding", TEXTS)
@pytest.mark.parametrize("end", [".csv", ".csv.gz"])
def test_a_file_is_read_in_its_encoding(tmp_path: Path, encoding: str, end: str) -> None:
    path, content = tmp_path / f"a{end}", encoded(TEXTS[encoding], encoding)
    path.write_bytes(gzip.compress(content) if end.endswith("gz") else content)
    header, row = TEXTS[encoding].splitlines()
    code, amount, name = header.split(",")
    mapping = {code: "hs_code", amount: "amount", name: "description"}
    _, (answer,) = run(path, mapping, encoding="" if encoding in CERTAIN else encoding)
    assert answer[name] == row.split(",")[2]
    assert answer["landed"] == 109.1


@pytest.mark.parametrize("encoding", [name for name in TEXTS if name not in CERTAIN])
def test_an_encoding_that_is_not_certain_is_asked_for(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(encoded(TEXTS[encoding], encoding))
    with pytest.raises(TableError, match="--encoding") as caught:
        run(path, {})
    # The header can be read in the message, after the name to give.
    name = {"gbk": "gb18030", "gb18030": "gb18030", "cp1258": "windows-1258"}.get(encoding, "windows-874")
    assert f"{name}: {TEXTS[encoding].splitlines()[0]}" in str(caught.value)
    # It is the first that is offered to a reader of that language.
    language = {"gb18030": "zh", "windows-1258": "vi", "windows-874": "th"}[name]
    assert encodings.samples(path.read_bytes(), language)[0].name == name


def test_a_wrong_choice_of_encoding_leaves_an_uploaded_file_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    content = b"hs_code,amount,x\n0901.21,100,\xff\xff\n"
    path.write_bytes(content)
    with pytest.raises(TableError, match="Line 2 of"):
        prepare.prepare_file(path, "csv", 100, encoding="gb18030")
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"table.csv": content}


def test_a_wrong_encoding_names_the_line_and_other_encodings(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"hs_code,amount,x\n0901.21,100,a\n0901.21,100,\xff\xff\n")
    with pytest.raises(TableError, match=r"Line 3 of .*a\.csv cannot be read as gb18030.*windows-874"):
        run(path, {}, encoding="gbk")
    with pytest.raises(TableError, match='"klingon" is not an encoding'):
        run(path, {}, encoding="klingon")
    _, rows = run(path, {}, encoding="utf-8-replace")
    assert rows[1]["x"] == "\ufffd\ufffd"


def test_a_late_character_that_is_not_utf_8_is_told_with_a_way_out(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    line = "0901.21,100," + "a" * 200 + "\n"
    path.write_bytes(b"hs_code,amount,x\n" + line.encode() * 30_000 + b"0901.21,100,\xc3(\n")
    with pytest.raises(TableError, match=r"After row \d+, the text is not UTF-8.*utf-8-replace"):
        run(path, {})


def test_a_long_text_is_converted_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encodings, "BLOCK_BYTES", 7)
    for encoding in ("gb18030", "windows-1258", "utf-16"):
        text = TEXTS[{"windows-1258": "cp1258"}.get(encoding, encoding)] * 20
        (tmp_path / "a.csv").write_bytes(encoded(text, encodings.CODECS[encoding]))
        encodings.write_utf8(tmp_path / "a.csv", encoding, tmp_path / "b.csv")
        assert (tmp_path / "b.csv").read_text("utf-8") == text


def test_a_file_without_names_of_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("0901.21;100;咖啡\n0901.21;200;咖啡\n".encode("gbk"))
    mapping = {"column_1": "hs_code", "column_2": "amount"}
    done, rows = run(path, mapping, encoding="gbk", header=False)
    assert (done.rows, [row["landed"] for row in rows]) == (2, [109.1, 218.2])
    path.write_text("0901.21,100\n0901.21,200\n")
    with pytest.raises(TableError, match=r"first row has values.*--no-header"):
        run(path, {})


def save_workbook(path: Path, *sheets: tuple[str, list[Any]], merged: str = "") -> Path:
    path.write_bytes(workbook(*sheets, merged=merged))
    return path


SALES: list[Any] = [["HS code", "Value"], ["0901.21", 100]]


def test_the_sheet_of_sales_is_read_below_a_title(tmp_path: Path) -> None:
    title: list[Any] = [["Orders of June"], [], *SALES]
    path = save_workbook(tmp_path / "a.xlsx", ("Read me", [["Write to us"]]), ("Orders", title))
    mapping = {"HS code": "hs_code", "Value": "amount"}
    assert run(path, mapping)[1][0]["landed"] == 109.1
    path = save_workbook(tmp_path / "a.xlsx", ("June", title), ("July", [*SALES, ["0901.21", 200]]), ("Empty", []))
    with pytest.raises(TableError, match=r"several sheets: June, July\. Choose one with --sheet"):
        run(path, mapping)
    assert run(path, mapping, sheet="July")[0].rows == 2
    with pytest.raises(TableError, match=r'no sheet "Juli".*June, July.*Did you mean "July"'):
        run(path, mapping, sheet="Juli")
    path = save_workbook(tmp_path / "a.xlsx", ("June", [["0901.21", 100], ["0901.21", 200]]))
    assert run(path, {"column_1": "hs_code", "column_2": "amount"}, header=False)[0].rows == 2


def test_merged_cells_below_the_names_are_found(tmp_path: Path) -> None:
    rows: list[Any] = [["HS code", "Value", "Order"], ["0901.21", 100, "A"], ["0901.21", 200, None]]
    path = save_workbook(tmp_path / "a.xlsx", ("June", rows), merged="C2:C3")
    (sheet,) = xlsx_sheet.sheets_with_cells(path)
    assert (sheet.of_sales, sheet.data, sheet.merged) == (True, False, ("C2:C3", 1))
    path = save_workbook(tmp_path / "a.xlsx", ("June", [["Orders", None], *rows]), merged="A1:C1")
    assert xlsx_sheet.sheets_with_cells(path)[0].merged == ("", 0)


def test_an_output_is_not_replaced_unasked(tmp_path: Path) -> None:
    source, target, faults = tmp_path / "a.csv", tmp_path / "out.csv", tmp_path / "faults.csv"
    source.write_text("hs_code,amount\n0901.21,100\n")

    def job(overwrite: bool, faults: Path | None = None) -> BatchJob:
        places = [parse_location(str(path), None) for path in (source, target)]
        report = None if faults is None else parse_location(str(faults), None)
        return BatchJob(source=places[0], target=places[1], faults=report, constants=SAME, overwrite=overwrite)

    answer_file(job(overwrite=False), law_context(), lambda *_: None)
    written = target.read_bytes()
    target.write_text("mine")
    with pytest.raises(OutputExists, match=r"out\.csv exists already and was not changed.*--overwrite"):
        answer_file(job(overwrite=False), law_context(), lambda *_: None)
    assert target.read_text() == "mine"
    answer_file(job(overwrite=True), law_context(), lambda *_: None)
    assert target.read_bytes() == written
    target.unlink()
    faults.write_text("mine")
    with pytest.raises(OutputExists, match=r"faults\.csv exists"):
        answer_file(job(overwrite=False, faults=faults), law_context(), lambda *_: None)
    assert not target.exists()


def test_faults_are_grouped_by_code_and_field(tmp_path: Path) -> None:
    lines = ["0901.21,100", *["09012,100"] * 3, "0901.21,x", *["junk,100"] * 8, "0901.21,"]
    path = tmp_path / "a.csv"
    path.write_text("code,amount\n" + "\n".join(lines * 700) + "\n")
    done, _ = run(path, {"code": "hs_code"})
    found = [(group.code, group.field, group.column, group.rows) for group in done.summary.groups()]
    assert found == [
        ("invalid_hs_code", "hs_code", "code", 7700),
        ("invalid_amount", "amount", "amount", 700),
        ("missing", "amount", "amount", 700),
    ]
    assert [(row.number, row.value) for row in done.summary.groups()[0].first] == [
        *((number, "09012") for number in (2, 3, 4)),
        *((number, "junk") for number in (6, 7)),
    ]
    assert done.summary.groups()[0].first[0].message.startswith('"09012" is not a code')
    assert done.faults == {"invalid_hs_code": 7700, "invalid_amount": 700, "missing": 700}


def test_detection_reads_no_more_than_the_beginning() -> None:
    assert readers.MAX_HEADER <= encodings.HEAD_BYTES
    assert encodings.detect(b"") == "utf-8"
    assert encodings.detect(b"a\0\0b") is None


@pytest.mark.parametrize("end", [".csv", ".parquet"])
def test_an_answered_table_is_answered_again(tmp_path: Path, end: str) -> None:
    source, first, second = tmp_path / "a.csv", tmp_path / f"first{end}", tmp_path / f"second{end}"
    source.write_text("hs_code,amount,status\n0901.21,100,paid\n09012,100,paid\n")

    def answer(one: Path, other: Path, mapping: dict[str, None]) -> BatchResult:
        places = parse_location(str(one), None), parse_location(str(other), None)
        job = BatchJob(source=places[0], target=places[1], constants=SAME, mapping=mapping)
        return answer_file(job, law_context(), lambda *_: None)

    # One column of such a name may be the user's own.
    with pytest.raises(TableError, match='column "status" already'):
        answer(source, first, {})
    source.write_text("hs_code,amount,shop\n0901.21,100,a\n09012,100,a\n")
    assert not answer(source, first, {}).replaced
    again = answer(first, second, {})
    assert "landed" in again.replaced
    assert readers.open_source(second, end[1:]).schema.names == readers.open_source(first, end[1:]).schema.names
    assert (again.rows, again.faults) == (2, {"invalid_hs_code": 1})
