"""Runs the command line in this process and captures its output and exit code."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from entrepot import cli
from entrepot.cli import commands
from entrepot.language import translate


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


BUILD = commands.build_command
#: The command line in each language. To build its hundred commands takes four times as long as to run one of them.
BUILT: dict[str, Any] = {}


def built_once(_first_word: str = "") -> Any:
    """The whole command line in the current language; a process of its own builds the command that it runs."""
    language = translate.current_language()
    if language not in BUILT:
        BUILT[language] = BUILD()
    return BUILT[language]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A test begins and ends in English: a command leaves the language that it spoke to the process."""
    translate.use_language("en")
    yield
    translate.use_language("en")


@pytest.fixture
def entrepot(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Runs a command; `given` is standard input."""
    for name in ("ENTREPOT_LANG", "LC_ALL", "LC_MESSAGES", "LANG", "FORCE_COLOR", "NO_COLOR", "ENTREPOT_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(commands, "build_command", built_once)

    def ended(*words: str, given: bytes = b"") -> Ended:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        code = cli.main(words)
        out, err = capsys.readouterr()
        return Ended(code, out, err)

    return ended
