"""shown: a quote with what its page needs beside it, and the small forms that all pages share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from entrepot.cli import tongue
from entrepot.cli.marks import Marks
from entrepot.cli.tongue import of_pack
from entrepot.pack.law import Law, World
from entrepot.words import Quote


@dataclass(frozen=True, slots=True)
class Shown:
    """A quote with what its page needs beside it: the request, the law, the marks and the width."""

    quote: Quote
    request: Mapping[str, Any]
    law: Law
    world: World
    marks: Marks
    width: int
    by_option: bool

    def name(self, code: str) -> str:
        """What a code or a service is called."""
        return name_of(self.law, self.world, code)


def name_of(law: Law, world: World, code: str) -> str:
    """What a code or a service is called, in the language spoken where the pack has it."""
    if code in world.services:
        return of_pack(world.services[code])
    under = law.under(code) if code else []
    row = law.index[under[0]] if len(under) == 1 else law.row_of(code)
    names = law.names(row)
    return (
        names.get(tongue.spoken())
        or names.get("en")
        or world.headings.get(code[:6])
        or world.headings.get(code[:4], "")
    )


def joined(parts: list[list[Text]]) -> list[Text]:
    """Parts with an empty line between them."""
    lines: list[Text] = []
    for part in parts:
        if part:
            lines += [Text(""), *part] if lines else part
    return lines


def heading(title: str) -> Text:
    """The title of a part."""
    return Text(f" {title}", style="bold cyan")


def dotted(code: str) -> str:
    """A code of the Harmonized System as it is printed.

    >>> dotted("09012100"), dotted("telemedicine")
    ('0901.21.00', 'telemedicine')
    """
    if not code.isdigit():
        return code
    return ".".join(filter(None, (code[:4], code[4:6], code[6:8], code[8:])))
