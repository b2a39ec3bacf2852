"""The stored quotes of this node, as orders use them: implements `trade.quotes.QuotePort`."""

from __future__ import annotations

import datetime as dt
import time
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import Any

import msgspec
from django.db import transaction

from entrepot import app, stored_quotes
from entrepot.model import json
from entrepot.model.quote import Quote
from entrepot.model.sale import read_sale
from entrepot.store import quotes as rows
from entrepot.trade.limits import retail_limits
from entrepot.trade.quotes import LawNow, StoredQuote
from entrepot.trade.service_rules import ServiceRule, rules_of

#: A quote is looked at when its order is placed, paid and declared, and never changes: so many are kept decoded, for so
#: many seconds after they were read, so that one that was deleted is soon not found.
KEPT, SECONDS = 512, 60.0


class _Recent:
    """The quotes that were read last."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._found: OrderedDict[str, tuple[float, StoredQuote]] = OrderedDict()

    def get(self, number: str) -> StoredQuote | None:
        """A quote that was read a short time ago."""
        read, found = self._found.get(number, (0.0, None))
        return found if found is not None and time.monotonic() - read < SECONDS else None

    def add(self, quote: StoredQuote) -> None:
        """Keep a quote that was read now."""
        with self._lock:
            self._found[quote.id] = time.monotonic(), quote
            self._found.move_to_end(quote.id)
            if len(self._found) > KEPT:
                self._found.popitem(last=False)


_recent = _Recent()


class NodeQuotes:
    """The stored quotes of this node."""

    def create(self, sale: Mapping[str, Any], owner: str) -> StoredQuote:  # noqa: ARG002  # see `find`
        """Calculate and store a quote. Not called within a transaction. Raises SaleError."""
        with transaction.atomic():
            body, _outcome = stored_quotes.create_quote(sale, None)
        found = self.find(json.decode(body)["id"])
        assert found is not None  # noqa: S101  # it was stored just now
        return found

    def find(self, number: str) -> StoredQuote | None:
        """A stored quote, also if it has expired; None if there is none, or if it is one of a sandbox key.

        Its owner is the organization of the API key that it was asked for with. One that was asked for without a key
        has no owner: who knows its id and its hash was shown it.
        """
        if number.startswith(stored_quotes.SANDBOX):
            return None
        if (known := _recent.get(number)) is not None:
            return known
        row = stored_quotes.find_row(number)
        if row is None:
            return None
        request = msgspec.json.decode(bytes(row.request))
        found = StoredQuote(
            id=row.id,
            hash=row.hash,
            owner=rows.organization_of(row),
            expires=row.expires,
            sale=read_sale(request),
            document=Quote.from_json(stored_quotes.stored_json(row)).document(),
        )
        _recent.add(found)
        return found

    def law(self, economy: str, day: dt.date) -> LawNow:
        """The law of an economy on a day. Raises LawError."""
        found = app.library().law(economy, day)
        return LawNow(found.hash, retail_limits(found))

    def rules(self, service: str, economies: tuple[str, str], buyer: str, day: dt.date) -> tuple[ServiceRule, ...]:
        """What the law of both economies says of the delivery of a service on a day."""
        return rules_of(app.library().law, service, economies, buyer, day)

    def decimals(self, currency: str) -> int | None:
        """The number of decimals of a currency; None if it is not known."""
        return app.library().world.decimals.get(currency)
