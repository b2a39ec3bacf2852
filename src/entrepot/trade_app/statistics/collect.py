"""The lines of this node for statistics, and the exchange rates of their days."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from entrepot import app, configuration
from entrepot.connect.rates.reference import reference_rates
from entrepot.measure.extract import OrderFacts, lines_of
from entrepot.measure.lines import Known, LedgerLine, Party
from entrepot.measure.tables import Rate
from entrepot.model.errors import TradeError
from entrepot.payment_settings import read_payments
from entrepot.trade.orders import Order
from entrepot.trade.ports import Books
from entrepot.trade_app.books import open_books

if TYPE_CHECKING:
    from entrepot.store.trade.books import StoreBooks

#: Orders that are read together.
PAGE = 500


def economy() -> str:
    """The economy of this node, as its payments have it; "" where it is not set."""
    return read_payments(os.environ).economy


def ledger_lines(most: int = 0) -> list[LedgerLine]:
    """The lines of all paid orders of this node. Raises StoreError, and TradeError for more than `most`, if given."""
    found = []
    for each in iterate_ledger():
        found.append(each)
        if most and len(found) > most:
            raise TradeError(
                "too_many_lines", "There are more than {most} lines: use entrepot measure table.", most=str(most)
            )
    return found


def iterate_ledger() -> Iterator[LedgerLine]:
    """As `ledger_lines`, one after the other: the orders are read page by page."""
    books = open_books()
    yield from lines_in(books, known(books))


def known(books: Books) -> Known:
    """What this node knows of its parties: where they are resident, and the sectors that organizations have stated."""
    from entrepot.store.people.organizations import list_organizations  # noqa: PLC0415  # after the database is open

    parties, own = {}, ""
    for each in list_organizations():
        parties[each.id] = Party(each.country, each.sector)
        own = each.id if each.kind == "operator" else own
    parties |= {each.id: Party(each.economy) for each in _all(books, "pn_")}
    return Known(parties=parties, economy=economy(), platform_party=own)


def lines_in(books: StoreBooks, about: Known) -> Iterator[LedgerLine]:
    """The lines of all paid orders of books, the oldest first."""
    numbers = books.list_numbers("or_")
    for at in range(0, len(numbers), PAGE):
        for facts in facts_of(books, books.read_many(numbers[at : at + PAGE])):
            yield from lines_of(facts, about)


def facts_of(books: StoreBooks, orders: Sequence[Order]) -> list[OrderFacts]:
    """Orders with their objects, which are read together."""
    wanted = dict.fromkeys(number for order in orders for number in _objects_of(order))
    found = {each.id: each for each in books.read_many(list(wanted))}

    def read(numbers: Iterable[str]) -> list[Any]:
        return [found[number] for number in numbers if number in found]

    return [
        OrderFacts(
            order=order,
            payment=found.get(order.paying) if order.paying != order.common else None,
            deliveries=read(order.deliveries),
            shipments=read(order.shipments),
            declarations=read(order.declarations),
            returns=read(order.returns),
            common=found.get(order.common) if order.common else None,
        )
        for order in orders
    ]


def _objects_of(order: Order) -> list[str]:
    listed = (*order.deliveries, *order.shipments, *order.declarations, *order.returns)
    return [number for number in (order.paying, order.common, *listed) if number]


def _all(books: Books, prefix: str) -> Iterator[Any]:
    before = ""
    while page := books.list_objects(prefix, before=before, limit=PAGE):
        yield from page
        before = page[-1].id


def decimals_of(currency: str) -> int:
    """The decimals of a currency. Raises TradeError."""
    found = app.library().world.decimals.get(currency)
    if found is None:
        raise TradeError(
            "currency_unknown",
            "{currency!r} is not a currency code. Use three letters (ISO 4217), for example USD.",
            "currency",
            currency=currency[:10],
        )
    return found


def rate_to(currency: str) -> Rate:
    """Exchange rates to a currency, between minor units. Raises TradeError for what is not a currency."""
    own = decimals_of(currency)
    decimals = app.library().world.decimals

    @cache
    def rate(other: str, day: str) -> Fraction | None:
        if other not in decimals or not day:
            return None
        found = reference_rates(frozenset({other}), currency, dt.date.fromisoformat(day), _data()).get(other)
        if found is None:
            return None
        return Fraction(found.rate) * Fraction(10) ** (own - decimals[other])

    return rate


def _data() -> Path | None:
    return configuration.data_folder(os.environ)


def _check_days(line: LedgerLine) -> None:
    """The days of a line are days, or "". Raises ValueError."""
    for day in (line.ordered, line.shipped, line.released, line.delivered):
        if day and (len(day) != 10 or dt.date.fromisoformat(day).isoformat() != day):
            raise ValueError(f"{day[:20]!r} is not a day")


def read_lines(path: Path) -> list[LedgerLine]:
    """The lines of a file that `measure export --format lines` wrote. Raises TradeError, OSError."""
    return list(iterate_lines(path))


def iterate_lines(path: Path) -> Iterator[LedgerLine]:
    """As `read_lines`, one after the other."""
    decoder = msgspec.json.Decoder(LedgerLine)
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                found = decoder.decode(line)
                _check_days(found)
                yield found
            except ValueError as error:  # msgspec's errors too
                raise TradeError(
                    "lines_invalid",
                    "{file}, row {row}, is not a line of statistics: {why}",
                    "FILE",
                    file=path.name,
                    row=str(number),
                    why=str(error)[:200],
                ) from None
