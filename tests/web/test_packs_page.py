"""The pages of packs and schedules; an administrator adds an official schedule, and quotes use it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from server_process import Server, run_server
from test_security import enter_code

from base_sale import best_of
from entrepot import app
from entrepot.law import inventory

ZZ = {
    "ship_from": {"country": "VN"},
    "ship_to": {"country": "ZZ"},
    "date": "2026-03-01",
    "currency": "ZZD",
    "channel": "trade",
    "buyer": {"kind": "business"},
    "lines": [{"hs_code": "6911.10", "amount": "1000.00", "country_of_origin": "FR"}],
}
SCHEDULE = b"goods,treatment,rate,name_en\n69111000,mfn,33 %,Tableware of porcelain\n61091000,mfn,5 %,T-shirts\n"


MAKE = "from django.contrib.auth.models import User; User.objects.create_superuser('keeper', password='a test of ours')"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own, with an administrator: its schedules change."""
    with run_server(tmp_path_factory.mktemp("packs")) as server:
        server.ask(MAKE)
        yield server


@contextmanager
def signed_in(server: Server) -> Iterator[httpx.Client]:
    """The browser of an administrator."""
    with httpx.Client(base_url=server.url, timeout=60, follow_redirects=True) as browser:
        known = token(browser, "/admin/login/")
        form = {"username": "keeper", "password": "a test of ours", "csrfmiddlewaretoken": known}
        page = browser.post("/admin/login/?next=/en/packs/", data=form)
        assert "sessionid" in page.request.headers["cookie"]
        enter_code(browser, page)
        yield browser


def token(browser: httpx.Client, address: str = "/en/packs/") -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get(address).text)
    assert found
    return found[1]


def add(browser: httpx.Client, content: bytes, **said: str) -> httpx.Response:
    form = {"csrfmiddlewaretoken": token(browser), "pack": "zz", "since": "2026-01-01", "title": "Tariff of 2026",
            "authority": "Customs of Exampleland", "url": "https://example.test/tariff", **said}  # fmt: skip
    return browser.post("/en/packs/", data=form, files={"files": ("tariff.csv", content)})


def duty(server: Server) -> str:
    best = best_of(server.post("/v1/quotes?store=false", json=ZZ).json())
    return str(best["amount_subtotals"]["duties"])


def test_packs_are_listed_by_name_and_the_invented_place_is_last(own: Server) -> None:
    page = own.get("/en/packs/").text
    names = re.findall(r'<a href="/en/packs/(\w+)/">', page)
    # Canada, then China, and not by codes (ca, ch, cn): Switzerland is after South Korea.
    assert [each for each in names if each in ("ae", "ca", "ch", "cn", "kr", "tw", "vn", "zz")] == [
        "ca", "cn", "kr", "ch", "tw", "ae", "vn", "zz",
    ]  # fmt: skip
    assert "Exampleland (invented)" in page


def test_the_page_of_a_pack_names_its_tables_in_words(own: Server) -> None:
    page = own.get("/en/packs/cn/").text
    assert re.search(r"rates of duty [\d,]+, ", page)
    assert "Special preferential treatment of least developed countries" in page, "tariff.ldc, by the title of the pack"
    assert "classes." not in page.partition('<h2 id="t-limits"')[0]


@pytest.mark.parametrize("language", ["en", "zh", "vi", "th", "km"])
def test_every_pack_is_listed_and_has_a_page(server: Server, language: str) -> None:
    page = server.get(f"/{language}/packs/").text
    house = app.library()
    for name in house.ids():
        assert f'href="/{language}/packs/{name}/"' in page
    # As README.md counts them: a union is one economy, and the invented place is none.
    assert str(len(house.ids()) - 1) in re.split(" · ", page.split('class="quiet">', 1)[1])[1]
    counted = inventory.summarize(house.folder / "cn")
    one = server.get(f"/{language}/packs/cn/").text
    assert one.count("<li>") >= len(counted.head["limits"]) + len(counted.regimes)
    assert str(counted.cases) in one


def test_an_unknown_pack_has_no_page(server: Server) -> None:
    for name in ("xx", "world", "zz%2F..", "%00"):
        assert server.get(f"/en/packs/{name}/").status_code == 404


def test_only_an_administrator_adds_and_removes(server: Server) -> None:
    with httpx.Client(base_url=server.url, timeout=60) as browser:
        page = browser.get("/en/packs/")
        assert 'type="file"' not in page.text
        browser.get("/en/batch/")  # its form sets the cookie
        form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"], "pack": "zz", "since": "2026-01-01"}
        assert browser.post("/en/packs/", data=form, files={"files": ("t.csv", SCHEDULE)}).status_code == 403
        assert browser.post("/en/packs/zz/2026-01-01/remove", data=form).status_code == 403
        assert not (server.data / "schedules").exists()


def test_a_schedule_is_checked_added_used_and_removed(own: Server) -> None:
    with signed_in(own) as browser:
        before = duty(own)
        done = add(browser, SCHEDULE)
        assert done.status_code == 200
        assert "Schedule installed" in done.text
        page = browser.get("/en/packs/").text
        for text in ("zz/2026-01-01", "Customs of Exampleland", 'href="https://example.test/tariff"', "100.00"):
            assert text in page
        assert (before, duty(own)) == ("101.00", "333.30")  # 10 % and 33 % of 1,010.00
        assert "already installed" in add(browser, SCHEDULE).text
        other = add(browser, SCHEDULE.replace(b"33 %", b"34 %"))
        assert other.status_code == 422
        assert "another schedule" in other.text
        assert "Schedule replaced" in add(browser, SCHEDULE.replace(b"33 %", b"34 %"), replace="on").text
        assert duty(own) == "343.40"
        gone = browser.post("/en/packs/zz/2026-01-01/remove", data={"csrfmiddlewaretoken": token(browser)})
        assert "zz/2026-01-01" not in gone.text
        assert duty(own) == before
        again = browser.post("/en/packs/zz/2026-01-01/remove", data={"csrfmiddlewaretoken": token(browser)})
        assert again.status_code == 404


def test_the_faults_of_a_schedule_are_shown_and_nothing_is_installed(own: Server) -> None:
    with signed_in(own) as browser:
        refused = {
            "is not text in UTF-8": add(browser, b"\x00\x01\x02"),
            "was not recognized": add(browser, b"name,price\n"),
            "does not exist": add(browser, SCHEDULE, pack="../../x"),
            "is not a date": add(browser, SCHEDULE, since="soon"),
            "https://": add(browser, SCHEDULE, url="javascript:alert(1)"),
            "is not a format": add(browser, SCHEDULE, format="pdf"),
            "is not an id": add(browser, SCHEDULE, id="../../evil"),
            "nothing was installed": add(browser, b"goods,treatment,rate\n69111000,mfn,5 %\n69111000,no_such,6 %\n"),
        }
        assert "has the columns goods, treatment, rate." in refused["was not recognized"].text
        for says, answer in refused.items():
            assert answer.status_code == 422, says
            (note,) = re.findall(r'<div class="note bad" role="alert">(.*?)</div>', answer.text, re.DOTALL)
            assert says in note, note
            assert "javascript:alert" not in note
            assert str(own.data) not in answer.text
        assert not list((own.data / "schedules").glob("*/[!.]*"))
        assert not list((own.data / "handed-in").glob("schedule-*"))


@pytest.mark.long
def test_a_running_server_uses_a_schedule_that_another_program_adds(tmp_path: Path) -> None:
    with run_server(tmp_path / "server", workers=2) as server:
        before = duty(server)
        file = tmp_path / "tariff.csv"
        file.write_bytes(SCHEDULE)
        added = f"""
import datetime as dt
from pathlib import Path
from entrepot import app
from entrepot.schedules import formats
from entrepot.schedules.install import install
from entrepot.schedules.parsed import ReadOptions
options = ReadOptions(pack="zz", since=dt.date(2026, 1, 1))
schedule = formats.read([Path({str(file)!r})], options, "plain")
print(install(schedule, Path({str(server.data)!r}), app.library().check).how)
"""
        assert server.ask(added) == "added"
        until, others = time.monotonic() + 60, 0
        while others < 8:  # as many answers in a row: both processes know it
            others = others + 1 if duty(server) == "333.30" else 0
            assert time.monotonic() < until, f"still {before}"
            if not others:
                time.sleep(0.4)


def test_a_union_of_economies_has_its_name_in_each_language(server: Server) -> None:
    for language, name in (("th", "สหภาพยุโรป"), ("vi", "Liên Minh Châu Âu"), ("zh", "欧盟"), ("en", "European Union")):
        for path in ("packs/", "packs/eu/"):
            assert name in server.get(f"/{language}/{path}").text
