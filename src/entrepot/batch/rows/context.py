"""The law and the rates that tables are assessed with; `entrepot.app` provides them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from entrepot.engine import flow, request
from entrepot.engine.case import AssessedSale
from entrepot.engine.request import FindLaw, FindRates, QuoteRequest
from entrepot.language.typed_names import TYPED_NAMES
from entrepot.law.compiled import World
from entrepot.model.errors import SaleError
from entrepot.model.sale import Sale


@dataclass(frozen=True, slots=True)
class LawContext:
    """The law of every economy and the date, as functions.

    `law`: the law of an economy on a day (raises LawError). `reference`: reference exchange rates of some currencies to
    the importer's, on a day. `today`: the date where no other is given. `fingerprint`: changes where any law changes.
    `codes`: the codes that descriptions may mean, for rows that have no code; None where nothing classifies them.
    `worker`: the module of a process that assesses sales as this one does, and its setup; None where there is none.
    `cache`: what was prepared for the next table.
    """

    world: World
    law: FindLaw
    reference: FindRates
    today: dt.date
    fingerprint: Callable[[], str]
    codes: Callable[[Sequence[str]], Sequence[Mapping[str, Any] | SaleError]] | None = field(
        default=None, compare=False
    )
    worker: tuple[str, bytes] | None = field(default=None, compare=False)
    cache: dict[str, Any] = field(default_factory=dict, compare=False)

    def read_request(self, sale: Mapping[str, Any] | Sale, on: dt.date | None) -> QuoteRequest:
        """Reads a sale and finds its law; the given day has priority over the sale's own. Raises SaleError."""
        return request.read_request(sale, on, self.world, self.law, self.reference, TYPED_NAMES, self.today)

    def assess(self, asked: QuoteRequest) -> AssessedSale:
        """The figures of a sale under each import procedure. Raises SaleError where the sale is not valid."""
        return flow.assess(asked.sale, asked.law, self.world, asked.on, asked.reference)
