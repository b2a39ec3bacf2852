"""terminal: lines on standard output, in colour where it is a terminal that wants it."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from entrepot.cli.exit_codes import put_text
from entrepot.cli.symbols import Marks, marks_for

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
    """Prints lines as they are: they are folded already. They are written at once, so that a failure is seen as one."""
    page = Console(
        file=io.StringIO(),
        force_terminal=screen.is_terminal,
        color_system=screen.color_system,  # type: ignore[arg-type]  # what rich gives is what rich takes
        no_color=screen.no_color,
        highlight=False,
        markup=False,
        emoji=False,
        width=screen.width,
    )
    for line in lines:
        page.print(line, no_wrap=True, overflow="ignore", crop=False)
    put_text(page.file.getvalue())  # type: ignore[attr-defined]  # the StringIO above
