"""Where compiled loops are kept: by the content of their modules, not by the folder that they are installed in."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from entrepot.batch.kernel import compiler


def installed(folder: Path, code: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The function `calculate` of a module in a folder of an installation, compiled as the loops are."""
    file = folder / "loops" / "sums.py"
    file.parent.mkdir(parents=True)
    file.write_text(code)
    found = importlib.util.spec_from_file_location("sums", file)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    monkeypatch.setitem(sys.modules, "sums", module)
    found.loader.exec_module(module)
    return compiler.entry_point(module.calculate)


def test_another_installation_of_the_same_code_compiles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiler, "cache_folder", lambda: tmp_path / "cache")
    found = []
    for name, sign in (("first", "+"), ("again", "+"), ("changed", "-")):
        calculate = installed(tmp_path / name, f"def calculate(a, b):\n    return a {sign} b\n", monkeypatch)
        found.append((calculate(5, 2), sum(calculate.stats.cache_hits.values())))
    assert found == [(7, 0), (7, 1), (3, 0)]
