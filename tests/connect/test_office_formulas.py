"""Formulas of sheets: their values here, in the editor's own program and in LibreOffice; limits; files."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.connect.office import formulas, libreoffice, tables
from entrepot.connect.office.formula_text import MAX_DEPTH, with_names
from entrepot.connect.office.formulas import calculate

EDITOR = Path(__file__).parents[2] / "editor" / "src" / "formulas.js"
#: A sheet: numbers, a text, digits that are no number, and an empty cell.
SHEET = [["2", "3", "text"], ["-0.5", "0012", ""], ["10", "20", "30"]]
#: Formulas of a cell below that sheet, and their values, from the rules of arithmetic and of spreadsheets.
KNOWN = {
    "=1+2*3": "7",
    "=(1+2)*3": "9",
    "=-2*-3": "6",
    "=7/2-1": "2.5",
    "=50%*A1": "1",
    "=a1+$B$1": "5",
    "=A2*4": "-2",
    "=SUM(A1:C3)": "64.5",
    "=sum(A1:B1;10)": "15",
    "=AVERAGE(A3:C3)": "20",
    "=AVERAGE(C3:A3)": "20",
    "=MIN(A1:C3)": "-0.5",
    "=MAX(A1,B1,2.5)": "3",
    "=COUNT(A1:C3)": "6",
    "=COUNT(C1)": "0",
    "=SUM(C1)": "0",
    "=MIN(C1)": "0",
    "=C2": "0",
    "=C2+1": "1",
    '=IF(A1>1,"more","less")': "more",
    "=IF(A1>2,1/0,5)": "5",
    "=IF(1>2,3)": "FALSE",
    "=A1<B1": "TRUE",
    '="TEXT"=C1': "TRUE",
    '="a"<>"b"': "TRUE",
    "=2<=2": "TRUE",
    '=99<"a"': "TRUE",
    "=1/0": "#DIV/0!",
    "=AVERAGE(C1:C2)": "#DIV/0!",
    "=C1+1": "#VALUE!",
    "=SUM(1/0,1)": "#DIV/0!",
    "=A1+A99": "#REF!",
    "=SUM(B1:Z3)": "#REF!",
    "=0.1+0.2": "0.3",
    "=10000000*100000000": "1e+15",
}
#: What is of no formula here: a function of another program, a call of one, a part of one.
TEXTS = ("=", "=1+", "=(1", "=FOO(1)", "=NOW()", '=HYPERLINK("http://x","y")', "=cmd|'/c calc'!A0", "=A1:B2:C3",
         "=IF(1)", "=1 2", "=SUM()", '="open', "=A0", "=AA1", "==1", "=1e5", "=@A1", "=SUM(1,)")  # fmt: skip


def value_of(formula: str, sheet: Sequence[Sequence[str]] = SHEET) -> str:
    """The value of a formula in the first cell below a sheet."""
    return str(calculate([*sheet, [formula]])[-1][0])


@pytest.mark.parametrize("formula", KNOWN)
def test_a_formula_has_its_value(formula: str) -> None:
    assert value_of(formula) == KNOWN[formula]


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_no_formula_stays_a_text(text: str) -> None:
    (cell,) = calculate([[text]])[0]
    assert (str(cell), cell.formula) == (text, "")
    assert next(csv.reader(io.StringIO(tables.to_csv([[text]])))) == [f"'{text}"]


def test_a_circle_has_no_value_and_neither_has_what_reads_it() -> None:
    found = calculate([["=B1", "=C1+1", "=A1"], ["=A2", "=SUM(A1:C1)", "=1+1"]])
    assert [[str(each) for each in row] for row in found] == [["#CYCLE!"] * 3, ["#CYCLE!", "#CYCLE!", "2"]]


def test_a_chain_through_all_cells_is_calculated() -> None:
    column = [[f"=A{number + 2}+1"] for number in range(499)] + [["1"]]
    assert str(calculate(column)[0][0]) == "500"


def test_the_work_of_a_sheet_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formulas, "MAX_READS", 10)
    rows = [["1", "=SUM(A1:A4)"], ["1", "=SUM(A1:A4)"], ["1", "=SUM(A1:A4)"], ["1", "=A1"]]
    # Four cells and four cells are read; a third four are too many, and one is not.
    assert [str(row[1]) for row in calculate(rows)] == ["4", "4", "#LIMIT!", "1"]
    monkeypatch.setattr(formulas, "MAX_TEXT", 8)
    assert [str(each) for each in calculate([["=1+1", "=1+2", "=1"]])[0]] == ["2", "3", "=1"]
    monkeypatch.undo()
    monkeypatch.setattr(formulas, "MAX_READS", 10)
    # Also where a formula reads one that has no value.
    assert [str(each) for each in calculate([["=SUM(A1:K1)", "=A1"]])[0]] == ["#LIMIT!", "#LIMIT!"]


@pytest.mark.parametrize("nested", ["({}1{})", "-{}1", "IF({}1{},1)", "1{}"])
def test_depth_and_length_of_a_formula_are_bounded(nested: str) -> None:
    for count, known in ((MAX_DEPTH - 2, True), (100_000, False)):
        parts = {"({}1{})": ("(" * count, ")" * count), "-{}1": ("-" * count,),
                 "IF({}1{},1)": ("(" * count, ")" * count), "1{}": ("+1" * count,)}[nested]  # fmt: skip
        assert bool(calculate([["=" + nested.format(*parts)]])[0][0].formula) == known
    assert not calculate([["=" + "1+" * 495 + "1"]])[0][0].formula


def test_a_reference_follows_its_cell() -> None:
    stored = '=SUM([r1.c1]:[r2.c1])+IF([r3.c2]>1,1,0)&"[r1.c1]"'
    columns = {"c1": 0, "c2": 1}
    assert with_names(stored, {"r1": 0, "r2": 1, "r3": 2}, columns) == '=SUM(A1:A2)+IF(B3>1,1,0)&"[r1.c1]"'
    # A row above, one between, and the last one deleted.
    assert with_names(stored, {"new": 0, "r1": 1, "x": 2, "r2": 3}, columns) == '=SUM(A2:A4)+IF(#REF!>1,1,0)&"[r1.c1]"'
    assert value_of("=1+#REF!") == "#REF!"
    assert with_names("[r1.c1]", {"r1": 0}, columns) == "[r1.c1]"


PIECES = ["1", "2.5", "0", "A1", "B2", "$C$3", "a3", "Z9", '"x"', '"Ä""b"', '"=cmd"', "TRUE", "10%", ".5", "#REF!",
          "A1:B2", "(", ")", "+", "-", "*", "/", "=", "<>", "<=", ",", ";", "SUM(", "average(", "MIN(A1:C3", "MAX(",
          "COUNT(", "IF(", "FOO(", " ", "|", "'"]  # fmt: skip
typed = st.one_of(
    st.sampled_from(["", "1", "-2.5", "text", "0012", "TRUE", "-1+1", "@x", "\t=1", *KNOWN]),
    st.lists(st.sampled_from(PIECES), max_size=9).map(lambda each: "=" + "".join(each)),
)
texts = st.one_of(typed, st.text(max_size=6))
sheets = st.lists(st.lists(texts, min_size=3, max_size=3), min_size=1, max_size=3)


@settings(max_examples=300, deadline=None)
@given(sheets)
def test_no_file_has_a_formula_that_is_not_ours(rows: list[list[str]]) -> None:
    for line in csv.reader(io.StringIO(tables.to_csv(rows))):
        for cell in line:
            number = re.fullmatch(r"[-+]?\d+(\.\d+)?(e[-+]\d+)?", cell)
            assert number or not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    for row in calculate(rows):
        for each in row:
            # Without its texts a formula has only the six functions, references, numbers and signs.
            rest = re.sub(r'"(?:[^"]|"")*"', "", each.formula)
            rest = re.sub(r"(SUM|AVERAGE|MIN|MAX|COUNT|IF)\(|TRUE|FALSE|#REF!|[A-Z][1-9]\d{0,3}", "", rest)
            assert re.fullmatch(r"[-+*/%(),:=<>0-9.e]*", rest), each.formula


@settings(max_examples=100, deadline=None)
@given(sheets)
def test_a_formula_that_is_written_has_the_same_value(rows: list[list[str]]) -> None:
    cells = calculate(rows)
    again = [
        [f"={cell.formula}" if cell.formula else text for cell, text in zip(line, texts, strict=True)]
        for line, texts in zip(cells, rows, strict=True)
    ]
    assert [[str(each) for each in line] for line in calculate(again)] == [
        [str(each) for each in line] for line in cells
    ]


def test_a_workbook_has_formulas_and_their_values() -> None:
    openpyxl = pytest.importorskip("openpyxl")
    rows = [*SHEET, ["=A1*B1", '=IF(A1>1,"<b>&","")', "=1/0"], ["=A1<B1", "=A5+C1", "=C5"]]
    rows.append(["=1/3", '=HYPERLINK("http://x","y")', "-1+1"])
    book = tables.to_xlsx("Prices", rows)
    written, read = (openpyxl.load_workbook(io.BytesIO(book), data_only=each).active for each in (False, True))
    assert [written[each].value for each in ("A4", "B4", "C4")] == ["=A1*B1", '=IF(A1>1,"<b>&","")', "=1/0"]
    assert [read[each].value for each in ("A4", "B4", "C4", "A5", "B5")] == [6, "<b>&", "#DIV/0!", True, "#VALUE!"]
    assert read["A6"].value == 1 / 3
    # A circle, and what is no formula, are texts.
    for place in ("C5", "B6", "C6"):
        assert (written[place].data_type, written[place].value) == ("s", rows[int(place[1]) - 1][ord(place[0]) - 65])


@pytest.mark.long
def test_libreoffice_calculates_the_same_and_writes_both(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    if not libreoffice.is_installed():
        pytest.skip("LibreOffice is not installed")
    # A cell outside of a sheet is empty for it, and a number of many digits is written otherwise.
    known = {each: value for each, value in KNOWN.items() if value not in ("#REF!", "1e+15")}
    book = openpyxl.Workbook()
    for row in SHEET:
        cells = calculate([row])[0]
        book.active.append([each.value if each.value is not None else None for each in cells])
    for each in known:
        book.active.append([f"={calculate([*SHEET, [each]])[-1][0].formula}"])
    out = io.BytesIO()
    book.save(out)
    made = libreoffice.convert(out.getvalue(), "xlsx", "csv", {"csv": "csv"}).decode()
    found = [row[0] for row in csv.reader(io.StringIO(made))][len(SHEET) :]
    assert dict(zip(known, found, strict=True)) == known
    ours = tables.to_xlsx("Prices", [*SHEET, ["=SUM(A1:B1)"]])
    ods = zipfile.ZipFile(io.BytesIO(libreoffice.convert(ours, "xlsx", "ods", libreoffice.SHEET_FORMATS)))
    content = ods.read("content.xml").decode()
    assert 'table:formula="of:=SUM([.A1:.B1])" office:value-type="float" office:value="5"' in content


def in_the_editor(many: list[list[list[str]]]) -> Any:
    """What the editor's own program calculates. Skips the test where Node.js is not installed."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed (Debian: apt install nodejs)")
    program = f"""
        import {{ calculate }} from {json.dumps(EDITOR.as_uri())}
        let given = ''
        process.stdin.on('data', (each) => given += each)
        process.stdin.on('end', () => console.log(JSON.stringify(JSON.parse(given).map(calculate))))
    """
    done = subprocess.run([node, "--input-type=module", "-e", program], input=json.dumps(many), capture_output=True,
                          text=True, timeout=600, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_editor_calculates_the_same() -> None:
    many = [[*SHEET, [formula]] for formula in (*KNOWN, *TEXTS)]
    # Digits and spaces of other scripts are none here.
    many.append([["๑๒", "=1\u00a0+1", "=A1*2"], ["=\n 1 + 1 \t", "=๑", "1\n"]])
    many.append([["=B1", "=C1+1", "=A1"], ["=A2", "=SUM(A1:C1)", "=1+1"]])
    for found, sheet in zip(in_the_editor(many), many, strict=True):
        assert found == shown(sheet)


def shown(sheet: list[list[str]]) -> list[list[str]]:
    """A sheet as the editor shows it: numbers that were typed keep their digits there, in the text of the cell."""
    return [[str(each) for each in row] for row in calculate(sheet)]


#: Each example starts Node.js once, for many sheets. Texts of any script are left out: their case has several rules.
plain = st.lists(st.lists(st.lists(typed, min_size=3, max_size=3), min_size=1, max_size=3), min_size=20, max_size=40)


@pytest.mark.long
@settings(max_examples=5, deadline=None)
@given(plain)
def test_the_editor_calculates_drawn_sheets_the_same(many: list[list[list[str]]]) -> None:
    assert in_the_editor(many) == [shown(each) for each in many]
