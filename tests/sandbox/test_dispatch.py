"""`entrepot sandbox NAME`: the names, and what an unknown one is told."""

from __future__ import annotations

import subprocess
import sys

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
