"""Send raw bytes to the server, and check that its responses reveal no internals."""

from __future__ import annotations

import re
import socket
from urllib.parse import urlsplit

import httpx
from server_process import Server
from test_quotes import SALE

import entrepot
from base_sale import best_of

#: Internals: a traceback, a path of the machine, the name of a module or of a library.
INTERNALS = re.compile(
    r"Traceback|File \"|\.py\b|site-packages|/usr/|/tmp/|/home/|django|msgspec|sqlite|psycopg", re.IGNORECASE
)


def assert_harmless(answer: httpx.Response) -> httpx.Response:
    """Assert that a response is not a server error and reveals no internals."""
    assert answer.status_code < 500, (answer.status_code, answer.text[:500])
    if answer.status_code >= 400:
        assert not INTERNALS.search(answer.text), answer.text[:500]
        if answer.request.url.path.startswith("/v1/"):
            error = answer.json()["error"]
            assert set(error) == {"type", "code", "message", "param"}
            assert error["message"]
            assert len(error["message"]) < 2_000
    return answer


def raw(server: Server, request: bytes, *, cut: bool = False) -> tuple[int, str]:
    """Send bytes. Returns the status, 0 if the connection is closed without a response, and the text."""
    where = urlsplit(server.url)
    with socket.create_connection((where.hostname, where.port), timeout=120) as wire:
        found = b""
        try:
            wire.sendall(request)
            if cut:
                wire.shutdown(socket.SHUT_WR)
            while part := wire.recv(65_536):
                found += part
        except OSError:  # the server may close the connection
            pass
    status = re.match(rb"HTTP/1\.[01] (\d{3})", found)
    return int(status[1]) if status else 0, found.decode("utf-8", "replace")


def assert_still_serving(server: Server) -> None:
    """Assert that the server still returns the figures of the library, and that its log contains no error."""
    answer = server.post("/v1/quotes", json=SALE, headers=server.key())
    assert best_of(answer.json())["amount_landed"] == entrepot.quote(SALE).best.amount_landed  # type: ignore[union-attr]
    faults = [line for line in server.log().splitlines() if "Traceback" in line or '"fault"' in line]
    assert not faults, faults[0][:3_000]
