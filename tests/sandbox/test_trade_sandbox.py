"""`entrepot trade sandbox`: what it refuses, and the e-mails that it reads from the log of its server."""

from __future__ import annotations

import json
from itertools import cycle, islice
from pathlib import Path

import pytest

pytest.importorskip("django", reason="the server is not installed")

from entrepot.cli import main
from entrepot.trade_app import demo_processes
from entrepot.trade_app.sandbox_node import Letter, follow, read_letter
from free_ports import free_port

MAIL = """{before}Content-Type: text/plain; charset="utf-8"
MIME-Version: 1.0
Content-Transfer-Encoding: 8bit
Subject: {subject}
From: Entrepot <entrepot@localhost>
To: {to}
Date: Thu, 26 Nov 2026 12:00:00 -0000

Open this link:

{link}

Entrepot
"""
END = "-" * 79 + "\n"


def test_letters_are_read_as_the_server_writes_them(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    old = MAIL.format(before="", subject="Old", to="old@example.com", link="http://h/old") + END
    first = MAIL.format(before="GET /en/ 200\n", subject="确认", to="a@example.com", link="http://h/en/?token=x") + END
    second = MAIL.format(before="\n", subject="No link", to="b@example.com", link="nothing") + END
    log.write_text(old + first + second + "GET /en/ 200\n", encoding="utf-8")
    assert list(islice(follow(log, len(old.encode())), 2)) == [
        Letter("a@example.com", "确认", ["http://h/en/?token=x"]),
        Letter("b@example.com", "No link", []),
    ]
    assert read_letter(b"GET /en/ 200\n") is None


def test_a_folder_of_something_else_is_left_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").write_text("mine")
    assert main(["trade", "sandbox", "--json", "--folder", str(tmp_path)]) == 2
    printed = capsys.readouterr()
    error = json.loads(printed.out or printed.err)["error"]
    assert error["param"] == "--folder"
    assert "has other files" in error["message"]
    assert [each.name for each in tmp_path.iterdir()] == ["mine"]


def test_a_port_without_room_for_the_sandboxes_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trade", "sandbox", "--folder", str(tmp_path / "new"), "--port", "65433"]) == 2
    assert "--port must be a whole number from 1 to 65000" in capsys.readouterr().err.replace("65,000", "65000")
    assert not (tmp_path / "new").exists()


def test_two_nodes_of_one_process_have_two_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing listens at the first when the second is drawn, which may be the same."""
    first, second = free_port(), free_port()
    drawn = cycle([first, first, second])
    monkeypatch.setattr("secrets.choice", lambda _ports: next(drawn))
    monkeypatch.setattr(demo_processes, "_GIVEN", set())
    assert [demo_processes.free_port(), demo_processes.free_port()] == [first, second]
