"""Whoever takes nothing of what is sent to him is let go, so that no thread waits for him for ever."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from serving import environment, free_port
from test_spill import LINES, ROW

#: A desk that is less patient than others.
SERVES = """
from entrepot.desk import __main__, impatience
impatience.PATIENCE = 2
__main__.main(["--port", "{port}", "--workers", "1"])
"""


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="only Linux ends such a connection by itself")
def test_a_connection_of_which_nothing_is_taken_is_ended_and_holds_no_place(tmp_path: Path) -> None:
    port = free_port()
    with (tmp_path / "log").open("wb") as log:
        desk = subprocess.Popen(
            [sys.executable, "-c", SERVES.format(port=port)],
            env=environment(tmp_path / "data"),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        answered(port)
        body = (json.dumps(ROW) + "\n").encode() * 60_000
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(2)]
        for each in silent:
            head = f"POST /v1/quotes/batch HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {LINES}\r\n"
            each.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        # One caller has two answers at most: that another one is answered shows that those two are over.
        until, status = time.monotonic() + 60, 0
        while time.monotonic() < until and status != 200:
            status = httpx.post(
                f"http://127.0.0.1:{port}/v1/quotes/batch",
                content=json.dumps(ROW),
                headers={"Content-Type": LINES},
                timeout=60,
            ).status_code
        assert status == 200
        time.sleep(6)
        for each in silent:
            with each:
                assert ended(each) == "reset"
    finally:
        os.killpg(desk.pid, signal.SIGTERM)
        desk.wait(30)


def ended(connection: socket.socket) -> str:
    """How a connection ends for whoever takes all of it at last."""
    try:
        while connection.recv(1 << 16):
            pass
    except ConnectionResetError:
        return "reset"
    return "closed"


def answered(port: int) -> None:
    for _ in range(300):
        try:
            httpx.get(f"http://127.0.0.1:{port}/v1/health", timeout=5)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("The desk does not answer.")
