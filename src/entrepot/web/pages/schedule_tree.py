"""The tariff schedule of an economy as a tree: chapters, headings and lines."""

from __future__ import annotations

from collections import Counter
from typing import Any

from entrepot.language.law_text import name_of
from entrepot.language.translate import current_language, pack_text, plural
from entrepot.law.compiled import Law, World
from entrepot.model.codes import dotted

#: Digits of a chapter and of a heading; under a heading every line is listed.
CHAPTER, HEADING = 2, 4


def children(law: Law, world: World, code: str) -> list[dict[str, Any]]:
    """The entries under a code: chapters if it is empty, headings under a chapter, else lines."""
    if len(code) >= HEADING:
        return [_entry(law, world, line, 0) for line in law.lines_under(code)]
    length = HEADING if code else CHAPTER
    counts = Counter(line[:length] for line in law.named if line.startswith(code) and len(line) >= length)
    return [_entry(law, world, each, many) for each, many in sorted(counts.items())]


def ancestors(law: Law, world: World, code: str) -> list[dict[str, Any]]:
    """The chapter and the heading of a code."""
    lengths = [length for length in (CHAPTER, HEADING) if length < len(code)]
    return [_entry(law, world, code[:length], 0) for length in lengths]


def code_name(law: Law, world: World, code: str) -> str:
    """The name of a code. That of a chapter is translated; for headings and lines, the schedules have names."""
    return pack_text(world.headings.get(code, "")) if len(code) == CHAPTER else name_of(law, world, code)


def _entry(law: Law, world: World, code: str, lines: int) -> dict[str, Any]:
    # A pack may have no name for a chapter: it comes from the list of headings of the world.
    name = code_name(law, world, code)
    own_language, own = _own_name(law, code)
    return {
        "own": own,
        "own_language": own_language,
        "code": code,
        "dotted": dotted(code),
        "name": name,
        "lines": plural(lines, "{n} line", "{n} lines") if lines else "",
    }


def _own_name(law: Law, code: str) -> tuple[str, str]:
    """The language and the name of a line that the schedule names in another language than the reader's or English.

    The name that is shown is that of its six digits, which other lines share. Empty where the line has none.
    """
    names = law.names(law.index.get(code, -1)) if len(code) > HEADING else {}
    if not names or names.keys() & {current_language(), "en"}:
        return "", ""
    return next(iter(names.items()))
