"""A quote with what its page needs: its sale, its law, its sources and the form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from entrepot.law.compiled import Law, World
from entrepot.model.quote import Quote
from entrepot.web.pages import sale_form
from entrepot.web.pages.citations import Sources


@dataclass(slots=True)
class QuoteView:
    """A quote, its sale, law and sources. `query`: the form of the sale; None if the form cannot express it."""

    quote: Quote
    sale: Mapping[str, Any]
    law: Law
    world: World
    query: Mapping[str, Any] | None
    sources: Sources = field(init=False)

    def __post_init__(self) -> None:
        self.sources = Sources(self.quote.law)

    def url_with(self, *asserted: str, **more: str) -> str:
        """The address of the same form with more fields or asserted conditions; empty if there is no form."""
        if self.query is None:
            return ""
        conditions = list(dict.fromkeys([*self.query.get("asserted", ()), *asserted]))
        return "?" + sale_form.query_string({**self.query, **more, "asserted": conditions})
