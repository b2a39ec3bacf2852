"""A path that is longer than the system allows is an error of the command line, in each command that takes one."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from entrepot.cli import exit_codes, main

#: A name of a file has at most 255 bytes; 100 letters of Khmer have 300.
NAMES = ("a" * 300, "ក" * 100)
COMMANDS = (
    ("quote", "{path}.json"),
    ("batch", "{path}.csv", "--to", "{folder}/priced.csv"),
    ("batch", "{table}", "--to", "{path}.csv"),
    ("classify", "{path}.csv", "--out", "{folder}/codes.csv"),
    ("classify", "{table}", "--out", "{path}.csv"),
    ("measure", "add", "{path}.csv"),
    ("measure", "mirror", "{path}.csv", "{path}.csv", "--exporter", "VN", "--importer", "CN"),
    ("rates", "add", "{path}.csv"),
    ("packs", "check", "{path}"),
    ("packs", "show", "cn", "--packs", "{path}"),
    ("goods", "coffee", "--packs", "{path}"),
    ("schedule", "add", "jp", "{path}.csv"),
    ("documents", "verify", "{path}.pdf"),
    ("screening", "add", "un", "{path}.xml"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("name", NAMES, ids=["letters", "khmer"])
def test_no_command_calls_it_an_internal_error(
    command: tuple[str, ...], name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(OSError, match="too long") as found:
        os.stat(tmp_path / name)  # noqa: PTH116
    assert found.value.errno == errno.ENAMETOOLONG
    table = tmp_path / "table.csv"
    table.write_text("description\ncoffee\n", encoding="utf-8")
    given = [each.format(path=tmp_path / name, folder=tmp_path, table=table) for each in command]
    code = main(given)
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert "Internal error" not in said
    assert code not in (exit_codes.SUCCESS, exit_codes.INTERNAL_ERROR)
