"""Limits at the page of tables: clients cannot fill the disk or hold all threads."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import httpx
import pytest
from server_process import Server, run_server
from upload_page import Browsers


@pytest.mark.long
def test_uploads_are_limited_by_address_also_for_new_browsers(tmp_path: Path, browsers: Browsers) -> None:
    with run_server(tmp_path / "server", ENTREPOT_TABLE_BYTES="3000", ENTREPOT_TABLES_BYTES="20000") as server:
        pages = [browsers(server).drop("a.csv", b"a,b\n" + b"1,2\n" * 400) for _ in range(5)]
        assert [page.status_code for page in pages] == [200, 200, 200, 422, 422]
        assert "many tables from your address" in pages[-1].text
        # Whoever deletes one may hand in another.
        assert "127.0.0.1" not in server.ask("print([job.options for job in m.Job.objects.all()])")
        server.ask("m.Job.objects.first().delete()")
        assert browsers(server).drop("a.csv", b"a,b\n" + b"1,2\n" * 400).status_code == 200
        # What is refused is counted too: of each the head is read.
        while (page := browsers(server).drop("a.csv", b"")).status_code == 422:
            pass
        assert page.status_code == 429
        assert page.headers["retry-after"]


@pytest.mark.long
def test_downloads_that_are_not_read_do_not_hold_all_threads(server: Server, browsers: Browsers) -> None:
    browser, rows = browsers(server), 60_000
    lines = ["hs_code,amount,ship_from_country,ship_to_country,currency,date,note"]
    lines += [f"0901.21,{100 + row % 900}.00,VN,CN,CNY,2026-03-01,{'x' * 200}" for row in range(rows)]
    address = str(browser.drop("a.csv", "\n".join(lines).encode()).url)
    browser.start(address, [*lines[0].split(",")[:-1], ""])
    assert browser.wait(address, "done", "failed")["state"] == "done"
    cookies = "; ".join(f"{name}={value}" for name, value in browser.client.cookies.items())
    url = httpx.URL(f"{address}answer.csv")
    head = f"GET {url.path} HTTP/1.1\r\nHost: {url.netloc.decode()}\r\nCookie: {cookies}\r\n\r\n"
    silent = [socket.create_connection((url.host, url.port or 80)) for _ in range(20)]
    try:
        for each in silent:
            each.sendall(head.encode())
        until = time.monotonic() + 60  # until those that take nothing are being answered
        while time.monotonic() < until and (refused := browser.client.get(str(url))).status_code != 429:
            time.sleep(0.1)
        assert (refused.status_code, refused.headers.get("retry-after")) == (429, "60"), refused.headers
        assert server.get("/v1/health").status_code == 200
    finally:
        for each in silent:
            each.close()
    until = time.monotonic() + 120
    while time.monotonic() < until and (taken := browser.client.get(str(url))).status_code != 200:
        pass
    assert taken.content.count(b"\n") == rows + 1
