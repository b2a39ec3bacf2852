"""The help of the command line: its parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from entrepot.cli.commands import build_command

Run = Callable[..., Any]


def test_each_command_is_in_a_part_of_the_help() -> None:
    found = build_command().commands
    assert {name for name, each in found.items() if not isinstance(each.rich_help_panel, str)} == set()
    assert next(iter(found)) == "quote"


@pytest.mark.parametrize("words", [("quote",), ("rates",), ("trade",), ("trade", "demo"), ("services",)])
def test_help_describes_itself_in_the_language_of_the_reader(entrepot: Run, words: tuple[str, ...]) -> None:
    page = entrepot(*words, "--lang", "vi", "--help").out
    assert "Hiện thông báo này rồi thoát." in page
    for english in ("Show this message", " Options ", " Commands "):
        assert english not in page


def options_of(command: Any) -> list[tuple[Any, ...]]:
    """The options of a command and of the commands under it."""
    own = [(each.name, tuple(each.opts), getattr(each, "help", None)) for each in command.params]
    return [
        (command.name, command.help, *own),
        *(row for each in getattr(command, "commands", {}).values() for row in options_of(each)),
    ]


def test_a_command_is_built_alone_as_it_is_among_all() -> None:
    every = build_command().commands
    assert len(every) > 25
    for name, command in every.items():
        alone = build_command(name).commands
        assert list(alone) == [name]
        assert options_of(alone[name]) == options_of(command)
    for other in ("quot", "--help", "-h", ""):
        assert list(build_command(other).commands) == list(every)
