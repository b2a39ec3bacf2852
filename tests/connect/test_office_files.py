"""Documents as files: what a text of another implementation becomes, and what a stranger may have put into one."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pycrdt", reason="the library of shared documents is not installed")
from pycrdt import Array, Doc, Map, XmlElement, XmlFragment, XmlText

from entrepot.connect.office import files, libreoffice, markdown, tables
from entrepot.connect.office.content import Block, Run, new_sheet, open_state, read_comments, read_sheet, read_text

#: A text that TipTap's own conversion wrote (`prosemirrorJSONToYDoc`): see what it says below.
RICH = Path(__file__).with_name("rich_text.yjs").read_bytes()
MARKDOWN = """\
## Hợp đồng

one **bold** and ***both*** [link](<https://x.example/a?b=1>)\\
x\\*y\\_z

- a
- b

  3. c

> q

```
print(1)
  <b>
```

---

~~ไทย~~u`c`
"""


def test_a_text_of_the_editor_as_markdown_and_html() -> None:
    assert files.write("T", "vi", RICH, (), "md", sheet=False).decode() == MARKDOWN
    page = files.write("A & B", "vi", RICH, (), "html", sheet=False).decode()
    assert page.startswith('<!doctype html>\n<html lang="vi"><head><meta charset="utf-8"><title>A &amp; B</title>')
    assert (
        '<h3>Hợp đồng</h3><p>one <strong>bold</strong> and <strong><em>both</em></strong> <a href="https://x.' in page
    )
    assert "<pre><code>print(1)\n  &lt;b&gt;</code></pre>" in page
    assert "<s>ไทย</s><u>u</u><code>c</code>" in page


@pytest.mark.skipif(not libreoffice.is_installed(), reason="LibreOffice is not installed (soffice)")
@pytest.mark.long
@pytest.mark.parametrize("form", ["odt", "docx", "pdf"])
def test_libreoffice_makes_other_formats(form: str) -> None:
    made = files.write("T", "vi", RICH, (), form, sheet=False)
    if form == "pdf":
        assert made.startswith(b"%PDF")
        return
    inner = {"odt": "content.xml", "docx": "word/document.xml"}[form]
    assert "Hợp đồng" in zipfile.ZipFile(io.BytesIO(made)).read(inner).decode()


def sheet(cells: dict[str, Any]) -> Doc[Any]:
    doc = open_state(new_sheet(["r1", "r2", "r3"], ["c1", "c2"]))
    found = doc.get("cells", type=Map)
    for key, value in cells.items():
        found[key] = value
    return doc


def test_a_sheet_as_csv_and_xlsx_keeps_texts_and_numbers() -> None:
    doc = sheet({"r1.c1": "=now()", "r1.c2": "12.50", "r2.c1": "0012", "r2.c2": "-3", "other": "x"})
    rows = read_sheet(doc)
    assert rows == [["=now()", "12.50"], ["0012", "-3"]]
    assert list(csv.reader(io.StringIO(tables.to_csv(rows)))) == [["'=now()", "12.50"], ["0012", "-3"]]
    openpyxl = pytest.importorskip("openpyxl")
    found = openpyxl.load_workbook(io.BytesIO(tables.to_xlsx("a/b", rows))).active
    assert [[each.value for each in row] for row in found.iter_rows()] == [["=now()", 12.5], ["0012", -3]]
    assert found["A1"].data_type == "s"


def test_a_formula_is_read_with_the_names_that_its_cells_have_now() -> None:
    doc = sheet({"r1.c1": "2", "r2.c1": "3", "r3.c1": "=SUM([r1.c1]:[r2.c1])"})
    doc.get("rows", type=Array).insert(1, "new")
    doc.get("cells", type=Map)["new.c1"] = "10"
    assert read_sheet(doc)[3] == ["=SUM(A1:A3)", ""]
    state = doc.get_update()
    assert files.write("T", "en", state, (), "csv", sheet=True) == b"2,\r\n10,\r\n3,\r\n15,\r\n"
    assert "<td>15</td>" in files.shown(state, (), sheet=True)


def test_rows_of_a_sheet_stay_together_when_two_people_insert_at_once() -> None:
    state = new_sheet(["r1"], ["c1"])
    first, second = open_state(state), open_state(state)
    for doc, name in ((first, "a"), (second, "b")):
        doc.get("rows", type=Array).append(name)
        doc.get("cells", type=Map)[f"{name}.c1"] = f"of {name}"
    updates = [first.get_update(), second.get_update()]
    for doc, update in ((first, updates[1]), (second, updates[0])):
        doc.apply_update(update)
    assert read_sheet(first) == read_sheet(second)
    assert sorted(row[0] for row in read_sheet(first)) == ["", "of a", "of b"]


def test_what_a_stranger_puts_into_a_document_does_no_harm() -> None:
    doc: Doc[Any] = Doc()
    root = doc.get("content", type=XmlFragment)
    deep: Any = root
    for _ in range(60):
        deep = deep.children.append(XmlElement("blockquote"))
    script = root.children.append(XmlElement("script", {"src": "x"}))
    script.children.append(XmlText("<script>alert(1)</script>"))
    root.children.append(XmlElement("heading", {"level": "many"}))
    text = root.children.append(XmlElement("paragraph")).children.append(XmlText(""))
    text.insert(0, "click", {"link": {"href": "javascript:alert(1)"}, "bold": {}})
    doc.get("comments", type=Array).extend(["no comment", {"text": "five", "time": 1e300}])
    blocks = read_text(doc)
    html = files.shown(doc.get_update(), (), sheet=False)
    assert "<script" not in html
    assert "javascript" not in html + markdown.to_markdown(blocks)
    assert blocks[-1] == Block("paragraph", 1, [Run("click", frozenset({"bold"}))])
    assert [(each.text, each.time) for each in read_comments(doc)] == [("five", None)]
    assert files.shown(sheet({"r1.c1": "<b>"}).get_update(), (), sheet=True) == (
        "<table><tr><td>&lt;b&gt;</td><td></td></tr></table>"
    )
