"""How a test breaks a file, and what it then finds."""

from __future__ import annotations

from pathlib import Path

from entrepot.model.errors import PackFault


def mend(file: Path, old: str, new: str) -> int:
    """Puts a text in another's place, once; the row of the file where it stood."""
    text = file.read_text()
    assert old in text, f"{file.name} does not say {old!r}: the test speaks of nothing"
    file.write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


def only(faults: list[PackFault]) -> PackFault:
    assert len(faults) == 1, [str(fault) for fault in faults]
    return faults[0]
