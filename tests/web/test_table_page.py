"""The page of a table: its encoding, its sheet, the check of its first rows, its faults, the template, mended rows."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from chromium import browser as browser_window
from chromium import shot
from server_process import Server, run_server
from upload_page import HEADER, ROWS, Browser, Browsers, as_csv

from entrepot.app import library
from workbooks_made import workbook

openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")

SAME = {"ship_from_country": "VN", "ship_to_country": "CN", "currency": "CNY", "date": "2026-03-01"}
#: Words in five languages that a wrong encoding would spoil.
CHINESE = "商品编码,金额,品名\n0901.21,100,焙炒咖啡\n09012,100,咖啡\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of these tests: one address may upload some thirty tables a minute."""
    with run_server(tmp_path_factory.mktemp("tables")) as running:
        yield running


def text_of(page: httpx.Response) -> str:
    """What a page shows, without its tags."""
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", page.text)).split())


def post(browser: Browser, address: str, **form: str) -> httpx.Response:
    """Press a button of the page of a table."""
    return browser.client.post(address, data={"csrfmiddlewaretoken": browser.token(), **form})


def rows_of(browser: Browser, address: str, name: str = "answer.csv") -> list[dict[str, str]]:
    content = browser.client.get(f"{address}{name}").content
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_encoding_is_chosen_by_what_can_be_read(server: Server, browsers: Browsers) -> None:
    browser = browsers(server)
    page = browser.drop("a.csv", CHINESE.encode("gbk"))
    address = str(page.url)
    shown = text_of(page)
    assert "Choose the one in which its first lines are right" in shown
    for line in CHINESE.splitlines():
        assert line in shown
    assert re.search(r'value="gb18030" checked', page.text)
    # Nothing is calculated before.
    early = post(browser, address, column_0="hs_code", column_1="amount", **SAME)
    assert (early.status_code, "Choose the encoding" in early.text) == (422, True)
    # Neither a wrong choice nor an unknown one ends the road.
    wrong = post(browser, address, read="1", encoding="shift-jis")
    assert wrong.status_code == 422
    assert "Choose another encoding" in wrong.text
    assert post(browser, address, read="1", encoding="klingon").status_code == 422
    other = post(browser, address, read="1", encoding="windows-1252")
    assert 'value="gb18030"' in other.text
    right = post(browser, address, read="1", encoding="gb18030")
    assert "焙炒咖啡" in right.text
    browser.start(address, ["hs_code", "amount", "description"], **SAME)
    assert browser.wait(address, "done", "failed")["state"] == "done"
    first, second = rows_of(browser, address)
    assert (first["品名"], first["landed"], second["fault"]) == ("焙炒咖啡", "109.10", "invalid_hs_code")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig"])
def test_a_certain_encoding_is_not_asked_for(server: Server, browsers: Browsers, encoding: str) -> None:
    page = browsers(server).drop("a.csv", CHINESE.encode(encoding))
    assert "焙炒咖啡" in page.text
    assert 'name="encoding"' not in page.text


def test_a_text_that_is_utf_8_only_at_first_is_asked_for(server: Server, browsers: Browsers) -> None:
    late = b"hs_code,amount,x\n" + b"0901.21,100,a\n" * 120_000 + b"0901.21,100,caf\xe9\n"
    page = browsers(server).drop("a.csv", late)
    assert "The file is not UTF-8" in page.text
    assert 'value="windows-1252"' in page.text


def test_a_table_without_names_gets_numbers(server: Server, browsers: Browsers) -> None:
    browser = browsers(server)
    page = browser.drop("a.csv", b"0901.21,100\n0901.21,200\n")
    address = str(page.url)
    assert "first row looks like data" in page.text
    assert "column_2" in page.text
    browser.start(address, ["hs_code", "amount"], **SAME)
    browser.wait(address, "done", "failed")
    assert [row["landed"] for row in rows_of(browser, address)] == ["109.10", "218.20"]
    # The reader knows better.
    named = post(browser, address, read="1", header="yes")
    assert "column_2" not in named.text
    assert "column_2" in post(browser, address, read="1", header="no").text


def test_a_sheet_is_chosen_and_merged_cells_are_named(server: Server, browsers: Browsers) -> None:
    browser = browsers(server)
    june = [["Orders"], [], ["HS code", "Value", "Order"], ["0901.21", 100, "A"], ["0901.21", 200, None]]
    july = [["HS code", "Value"], ["0901.21", 300]]
    content = workbook(("June", june), ("Notes", [["Write to us"]]), ("July", july), merged="C4:C5")
    page = browser.drop("a.xlsx", content)
    address = str(page.url)
    assert re.search(r"<option selected>June</option>.*<option>July</option>", page.text)
    assert "merged cells below the names of the columns (C4:C5; 1 in all)" in text_of(page)
    browser.start(address, ["hs_code", "amount"], **SAME)
    browser.wait(address, "done", "failed")
    assert [row["landed"] for row in rows_of(browser, address)] == ["109.10", "218.20"]
    other = post(browser, address, read="1", sheet="July")
    assert "merged cells" not in other.text
    browser.start(address, ["hs_code", "amount"], **SAME)
    browser.wait(address, "done", "failed")
    assert [row["landed"] for row in rows_of(browser, address)] == ["327.30"]


def test_the_first_rows_are_checked_before_the_table_is_calculated(server: Server, browsers: Browsers) -> None:
    browser = browsers(server)
    page = browser.drop("a.csv", as_csv())
    assert "Errors in 2 of the first 4 rows." in text_of(page)
    assert re.search(r'class="wrong">x<', page.text)
    assert '"x" is not a code of the Harmonized System' in text_of(page)
    address = str(page.url)
    fields = ["", "hs_code", "amount", "currency", "ship_from_country", "ship_to_country", "", ""]
    checked = browser.start(address, fields, check="1", date="2026-03-01")
    assert browser.client.get(f"{address}progress.json").json()["state"] == "mapping"
    assert "Errors in 2 of the first 4 rows." in text_of(checked)
    # In the reader's language, also after the language is changed; the choices stay.
    thai = browser.client.get(address.replace("/en/", "/th/"))
    assert "ไม่ใช่พิกัดศุลกากร" in thai.text
    assert 'value="2026-03-01"' in thai.text
    lacking = browser.start(address, ["hs_code"], check="1")
    assert (lacking.status_code, "Not assigned" in lacking.text) == (422, True)


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet", "a.xlsx"])
def test_the_first_rows_of_every_format_are_checked(server: Server, browsers: Browsers, name: str) -> None:
    columns = dict(zip(HEADER, map(list, zip(*ROWS, strict=True)), strict=True))
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    made = {
        "a.jsonl": "\n".join(map(json.dumps, pa.table(columns).to_pylist())).encode(),
        "a.parquet": file.getvalue(),
        "a.xlsx": workbook(("A", [HEADER, *ROWS])),
    }
    assert "Errors in 2 of the first 4 rows." in text_of(browsers(server).drop(name, made[name]))


def test_faults_are_grouped_with_links_to_their_rows_and_mended(server: Server, browsers: Browsers) -> None:
    browser = browsers(server)
    lines = ["code,price,note", *["0901.21,100,ok"] * 3, *["09012,100,a"] * 40, "0901.21,x,b", *["junk,1,c"] * 20]
    address = str(browser.drop("a.csv", "\n".join(lines).encode()).url).replace("/en/", "/vi/")
    fields = ["hs_code", "amount", ""]
    browser.start(address, fields, **SAME)
    assert browser.wait(address, "done", "failed")["state"] == "done"
    page = browser.client.get(address)
    shown = text_of(page)
    assert '"09012" không phải là mã Hệ thống hài hòa' in shown
    assert [int(row) for row in re.findall(r"/row/(\d+)/", page.text)] == [4, 5, 6, 7, 8, 44]
    row = browser.client.get(f"{address}row/44/")
    assert re.search(r'class="wrong">x<', row.text)
    link = re.search(r'href="(/vi/\?[^"]*)"', row.text)
    assert link
    form = browser.client.get(html.unescape(link[1]))
    assert form.status_code == 200
    assert re.search(r'value="x"', form.text)
    assert browser.client.get(f"{address}row/65/").status_code == 404
    assert browser.client.get(f"{address}row/0/").status_code == 404
    # In another language the messages say which language they are in.
    assert 'lang="vi"' in browser.client.get(address.replace("/vi/", "/en/")).text

    faulty = rows_of(browser, address, "faults.csv")
    assert [int(each["table_row"]) for each in faulty] == list(range(4, 65))
    assert (faulty[0]["error_in"], faulty[40]["error_in"]) == ("hs_code", "amount")
    assert "landed" not in faulty[0]
    sheet = openpyxl.load_workbook(io.BytesIO(browser.client.get(f"{address}faults.xlsx").content)).active
    assert (sheet.max_row, sheet.cell(2, 1).value) == (62, "09012")
    assert browser.client.get(f"{address}faults.parquet").status_code == 404
    # The same columns are offered with the fields that were chosen before; nobody has to drop the added ones.
    for each in faulty:
        each.update(code="0901.21", price="100")
    file = io.StringIO()
    writer = csv.DictWriter(file, list(faulty[0]))
    writer.writeheader()
    writer.writerows(faulty)
    mended = browser.drop("mended.csv", file.getvalue().encode())
    again = str(mended.url)
    browser.start(again, ["hs_code", "amount", "", "", "", ""], **SAME)
    browser.wait(again, "done", "failed")
    assert {each["landed"] for each in rows_of(browser, again)} == {"109.10"}


def test_corrected_rows_are_calculated_at_once_with_the_fields_of_their_table(
    server: Server, browsers: Browsers
) -> None:
    browser = browsers(server)
    page = browser.drop("a.csv", b"code,price\n0901.21,100\n09012,100\n")
    assert "Not assigned: The country the goods ship from (ship_from_country)" in text_of(page)
    address = str(page.url)
    browser.start(address, ["hs_code", "amount"], **SAME)
    browser.wait(address, "done", "failed")
    mended = browser.client.get(f"{address}faults.csv").content.replace(b"09012,", b"0901.21,")
    form = {"csrfmiddlewaretoken": browser.token(), "corrected": "1"}
    again = str(browser.client.post("/en/batch/", data=form, files={"table": ("b.csv", mended)}).url)
    assert browser.wait(again, "done", "failed")["state"] == "done"
    assert [each["landed"] for each in rows_of(browser, again)] == ["109.10"]
    # Rows of another table are not calculated before their columns are assigned.
    other = browser.client.post("/en/batch/", data=form, files={"table": ("c.csv", b"code,cost\n0901.21,100\n")})
    assert "Assign the columns" in other.text


def test_the_page_says_that_there_are_more_kinds_of_errors_than_it_shows(server: Server, browsers: Browsers) -> None:
    browser = browsers(server)
    names = [f"exchange_rates_{each}" for each in sorted(library().world.decimals)[:53]]
    # Each row has one exchange rate, which is not a number.
    lines = [["code", "price", *names]]
    lines += [["0901.21", "100", *("x" if place == row else "" for place in range(53))] for row in range(53)]
    address = str(browser.drop("a.csv", "\n".join(map(",".join, lines)).encode()).url)
    browser.start(address, ["hs_code", "amount", *names], **SAME)
    assert browser.wait(address, "done", "failed")["state"] == "done"
    page = browser.client.get(address)
    assert "These are the 50 most frequent of 53 kinds of errors." in text_of(page)
    assert len(rows_of(browser, address, "faults.csv")) == 53
    few = str(browser.drop("b.csv", b"code,price\n09012,100\n").url)
    browser.start(few, ["hs_code", "amount"], **SAME)
    browser.wait(few, "done", "failed")
    assert "most frequent of" not in text_of(browser.client.get(few))


def test_an_answered_table_is_calculated_again(server: Server, browsers: Browsers) -> None:
    browser = browsers(server)
    address = str(browser.drop("a.csv", b"code,price\n0901.21,100\n09012,100\n").url)
    browser.start(address, ["hs_code", "amount"], **SAME)
    browser.wait(address, "done", "failed")
    answered = browser.client.get(f"{address}answer.csv").content
    page = browser.drop("b.csv", answered.replace(b"09012,", b"0901.21,"))
    assert "already contains results" in page.text
    # The choices of the table with the same columns are offered again.
    assert 'value="2026-03-01"' in page.text
    assert "No errors in the first 2 rows." in text_of(page)
    again = str(page.url)
    browser.start(again, ["hs_code", "amount"], **SAME)
    browser.wait(again, "done", "failed")
    assert [row["landed"] for row in rows_of(browser, again)] == ["109.10", "109.10"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["en", "km"])
def test_the_template_has_no_fault(server: Server, browsers: Browsers, kind: str, language: str) -> None:
    browser = browsers(server)
    template = browser.client.get(f"/{language}/batch/template.{kind}")
    assert template.headers["content-disposition"] == f'attachment; filename="entrepot-template.{kind}"'
    page = browser.drop(f"t.{kind}", template.content)
    assert "No errors in the first 2 rows." in text_of(page)
    if kind == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(template.content))
        sales, explained = book.worksheets
        names = [cell.value for cell in sales[1]]
        assert [row[0].value for row in explained.iter_rows(min_row=2)] == names
        assert all(row[1].value for row in explained.iter_rows(min_row=2))
        # A code keeps its zeros.
        assert sales.cell(2, names.index("hs_code") + 1).number_format == "@"
    assert browser.client.get("/en/batch/template.exe").status_code == 404


@pytest.mark.long
def test_the_pages_of_a_table_pass_axe_and_fit_a_telephone(server: Server, tmp_path: Path) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    lines = ["hs code,price,note", *["0901.21,100,ok"] * 3, *["09012,100,a"] * 4, "0901.21,x,b"]
    files = {"a.csv": "\n".join(lines).encode(), "b.csv": CHINESE.encode("gbk")}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with browser_window() as chrome:
        page: Any = chrome.new_page(viewport={"width": 360, "height": 740})  # type: ignore[attr-defined]  # Playwright's

        def look(name: str) -> None:
            page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
            shot(page, f"table-{name}-360")
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, name
            found = axe.run(page)
            assert found.violations_count == 0, f"{name}: {found.generate_report()}"

        def upload(name: str) -> None:
            page.goto(f"{server.url}/en/batch/")
            page.set_input_files("#f-table", str(tmp_path / name))
            page.wait_for_url(re.compile("/batch/[0-9a-f]{32}/"))

        upload("b.csv")
        look("encoding")
        page.get_by_role("button", name="Use this encoding").click()
        page.wait_for_selector("table.columns")
        upload("a.csv")
        for name, value in SAME.items():
            field = page.locator(f"[name={name}]")
            field.fill(value) if name in ("currency", "date") else field.select_option(value)
        page.get_by_role("button", name="Check the first rows").click()
        page.wait_for_selector("#t-check")
        look("checked")
        page.get_by_role("button", name="Calculate").click()
        page.locator("a[href$='faults.xlsx']").wait_for(timeout=600_000)
        look("faults")
        page.get_by_role("link", name="8", exact=True).click()
        page.wait_for_selector(".wrong")
        look("row")
