"""fold: text in lines of so many terminal cells, for scripts with and without spaces, wide and combining signs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from rich.text import Text

#: Signs that may not begin a line, and those that may not end one.
CLOSING = "，。、；：！？）》」』】％…"
OPENING = "（《「『【"


#: In Khmer the sign after it stands below the sign before.
COENG = "\u17d2"


@lru_cache(maxsize=4096)
def _size(sign: str) -> int:
    kind = unicodedata.category(sign)
    if kind in ("Mn", "Me", "Cf", "Cc"):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def cell_len(text: str) -> int:
    """How many cells a text takes on a terminal. Vowels that take room of their own count, as terminals count them.

    >>> cell_len("tax"), cell_len("税"), cell_len("ที่"), cell_len("ការ")
    (3, 2, 1, 3)
    """
    return len(text) if text.isascii() else sum(map(_size, text))


def _chopped(text: str, width: int) -> list[str]:
    """A text cut at a width, but never before a mark that belongs to the sign before it."""
    parts = [""]
    for cluster in _clusters(text):
        if parts[-1] and cell_len(parts[-1] + cluster) > width:
            parts.append("")
        parts[-1] += cluster
    return parts


def _clusters(text: str) -> Iterator[str]:
    """Signs with their marks."""
    cluster = ""
    for sign in text:
        clings = unicodedata.category(sign) in ("Mn", "Me", "Mc") or cluster.endswith(COENG)
        if cluster and not clings:
            yield cluster
            cluster = ""
        cluster += sign
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
            *full, line = _chopped(line, width)
            lines += full
    return [*lines, line] if line or not lines else lines


def _atoms(text: str) -> Iterator[tuple[str, str]]:
    """What is not broken, each with the space before it."""
    for word in re.split(r"[ \t\n]+", text.strip()):
        space, atom = " ", ""
        for sign in word.split("\u200b") if "\u200b" in word else _wide_apart(word):
            atom = sign
            yield space, atom
            space = ""


def _wide_apart(word: str) -> Iterator[str]:
    """East Asian signs one by one, with the punctuation that clings to them; everything else whole."""
    atom = ""
    for sign in word:
        wide = cell_len(sign) == 2
        clings = sign in CLOSING or (atom and atom[-1] in OPENING)
        if atom and not clings and (wide or cell_len(atom[-1]) == 2):
            yield atom
            atom = ""
        atom += sign
    if atom:
        yield atom


def pad(text: str, width: int, right: bool = False) -> str:
    """A text filled with spaces to a width in cells; what is wider stays.

    >>> pad("税", 4) + "|", pad("9.10", 6, right=True)
    ('税  |', '  9.10')
    """
    fill = " " * max(width - cell_len(text), 0)
    return fill + text if right else text + fill


def indented(text: str, width: int, first: str = "", style: str = "", first_style: str | None = None) -> list[Text]:
    """A text folded behind a mark: what follows the first line stands under its first word."""
    inset = cell_len(first)
    made = []
    for number, line in enumerate(fold(text, width - inset)):
        shown = Text(first if number == 0 else " " * inset, style=first_style or "")
        made.append(shown.append(line, style=style))
    return made
