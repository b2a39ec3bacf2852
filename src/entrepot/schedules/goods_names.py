"""The full names of goods in a schedule whose lines are indented by dashes under their headings."""

from __future__ import annotations

import re

_DASHES = re.compile(r"^(?:[-–]\s*)*")


class IndentedNames:
    """Joins the name of each line to the names above it.

    >>> names = IndentedNames()
    >>> for text in ("Live horses, asses, mules and hinnies", "- Horses:", "- - Other"):
    ...     name = names.name(text)
    >>> name
    'Live horses, asses, mules and hinnies: Horses: Other'
    """

    def __init__(self) -> None:
        self.above: list[str] = []

    def name(self, text: str) -> str:
        """The full name of the next line of the schedule; '' if it has none."""
        text = " ".join(text.split())
        dashes = _DASHES.match(text)
        indent = sum(character in "-–" for character in dashes[0]) if dashes else 0
        own = text[dashes.end() :].strip().rstrip(" :.") if dashes else text
        if not own:
            return ""
        self.above = [*self.above[:indent], own]
        return ": ".join(self.above)
