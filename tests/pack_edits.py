"""Replaces text in the files of a pack, for tests of faults."""

from __future__ import annotations

from pathlib import Path

from entrepot.model.errors import PackFault


def replace_in_file(file: Path, old: str, new: str) -> int:
    """Replaces the first occurrence of a text; returns the number of its line."""
    text = file.read_text()
    assert old in text, f"{file.name} does not contain {old!r}: the test would test nothing"
    file.write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


def only_fault(faults: list[PackFault]) -> PackFault:
    assert len(faults) == 1, [str(fault) for fault in faults]
    return faults[0]
