"""Fold, pad and indent text by terminal cells, for scripts with and without spaces, wide and combining characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from rich.text import Text

#: Characters that may not begin a line, and those that may not end one.
NOT_AT_START = "，。、；：！？）》」』】％…"
NOT_AT_END = "（《「『【"


#: Khmer: puts the next character below the one before.
COENG = "\u17d2"


@lru_cache(maxsize=4096)
def _cells(character: str) -> int:
    kind = unicodedata.category(character)
    if kind in ("Mn", "Me", "Cf", "Cc"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cell_len(text: str) -> int:
    """How many cells a text takes on a terminal. Spacing vowel signs count one cell, as in terminals.

    >>> cell_len("tax"), cell_len("税"), cell_len("ที่"), cell_len("ការ")
    (3, 2, 1, 3)
    """
    return len(text) if text.isascii() else sum(map(_cells, text))


def _cut(text: str, width: int) -> list[str]:
    """A text cut at a width, but never between a character and its combining marks."""
    parts = [""]
    for cluster in _clusters(text):
        if parts[-1] and cell_len(parts[-1] + cluster) > width:
            parts.append("")
        parts[-1] += cluster
    return parts


def _clusters(text: str) -> Iterator[str]:
    """Characters with their combining marks."""
    cluster = ""
    for character in text:
        joins = unicodedata.category(character) in ("Mn", "Me", "Mc") or cluster.endswith(COENG)
        if cluster and not joins:
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


def fold(text: str, width: int) -> list[str]:
    """The lines of a text, none wider than `width` cells. At least one line.

    >>> fold("the order is small", 9), fold("跨境电子商务，进口", 12)
    (['the order', 'is small'], ['跨境电子商', '务，进口'])
    """
    width = max(width, 8)
    lines, line = [], ""
    for space, atom in _atoms(text):
        if line and cell_len(line + space + atom) > width:
            lines.append(line)
            line = ""
        line = line + space + atom if line else atom
        if cell_len(line) > width:
            *full, line = _cut(line, width)
            lines += full
    return [*lines, line] if line or not lines else lines


def _atoms(text: str) -> Iterator[tuple[str, str]]:
    """The parts that are not broken, each with the space before it."""
    for word in re.split(r"[ \t\n]+", text.strip()):
        space, atom = " ", ""
        for part in word.split("\u200b") if "\u200b" in word else _split_wide(word):
            atom = part
            yield space, atom
            space = ""


def _split_wide(word: str) -> Iterator[str]:
    """East Asian characters one by one, with adjacent punctuation; everything else whole."""
    atom = ""
    for character in word:
        wide = cell_len(character) == 2
        joins = character in NOT_AT_START or (atom and atom[-1] in NOT_AT_END)
        if atom and not joins and (wide or cell_len(atom[-1]) == 2):
            yield atom
            atom = ""
        atom += character
    if atom:
        yield atom


def pad(text: str, width: int, right: bool = False) -> str:
    """A text padded with spaces to a width in cells; a wider text is unchanged.

    >>> pad("税", 4) + "|", pad("9.10", 6, right=True)
    ('税  |', '  9.10')
    """
    fill = " " * max(width - cell_len(text), 0)
    return fill + text if right else text + fill


def indent_lines(text: str, width: int, first: str = "", style: str = "", first_style: str | None = None) -> list[Text]:
    """A text folded with a hanging indent as wide as `first`, which begins the first line."""
    indentation = cell_len(first)
    lines = []
    for number, line in enumerate(fold(text, width - indentation)):
        shown = Text(first if number == 0 else " " * indentation, style=first_style or "")
        lines.append(shown.append(line, style=style))
    return lines


def join_parts(parts: list[list[Text]]) -> list[Text]:
    """The lines of all parts, with an empty line between parts that are not empty."""
    lines: list[Text] = []
    for part in parts:
        if part:
            lines += [Text(""), *part] if lines else part
    return lines


def heading(title: str) -> Text:
    """The title of a part."""
    return Text(f" {title}", style="bold cyan")
