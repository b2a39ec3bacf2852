"""shown: a quote with what its page needs beside it, and the small forms that all pages share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from entrepot.cli.symbols import Marks
from entrepot.language.law_text import name_of
from entrepot.law.compiled import Law, World
from entrepot.model.quote import Quote


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
