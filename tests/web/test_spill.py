"""What a client does not read in time waits on the disk, within limits, and does not block other clients."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from server_process import Server

from entrepot import TableError
from entrepot.web.tables import spill as spill_module
from entrepot.web.tables.slots import PIECE
from entrepot.web.tables.spill import MAX_MEMORY, Spill

LINES = "application/jsonl"
ROW = {
    "ship_from_country": "VN",
    "ship_to_country": "CN",
    "currency": "CNY",
    "hs_code": "0901.21",
    "amount": "100.00",
    "date": "2026-03-01",
}


def test_unread_pieces_wait_on_the_disk_in_order(tmp_path: Path) -> None:
    pieces = [bytes([number]) * (1 << 20) for number in range(40)]
    made = threading.Event()
    spill = Spill(iter(pieces), tmp_path, lambda: None, made.set)
    assert made.wait(120)  # nobody has taken anything, and it is done all the same
    assert sum(map(len, spill.pieces)) <= MAX_MEMORY
    assert b"".join(spill) == b"".join(pieces)


def test_the_producer_stops_when_the_reader_closes(tmp_path: Path) -> None:
    closed = []

    def endless() -> Iterator[bytes]:
        try:
            while True:
                time.sleep(0.001)
                yield b"x"
        finally:
            closed.append(True)

    spill = Spill(endless(), tmp_path, lambda: None)
    assert next(spill) == b"x"
    spill.close()
    spill.thread.join(120)
    assert closed == [True]


def test_an_error_is_raised_after_the_pieces_before_it(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"one"
        raise ValueError("two")

    spill = Spill(broken(), tmp_path, lambda: None)
    assert next(spill) == b"one"
    with pytest.raises(ValueError, match="two"):
        next(spill)


def test_an_unread_response_is_dropped_with_an_error_after_the_timeout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    spill = Spill((b"x" * (1 << 20) for _ in range(40)), tmp_path, lambda: None, lambda: made.append(True))
    before = spill_module._disk_bytes
    assert next(spill) == b"x" * PIECE
    monkeypatch.setattr(spill_module, "TIMEOUT", 0.5)
    with spill.changed:
        spill.changed.notify_all()  # it may wait already, as long as the limit was before
    spill.thread.join(60)
    assert made == [True]
    assert not spill.pieces
    assert not spill.files
    assert spill_module._disk_bytes <= before
    with pytest.raises(TableError, match="The client read nothing of the response"):
        next(spill)


def test_disk_space_is_limited_over_all_responses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spill_module, "FILE_SIZE", 4 << 20)
    most = spill_module._disk_bytes + (10 << 20)
    pieces = [bytes([number]) * (1 << 20) for number in range(60)]
    one, other = (Spill(iter(pieces), tmp_path, lambda: None, max_disk=most) for _ in range(2))
    until = time.monotonic() + 60
    while spill_module._disk_bytes < most and time.monotonic() < until:  # until both have filled what they may
        time.sleep(0.01)
    assert spill_module._disk_bytes <= most + (2 << 20)
    assert b"".join(one) == b"".join(pieces)  # whoever takes what is his gets it, whole
    monkeypatch.setattr(spill_module, "TIMEOUT", 0.5)  # whoever takes nothing for longer gets no more
    with other.changed:
        other.changed.notify_all()
    other.thread.join(60)
    with pytest.raises(TableError, match=r"no space for results|client read nothing"):
        b"".join(other)
    assert spill_module._disk_bytes <= most


@pytest.mark.long
def test_clients_that_do_not_read_do_not_block_others(server: Server) -> None:
    key, many = server.key("batch"), "\n".join(map(json.dumps, [ROW] * 75_000)).encode()
    address = httpx.URL(server.url)
    head = f"POST /v1/quotes/batch HTTP/1.1\r\nHost: {address.netloc.decode()}\r\nContent-Type: {LINES}\r\n"
    silent = [socket.create_connection((address.host, address.port or 80)) for _ in range(3)]
    try:
        for each in silent:
            each.sendall(f"{head}Content-Length: {len(many)}\r\n\r\n".encode())
        threads = [threading.Thread(target=_sent, args=(each, many), daemon=True) for each in silent]
        for thread in threads:
            thread.start()
        threads[0].join(60)
        threads[1].join(60)
        # Others are answered once the work is done; whoever has taken nothing of two answers takes those first.
        until, status = time.monotonic() + 60, 0
        while time.monotonic() < until and status != 200:
            status = send_with(server, key).status_code
        assert status == 200
        refused = send_with(server, {})
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "busy")
    finally:
        for each in silent:
            each.close()
    until, status = time.monotonic() + 120, 0
    while time.monotonic() < until and status != 200:
        status = send_with(server, {}).status_code
    assert status == 200


def _sent(connection: socket.socket, body: bytes) -> None:
    with contextlib.suppress(OSError):  # one that is refused is closed
        connection.sendall(body)


def send_with(server: Server, key: dict[str, str]) -> httpx.Response:
    body = json.dumps(ROW)
    return server.post("/v1/quotes/batch", content=body, headers={**key, "Content-Type": LINES})
