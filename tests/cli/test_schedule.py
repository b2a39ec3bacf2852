"""`entrepot schedule …`, and quotes under installed schedules and given overlays."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from entrepot import app
from entrepot.cli.options import SCHEDULE_FORMATS
from entrepot.law.library import packs_folder
from entrepot.schedules import formats
from loopback_server import serving
from official_files import DATA, needs

Run = Callable[..., Any]

# In packs/zz tableware (69111000) is MFN 10 %, so that 1,000.00 owes 100.00; roasted coffee (09012100) is 15 %.
XI_DOCUMENT = DATA / "uk" / "xi" / "commodities" / "0103921100.json"
PLAIN = """# whole: mfn
goods,treatment,rate,name_en
69111000,mfn,7 %,Tableware
73239300,mfn,2.5 %,Pots
09012100,mfn,15.0 %,
"""
#: The schedule's day and its name in the list.
SPRING = ("--since", "2026-05-01", "--id", "spring")


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty data folder for each test."""
    monkeypatch.setenv("ENTREPOT_DATA", str(tmp_path / "data"))
    app.library.cache_clear()
    yield tmp_path / "data"
    app.library.cache_clear()


@pytest.fixture
def rates(tmp_path: Path) -> Path:
    file = tmp_path / "rates.csv"
    file.write_text(PLAIN)
    return file


def sale(code: str = "69111000") -> dict[str, Any]:
    """Goods of Australia worth 1,000 to a business in Exampleland by sea, insurance and freight known to be nil."""
    return {
        "ship_from": {"country": "AU"},
        "ship_to": {"country": "ZZ"},
        "currency": "ZZD",
        "buyer": {"kind": "business"},
        "shipping_cost": "0",
        "insurance_cost": "0",
        "transport": "sea",
        "lines": [{"hs_code": code, "amount": "1000.00"}],
    }


OVERLAY = """format = 1

[layer]
pack = "zz"
id = "what-if"
kind = "overlay"

[source.proposal]
title = "A proposal"
authority = "nobody yet"
"""


def quote(entrepot: Run, on: str, *more: str, code: str = "69111000") -> dict[str, Any]:
    asked = json.dumps(sale(code)).encode()
    ended = entrepot("quote", "-", "--on", on, "--json", *more, given=asked)
    assert ended.code in (0, 4), ended
    return dict(json.loads(ended.out))


def duty(answer: dict[str, Any]) -> str | None:
    option = next(option for option in answer["options"] if option["regime"] == "ordinary")
    return next((charge["amount"] for charge in option["charges"] if charge["id"] == "duty"), None)


def test_the_formats_of_the_option_are_the_built_in_formats() -> None:
    assert tuple(formats.BUILT_IN) == SCHEDULE_FORMATS


def test_a_schedule_is_added_used_listed_shown_and_removed(entrepot: Run, rates: Path, data: Path) -> None:
    assert "No schedule is installed" in entrepot("schedule", "list").out
    ended = entrepot("schedule", "add", "ZZ", str(rates), *SPRING, "--title", "Tariff")
    assert (ended.code, ended.err) == (0, "")
    assert "Schedule installed" in ended.out
    assert "zz/spring" in ended.out
    assert [duty(quote(entrepot, on)) for on in ("2026-04-30", "2026-05-01")] == ["100.00", "70.00"]
    assert duty(quote(entrepot, "2026-05-01", code="73239300")) == "25.00"
    assert "zz/spring" in entrepot("schedule").out
    shown = entrepot("schedule", "show", "spring").out
    assert "Tariff" in shown
    assert "since May 1, 2026" in shown
    assert entrepot("schedule", "remove", "spring", given=b"n\n").code == 2
    assert duty(quote(entrepot, "2026-05-01")) == "70.00"
    assert entrepot("schedule", "remove", "spring", given=b"y\n").code == 0
    assert duty(quote(entrepot, "2026-05-01")) == "100.00"
    assert not list((data / "schedules" / "zz").iterdir())


def test_the_page_of_a_quote_names_the_schedule(entrepot: Run, rates: Path) -> None:
    entrepot("schedule", "add", "zz", str(rates), *SPRING)
    words = ("--from", "AU", "--to", "ZZ", "--hs", "6911.10.00", "--amount", "1000 ZZD", "--on", "2026-05-01")
    page = " ".join(entrepot("quote", *words).out.split())
    assert "Schedule of Exampleland (invented), spring, added by the user" in page
    law = " ".join(entrepot("law", "ZZ", "6911.10.00", "--on", "2026-05-01").out.split())
    assert "Schedule of Exampleland (invented), spring, added by the user" in law
    assert "zz/spring/tariff.csv" in law


def test_json_reports_what_was_read(entrepot: Run, rates: Path) -> None:
    first = json.loads(entrepot("schedule", "add", "zz", str(rates), "--since", "2026-05-01", "--json").out)
    assert (first["how"], first["format"]) == ("added", "plain")
    assert (first["since"], first["replaces"]) == ("2026-05-01", ["mfn"])
    assert (first["reading"]["cells"], first["reading"]["exact"], first["reading"]["percent"]) == (3, 3, "100.00")
    again = json.loads(entrepot("schedule", "add", "zz", str(rates), "--since", "2026-05-01", "--json").out)
    assert (again["how"], again["hash"]) == ("there", first["hash"])
    (listed,) = json.loads(entrepot("schedule", "list", "--json").out)["data"]
    assert (listed["id"], listed["counts"]["lines"], listed["fault"]) == (first["id"], 3, None)
    shown = json.loads(entrepot("schedule", "show", first["id"], "--json").out)
    assert shown["hash"] == first["hash"]
    gone = json.loads(entrepot("schedule", "remove", first["id"], "--yes", "--json").out)
    assert gone == {"object": "schedule", "id": first["id"], "removed": True}


def test_cells_that_were_not_read_are_written_to_a_report(entrepot: Run, tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_text(PLAIN + "42022200,mfn,text:as the Minister says,\n")
    report = tmp_path / "unread.csv"
    ended = entrepot("schedule", "add", "zz", str(file), "--since", "2026-05-01", "--report", str(report))
    assert ended.code == 0
    assert report.read_text().splitlines()[0] == "file,row,goods,column,text,why,kind"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("add", "zz"), 2, "Give a pack and its files"),
        (("add", "zz", "nowhere.csv"), 2, "File nowhere.csv does not exist"),
        (("add", "QQ", "RATES"), 5, '"QQ" is not an economy'),
        (("add", "zz", "RATES", "--since", "May"), 2, '--since: "May" is not a date'),
        (("add", "zz", "RATES", "--format", "plan"), 1, 'Did you mean "plain"'),
        (("add", "zz", "RATES", "--since", "2026-05-01", "--id", "../x"), 1, "is not an id"),
        (("add", "Chnia", "RATES"), 3, 'Did you mean "China"?'),
        (("show", "nothing"), 5, "No schedule is installed. `entrepot schedule add PACK FILE` installs one"),
        (("remove", "nothing", "--yes"), 5, "No schedule is installed"),
        (("diff", "nothing"), 5, "No schedule is installed"),
        (("diff", "zz"), 5, "No other schedule of zz is installed"),
        (("diff", "zz", "us"), 2, "Schedules of two countries"),
        (("diff", "a", "b", "c"), 2, "Give one schedule or two"),
        (("get", "zz"), 5, "entrepot schedule add zz FILE"),
        (("get", "eu"), 2, "name the codes"),
        (("get", "eu"), 2, "Duties Import 01-99.xlsx (TARIC)). Then run: entrepot schedule add eu FILE."),
        (("get", "tw"), 5, "https://data.gov.tw/dataset/80871"),
        (("get", "nz"), 5, "PDF, CusMod, which Entrepot does not read"),
        (("get", "hk"), 5, "there is no schedule to download"),
        (("get", "us", "0901"), 2, "comes as a whole"),
    ],
)
def test_errors_are_one_sentence(entrepot: Run, rates: Path, words: tuple[str, ...], code: int, says: str) -> None:
    ended = entrepot("schedule", *(str(rates) if word == "RATES" else word for word in words))
    assert ended.code == code, ended
    assert says in ended.err
    assert ended.out == ""


def test_a_file_of_unknown_format_lists_the_known_formats(entrepot: Run, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(b"\xff\xf0 latin text\n")
    ended = entrepot("schedule", "add", "zz", str(file))
    assert ended.code == 1
    assert "--format" in ended.err
    assert "plain" in ended.err


def test_a_file_of_another_country_is_refused(entrepot: Run, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text('"HTS Number","Indent","Description","Unit of Quantity","General Rate of Duty"\n')
    ended = entrepot("schedule", "add", "zz", str(file))
    assert ended.code == 1
    assert '"us"' in ended.err


def test_faults_are_listed_and_nothing_is_installed(entrepot: Run, rates: Path, data: Path) -> None:
    """Exampleland has no treatment of this id; only its pack shows that."""
    rates.write_text(PLAIN + "69111000,zz_ftb,1 %,\n")
    ended = entrepot("schedule", "add", "zz", str(rates), "--since", "2026-05-01")
    assert ended.code == 1
    assert "nothing was installed" in ended.out
    assert 'Did you mean "zz_fta"?' in " ".join(ended.out.split())
    ended = entrepot("schedule", "add", "zz", str(rates), "--since", "2026-05-01", "--json")
    assert (ended.code, json.loads(ended.out)["kept"]) == (1, False)
    assert not list((data / "schedules" / "zz").iterdir())


def test_a_broken_schedule_is_listed_with_its_fault_and_can_be_removed(entrepot: Run, rates: Path, data: Path) -> None:
    entrepot("schedule", "add", "zz", str(rates), *SPRING)
    (data / "schedules" / "zz" / "spring" / "layer.toml").write_text("format = 1\n[layer")
    app.library.cache_clear()
    assert "cannot be read as TOML" in " ".join(entrepot("schedule", "list").out.split())
    assert entrepot("quote", "-", "--on", "2026-05-01", given=json.dumps(sale()).encode()).code == 1
    assert entrepot("schedule", "remove", "zz/spring", "--yes").code == 0
    assert duty(quote(entrepot, "2026-05-01")) == "100.00"


def test_a_schedule_is_compared_with_the_pack_and_with_another(entrepot: Run, rates: Path) -> None:
    entrepot("schedule", "add", "zz", str(rates), *SPRING)
    found = json.loads(entrepot("schedule", "diff", "spring", "--treatment", "mfn", "--json").out)
    assert (found["before"], found["after"], found["date"]) == ("zz", "zz/spring", "2026-05-01")
    changes = {each["goods"]: (each["kind"], each["before"], each["after"]) for each in found["changes"]}
    assert changes["69111000"] == ("changes", "10 %", "7 %")
    assert changes["73239300"] == ("begins", None, "2.5 %")
    assert changes["24022000"] == ("ends", "40 %", None)
    assert "09012100" not in changes  # 15.0 % is 15 %
    rates.write_text(PLAIN.replace("7 %", "6.5 %"))
    entrepot("schedule", "add", "zz", str(rates), "--since", "2026-08-01", "--id", "summer")
    page = entrepot("schedule", "diff", "spring", "summer").out
    assert "6911.10.00: 7 % → 6.5 %" in page
    assert "1 rate changes" in page
    assert "No rates differ" in entrepot("schedule", "diff", "spring", "spring").out
    refused = entrepot("schedule", "diff", "spring", "--treatment", "mfm")
    assert (refused.code, "Treatments: " in refused.err, "mfn" in refused.err) == (2, True, True), refused
    assert 'Schedule "sprin" is not installed. Installed: zz/' in entrepot("schedule", "show", "sprin").err
    newest = json.loads(entrepot("schedule", "diff", "zz", "--json").out)
    assert (newest["before"], newest["after"]) == ("zz", "zz/summer")


def test_an_overlay_is_applied_to_a_quote_and_to_the_law(entrepot: Run, tmp_path: Path) -> None:
    folder = str(tmp_path / "what-if")
    Path(folder).mkdir()
    Path(folder, "layer.toml").write_text(OVERLAY)
    header = "goods,treatment,rate,since,until,cite,trust"
    Path(folder, "tariff.csv").write_text(f"{header}\n69111000,mfn,1 %,2026-05-01,,proposal,unchecked\n")
    answer = quote(entrepot, "2026-06-01", "--overlay", folder)
    assert duty(answer) == "10.00"
    (used,) = answer["law"]["layers"]
    assert (used["id"], used["kind"], used["since"]) == ("what-if", "overlay", None)
    assert duty(quote(entrepot, "2026-06-01")) == "100.00"
    law = json.loads(entrepot("law", "ZZ", "69111000", "--on", "2026-06-01", "--overlay", folder, "--json").out)
    assert [each["id"] for each in law["layers"]] == ["what-if"]
    assert entrepot("packs", "check", folder).code == 0
    ended = entrepot("quote", "-", "--overlay", str(tmp_path / "nowhere"), given=b"{}")
    assert ended.code == 5
    assert "does not exist" in ended.err


def test_get_downloads_from_the_address_of_the_pack_and_adds(
    entrepot: Run, tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The packs are copies whose address is a local server."""
    import threading
    from functools import partial
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(SimpleHTTPRequestHandler, "log_message", lambda *_: None)
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "tariff").write_text(PLAIN)
    for name in ("zz", "world"):
        shutil.copytree(packs_folder() / name, tmp_path / "packs" / name)
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "www"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        toml = tmp_path / "packs" / "zz" / "pack.toml"
        source = f'[source.tariff-act]\nfile = "{address}/tariff"'
        toml.write_text(toml.read_text().replace("[source.tariff-act]", source, 1))
        words = ("--packs", str(tmp_path / "packs"), "--since", "2026-05-01", "--id", "now", "--json")
        ended = entrepot("schedule", "get", "zz", *words)
        toml.write_text(toml.read_text().replace("/tariff", "/gone"))
        gone = entrepot("schedule", "get", "zz", *words)
        server.shutdown()
        thread.join()
    found = json.loads(ended.out)
    assert (ended.code, found["id"], found["how"], found["url"]) == (0, "zz/now", "added", f"{address}/tariff")
    (kept,) = (data / "downloads" / "zz").iterdir()
    assert kept.read_text() == PLAIN
    assert (gone.code, json.loads(gone.out)["error"]["code"]) == (69, "not_fetched")
    assert "entrepot schedule add zz FILE" in json.loads(gone.out)["error"]["message"]


@needs(XI_DOCUMENT)
def test_get_downloads_the_documents_of_codes(
    entrepot: Run, tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pack is a copy whose address is a local server; its document says that it is of Northern Ireland."""
    from http.server import BaseHTTPRequestHandler

    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(XI_DOCUMENT.read_bytes().replace(b'"source": "uk"', b'"source": "xi"'))

        def log_message(self, *args: object) -> None:
            """Says nothing."""

    for name in ("eu", "world"):
        shutil.copytree(packs_folder() / name, tmp_path / "packs" / name)
    with serving(Handler, monkeypatch) as address:
        toml = tmp_path / "packs" / "eu" / "pack.toml"
        toml.write_text(toml.read_text().replace("https://www.trade-tariff.service.gov.uk/xi/api", f"{address}/xi/api"))
        words = ("--packs", str(tmp_path / "packs"), "--since", "2024-06-01", "--json")
        ended = entrepot("schedule", "get", "eu", "0103.92.11.00", *words)
    assert (ended.code, asked) == (0, ["/xi/api/v2/commodities/0103921100"]), ended.err
    found = json.loads(ended.out)
    assert (found["id"], found["trust"], found["format"]) == ("eu/2024-06-01-0103921100", "published", "gb")
    assert found["reading"]["lines"] == 1
    assert (data / "downloads" / "eu" / "0103921100.json").is_file()
