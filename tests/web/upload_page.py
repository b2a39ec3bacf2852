"""dropping: somebody at the page on which a table is dropped."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Callable
from typing import Any

import httpx
from server_process import Server

HEADER = ["Order", "HS code", "Value", "Currency", "From", "To", "Day", "Note"]
ROWS = [
    ["o1", "0901.21", "100.00", "CNY", "VN", "CN", "2026-03-01", "=1+1"],
    ["o2", "0810.60", "20000.00", "CNY", "TH", "CN", "2026-03-01", "@SUM(A1)"],
    ["o3", "0901.21", "2000", "JPY", "VN", "JP", "2026-03-01", "-5.50"],
    ["o4", "x", "1", "CNY", "VN", "CN", "2026-03-01", "+cmd|' /C calc'!A0"],
]


class Browser:
    """What somebody does at the page, without a script."""

    def __init__(self, server: Server) -> None:
        self.client = httpx.Client(base_url=server.url, timeout=60, follow_redirects=True)

    def token(self) -> str:
        """What a form of the page has to bring."""
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.client.get("/en/batch/").text)
        assert found
        return found[1]

    def drop(self, name: str, content: bytes) -> httpx.Response:
        """Hands a table in."""
        return self.client.post(
            "/en/batch/", data={"csrfmiddlewaretoken": self.token()}, files={"table": (name, content)}
        )

    def start(self, address: str, fields: list[str], **more: str) -> httpx.Response:
        """Says what the columns give."""
        chosen = {f"column_{place}": field for place, field in enumerate(fields)}
        return self.client.post(address, data={"csrfmiddlewaretoken": self.token(), **chosen, **more})

    def close(self) -> None:
        """Closes its connections."""
        self.client.close()

    def wait(self, address: str, *states: str, seconds: float = 120) -> dict[str, Any]:
        """Waits until a table has come to a state."""
        until = time.monotonic() + seconds
        told: dict[str, Any] = {}
        while time.monotonic() < until:
            told = self.client.get(f"{address}progress.json").json()
            if told["state"] in states:
                return told
            time.sleep(0.1)
        raise AssertionError(told)


#: Makes browsers, each with a session of its own.
Browsers = Callable[[Server], Browser]


def as_csv() -> bytes:
    file = io.StringIO()
    csv.writer(file).writerows([HEADER, *ROWS])
    return file.getvalue().encode()
