"""browsing: the schedule of an economy from its chapters down to its lines."""

from __future__ import annotations

from collections import Counter
from typing import Any

from entrepot.language.law_text import name_of
from entrepot.language.translate import plural
from entrepot.law.compiled import Law, World
from entrepot.model.codes import dotted

#: Digits of a chapter, of a heading; below that every line is told.
CHAPTER, HEADING = 2, 4


def under(law: Law, world: World, code: str) -> list[dict[str, Any]]:
    """What the schedule has under a code: chapters under none, headings under a chapter, else its lines."""
    if len(code) >= HEADING:
        return [_entry(law, world, line, 0) for line in law.lines_under(code)]
    length = HEADING if code else CHAPTER
    counts = Counter(line[:length] for line in law.named if line.startswith(code) and len(line) >= length)
    return [_entry(law, world, each, many) for each, many in sorted(counts.items())]


def above(law: Law, world: World, code: str) -> list[dict[str, Any]]:
    """The chapter and the heading that a code stands under."""
    lengths = [length for length in (CHAPTER, HEADING) if length < len(code)]
    return [_entry(law, world, code[:length], 0) for length in lengths]


def title(law: Law, world: World, code: str) -> str:
    """What a code is called."""
    return world.headings.get(code, "") if len(code) == CHAPTER else name_of(law, world, code)


def _entry(law: Law, world: World, code: str, lines: int) -> dict[str, Any]:
    # A chapter alone may be no name of its own in the pack: the name of the world's list stands in.
    name = title(law, world, code)
    return {
        "code": code,
        "dotted": dotted(code),
        "name": name,
        "lines": plural(lines, "{n} line", "{n} lines") if lines else "",
    }
