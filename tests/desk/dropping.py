"""dropping: somebody at the page on which a table is dropped."""

from __future__ import annotations

import re
import time
from typing import Any

import httpx
from serving import Desk


class Browser:
    """What somebody does at the page, without a script."""

    def __init__(self, desk: Desk) -> None:
        self.client = httpx.Client(base_url=desk.url, timeout=60, follow_redirects=True)

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
