"""A database or disk that does not work: 503 within two seconds, no acknowledged quote is lost, and recovery."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import httpx
import pytest
from postgres import postgres
from server_process import Server, run_server
from test_quotes import SALE
from upload_page import Browser, as_csv

from entrepot.store.failures import failure_reason
from entrepot.store.lock_wait import REQUEST_TIMEOUT
from entrepot.web.tables.spill import Spill
from sandbox_process import until

#: Seconds within which every answer has to come: two, and more where other tests use the processors. Callers that wait
#: for the lock one after the other take half a minute.
SOON = 20.0
#: How often that is tried: where others use the processors one try may be slow; what waits for the lock always is.
TRIES = 5
T = TypeVar("T")
#: More callers than the server has threads.
CALLERS = 40


@contextlib.contextmanager
def hold_lock(server: Server) -> Iterator[None]:
    """Hold the write lock of the database, from this process."""
    with contextlib.closing(sqlite3.connect(server.data / "desk.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def assert_health(server: Server, **parts: str) -> None:
    """Health reports a failure, after CACHE_SECONDS: for so long it uses what it found before."""

    def reported() -> bool:
        answer = server.get("/v1/health")
        return (answer.status_code, {name: answer.json()[name] for name in parts}) == (503, parts)

    until(reported)


def soon(ask: Callable[[], T]) -> T:
    """What `ask` gives, which comes soon: at once, or in a later try."""
    for _ in range(TRIES):
        start = time.monotonic()
        given = ask()
        if time.monotonic() - start < SOON:
            return given
    raise AssertionError(f"never within {SOON} s")


def assert_unavailable(answer: httpx.Response, says: str) -> None:
    """Assert that a response is 503 with a reason."""
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable"), answer.text
    assert says in answer.json()["error"]["message"]
    assert int(answer.headers["retry-after"]) >= 1


def logged_errors(server: Server) -> list[str]:
    return [line for line in server.log().splitlines() if "Traceback" in line or '"fault"' in line]


def logged_reasons(server: Server) -> set[str]:
    """The reasons in the log."""
    lines = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
    return {line["why"] for line in lines if line["says"] == "unavailable"}


@pytest.mark.long
def test_with_a_locked_database_all_waiting_requests_get_503_soon(tmp_path: Path) -> None:
    with run_server(tmp_path / "server") as server:
        head = server.key()
        assert server.post("/v1/quotes", json=SALE, headers=head).status_code == 200
        before = server.quotes()

        def ask(number: int) -> httpx.Response:
            return server.post("/v1/quotes", json=SALE, headers={**head, "Idempotency-Key": f"order {number}"})

        with hold_lock(server), ThreadPoolExecutor(CALLERS) as pool:
            for answer in soon(lambda: list(pool.map(ask, range(CALLERS)))):
                assert_unavailable(answer, "locked")
            health = soon(lambda: server.get("/v1/health"))
            found = health.json()
            assert (health.status_code, found["status"], found["database"], found["disk"]) == (
                503, "error", "locked", "ok",
            )  # fmt: skip
            assert (
                server.post("/v1/quotes?store=false", json=SALE, headers=head).status_code == 200
            )  # it stores nothing
        with ThreadPoolExecutor(CALLERS) as pool:
            assert {answer.status_code for answer in pool.map(ask, range(CALLERS))} == {200}
        assert server.quotes() == before + CALLERS
        time.sleep(1.1)
        assert server.get("/v1/health").json()["status"] == "ok"
        assert logged_reasons(server) == {"database_locked"}
        assert not logged_errors(server)


@pytest.mark.long
def test_a_short_lock_is_waited_for(tmp_path: Path) -> None:
    with run_server(tmp_path / "server") as server, ThreadPoolExecutor(4) as pool:
        head, statuses = server.key(), set[int]()
        for _ in range(20):
            begun = time.monotonic()
            with hold_lock(server):
                asked = [pool.submit(server.post, "/v1/quotes", json=SALE, headers=head) for _ in range(4)]
                time.sleep(0.3)
            held, statuses = time.monotonic() - begun, {each.result().status_code for each in asked}
            if held < 0.75 * REQUEST_TIMEOUT:  # else this process was held up, and the lock was not short
                break
        assert statuses == {200}


@pytest.mark.long
def test_a_page_reports_a_locked_database_in_its_language(tmp_path: Path) -> None:
    with run_server(tmp_path / "server") as server, contextlib.closing(Browser(server)) as page:
        client, token = page.client, page.token()
        form = {"csrfmiddlewaretoken": token, "query": "from=VN&to=CN&what=0901.21&amount=100&currency=CNY"}
        with hold_lock(server):
            answer = soon(lambda: client.post("/vi/quotes/", data=form))
        assert answer.status_code == 503
        assert "Hiện không thể đọc hoặc lưu gì." in answer.text
        assert int(answer.headers["retry-after"]) >= 1
        assert client.post("/vi/quotes/", data=form).status_code == 200
        assert not logged_errors(server)


#: The server in one process, with a connection that fails in the ways that SQLite fails.
WITHIN = """
import json, sys
from django.db import connection
from django.test import Client
from entrepot.store import lock_wait
lock_wait.use_request_timeout()
sale, ask = %r, Client(raise_request_exception=False, HTTP_HOST="localhost")
def post():
    answer = ask.post("/v1/quotes", json.dumps(sale), content_type="application/json")
    return answer.status_code, answer.json().get("error", {}).get("message", "")
told = [post()]
with connection.cursor() as cursor:
    cursor.execute("PRAGMA page_count")
    pages = cursor.fetchone()[0]
    cursor.execute({"full": f"PRAGMA max_page_count={pages}", "read-only": "PRAGMA query_only=1"}[%r])
while len(told) < 500 and told[-1][0] == 200:
    told.append(post())
kept = m.Quote.objects.count()
health = ask.get("/v1/health").json()["database"]
with connection.cursor() as cursor:
    cursor.execute("PRAGMA max_page_count=1000000")
    cursor.execute("PRAGMA query_only=0")
told.append(post())
print(json.dumps([told[-2:], kept == len([1 for status, _ in told[:-1] if status == 200]), health]))
"""


@pytest.mark.long
@pytest.mark.parametrize(
    ("failing", "says", "health"),
    [
        # The row of the health fits where a quote does not.
        pytest.param("full", "The disk of the database is full.", "ok", marks=pytest.mark.long),
        ("read-only", "The database is read-only.", "read_only"),
    ],
)
def test_a_full_or_read_only_database_is_reported_and_recovers(
    tmp_path: Path, failing: str, says: str, health: str
) -> None:
    with run_server(tmp_path / "server") as server:
        pass  # the tables are there
    (refused, after), all_kept, found = json.loads(server.ask(WITHIN % (SALE, failing)))
    assert refused[0] == 503
    assert refused[1].startswith(says)
    assert after[0] == 200
    assert all_kept
    assert found == health


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 40 MB, which only root may make."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or sys.platform != "linux":
        pytest.skip("only root may mount a small disk")
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(folder)], check=False)
    if made.returncode:
        pytest.skip("no disk may be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def fill(folder: Path) -> Path:
    """Fill a disk completely."""
    file = folder / "filler"
    with file.open("wb", buffering=0) as stream:
        for size in (1 << 20, 4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    stream.write(bytes(size))
    return file


@pytest.mark.long
def test_a_full_disk_loses_no_acknowledged_quote_and_the_server_recovers(small_disk: Path) -> None:
    running = run_server(small_disk / "server", TMPDIR=str(small_disk))
    with running as server, contextlib.closing(Browser(server)) as browser:
        head, acknowledged = server.key(), []
        browser.token()
        filler = fill(small_disk)
        answer = server.post("/v1/quotes", json=SALE, headers=head)
        while answer.status_code == 200:  # the journal had room left
            acknowledged.append(answer)
            answer = server.post("/v1/quotes", json=SALE, headers=head)
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "unavailable"
        assert_health(server, disk="full")
        for size in (1, 60_000):  # in memory, and in a file for the time being
            dropped = browser.client.post(
                "/en/batch/",
                data={"csrfmiddlewaretoken": browser.client.cookies["csrftoken"]},
                files={"table": ("t.csv", as_csv() + b"\n" * size * 40)},
            )
            assert (dropped.status_code, "retry-after" in dropped.headers) == (503, True)
        filler.unlink()
        time.sleep(1.1)
        assert server.get("/v1/health").status_code == 200
        assert server.post("/v1/quotes", json=SALE, headers=head).status_code == 200
        for given in acknowledged:
            assert server.get(f"/v1/quotes/{given.json()['id']}", headers=head).content == given.content
        assert not logged_errors(server)


def test_a_response_on_a_full_disk_ends_with_the_reason(small_disk: Path) -> None:
    pieces = 100
    spill = Spill((bytes(1 << 20) for _ in range(pieces)), small_disk, lambda: None)
    until(lambda: spill.failed)  # nothing is taken meanwhile: the disk is full
    taken: list[bytes] = []
    with pytest.raises(OSError, match="No space left") as failed:
        taken.extend(spill)
    assert failure_reason(failed.value) == "disk_full"
    assert 0 < len(b"".join(taken)) < pieces << 20
    spill.thread.join(120)
    assert not spill.files


@pytest.mark.long
def test_a_stopped_database_server_is_reported_and_reconnected(tmp_path: Path) -> None:
    with postgres() as database:
        if database is None:
            pytest.skip("PostgreSQL is not installed: on Debian, apt-get install postgresql")
        with run_server(tmp_path / "server", ENTREPOT_DATABASE=database.url) as server:
            head = server.key()
            given = server.post("/v1/quotes", json=SALE, headers=head)
            assert given.status_code == 200
            database.crash()
            assert_unavailable(soon(lambda: server.post("/v1/quotes", json=SALE, headers=head)), "does not answer")
            assert_health(server, database="unreachable")
            database.start()
            assert server.post("/v1/quotes", json=SALE, headers=head).status_code == 200
            number = given.json()["id"]
            assert server.get(f"/v1/quotes/{number}", headers=head).content == given.content
            assert logged_reasons(server) == {"database_unreachable"}
            assert not logged_errors(server)
