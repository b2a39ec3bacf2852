"""A data folder and a cache that an earlier release wrote still open, and everything in them still works."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import msgspec
import pytest
from server_process import Server, run_server
from upload_page import Browsers

from entrepot import stored_quotes
from entrepot.law import cache as keep
from entrepot.law.cache import cache_folder

EARLIER = Path(__file__).parent / "kept"
FIELDS = ["", "hs_code", "amount", "currency", "ship_from_country", "ship_to_country", "date", ""]


class Earlier(NamedTuple):
    """A server of this release over the data of an earlier one, and what the data folder holds."""

    server: Server
    holds: dict[str, Any]

    @property
    def key(self) -> dict[str, str]:
        """The header with the API key that the data folder holds."""
        return {"Authorization": f"Bearer {self.holds['key']}"}


@pytest.fixture(scope="module", params=sorted(path.name for path in EARLIER.glob("*.tar.xz")))
def earlier(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Earlier]:
    folder = tmp_path_factory.mktemp("earlier")
    with tarfile.open(EARLIER / request.param) as file:
        file.extractall(folder, filter="data")
    _as_if_written_today(folder / "data" / "desk.sqlite3")
    holds = json.loads((folder / "contents.json").read_text())
    # The machine code of this release, which does not depend on the earlier one: to compile it takes half a minute.
    for compiled in cache_folder().glob("machine-*"):
        shutil.copytree(compiled, folder / "cache" / compiled.name)
    with run_server(folder / "data", ENTREPOT_CACHE=str(folder / "cache")) as server:
        yield Earlier(server, holds)


def _as_if_written_today(file: Path) -> None:
    """Sets the dates after which sessions, tables and idempotency keys expire; those of quotes are in their hash."""
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    rows = sqlite3.connect(file)
    with rows:
        rows.execute("UPDATE store_job SET created = ?", (str(now),))
        rows.execute("UPDATE store_once SET created = ?", (str(now),))
        rows.execute("UPDATE django_session SET expire_date = ?", (str(now + dt.timedelta(days=1)),))
    rows.close()


@pytest.mark.parametrize("name", ["zz", "kh", "service"])
def test_a_stored_quote_is_the_same_byte_for_byte_and_can_be_checked(earlier: Earlier, name: str) -> None:
    kept = earlier.holds["quotes"][name]
    answer = earlier.server.get(f"/v1/quotes/{kept['id']}", headers=earlier.key)
    assert answer.status_code == 200, answer.text
    assert hashlib.sha256(answer.content).hexdigest() == kept["sha256"]
    check = earlier.server.get(f"/v1/quotes/{kept['id']}/check", headers=earlier.key).json()
    # The same figures, codes and rows of law; the sentences are those of this release.
    assert (check["same"], check["hash"]) == (True, kept["hash"])
    page = earlier.server.get(f"/en/quotes/{kept['id']}")
    assert page.status_code == 200


def test_an_earlier_idempotency_key_still_replays(earlier: Earlier) -> None:
    kept = earlier.holds["quotes"]["zz"]
    again = earlier.server.post(
        "/v1/quotes", json=kept["sale"], headers=earlier.key | {"Idempotency-Key": "fixture-zz"}
    )
    assert again.status_code == 200, again.text
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json()["id"] == kept["id"]


def test_new_quotes_use_the_schedule_that_was_added_earlier(earlier: Earlier) -> None:
    quote = earlier.server.post("/v1/quotes", json=earlier.holds["quotes"]["zz"]["sale"], headers=earlier.key).json()
    assert [layer["id"] for layer in quote["law"]["layers"]] == ["may"]
    packs = earlier.server.get("/v1/economies", headers=earlier.key).json()
    assert "may" in json.dumps(packs)


def test_a_finished_table_can_be_downloaded_and_an_unmapped_one_calculated(
    earlier: Earlier, browsers: Browsers
) -> None:
    browser = browsers(earlier.server)
    browser.client.cookies.set("sessionid", earlier.holds["session"])
    done, mapping = (f"/en/batch/{earlier.holds['tables'][state]}/" for state in ("done", "mapping"))
    answered = browser.client.get(f"{done}answer.csv")
    assert answered.status_code == 200, answered.text
    lines = answered.text.splitlines()
    assert len(lines) == 4  # the head, two answered rows, one with a fault
    browser.start(mapping, FIELDS)
    assert browser.wait(mapping, "done", "failed")["state"] == "done"
    # The same three sales under the same law: the same answers, beside the columns that are new since.
    before, now = (
        list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
        for text in (answered.text, browser.client.get(f"{mapping}answer.csv").text)
    )
    assert [{name: row[name] for name in was} for row, was in zip(now, before, strict=True)] == before
    assert set(now[0]) - set(before[0]) == {
        *("charges_low", "charges_high", "landed_low", "landed_high"),
        *("fault_field", "fault_message"),
    }


@pytest.mark.long
def test_a_truncated_cache_of_an_earlier_release_is_replaced(earlier: Earlier, tmp_path: Path) -> None:
    cache = shutil.copytree(earlier.server.data.parent / "cache", tmp_path / "cache")
    for file in cache.rglob("*.law"):
        file.write_bytes(file.read_bytes()[:1000])
    sale = earlier.holds["quotes"]["kh"]["sale"]
    with run_server(tmp_path / "data", ENTREPOT_CACHE=str(cache)) as server:
        answer = httpx.post(f"{server.url}/v1/quotes", json=sale, timeout=60)
    assert answer.status_code == 200, answer.text


def test_the_format_of_stored_law_is_raised_when_its_types_change() -> None:
    from entrepot.law.compiled import Law, World

    def shape(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: shape(each) for name, each in value.items() if name not in ("description", "title")}
        return [shape(each) for each in value] if isinstance(value, list) else value

    _, types = msgspec.json.schema_components([Law, World])
    fingerprint = hashlib.blake2b(json.dumps(shape(types), sort_keys=True).encode(), digest_size=6).hexdigest()
    assert (keep.FORMAT, fingerprint) == ("1", "007a57635820"), (
        "raise FORMAT where law that is stored can no longer be read"
    )


@pytest.mark.parametrize(
    ("column", "old", "new"),
    [
        ("request", b'"1000.00"', b'"1000.0"'),  # the same number: the figures stay, the request does not
        pytest.param("response", b"assumed", b"ASSUMED", marks=pytest.mark.long),
        ("response", b'"amount_landed":"', b'"amount_landed":"1'),
    ],
)
def test_a_stored_quote_that_was_changed_is_not_the_same(server: Server, column: str, old: bytes, new: bytes) -> None:
    sale = {
        "ship_from": {"country": "VN"},
        "ship_to": {"country": "CN"},
        "date": "2026-03-01",
        "currency": "CNY",
        "buyer": {"kind": "business"},
        "lines": [{"hs_code": "0901.21", "country_of_origin": "VN", "amount": "1000.00"}],
    }
    number = server.post("/v1/quotes", json=sale).json()["id"]
    assert server.get(f"/v1/quotes/{number}/check").json()["same"] is True
    found = server.ask(
        "from entrepot.store import quotes\n"
        f"row = m.Quote.objects.get(id={number!r})\n"
        f"body = bytes(row.request) if {column!r} == 'request' else quotes.response_of(row)\n"
        f"assert {old!r} in body, body\n"
        f"body = body.replace({old!r}, {new!r})\n"
        f"if {column!r} == 'request': row.request = body\n"
        "else: row.packed = len(body).to_bytes(4, 'big') + quotes._ZSTD.compress(body, asbytes=True)\n"
        "row.save()\nprint('changed')"
    )
    assert found == "changed"
    assert server.get(f"/v1/quotes/{number}/check").json()["same"] is False


def test_a_changed_figure_or_code_is_not_the_same_and_a_changed_sentence_is() -> None:
    quote = {"options": [{"amount_landed": "10.00", "warnings": [{"code": "x", "message": "old", "values": {}}]}]}
    reworded = json.loads(json.dumps(quote).replace('"old"', '"new"'))
    assert stored_quotes._without(quote, stored_quotes.SENTENCES) == stored_quotes._without(
        reworded, stored_quotes.SENTENCES
    )
    for old, new in (('"10.00"', '"10.01"'), ('"x"', '"y"')):
        changed = json.loads(json.dumps(quote).replace(old, new))
        assert stored_quotes._without(quote, stored_quotes.SENTENCES) != stored_quotes._without(
            changed, stored_quotes.SENTENCES
        )
