"""`entrepot` as a program of its own."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from server_process import environment

import entrepot.cli
from entrepot import __main__ as program


def test_the_garbage_collector_runs_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    before, seen = gc.get_threshold(), list[tuple[int, ...]]()
    monkeypatch.setattr(entrepot.cli, "run", lambda: seen.append(gc.get_threshold()))
    try:
        program.main()
    finally:
        gc.set_threshold(*before)
    assert seen == [(program.OBJECTS_BETWEEN_COLLECTIONS, *before[1:])]
    assert seen[0][0] > before[0]


@pytest.mark.parametrize("thumbprint", ["-bcdef", "-hh", "--json_", "-"])
@pytest.mark.parametrize("order", [1, -1])
def test_the_thumbprint_of_a_key_may_begin_with_a_hyphen(tmp_path: Path, thumbprint: str, order: int) -> None:
    """Thumbprints are base64url, whose 64 characters include the hyphen."""
    words = ["documents", "revoke-key", *[thumbprint, "--json"][::order]]
    env = environment(tmp_path) | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-m", "entrepot", *words], env=env, capture_output=True, text=True, check=False
    )
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "key_unknown"
    assert f'"{thumbprint}"' in error["message"]
