"""Symbols and colours of the terminal, with ASCII symbols for a terminal that cannot show the others."""

from __future__ import annotations

from dataclasses import dataclass

COLOURS = {
    "complete": "green",
    "estimated": "yellow",
    "refused": "red",
    "open": "green",
    "conditional": "yellow",
    "closed": "red",
    "official": "green",
    "published": "yellow",
    "unchecked": "red",
    "user": "red",
}


@dataclass(frozen=True, slots=True)
class Symbols:
    """`of`: the symbol of an outcome or a status. `bar`: one for each part of the total, distinct without colour."""

    of: dict[str, str]
    bar: tuple[str, ...]
    arrow: str
    best: str
    box: str
    passed: dict[str, str]


UNICODE = Symbols(
    of={"complete": "●", "estimated": "◐", "refused": "○", "open": "●", "conditional": "◐", "closed": "○"},
    bar=("█", "▓", "▒", "▚", "▞", "░"),
    arrow="→",
    best="▸",
    box="☐",
    passed={"passed": "✓", "failed": "✗", "assumed": "~", "asked": "?"},
)
ASCII = Symbols(
    of={"complete": "*", "estimated": "~", "refused": "x", "open": "*", "conditional": "~", "closed": "x"},
    bar=("#", "=", "-", "%", "+", "."),
    arrow="->",
    best=">",
    box="[ ]",
    passed={"passed": "+", "failed": "x", "assumed": "~", "asked": "?"},
)


def symbols_for(encoding: str | None) -> Symbols:
    """The symbols that a terminal of this encoding can show.

    >>> symbols_for("utf-8").arrow, symbols_for("ascii").arrow, symbols_for(None).box
    ('→', '->', '[ ]')
    """
    try:
        "█▓▒▚▞░→▸☐✓✗●◐○—×÷−·".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE


#: ASCII replacements of characters that a terminal cannot show.
REPLACEMENTS = str.maketrans(
    {"\xa0": " ", "·": "-", "—": "-", "–": "-", "…": "...", "×": "x", "÷": "/", "−": "-", "≥": ">=", "→": "->"}
)


def replace_characters(error: UnicodeError) -> tuple[str, int]:
    r"""An error handler of `codecs`: ASCII for characters that have a replacement, an escape for the others.

    >>> import codecs
    >>> codecs.register_error("plain", replace_characters)
    >>> "1 × 2 → 税".encode("ascii", "plain")
    b'1 x 2 -> \\u7a0e'
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end].translate(REPLACEMENTS)
    return text.encode("ascii", "backslashreplace").decode(), error.end
