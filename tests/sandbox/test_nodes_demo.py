"""The demonstration of two nodes: what is bought is delivered, what was changed is refused, and both sides agree."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

NEEDED = ("aiortc", "websockets", "granian", "lxml")


@pytest.mark.long
def test_two_nodes_meet_trade_refuse_stop_return_and_settle(tmp_path: Path) -> None:
    for name in NEEDED:
        pytest.importorskip(name, reason=f"{name} is not installed")
    done = subprocess.run(
        [sys.executable, "-m", "entrepot", "nodes", "demo", "--json", "--folder", str(tmp_path / "demo")],
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
        env={**os.environ, "HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert [each["economy"] for each in report["nodes"]] == ["VN", "CN"]
    assert [(each["goods"], each["status"]) for each in report["orders"]] == [
        ("coffee", "closed"),
        ("coffee", "closed"),
        ("consultation", "delivered"),
    ]
    assert set(report["orders"][0]["documents"].values()) == {"valid"}
    assert [(each["what"], each["code"]) for each in report["refused"]] == [
        ("message_replayed", "replayed"),
        ("message_altered", "digest_mismatch"),
        ("consultation_without_mechanism", "transfer.missing"),
    ]
    assert all(each["why"] for each in report["refused"])
    # Two coffees at 68.00 and their carriage at 12.00, and a consultation at 300.00, in fen; taxes stay in China.
    assert report["settlement"]["owed"] == 2 * (6_800 + 1_200) + 30_000
    assert (report["settlement_balances"], report["ledgers_verified"]) == (True, True)
    # Both nodes have the three lines; the imports are at CIF, so what is carried is the gap: two coffees at 12.00.
    mirror = report["mirror"]
    assert (mirror["matched"], mirror["exports"], mirror["gap"]) == (3, "436.00", "-24.00")
    assert (mirror["explained"], [each["reason"] for each in mirror["reasons"]]) == ("-24.00", ["cif_fob"])
    # The same, by the order, as one node asks the other over a message: coffee is of chapter 09, the rest a service.
    (sold, back) = mirror["asked"]["flows"]
    assert (sold["exporter"], sold["matched"], back["rows"]) == ("VN", 3, [])
    rows = {(each["measure"], each["product"]): each for each in (*sold["rows"], *sold["products"])}
    assert (rows["total", "_T"]["exports"], rows["total", "_T"]["imports"]) == (mirror["exports"], mirror["imports"])
    assert rows["total", "09"]["reasons"] == [{"reason": "cif_fob", "amount": "-24.00"}] == mirror["reasons"]
    assert (rows["total", "SK21"]["exports"], rows["total", "SK21"]["reasons"]) == ("300.00", [])
    logs = [each.read_text(errors="replace") for each in (tmp_path / "demo").rglob("*.log")]
    assert not any(secret in text for text in logs for secret in ("11010519491231002X", "示例买家", "示例路"))
