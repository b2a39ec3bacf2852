"""A browser at the page of tables, without scripts."""

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
    """Uploads tables, maps their columns and waits for the results."""

    def __init__(self, server: Server) -> None:
        self.client = httpx.Client(base_url=server.url, timeout=60, follow_redirects=True)

    def token(self) -> str:
        """The CSRF token of the page."""
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.client.get("/en/batch/").text)
        assert found
        return found[1]

    def drop(self, name: str, content: bytes) -> httpx.Response:
        """Upload a table."""
        return self.client.post(
            "/en/batch/", data={"csrfmiddlewaretoken": self.token()}, files={"table": (name, content)}
        )

    def start(self, address: str, fields: list[str], **more: str) -> httpx.Response:
        """Map the columns."""
        chosen = {f"column_{place}": field for place, field in enumerate(fields)}
        return self.client.post(address, data={"csrfmiddlewaretoken": self.token(), **chosen, **more})

    def close(self) -> None:
        """Close its connections."""
        self.client.close()

    def wait(self, address: str, *states: str, seconds: float = 600) -> dict[str, Any]:
        """Wait until a table is in one of these states."""
        until = time.monotonic() + seconds
        progress: dict[str, Any] = {}
        while time.monotonic() < until:
            progress = self.client.get(f"{address}progress.json").json()
            if progress["state"] in states:
                return progress
            time.sleep(0.1)
        raise AssertionError(progress)


#: Creates browsers, each with its own session.
Browsers = Callable[[Server], Browser]


def as_csv() -> bytes:
    file = io.StringIO()
    csv.writer(file).writerows([HEADER, *ROWS])
    return file.getvalue().encode()
