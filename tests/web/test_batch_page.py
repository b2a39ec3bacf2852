"""The pages of tables: upload, mapping, processing, recovery after a kill, download; and invalid files."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from server_process import Server, environment, run_server
from upload_page import HEADER, ROWS, Browsers, as_csv

import entrepot
from entrepot.batch.facade import FIELD_TEXTS, field_label
from entrepot.language import catalogue, translate

openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed")

FIELDS = ["", "hs_code", "amount", "currency", "ship_from_country", "ship_to_country", "date", ""]


def as_xlsx() -> bytes:
    book = openpyxl.Workbook()
    for row in [HEADER, *ROWS]:
        book.active.append(row)
    for cells in book.active.iter_rows():  # openpyxl takes a text that begins as a formula for one
        for cell in cells:
            cell.data_type = "s"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def table() -> pa.Table:
    return pa.table(dict(zip(HEADER, map(list, zip(*ROWS, strict=True)), strict=True)))


def as_parquet() -> bytes:
    file = io.BytesIO()
    pq.write_table(table(), file)
    return file.getvalue()


def as_lines() -> bytes:
    return "\n".join(map(json.dumps, table().to_pylist())).encode()


def expected() -> pa.Table:
    mapping = {name: field or None for name, field in zip(HEADER, FIELDS, strict=True)}
    return entrepot.quote_table(table(), mapping=mapping)


@pytest.mark.parametrize(
    ("name", "made"),
    [("sales.csv", as_csv), ("sales.xlsx", as_xlsx), ("sales.parquet", as_parquet), ("sales.jsonl", as_lines)],
)
def test_a_table_is_uploaded_mapped_processed_and_downloaded(
    server: Server, browsers: Browsers, name: str, made: Callable[[], bytes]
) -> None:
    browser = browsers(server)
    page = browser.drop(name, made())
    address = str(page.url)
    assert page.status_code == 200
    assert re.search(r"/en/batch/[0-9a-f]{32}/$", address)
    # The guessed fields of the columns are preselected.
    forms = re.findall(r"<select name=\"column.*?</select>", page.text, re.DOTALL)
    chosen = [re.search(r'value="(\w*)" selected', each) for each in forms]
    assert [found[1] if found else "" for found in chosen] == ["consignment", *FIELDS[1:]]
    browser.start(address, FIELDS)
    assert browser.wait(address, "done", "failed")["state"] == "done"
    wanted = expected()

    csv_file = browser.client.get(f"{address}answer.csv")
    assert csv_file.headers["content-disposition"] == 'attachment; filename="sales-answered.csv"'
    told = list(csv.DictReader(io.StringIO(csv_file.content.decode("utf-8-sig"))))
    assert [row["landed"] for row in told] == [_shown(row) for row in wanted.to_pylist()]
    assert told[0]["landed"] == "109.10"
    # Text stays text; a number is not touched.
    assert [row["Note"] for row in told] == ["'=1+1", "'@SUM(A1)", "-5.50", "'+cmd|' /C calc'!A0"]

    sheet = openpyxl.load_workbook(io.BytesIO(browser.client.get(f"{address}answer.xlsx").content)).active
    names = [cell.value for cell in sheet[1]]
    assert names == wanted.column_names
    landed, note, value = (names.index(each) for each in ("landed", "Note", "Value"))
    for cells, row in zip(sheet.iter_rows(min_row=2), wanted.to_pylist(), strict=True):
        assert cells[landed].value == (None if row["landed"] is None else float(row["landed"]))
        assert (cells[note].value, cells[note].data_type) == (row["Note"], "s")
        assert cells[value].data_type == "n"

    parquet = pq.read_table(io.BytesIO(browser.client.get(f"{address}answer.parquet").content))
    assert parquet.to_pylist() == wanted.to_pylist()


def _shown(row: dict[str, Any]) -> str:
    if row["landed"] is None:
        return ""
    return f"{row['landed']:.{0 if row['out_currency'] == 'JPY' else 2}f}"


def test_constants_of_all_rows_need_no_column(server: Server, browsers: Browsers) -> None:
    browser = browsers(server)
    address = str(browser.drop("a.csv", b"code,price\n0901.21,100\n").url)
    lacking = browser.start(address, ["hs_code", "amount"])
    assert lacking.status_code == 422
    assert "Not assigned" in lacking.text
    twice = browser.start(address, ["amount", "amount"])
    assert "Two columns are assigned to amount" in twice.text
    same = {"ship_from_country": "VN", "ship_to_country": "CN", "currency": "cny", "date": "2026-03-01"}
    browser.start(address, ["hs_code", "amount"], explain="on", **same)
    assert browser.wait(address, "done", "failed")["state"] == "done"
    (row,) = csv.DictReader(io.StringIO(browser.client.get(f"{address}answer.csv").content.decode("utf-8-sig")))
    assert row["landed"] == "109.10"
    assert row["law"]


def test_labels_of_fields_have_no_full_stop_in_any_language() -> None:
    for language in catalogue.LANGUAGES:
        with translate.speaking(language):
            assert [name for name in FIELD_TEXTS if field_label(name)[-1] in ".。។"] == []


def test_a_table_is_visible_only_to_the_browser_that_uploaded_it(server: Server, browsers: Browsers) -> None:
    mine, other, nobody = browsers(server), browsers(server), browsers(server)
    address = str(mine.drop("sales.csv", as_csv()).url)
    mine.start(address, FIELDS)
    mine.wait(address, "done", "failed")
    assert "sales.csv" in mine.client.get("/en/batch/").text
    assert "sales.csv" not in other.client.get("/en/batch/").text
    for client in (other.client, nobody.client):
        for end in ("", "progress.json", "answer.csv", "answer.parquet"):
            assert client.get(address + end).status_code == 404
    assert other.start(address, FIELDS).status_code == 404
    assert other.client.post(f"{address}delete", data={"csrfmiddlewaretoken": other.token()}).status_code == 404
    assert mine.client.get(address).status_code == 200
    assert mine.client.post(f"{address}delete", data={"csrfmiddlewaretoken": mine.token()}).status_code == 200
    assert mine.client.get(address).status_code == 404


def test_a_form_without_its_csrf_token_is_refused(server: Server) -> None:
    answer = httpx.post(f"{server.url}/en/batch/", files={"table": ("a.csv", b"a\n1\n")}, timeout=60)
    assert answer.status_code == 403


def _bomb(name: str, content: bytes, times: int = 1) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(as_xlsx())) as good, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bad:
        for part in {**dict.fromkeys(good.namelist()), name: None}:
            with bad.open(part, "w") as stream:
                for _ in range(times if part == name else 1):
                    stream.write(content if part == name else good.read(part))
    return file.getvalue()


def _entities() -> bytes:
    inner = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY e0 "x">{inner}]>'
    sheet = f'{head}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
    return f'{sheet}<c r="A1" t="inlineStr"><is><t>&e9;</t></is></c></row></sheetData></worksheet>'.encode()


def _outside() -> bytes:
    head = '<?xml version="1.0"?><!DOCTYPE w [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    sheet = f'{head}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
    return f'{sheet}<c r="A1" t="inlineStr"><is><t>&f;</t></is></c></row></sheetData></worksheet>'.encode()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.exe", lambda: b"MZ", "must end in .csv"),
        ("a", lambda: b"a\n1\n", "must end in .csv"),
        ("a.csv", lambda: b"", "empty"),
        ("a.csv", lambda: b"a,b\n", "no row below"),
        ("a.csv", lambda: b"\xff\xfea\n1\n", "no row below"),
        ("a.csv", lambda: b"a,,b\n1,2,3\n", "without a name"),
        ("a.parquet", lambda: b"PAR1", "cannot be read"),
        ("a.jsonl", lambda: b"[]\n", "not an object"),
        ("a.jsonl", lambda: b"[" * 100_000, "nested 100000 levels deep"),
        ("a.xlsx", lambda: b"PK\x03\x04", "not an XLSX workbook"),
        ("a.xlsx", lambda: as_xlsx()[:-200], "not an XLSX workbook"),
        pytest.param(
            "a.xlsx",
            lambda: _bomb("xl/worksheets/sheet1.xml", b" " * (1 << 20), 1100),
            "too large after decompression",
            marks=pytest.mark.long,
        ),
        ("a.xlsx", lambda: _bomb("xl/sharedStrings.xml", b" " * (1 << 20), 70), "too large after decompression"),
        ("a.xlsx", lambda: _bomb("xl/worksheets/sheet1.xml", _entities()), "cannot be read"),
        ("a.xlsx", lambda: _bomb("xl/worksheets/sheet1.xml", _outside()), "cannot be read"),
        ("a.xlsx", lambda: _bomb("xl/workbook.xml", b"<w/>"), "workbook"),
    ],
)
def test_an_invalid_file_is_refused_with_a_sentence(
    server: Server, browsers: Browsers, name: str, content: Callable[[], bytes], says: str
) -> None:
    answer = browsers(server).drop(name, content())
    assert answer.status_code == 422
    (sentence,) = re.findall(r'role="alert"><p>(.*?)</p>', answer.text)
    assert re.search(says, sentence), sentence
    assert str(server.data) not in answer.text
    assert "Traceback" not in answer.text


def evil(folder: Path) -> set[Path]:
    """The files below a folder with this word in their names; folders that are deleted meanwhile are passed over."""
    return {Path(where, name) for where, _, names in os.walk(folder) for name in names if "evil" in name}


@pytest.mark.parametrize(
    "name", ["../../../evil.csv", "..\\..\\evil.csv", "/etc/evil.csv", "evil\x00.csv", "<b>evil.csv"]
)
def test_an_upload_is_never_stored_under_its_own_name(server: Server, browsers: Browsers, name: str) -> None:
    browser = browsers(server)
    before = evil(server.data.parent)
    page = browser.drop(name.replace("\x00", "%00"), as_csv())
    assert page.status_code == 200
    assert "<b>" not in page.text
    assert evil(server.data.parent) == before
    job = re.search(r"/batch/(\w+)/", str(page.url))
    assert job
    assert [path.name for path in (server.data / "handed-in" / job[1]).iterdir()] == ["table.csv"]


def test_a_file_that_is_too_large_is_not_stored(tmp_path: Path, browsers: Browsers) -> None:
    with run_server(tmp_path / "server", ENTREPOT_TABLE_BYTES="100000") as server:
        browser = browsers(server)
        answer = browser.drop("a.csv", b"a,b\n" + b"1,2\n" * 50_000)
        assert answer.status_code == 422
        assert "larger than" in answer.text
        assert not list((server.data / "handed-in").glob("*/*"))
        assert browser.drop("a.csv", as_csv()).status_code == 200


@pytest.mark.long
def test_a_table_is_processed_after_its_worker_was_killed(tmp_path: Path, browsers: Browsers) -> None:
    # Services are walked one by one: enough of them that the work is still going on when it is killed.
    many = 6_000
    lines = ["service,amount,ship_from_country,ship_to_country,currency,date"]
    lines += [f"telemedicine,{100 + row % 900}.00,CN,KH,USD,2026-03-01" for row in range(many)]
    fields = lines[0].split(",")
    with run_server(tmp_path / "server") as server:
        browser = browsers(server)
        address = str(browser.drop("services.csv", "\n".join(lines).encode()).url)
        browser.start(address, fields)
        browser.wait(address, "working")
        server.kill()
    assert not list((tmp_path / "server" / "handed-in").glob("*/answer.parquet"))
    with run_server(tmp_path / "server") as server:
        browser.client.base_url = server.url  # the same browser, with its session
        address = server.url + httpx.URL(address).path
        assert browser.wait(address, "done", "failed")["state"] == "done"
        found = pq.read_table(io.BytesIO(browser.client.get(f"{address}answer.parquet").content))
    assert found.num_rows == many
    some = [dict(zip(fields, line.split(","), strict=True)) for line in lines[1:901]]
    wanted = entrepot.quote_table(pa.Table.from_pylist(some))
    assert (
        found.slice(0, 900).select(["landed", "charges", "fault"]).to_pylist()
        == wanted.select(["landed", "charges", "fault"]).to_pylist()
    )


CLAIMS = """
import datetime as dt, django
django.setup()
from django.utils import timezone
from entrepot.web.tables import uploaded, worker
from entrepot.store.models import Job
now = timezone.now()
Job.objects.create(id="a" * 32, created=now, name="a", state="waiting")
first, second = worker.claim_job(), worker.claim_job()
Job.objects.update(beat=now - dt.timedelta(seconds=worker.SILENT + 1))
third = worker.claim_job()
print(bool(first), bool(second), bool(third))
folder = uploaded.job_folder("b" * 32)
folder.mkdir(parents=True)
old = now - uploaded.LIFETIME - dt.timedelta(hours=1)
Job.objects.create(id="b" * 32, created=old, name="b", state="done")
half = now - uploaded.UNMAPPED_LIFETIME - dt.timedelta(hours=1)
for id_, state in (("c", "mapping"), ("d", "done"), ("e", "waiting")):
    Job.objects.create(id=id_ * 32, created=half, name=id_, state=state)
uploaded.delete_expired_jobs()
print(folder.exists(), sorted(job.id[0] for job in Job.objects.all()))
"""

STALE = """
import django
django.setup()
from entrepot.store import jobs
from entrepot.store.models import Job
job = jobs.new_job("a.csv")
jobs.insert_job(job, {"draft": None})
early, other = jobs.find_job(job.id), jobs.find_job(job.id)
jobs.store_options(early, {"check": "first"})
print(Job.objects.get().options)
jobs.store_options(other, {"draft": "mine", "check": None})
jobs.store_options(early, {"check": "of another draft"})
print(Job.objects.get().options)
jobs.enqueue(jobs.find_job(job.id), {"mapping": {}})
jobs.store_options(other, {"check": "late"})
print(Job.objects.get().state, Job.objects.get().options)
"""


@pytest.mark.long
def test_a_job_has_one_worker_is_retried_when_that_stops_and_is_deleted_after_a_week(tmp_path: Path) -> None:
    settings = environment(tmp_path)
    subprocess.run([sys.executable, "-m", "django", "migrate", "-v0"], env=settings, check=True)
    ended = subprocess.run([sys.executable, "-c", CLAIMS], env=settings, capture_output=True, text=True, check=True)
    assert ended.stdout.split("\n")[:2] == ["True False True", "False ['a', 'd', 'e']"]


@pytest.mark.long
def test_a_late_check_does_not_replace_what_was_chosen_since(tmp_path: Path) -> None:
    settings = environment(tmp_path)
    subprocess.run([sys.executable, "-m", "django", "migrate", "-v0"], env=settings, check=True)
    ended = subprocess.run([sys.executable, "-c", STALE], env=settings, capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines() == [
        "{'draft': None, 'check': 'first'}",
        "{'draft': 'mine', 'check': None}",
        "waiting {'draft': 'mine', 'check': None, 'mapping': {}}",
    ]
