"""The help of the command line: its parts."""

from __future__ import annotations

from entrepot.cli.commands import build_command


def test_each_command_is_in_a_part_of_the_help() -> None:
    found = build_command().commands
    assert {name for name, each in found.items() if not isinstance(each.rich_help_panel, str)} == set()
    assert next(iter(found)) == "quote"
