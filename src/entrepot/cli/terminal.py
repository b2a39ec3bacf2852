"""Lines on standard output, in colour where it is a terminal that accepts colour."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from entrepot.cli.exit_codes import put_text
from entrepot.cli.symbols import Symbols, symbols_for

#: Cells of a line at most: a wider page is harder to read.
MAX_WIDTH = 112


def console() -> Console:
    """The terminal: rich reads NO_COLOR, FORCE_COLOR and COLUMNS, and detects what is not a terminal."""
    return Console(file=sys.stdout, highlight=False, markup=False, emoji=False, soft_wrap=True)


def width_of(screen: Console) -> int:
    """The width of a page in cells."""
    return max(40, min(screen.width, MAX_WIDTH))


def symbols_of(screen: Console) -> Symbols:
    """The symbols that the terminal can show."""
    return symbols_for(screen.encoding)


def put_lines(screen: Console, lines: Iterable[Text]) -> None:
    """Prints lines that are folded already, in one write, so that a failure to write is raised once."""
    page = Console(
        file=io.StringIO(),
        force_terminal=screen.is_terminal,
        color_system=screen.color_system,  # type: ignore[arg-type]  # rich accepts the name that it returns
        no_color=screen.no_color,
        highlight=False,
        markup=False,
        emoji=False,
        width=screen.width,
    )
    for line in lines:
        page.print(line, no_wrap=True, overflow="ignore", crop=False)
    put_text(page.file.getvalue())  # type: ignore[attr-defined]  # the StringIO above
