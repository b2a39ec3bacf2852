"""house: what the fleet needs of the house that it works for; `app` puts it together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from entrepot import flow
from entrepot.pack.law import Law, World
from entrepot.words import Exchange, Quote, Sale


class Asked(NamedTuple):
    """A sale that reads as one, with the law, the day and the reference rates that it is quoted by."""

    sale: Sale
    law: Law
    on: dt.date
    reference: Mapping[str, Exchange]


@dataclass(frozen=True, slots=True)
class House:
    """The packs and the day, as functions.

    `law`: the law of an economy on a day (raises LawError). `reference`: rates to fall back on for some currencies
    against the importer's own, on a day. `ask`: reads a sale and finds its law (raises SaleError); the day given goes
    before the sale's own. `today` is the day where nobody says which. `fingerprint` changes where any law does.
    `kept`: what a lane has made ready for the next table.
    """

    world: World
    law: Callable[[str, dt.date], Law]
    reference: Callable[[frozenset[str], str, dt.date], Mapping[str, Exchange]]
    ask: Callable[[Mapping[str, Any] | Sale, dt.date | None], Asked]
    today: dt.date
    fingerprint: Callable[[], str]
    kept: dict[str, Any] = field(default_factory=dict, compare=False)

    def quote(self, asked: Asked) -> Quote:
        """The quote of a sale that was asked. Raises SaleError where it cannot be one after all."""
        return flow.quote(asked.sale, asked.law, self.world, asked.on, asked.reference)
