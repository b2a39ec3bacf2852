"""The socket process: tokens, limits, close codes, the end, and that one client does not disturb another."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import httpx
import pytest
from server_process import Server, run_server
from socket_process import Sockets, run_sockets

from free_ports import free_port

pytest.importorskip("websockets", reason="the WebSocket client of the tests is not installed")
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync import client as websocket
from websockets.sync.client import ClientConnection
from websockets.typing import Origin

#: A busy machine may take longer for a connection than the ten seconds that the library waits.
connect = partial(websocket.connect, open_timeout=120, close_timeout=120)


@pytest.fixture(scope="module")
def sockets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sockets]:
    with run_sockets(tmp_path_factory.mktemp("sockets")) as running:
        yield running


@contextmanager
def joined(sockets: Sockets, token: str, room: str, **visitor: object) -> Iterator[ClientConnection]:
    """A connection in a room."""
    sockets.grant(token, **visitor)
    with connect(f"{sockets.url}/sockets/echo") as client:
        client.send(json.dumps({"token": token, "room": room}))
        assert json.loads(client.recv(60))["type"] == "joined"
        assert str(client.recv(60)).startswith("here: ")
        yield client


def closing(client: ClientConnection) -> int:
    """The close code, after what was sent before."""
    with pytest.raises(ConnectionClosed) as closed:
        read_to_the_end(client)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.reason
    return closed.value.rcvd.code


def read_to_the_end(client: ClientConnection) -> None:
    while True:
        client.recv(60)


def test_what_one_sends_the_others_of_the_room_get(sockets: Sockets) -> None:
    with joined(sockets, "a1", "a") as first, joined(sockets, "a2", "a") as second, joined(sockets, "a3", "z") as other:
        first.send("chào")
        first.send(b"\x00\x01")
        assert (second.recv(60), second.recv(60)) == ("chào", b"\x00\x01")
        second.close()
        assert first.recv(60) == "left: 1005"
        with pytest.raises(TimeoutError):
            other.recv(0.1)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ('{"token": "unknown"}', 4401),
        ('{"token": "b1", "audience": "x"}', 4400),
        ("hello", 4400),
        (b"\x00", 4400),
        ('{"token": "' + "x" * 10_000 + '"}', 1009),
    ],
)
def test_the_first_message_must_be_a_valid_token(sockets: Sockets, sent: str | bytes, code: int) -> None:
    with connect(f"{sockets.url}/sockets/echo") as client:
        client.send(sent)
        assert closing(client) == code


def test_a_token_is_used_once_and_for_its_audience(sockets: Sockets) -> None:
    with joined(sockets, "c1", "c"), connect(f"{sockets.url}/sockets/echo") as again:
        again.send('{"token": "c1", "room": "c"}')
        assert closing(again) == 4401
    sockets.grant("c2", audience="visit")
    with connect(f"{sockets.url}/sockets/echo") as other:
        other.send('{"token": "c2"}')
        assert closing(other) == 4401


def test_a_page_of_another_site_and_an_unknown_room_type_are_refused(sockets: Sockets) -> None:
    for address, origin in (
        ("/sockets/echo", "http://other.example"),
        ("/sockets/nothing", "http://127.0.0.1:1"),
        ("/", None),
    ):
        with pytest.raises(InvalidStatus) as refused:
            connect(sockets.url + address, origin=Origin(origin) if origin else None, legacy=True)
        assert refused.value.response.status_code == 403
    with connect(f"{sockets.url}/sockets/echo", origin=Origin("http://localhost:8000")):
        pass
    assert httpx.get(f"http://127.0.0.1:{sockets.port}/sockets/echo", timeout=60).status_code == 404


def test_a_room_has_its_places(sockets: Sockets) -> None:
    with joined(sockets, "d1", "d"), joined(sockets, "d2", "d"), joined(sockets, "d3", "d") as third:
        sockets.grant("d4")
        with connect(f"{sockets.url}/sockets/echo") as fourth:
            fourth.send('{"token": "d4", "room": "d"}')
            assert closing(fourth) == 4409
        third.close()
        with joined(sockets, "d5", "d"):
            pass


def test_a_flood_a_large_message_and_a_failing_room_end_only_their_connection(sockets: Sockets) -> None:
    with joined(sockets, "e0", "e") as other:
        with joined(sockets, "e1", "e") as flood:
            with suppress(ConnectionClosed):
                for number in range(10_000):
                    flood.send(str(number))
            assert closing(flood) == 4429
        with joined(sockets, "e2", "e") as large:
            large.send(b"x" * 100_001)
            assert closing(large) == 1009
        with joined(sockets, "e3", "e") as failing:
            failing.send("crash")
            assert closing(failing) == 1011
        with joined(sockets, "e4", "e") as many:
            with suppress(ConnectionClosed):  # more bytes than may be sent in a second, however slowly they are sent
                for _ in range(1_000):
                    many.send(b"x" * 99_000)
            assert closing(many) == 4429
        with joined(sockets, "e5", "e") as well:
            well.send("still here")
            while (message := other.recv(60)) != "still here":
                assert message
    assert "RuntimeError: crash" in sockets.log_file.read_text()


def test_a_client_that_does_not_read_is_closed_and_does_not_hold_up_the_others(sockets: Sockets) -> None:
    sockets.grant("f1")
    with joined(sockets, "f2", "f") as other, connect(f"{sockets.url}/sockets/echo", max_queue=1) as slow:
        slow.send('{"token": "f1", "room": "f"}')
        slow.send("flood")
        assert other.recv(60) == "flood"
        assert other.recv(60) == "left: 4413"


def test_a_revoked_grant_and_one_that_ends_close_the_connection(sockets: Sockets) -> None:
    with joined(sockets, "g1", "g") as revoked, joined(sockets, "g2", "g") as stays:
        sockets.revoke("g1")
        assert closing(revoked) == 4410
        assert stays.recv(60) == "left: 4410"
    # On a busy machine a grant may have ended before its holder has joined: then one that lasts longer is tried.
    for seconds in (1, 5, 25):
        with suppress(ConnectionClosed), joined(sockets, f"g{seconds}", "g", until=time.time() + seconds) as ends:
            assert closing(ends) == 4410
            break
    else:
        raise AssertionError("nobody has joined")


def test_logs_have_no_addresses_tokens_and_rooms(sockets: Sockets) -> None:
    with joined(sockets, "h-secret-token", "h-room-name"):
        pass
    until = time.monotonic() + 60
    while (log := sockets.log_file.read_text()).count('"says":"connection closed"') < 2 and time.monotonic() < until:
        time.sleep(0.05)
    last = json.loads([line for line in log.splitlines() if "connection closed" in line][-1])
    assert {"room", "connection", "code", "seconds", "messages"} <= set(last)
    for secret in ("h-secret-token", "h-room-name", "127.0.0.1", "gr_", "dl_1"):
        assert secret not in log


def test_a_process_that_ends_says_so_to_its_clients(tmp_path: Path) -> None:
    with run_sockets(tmp_path) as own, joined(own, "i1", "i") as client, connect(f"{own.url}/sockets/echo") as new:
        own.process.send_signal(signal.SIGTERM)
        assert (closing(client), closing(new)) == (1012, 1012)
        own.process.wait(60)
        assert own.process.returncode == 0, own.log_file.read_text()


@pytest.mark.long
def test_the_server_starts_the_process_beside_itself_and_again_when_it_is_killed(tmp_path: Path) -> None:
    port = free_port()
    with run_server(tmp_path, ENTREPOT_SOCKETS=f":{port}") as server:
        first = socket_process_of(server, port)
        with pytest.raises(InvalidStatus):
            connect(f"ws://127.0.0.1:{port}/sockets/none", legacy=True)
        os.kill(first, signal.SIGKILL)
        assert socket_process_of(server, port, other_than=first)
        key = server.key("metrics")
        assert 'entrepot_sockets_total{code="4404",room="none"} 1.0' in server.get("/v1/metrics", headers=key).text


def socket_process_of(server: Server, port: int, other_than: int = 0) -> int:
    """The id of the socket process of a server, once it answers."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with suppress(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/health", timeout=5)
            listed = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
            rows = [line.split(maxsplit=2) for line in listed.splitlines()[1:]]
            own = [row for row in rows if row[1] == str(server.process.pid) and "entrepot.web.site.sockets" in row[2]]
            if own and int(own[0][0]) != other_than:
                return int(own[0][0])
        time.sleep(0.05)
    raise AssertionError("The process does not answer.")
