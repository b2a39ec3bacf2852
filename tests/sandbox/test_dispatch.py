"""`entrepot sandbox NAME`: the names, and what an unknown one is told."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("django", reason="the server is not installed")

from entrepot.sandbox.__main__ import SANDBOXES, main


def test_without_a_name_the_command_lists_the_sandboxes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    shown = capsys.readouterr().out
    assert main(["--help"]) == 0
    assert capsys.readouterr().out == shown
    assert [name for name in SANDBOXES if f"  {name}" in shown] == ["customs", "payments", "carrier"]


def test_an_unknown_name_is_told_the_allowed_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["post"]) == 2
    assert capsys.readouterr().err == '"post" is not a sandbox. Use customs, payments, carrier.\n'


def test_the_command_line_passes_its_words_on() -> None:
    command = [sys.executable, "-m", "entrepot", "sandbox", "--help"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout.splitlines()[0]) == (0, "usage: entrepot sandbox NAME [OPTIONS]")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--port", "99999"], "'99999' is not a port"),
        (["--delay", "soon"], "'soon' is not a delay"),
        (["--send-to", "ftp://127.0.0.1/"], "'ftp://127.0.0.1/' is not an address"),
        (["--folder", "FILE"], "File exists"),
        (["--port", "TAKEN"], "The sandbox cannot listen on 127.0.0.1:"),
    ],
)
def test_a_start_that_is_not_possible_says_why(options: list[str], told: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        words = {"FILE": str(tmp_path / "file"), "TAKEN": str(taken.getsockname()[1])}
        given = ["--folder", str(tmp_path / "carrier"), *[words.get(each, each) for each in options]]
        command = [sys.executable, "-m", "entrepot.sandbox", "carrier", *given]
        run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (run.returncode, told in run.stderr, "Traceback" in run.stderr) == (2, True, False), run.stderr
