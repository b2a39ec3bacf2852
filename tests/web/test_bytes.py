"""Small uploads that decode to gigabytes: the memory of the server stays bounded, and no answer is a 500."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from server_process import Server, run_server
from upload_page import Browsers

import entrepot
from sizes import size

#: Megabytes that the server's processes may grow by, each at its peak.
ALLOWED = 1_600
ROWS = 20_000
FIELDS = ["hs_code", "amount", "currency", "ship_from_country", "ship_to_country", "date"]
SALE = {
    "HS code": "0901.21", "Value": "100.00", "Currency": "CNY", "From": "VN", "To": "CN", "Day": "2026-03-01",
}  # fmt: skip
ARROW = "application/vnd.apache.arrow.stream"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own: the peak of its memory is that of these tests.

    The loop is compiled before, since that takes as much memory as the tests allow, whatever the table.
    """
    entrepot.quote_table(table(10, rows=200).rename_columns([*FIELDS, "note"]))
    with run_server(tmp_path_factory.mktemp("bytes")) as running:
        yield running


def peaks(server: Server) -> dict[int, int]:
    """The peak of the memory of the server and of all processes that it started, in MB."""
    found, waiting = dict[int, int](), [server.process.pid]
    while waiting:
        number = waiting.pop()
        with suppress(FileNotFoundError, ProcessLookupError):  # a process that has ended since
            about = Path(f"/proc/{number}/status").read_text()
            peak = re.search(r"VmHWM:\s+(\d+) kB", about)
            found[number] = int(peak[1]) >> 10 if peak else 0
            for task in Path(f"/proc/{number}/task").iterdir():
                with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has ended since
                    waiting += map(int, (task / "children").read_text().split())
    return found


def grown(server: Server, before: dict[int, int]) -> int:
    """By how much the largest process has grown, in MB."""
    return max(peak - before.get(number, 0) for number, peak in peaks(server).items())


def table(size: int, notes: int = 1, rows: int = ROWS) -> pa.Table:
    """The same sale in each row, with notes of so many letters."""
    place = pa.array(np.zeros(rows, np.int32))
    columns = {name: pa.DictionaryArray.from_arrays(place, [value]) for name, value in SALE.items()}
    note = pa.DictionaryArray.from_arrays(place, ["x" * size])
    return pa.table(columns | {f"note{number}": note for number in range(notes)})


def parquet(made: pa.Table) -> bytes:
    file = io.BytesIO()
    pq.write_table(made, file, compression="zstd", store_schema=False)
    return file.getvalue()


def alert(page: httpx.Response) -> str:
    """The sentence that a page shows of a fault."""
    found = re.search(r'role="alert"><p>(.*?)</p>', page.text)
    return html.unescape(found[1]) if found else ""


@pytest.mark.long
def test_a_long_text_in_every_row_is_answered_and_downloaded_in_bounded_memory(own: Server, browsers: Browsers) -> None:
    """A few kB, which as text are 1.5 GB, 2.4 GB with `--all`: more than the server's processes take together."""
    content = parquet(table(120_000, rows=size(12_500, ROWS)))
    assert len(content) < 8_000
    before, browser = peaks(own), browsers(own)
    page = browser.drop("a.parquet", content)
    assert page.status_code == 200
    address = str(page.url)
    browser.start(address, [*FIELDS, ""])
    assert browser.wait(address, "done", "failed", seconds=1800)["state"] == "done"
    for kind in ("csv", "xlsx"):
        taken = 0
        with browser.client.stream("GET", f"{address}answer.{kind}") as answer:
            assert answer.status_code == 200
            for piece in answer.iter_raw():
                if (taken := taken + len(piece)) > 20_000_000:
                    break
        assert taken
    assert grown(own, before) < size(1_400, ALLOWED)


@pytest.mark.long
def test_columns_of_long_texts_are_refused_by_what_they_unpack_to(own: Server, browsers: Browsers) -> None:
    """40 columns of 100 kB in 20,000 rows are 80 GB; 8 GB are allowed."""
    before, browser = peaks(own), browsers(own)
    address = str(browser.drop("a.parquet", parquet(table(100_000, 40))).url)
    browser.start(address, [*FIELDS, *[""] * 40])
    assert browser.wait(address, "done", "failed", seconds=1800)["state"] == "failed"
    assert "The table unpacks to more than 8" in alert(browser.client.get(address))
    assert grown(own, before) < ALLOWED


def test_a_cell_above_the_limit_is_refused_in_the_language_of_the_page(own: Server, browsers: Browsers) -> None:
    before, browser = peaks(own), browsers(own)
    content = parquet(table(3 << 20))
    page = browser.drop("a.parquet", content)
    assert page.status_code == 422
    assert 'The column "note0" has a cell of 3 MB. A cell may have at most 1 MB' in alert(page)
    token, file = browser.token(), {"table": ("a.parquet", content)}
    page = browser.client.post("/vi/batch/", data={"csrfmiddlewaretoken": token}, files=file)
    assert page.status_code == 422
    assert 'Cột "note0" có một ô 3 MB.' in alert(page)
    assert grown(own, before) < 100


@pytest.mark.parametrize("size", [100_000, 3 << 20])
def test_a_stream_of_long_texts_is_answered_or_refused_in_bounded_memory(own: Server, size: int) -> None:
    """100 kB in each of 20,000 rows are answered; a cell of 3 MB is refused."""
    made = table(size).rename_columns([*FIELDS, "note"])
    body = io.BytesIO()
    with pa.ipc.new_stream(body, made.schema) as writer:
        writer.write_table(made)
    before = peaks(own)
    answer = own.post("/v1/quotes/batch", content=body.getvalue(), headers={"Content-Type": ARROW})
    if size > 1 << 20:
        assert answer.status_code == 422
        assert answer.json()["error"]["message"].startswith('Row 1, column "note": the cell has 3 MB. A cell may have')
    else:
        assert pa.ipc.open_stream(answer.content).read_all().num_rows == ROWS
    assert grown(own, before) < ALLOWED
