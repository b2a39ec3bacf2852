"""A quote with what its page on the terminal needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from entrepot.cli.symbols import Symbols
from entrepot.language.law_text import name_of
from entrepot.law.compiled import Law, World
from entrepot.model.quote import Quote


@dataclass(frozen=True, slots=True)
class QuoteView:
    """A quote, its request and law, and the symbols and the width of the terminal.

    `by_option`: the sale was typed as options, so notes name options in place of fields.
    """

    quote: Quote
    request: Mapping[str, Any]
    law: Law
    world: World
    symbols: Symbols
    width: int
    by_option: bool

    def name(self, code: str) -> str:
        """The name of a code or a service."""
        return name_of(self.law, self.world, code)
