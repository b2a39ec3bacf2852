"""terminal: lines on standard output, in colour where it is a terminal that wants it."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from entrepot.cli.marks import Marks, marks_for

#: Wider than this a page is harder to read.
WIDEST = 112


def console() -> Console:
    """The terminal: rich knows NO_COLOR, FORCE_COLOR, COLUMNS and what is not a terminal."""
    return Console(file=sys.stdout, highlight=False, markup=False, emoji=False, soft_wrap=True)


def width_of(screen: Console) -> int:
    """How wide a page may be."""
    return max(40, min(screen.width, WIDEST))


def marks_of(screen: Console) -> Marks:
    """The signs that the terminal can show."""
    return marks_for(screen.encoding)


def put(screen: Console, lines: Iterable[Text]) -> None:
    """Prints lines as they are: they are folded already."""
    with screen.capture() as captured:
        for line in lines:
            screen.print(line, no_wrap=True, overflow="ignore", crop=False)
    sys.stdout.write(captured.get())
    sys.stdout.flush()
