"""A quote with what its page on the terminal needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from entrepot.cli.symbols import Symbols
from entrepot.language.heading_names import heading_names
from entrepot.language.law_text import name_of
from entrepot.language.translate import current_language
from entrepot.law.compiled import Law, World
from entrepot.model.codes import dotted
from entrepot.model.quote import Quote

#: Letters of a name that only says "other", at most: loại khác, อื่น ๆ, ផ្សេងទៀត.
OTHER = 9


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


def local_first(code: str, name: str) -> str:
    """The code and the name of goods, after a short name in the language of the reader where there is one.

    The everyday names of goods are not read: a quote starts fast.

    >>> local_first("0901", "Coffee, husks and skins")
    '0901 Coffee, husks and skins'
    """
    legal, language = f"{dotted(code)} {name}", current_language()
    known = heading_names(language) if language != "en" else {}
    short = known.get(code[:6]) or known.get(code[:4], "")
    # A legal name in the language of the reader needs none before it, unless it only says "other".
    says = (not name.isascii() and len(name) > OTHER) or short.casefold() in name.casefold()
    return legal if says else f"{short} · {legal}"
