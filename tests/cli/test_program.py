"""`entrepot` as a program of its own."""

from __future__ import annotations

import gc
import os
import subprocess
import sys

import pytest

import entrepot.cli
from entrepot import __main__ as program


def test_the_garbage_collector_runs_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    before, seen = gc.get_threshold(), list[tuple[int, ...]]()
    monkeypatch.setenv("ARROW_DEFAULT_MEMORY_POOL", "as it was")  # so that it is as before after the test too
    monkeypatch.setattr(entrepot.cli, "run", lambda: seen.append(gc.get_threshold()))
    try:
        program.main()
    finally:
        gc.set_threshold(*before)
    assert seen == [(program.OBJECTS_BETWEEN_COLLECTIONS, *before[1:])]
    assert seen[0][0] > before[0]
    assert os.environ["ARROW_DEFAULT_MEMORY_POOL"] == "as it was"


@pytest.mark.parametrize(
    ("given", "expected"), [({}, "system"), ({"ARROW_DEFAULT_MEMORY_POOL": "mimalloc"}, "mimalloc")]
)
def test_arrow_takes_its_memory_from_the_system(given: dict[str, str], expected: str) -> None:
    """Unless another allocator is chosen; where Arrow lacks that, it takes its own."""
    code = (
        "import entrepot.cli, entrepot.__main__ as program\n"
        "entrepot.cli.run = lambda: None\n"
        "program.main()\n"
        "import pyarrow, os\n"
        "print(os.environ['ARROW_DEFAULT_MEMORY_POOL'], pyarrow.default_memory_pool().backend_name)\n"
    )
    plain = {name: value for name, value in os.environ.items() if name != "ARROW_DEFAULT_MEMORY_POOL"}
    done = subprocess.run([sys.executable, "-c", code], env=plain | given, capture_output=True, text=True, check=True)
    chosen, used = done.stdout.split()
    assert chosen == expected
    assert used == "system" or given
