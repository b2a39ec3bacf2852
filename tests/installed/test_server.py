"""The installed server runs from any folder: its migrations, pages and styles are installed with it."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

pytest.importorskip("granian", reason="the server is not installed")

SALE = {
    "ship_from": {"country": "VN"},
    "ship_to": {"country": "CN"},
    "date": "2026-03-01",
    "currency": "CNY",
    "buyer": {"kind": "consumer"},
    "lines": [{"hs_code": "0901.21", "amount": "100.00"}],
}


def read(address: str, body: bytes | None = None) -> str:
    """The response at a URL."""
    request = Request(address, data=body, headers={"Content-Type": "application/json"} if body else {})
    with urlopen(request, timeout=120) as answer:
        return str(answer.read().decode())


def test_the_server_runs_from_any_folder(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    ours = {
        name: value for name, value in os.environ.items() if not name.startswith("ENTREPOT_") or name.endswith("CACHE")
    }
    env = {**ours, "ENTREPOT_DATA": str(tmp_path / "data")}
    env.pop("PYTHONPATH", None)
    command = [sys.executable, "-m", "entrepot", "serve", "--port", str(port), "--workers", "1"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=tmp_path, env=env, stdout=log, stderr=log)
    home = f"http://127.0.0.1:{port}"
    try:
        for _ in range(1_200):  # the first start compiles what it imports
            assert process.poll() is None, (tmp_path / "log").read_text()
            try:
                health = read(f"{home}/v1/health")
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise AssertionError((tmp_path / "log").read_text())
        assert json.loads(health)["status"] == "ok"
        # Retail import by electronic commerce: no duty, and 70 % of the 13 % VAT: 9.10.
        quote = json.loads(read(f"{home}/v1/quotes", json.dumps(SALE).encode()))
        landed = {option["id"]: option["amount_landed"] for option in quote["options"]}
        assert landed[quote["best"]] == "109.10"
        page = read(f"{home}/en/")
        styles = re.findall(r'href="(/static/[^"]+\.css)"', page)
        assert styles
        assert all(read(home + style) for style in styles)
        assert "Entrepot" in read(f"{home}/admin/login/")
    finally:
        process.terminate()
        process.wait(120)
    assert process.returncode == 0
