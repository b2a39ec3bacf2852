"""A file is downloaded completely or not at all, only over HTTPS, and failures are reported."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from entrepot.law.library import Library
from entrepot.model.errors import ScheduleError
from entrepot.schedules import fetch as fetch_module
from entrepot.schedules.fetch import addresses, fetch, templates_of
from entrepot.schedules.publishers import published
from loopback_server import serving

CSV = b"goods,treatment,rate\n69111000,mfn,7 %\n"


class Handler(BaseHTTPRequestHandler):
    """A server that does what its path says."""

    def do_GET(self) -> None:
        """Answers."""
        kind = self.path.strip("/").partition("?")[0]
        if kind.startswith("to"):
            self.send_response(302)
            self.send_header("Location", {"tocsv": "/csv", "toself": "/toself", "tofile": "file:///etc/hostname"}[kind])
            self.end_headers()
            return
        if kind == "missing":
            self.send_error(404)
            return
        body = {
            "csv": CSV,
            "json": b'{"data": {}}',
            "page": b"<!doctype html><p>Sign in",
            "pdf": b"%PDF-1.7",
            "empty": b"",
        }.get(kind, CSV)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body) + (10 if kind == "short" else 0)))
        self.send_header("Last-Modified", "Wed, 25 Nov 2026 03:00:00 GMT")
        self.end_headers()
        if kind == "slow":
            threading.Event().wait(2)
        seen.append(self.headers["User-Agent"])  # before the client can know that the answer is whole
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Says nothing."""


seen: list[str] = []


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with serving(Handler, monkeypatch) as address:
        yield address


def test_a_file_is_downloaded_with_its_size_hash_and_date(server: str, tmp_path: Path) -> None:
    steps: list[int] = []
    found = fetch(f"{server}/csv", tmp_path / "new" / "folder", "us", on_progress=steps.append)
    assert found.path.read_bytes() == CSV
    assert found.path.name == "us.csv"
    assert (found.size, found.sha256) == (len(CSV), hashlib.sha256(CSV).hexdigest())
    assert found.changed == "Wed, 25 Nov 2026 03:00:00 GMT"
    assert steps == [len(CSV)]
    assert seen[-1].startswith("entrepot")


def test_a_json_file_gets_the_extension_json(server: str, tmp_path: Path) -> None:
    assert fetch(f"{server}/json", tmp_path, "0702").path.name == "0702.json"


def test_a_redirect_is_followed(server: str, tmp_path: Path) -> None:
    assert fetch(f"{server}/tocsv", tmp_path, "us").path.read_bytes() == CSV


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("missing", "404"),
        ("short", f"Only {len(CSV)} of {len(CSV) + 10} bytes"),
        ("page", "a web page instead of the file"),
        ("pdf", "a PDF, which is not a table"),
        ("empty", "empty"),
        ("toself", "redirect"),
        ("tofile", "not allowed"),
        ("slow", "timed out"),
    ],
)
def test_a_failed_download_is_reported_and_changes_nothing(
    server: str, tmp_path: Path, path: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch_module, "TIMEOUT", 0.5)
    (tmp_path / "us.csv").write_text("of yesterday")
    with pytest.raises(ScheduleError, match=why):
        fetch(f"{server}/{path}", tmp_path, "us")
    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == {"us.csv": "of yesterday"}


def test_a_file_that_is_too_large_is_refused(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch_module, "MAX_BYTES", len(CSV) - 1)
    with pytest.raises(ScheduleError, match="larger than"):
        fetch(f"{server}/csv", tmp_path, "us")
    assert not list(tmp_path.iterdir())


def test_an_unreachable_server_is_reported(tmp_path: Path) -> None:
    # Port 9 of this machine: nobody listens to what is to be discarded.
    with pytest.raises(ScheduleError, match="cannot be reached"):
        fetch("http://127.0.0.1:9/csv", tmp_path, "us")


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/hostname",
        "ftp://tariff.example/x",
        "http://tariff.example/x",
        "data:text/csv,x",
        "/etc/hostname",
        "https://",
    ],
)
def test_only_https_addresses_are_opened(tmp_path: Path, address: str) -> None:
    with pytest.raises(ScheduleError, match=r"must start with https://\."):
        fetch(address, tmp_path, "us")


def test_no_redirect_from_https_to_http_is_followed() -> None:
    assert "not encrypted" in fetch_module._refusal("http://127.0.0.1/x", "https://tariff.example/x")
    assert not fetch_module._refusal("https://other.example/x", "https://tariff.example/x")


def test_invalid_codes_are_refused() -> None:
    templates = ["https://tariff.example/{code}?x=1"]
    assert addresses(templates, ["0702.00.00.07"]) == {"0702000007": "https://tariff.example/0702000007?x=1"}
    for codes in (["../admin"], ["0702?x"], ["12"], []):
        with pytest.raises(ScheduleError):
            addresses(templates, codes)
    with pytest.raises(ScheduleError):
        addresses(["https://tariff.example/all.csv"], ["0702000007"])


def test_a_schedule_that_has_both_comes_whole_without_codes_and_by_line_with_them() -> None:
    templates = templates_of(Library().pack("gb"))
    assert list(addresses(templates, [])) == [""]
    assert addresses(templates, [])[""].endswith("format=csv&download")
    assert addresses(templates, ["0702000007"])["0702000007"].endswith("/api/v2/commodities/0702000007")
    union = addresses(templates_of(Library().pack("eu")), ["0702000007"])
    assert union["0702000007"].endswith("/xi/api/v2/commodities/0702000007")


def test_every_address_in_the_packs_is_allowed() -> None:
    house = Library()
    named = {name: found for name in house.ids() if (found := templates_of(house.pack(name)))}
    assert {"us", "gb", "eu", "no"} <= named.keys()
    assert not [
        address
        for found in named.values()
        for address in found
        if fetch_module._refusal(address) or not address.startswith("https://")
    ]


def test_every_other_pack_says_where_its_schedule_is_published() -> None:
    house = Library()
    for name in set(house.ids()) - {"world", "zz"}:
        pack = house.pack(name)
        complete = pack.coverage.get("tariff") == "complete"
        assert templates_of(pack) or complete or published(name), name
        if found := published(name):
            assert found.page.startswith("http"), name
