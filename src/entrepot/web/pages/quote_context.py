"""shown: a quote with what its page needs beside it: its sale, its law, its sources, and the form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from entrepot.law.compiled import Law, World
from entrepot.model.quote import Quote
from entrepot.web.pages import sale_form
from entrepot.web.pages.citations import Sources


@dataclass(slots=True)
class Telling:
    """A quote with what its page needs beside it. `query`: the form that asks for it, where a form can."""

    quote: Quote
    sale: Mapping[str, Any]
    law: Law
    world: World
    query: Mapping[str, Any] | None
    sources: Sources = field(default_factory=Sources)

    def supposing(self, **more: str) -> str:
        """The address of the same question with something more supposed; empty where there is no form for it."""
        if self.query is None:
            return ""
        added = [each for each in (more.pop("asserted", ""),) if each]
        named = [*self.query.get("asserted", ()), *added]
        return "?" + sale_form.address({**self.query, **more, "asserted": list(dict.fromkeys(named))})
