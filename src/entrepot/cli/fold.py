"""fold: text in lines of so many terminal cells, for scripts with and without spaces, wide and combining signs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len, chop_cells
from rich.text import Text

#: Signs that may not begin a line, and those that may not end one.
CLOSING = "，。、；：！？）》」』】％…"
OPENING = "（《「『【"


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
            *full, line = chop_cells(line, width)
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
