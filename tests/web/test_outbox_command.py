"""`entrepot outbox`: the messages that leave this node, for its operator."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from server_process import environment

PUT = """
import datetime as dt
from entrepot.trade_app.outbox import open_outbox
from entrepot.trade.ports import Outgoing
queue, now = open_outbox(), dt.datetime(2026, 3, 1, 12, tzinfo=dt.timezone.utc)
queue.put([Outgoing("customs", "list", {"name": "ZHANG"}, "de_1/list/1")], now)
queue.put([Outgoing("email", "paid", {}, "or_1:paid")], now)
(message,) = queue.claim("customs", now, lease="a", seconds=60, limit=1, in_order=True)
queue.dead(message, now, "Customs refuses it: -621018.")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("outbox")
    env = environment(found)
    del env["DJANGO_SETTINGS_MODULE"]
    subprocess.run([sys.executable, "-c", PUT], env=env, check=True)
    return found


def outbox(folder: Path, *words: str, code: int = 0) -> str:
    command = [sys.executable, "-m", "entrepot", "outbox", *words]
    env = environment(folder) | {"COLUMNS": "200"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout or done.stderr


def as_json(folder: Path, *words: str, code: int = 0) -> Any:
    return json.loads(outbox(folder, *words, "--json", code=code))


@pytest.mark.long
def test_messages_are_listed_sent_again_and_given_up(folder: Path) -> None:
    listed = as_json(folder, "list", "--state", "dead")
    (dead,) = listed["data"]
    assert (dead["channel"], dead["subject"], dead["reason"]) == ("customs", "de_1", "Customs refuses it: -621018.")
    assert {"channel": "customs", "state": "dead", "count": 1} in listed["counts"]
    # What a message says may be personal: it is not shown.
    assert "ZHANG" not in outbox(folder, "list") + json.dumps(as_json(folder))
    assert "Customs refuses it" in outbox(folder, "list")
    again = as_json(folder, "retry", str(dead["id"]))
    assert (again["state"], again["attempts"]) == ("waiting", 0)
    assert "is discarded" in outbox(folder, "discard", str(dead["id"]))
    refused = as_json(folder, "retry", str(dead["id"]), code=2)
    assert refused["error"]["code"] == "message_finished"
    assert as_json(folder, "discard", "999", code=5)["error"]["code"] == "not_found"
    assert as_json(folder, "list", "--object", "or_1", "--limit", "1")["data"][0]["topic"] == "paid"
    assert as_json(folder, "list", "--channel", "webhook")["data"] == []
