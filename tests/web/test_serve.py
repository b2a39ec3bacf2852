"""`entrepot serve`, `keys` and the rate limit: addresses, errors, processes, signals, metrics."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from server_process import Server, counted, environment, run_server
from test_quotes import SALE

from free_ports import free_port
from sizes import size


@pytest.mark.long
def test_the_rate_limit_is_counted_over_all_processes(tmp_path: Path) -> None:
    with run_server(tmp_path / "server", workers=2) as server:

        def asked() -> tuple[dict[str, str], list[httpx.Response]]:
            key = server.key(per_minute=20)
            return key, [server.post("/v1/quotes?store=false", json=SALE, headers=key) for _ in range(25)]

        key, given = counted(server, asked)
        assert [answer.status_code for answer in given] == [200] * 20 + [429] * 5
        assert [answer.headers["ratelimit-remaining"] for answer in given[:3]] == ["19", "18", "17"]
        last = given[-1]
        assert last.json()["error"]["type"] == "rate_limit_error"
        assert 1 <= int(last.headers["retry-after"]) <= 60
        # Damage the file of counts, as a power cut may: the server still responds.
        for file in server.data.glob("calls.sqlite3*"):
            file.write_bytes(b"broken" * 1000)
    with run_server(tmp_path / "server", workers=1) as server:
        assert server.post("/v1/quotes?store=false", json=SALE, headers=key).status_code == 200
        assert server.post("/v1/quotes?store=false", json=SALE, headers=key).headers["ratelimit-remaining"] in (
            "18",
            "19",
        )


def test_every_response_to_a_counted_request_has_the_rate_limit_headers(server: Server) -> None:
    given = counted(server, lambda: counted_requests(server, server.key(per_minute=50)))
    assert [answer.status_code for answer in given] == [200, 422, 400, 415, 413, 404, 404, 422, 422, 422, 200]
    assert [answer.headers.get("ratelimit-remaining") for answer in given] == [str(left) for left in range(49, 38, -1)]
    assert {answer.headers["ratelimit-limit"] for answer in given} == {"50"}
    assert all(1 <= int(answer.headers["ratelimit-reset"]) <= 60 for answer in given)
    assert "ratelimit-limit" not in server.get("/v1/health").headers  # it is not counted
    assert "ratelimit-limit" not in server.get("/v1/health?x=1").headers
    assert "ratelimit-limit" not in server.get("/v1/nothing").headers


def counted_requests(server: Server, head: dict[str, str]) -> list[httpx.Response]:
    """The answers to requests that are counted, whatever comes of them."""
    return [
        server.post("/v1/quotes?store=false", json=SALE, headers=head),
        server.post("/v1/quotes", json={**SALE, "amuont": 1}, headers=head),  # 422
        server.post("/v1/quotes", content=b"{", headers={**head, "Content-Type": "application/json"}),  # 400
        server.post("/v1/quotes", content=b"{}", headers={**head, "Content-Type": "text/plain"}),  # 415
        server.post(
            "/v1/quotes", content=b" " * 1_100_000, headers={**head, "Content-Type": "application/json"}
        ),  # 413
        server.get("/v1/quotes/qt_none", headers=head),  # 404
        server.get("/v1/law/XX/0901", headers=head),  # 404
        server.post(
            "/v1/quotes/batch?on=never", content=b"{}\n", headers={**head, "Content-Type": "application/jsonl"}
        ),  # 422
        server.get("/v1/economies?day=2026-03-01", headers=head),  # 422: no such parameter
        server.get("/v1/goods?q=tea&limit=many", headers=head),  # 422: not a number
        server.get("/v1/economies", headers=head),
    ]


def test_a_port_in_use_is_reported_in_one_sentence(server: Server, tmp_path: Path) -> None:
    port = server.url.rpartition(":")[2]
    command = [sys.executable, "-m", "entrepot", "serve", "--port", port]
    done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: The server cannot listen on 127.0.0.1:{port}:")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("serve", "--port", "0"), '--port must be a whole number from 1 to 65535, not "0".'),
        pytest.param(("serve", "--port", "http"), "--port must be a whole number", marks=pytest.mark.long),
        (("serve", "--workers", "1000"), "--workers must be a whole number from 1 to 64"),
        pytest.param(("serve", "--host", "no such host"), "is not an address of this machine", marks=pytest.mark.long),
        pytest.param(
            ("keys", "create", "x"), "A key allows at least one of: quotes, batch, law, trade.", marks=pytest.mark.long
        ),
        (("keys", "create", "x", "--scope", "everything"), '"everything" is not a scope'),
        pytest.param(
            ("keys", "create", "", "--scope", "law"),
            "The name of a key has 1 to 100 printable characters.",
            marks=pytest.mark.long,
        ),
        pytest.param(
            ("keys", "create", "x", "--scope", "law", "--per-minute", "0"),
            "--per-minute must be a whole number",
            marks=pytest.mark.long,
        ),
        (("keys", "revoke", "ek_0"), "No active key ek_0"),
    ],
)
def test_invalid_arguments_are_reported_in_one_sentence(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    command = [sys.executable, "-m", "entrepot", *words]
    done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True, check=False)
    assert done.returncode in (2, 5)
    assert done.stderr.startswith("error: ")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_unreachable_database_is_reported_in_one_sentence(tmp_path: Path) -> None:
    for url, said, code in (
        (f"postgresql://entrepot:HUSH@127.0.0.1:{free_port()}/entrepot", "cannot be reached", 74),
        ("mysql://entrepot:HUSH@localhost/entrepot", 'ENTREPOT_DATABASE is "mysql://…". Allowed: postgresql://…', 2),
    ):
        command = [sys.executable, "-m", "entrepot", "keys", "list"]
        env = environment(tmp_path, ENTREPOT_DATABASE=url)
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == code
        assert said in done.stderr
        assert "HUSH" not in done.stderr
        assert done.stderr.count("\n") == 1


def test_it_listens_on_this_machine_only_and_ends_cleanly(tmp_path: Path) -> None:
    port = free_port()
    env = environment(tmp_path) | {"ENTREPOT_LANG": "en"}
    command = [sys.executable, "-m", "entrepot", "serve", "--port", str(port), "--workers", "1"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        said = [process.stderr.readline() for _ in range(5)]
        answers = []
        with suppress(httpx.TransportError):  # checked below: the server ends first
            answers.append(httpx.get(f"http://127.0.0.1:{port}/v1/health", timeout=120).status_code)
        elsewhere = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {
            "127.0.0.1",
            "127.0.1.1",
        }
        for address in elsewhere:
            with pytest.raises((ConnectionRefusedError, TimeoutError)):
                socket.create_connection((str(address), port), timeout=2)
        os.kill(process.pid, 2)  # Ctrl-C
        _, rest = process.communicate(timeout=120)
        assert answers == [200], "it answers as soon as it says where"
        assert f"http://127.0.0.1:{port}" in said[0]
        assert "/admin/" in said[2]
        assert "entrepot keys create" in said[3]
        assert process.returncode == 0
        assert "Traceback" not in rest, rest


@pytest.mark.long
def test_it_ends_cleanly_after_many_signals_and_completes_running_requests(tmp_path: Path) -> None:
    sale = {**SALE, "lines": SALE["lines"] * 400}
    for turn in range(size(1, 3)):
        with run_server(tmp_path / "server", workers=2) as server, ThreadPoolExecutor(6) as pool:
            head, workers = server.key(), workers_of(server)
            sent: list[str] = []
            asked = [pool.submit(quote_told, server, sale, head, sent) for _ in range(6)]
            wait_for_requests(server, workers, asked, sent)
            for number in range(300):  # while others are handled; signals that arrive at the same moment count as one
                os.kill(server.process.pid, signal.SIGTERM if turn else signal.SIGINT)
                time.sleep(number * 1e-7)
            os.killpg(server.process.pid, signal.SIGTERM)
            answers = [each.result() for each in asked]
            assert server.process.wait(120) == 0
            assert [answer.status_code for answer in answers] == [200] * 6
            assert "Traceback" not in server.log(), server.log()[-3500:]


@pytest.mark.long
def test_each_request_has_a_log_line_after_the_server_ended(tmp_path: Path) -> None:
    with run_server(tmp_path / "server", workers=2) as server:
        ids = [f"of-a-test-{number}" for number in range(120)]
        for number in ids:
            server.get("/v1/health", headers={"X-Request-Id": number})
        os.kill(server.process.pid, signal.SIGTERM)
        assert server.process.wait(120) == 0
        logged = [json.loads(line).get("request") for line in server.log().splitlines() if line.startswith("{")]
    assert [number for number in ids if logged.count(number) != 1] == []


# 26 hours apart: two days at any time.
@pytest.mark.long
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", pytest.param("Etc/GMT+12", marks=pytest.mark.long)])
def test_today_is_the_date_in_the_time_zone_of_the_server(tmp_path: Path, zone: str) -> None:
    undated = {name: value for name, value in SALE.items() if name != "date"}
    with run_server(tmp_path / "server", TZ=zone) as server:
        before = dt.datetime.now(ZoneInfo(zone)).date()
        said = server.post("/v1/quotes?store=false", json=undated).json()["law"]["date"]
        after = dt.datetime.now(ZoneInfo(zone)).date()
    assert said in {before.isoformat(), after.isoformat()}


@pytest.mark.long
def test_a_killed_worker_is_replaced(tmp_path: Path) -> None:
    with run_server(tmp_path / "server", workers=2) as server:
        killed = workers_of(server)[0]
        os.kill(killed, signal.SIGKILL)
        workers_of(server, other_than=killed)  # the other one, and a new one in its place
        for _ in range(10):
            assert server.get("/v1/health").status_code == 200


@pytest.mark.long
def test_workers_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    sale = {**SALE, "lines": SALE["lines"] * 400}
    with run_server(tmp_path / "server", workers=2) as server, ThreadPoolExecutor(2) as pool:
        head, workers = server.key(), workers_of(server)
        port = int(server.url.rpartition(":")[2])
        sent: list[str] = []
        asked = [pool.submit(quote_told, server, sale, head, sent) for _ in range(2)]
        wait_for_requests(server, workers, asked, sent)
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        begun = time.monotonic()
        while any(Path(f"/proc/{each}").exists() for each in workers) and time.monotonic() - begun < 120:
            time.sleep(0.1)
        assert not [each for each in workers if Path(f"/proc/{each}").exists()]
        assert [each.result().status_code for each in asked] == [200, 200]  # running requests are completed
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        assert server.log().count("the parent process is gone") == 2
        assert "Traceback" not in server.log(), server.log()[-3500:]


@pytest.mark.long
def test_metrics_are_totals_over_all_processes_including_ended_ones(tmp_path: Path) -> None:
    with run_server(tmp_path / "server", workers=2) as server:
        killed = workers_of(server)[0]
        # Each request on a connection of its own: the two share them.
        for _ in range(40):
            assert server.post("/v1/quotes?store=false", json=SALE).status_code == 200
        os.kill(killed, signal.SIGKILL)
        workers_of(server, other_than=killed)
        for _ in range(10):
            assert server.post("/v1/quotes?store=false", json=SALE).status_code == 200
        for _ in range(4):
            told = server.get("/v1/metrics").text
            samples = dict(line.rsplit(" ", 1) for line in told.splitlines() if not line.startswith("#"))
            route = 'route="v1/quotes"'
            assert float(samples[f'entrepot_requests_total{{method="POST",{route},status="200"}}']) == 50
            assert float(samples[f"entrepot_request_seconds_count{{{route}}}"]) == 50
            assert float(samples[f'entrepot_request_seconds_bucket{{le="+Inf",{route}}}']) == 50
            assert sum(float(many) for name, many in samples.items() if name.startswith("entrepot_quotes_total")) == 50
            assert "pid=" not in told
            assert "# TYPE entrepot_requests_total counter" in told
            assert "# TYPE entrepot_request_seconds histogram" in told
        server.kill()
        (folder,) = (server.data / "metrics").iterdir()
    with run_server(tmp_path / "server") as server:
        (now,) = (server.data / "metrics").iterdir()
        assert now != folder, "the counts of an earlier start are gone"
        assert "entrepot_quotes_total" not in server.get("/v1/metrics").text
        os.kill(server.process.pid, signal.SIGTERM)
        assert server.process.wait(120) == 0
        assert not list((server.data / "metrics").iterdir())


def workers_of(server: Server, many: int = 2, other_than: int = 0) -> list[int]:
    """The worker processes of a server, once so many listen at its port. The server also starts other processes."""
    if not Path("/proc/self/net/tcp").exists():
        pytest.skip("this system does not say which process listens at a port")
    until = time.monotonic() + 120
    while True:
        listening = sockets_of(server, "0A")
        found = [each for each in children(server.process.pid) if each != other_than and listening & files_of(each)]
        if len(found) == many:
            return found
        assert time.monotonic() < until, f"{len(found)} of {many} workers listen"
        time.sleep(0.1)


def quote_told(server: Server, sale: dict[str, Any], head: dict[str, str], sent: list[str]) -> httpx.Response:
    """The answer to a request for a quote. What was sent is told before it is answered."""

    def told(event: str, _about: object) -> None:
        if event == "http11.send_request_body.complete":
            sent.append(event)

    with httpx.Client(base_url=server.url, timeout=120) as client:
        return client.post("/v1/quotes?store=false", json=sale, headers=head, extensions={"trace": told})


def wait_for_requests(server: Server, workers: list[int], asked: list[Future[httpx.Response]], sent: list[str]) -> None:
    """Wait until all requests were sent, and workers have read those that have no answer yet."""
    until = time.monotonic() + 120
    while True:
        connected = sockets_of(server, "01")
        under_way = sum(len(connected & files_of(each)) for each in workers)
        have_all = under_way + sum(each.done() for each in asked) >= len(asked) == len(sent)
        if have_all and not sockets_of(server, "01", unread=True):
            time.sleep(0.1)  # what was read is handed on meanwhile
            return
        assert time.monotonic() < until, f"{under_way} connections"
        time.sleep(0.005)


def sockets_of(server: Server, state: str, *, unread: bool = False) -> set[str]:
    """The sockets at the port of a server that are in a state: 0A is LISTEN, 01 ESTABLISHED.

    `unread`: only those at which something came that nobody has read yet.
    """
    port = f":{int(server.url.rpartition(':')[2]):04X}"
    rows = [row.split() for row in Path("/proc/self/net/tcp").read_text().splitlines()[1:]]
    rows = [row for row in rows if row[3] == state and row[1].endswith(port)]
    # The fifth field has the bytes that wait, to be sent and to be read; the last one read here is the inode.
    return {f"socket:[{row[9]}]" for row in rows if not unread or int(row[4].partition(":")[2], 16)}


def children(process: int) -> list[int]:
    """The processes that a process started and that run."""
    return [int(number) for number in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def files_of(process: int) -> set[str]:
    """What a process has open: names of files, and of sockets by their inodes."""
    found = set()
    for each in Path(f"/proc/{process}/fd").glob("*"):
        with suppress(OSError):  # closed since
            found.add(str(each.readlink()))
    return found


@pytest.mark.long
def test_it_warns_if_other_machines_can_reach_it(tmp_path: Path) -> None:
    code = "from entrepot.web import __main__ as m; m.prepare(); print(*m.exposure_warnings('0.0.0.0'), sep='\\n')"
    run = [sys.executable, "-c", code]
    open_ = subprocess.run(run, env=environment(tmp_path), capture_output=True, text=True, check=True).stdout
    assert all(
        name in open_ for name in ("ENTREPOT_HOSTS", "ENTREPOT_KEYS=required", "ENTREPOT_HTTPS=1", "ENTREPOT_SMTP")
    )
    env = environment(tmp_path, ENTREPOT_HOSTS="server.example", ENTREPOT_KEYS="required", ENTREPOT_HTTPS="1")
    env |= {
        "ENTREPOT_PROXIES": "127.0.0.1",
        "ENTREPOT_SMTP": "smtp://mail.example",
        "ENTREPOT_MAIL_FROM": "a@b.example",
    }
    env["ENTREPOT_URL"] = "https://server.example"
    assert subprocess.run(run, env=env, capture_output=True, text=True, check=True).stdout.strip() == ""
