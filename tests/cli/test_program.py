"""`entrepot` as a program of its own."""

from __future__ import annotations

import gc

import pytest

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
