"""Programmes of this node: created on the ground of agreements in force, and measured from the ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from entrepot import app
from entrepot.cooperation.agreements import opened
from entrepot.model.errors import TradeError
from entrepot.store.trade.books import StoreBooks
from entrepot.trade.courses.enrolment import Enrolment
from entrepot.trade.orders import Order
from entrepot.trade.ports import Transaction
from entrepot.trade.programmes import programme as programmes
from entrepot.trade.programmes.measure import Measured, counts, id_range, measure
from entrepot.trade.programmes.programme import Programme

#: Objects that are read at once, and orders that are measured at most.
_PAGE, MAX_ORDERS = 500, 20_000


def create(books: StoreBooks, given: Mapping[str, Any], *, organization: str, key: str = "") -> Programme:
    """Create a programme on the agreements in force between its partners on its first day. Raises TradeError."""
    fields = programmes.check_fields(given)
    grounds = _grounds(fields["economies"], dt.date.fromisoformat(fields["starts"]))
    return books.run(lambda tx: programmes.create(tx, fields, grounds, organization=organization, key=key))


def change(books: StoreBooks, number: str, given: Mapping[str, Any], *, organization: str) -> Programme:
    """Change a programme: fields, then the work item `done`, then its `status`, all or nothing. Raises TradeError."""
    fields = {name: value for name, value in given.items() if name not in ("status", "done")}

    def command(tx: Transaction) -> Programme:
        changed = programmes.change(tx, number, fields, organization=organization)
        if "done" in given:
            changed = programmes.finish_item(tx, number, given["done"], organization=organization)
        if "status" in given:
            changed = programmes.set_status(tx, number, given["status"], organization=organization)
        return changed

    return books.run(command)


def _grounds(economies: list[str], on: dt.date) -> list[str]:
    """The agreements that let the partners run a programme, the first one with each other. Raises TradeError."""
    law, known, found = app.library().agreements(), app.library().world.economies, dict[str, None]()
    for code in economies:
        if code not in known:
            raise TradeError(
                "field_invalid",
                "{value!r} is not a value of {field}. Use one of: {known}.",
                "economies",
                value=code[:10],
                field="economies",
                known="CN, VN …",
            )
    for other in economies[1:]:
        ground = opened(law, economies[0], other, on)["programmes"]
        if ground.state != "open":
            raise TradeError(
                "no_agreement",
                "No agreement in force on {day} lets {first} and {second} run a programme.",
                "economies",
                day=on.isoformat(),
                first=economies[0],
                second=other,
            )
        found |= dict.fromkeys(ground.agreements)
    return list(found)


def measured(books: StoreBooks, programme: Programme) -> tuple[Measured, ...]:
    """The indicators of a programme, measured from the ledger of this node."""
    orders = [order for page in _pages(books, programme, "or_") for order in _counted(books, programme, page)]
    enrolments: list[Enrolment] = [each for page in _pages(books, programme, "en_") for each in page]
    hours = {order.id: hours for order in orders if (hours := _release_hours(books, order)) is not None}
    return measure(programme, orders, enrolments, hours)


def agreement_titles() -> dict[str, str]:
    """The titles of the agreements in the packs, by their ids."""
    return {each.id: each.title for each in app.library().agreements().agreements}


def _pages(books: StoreBooks, programme: Programme, prefix: str) -> Iterator[list[Any]]:
    """The objects that were created on the days of a programme, page by page, the newest first."""
    first, before = id_range(programme, prefix)
    for _ in range(MAX_ORDERS // _PAGE):
        page = [each for each in books.list_objects(prefix, before=before, limit=_PAGE) if each.id >= first]
        if page:
            yield page
        if len(page) < _PAGE:
            return
        before = page[-1].id


def _counted(books: StoreBooks, programme: Programme, orders: list[Order]) -> Iterator[Order]:
    pavilion_of: dict[str, str] = {}
    if programme.pavilions:
        offers = {line.offer for order in orders for line in order.lines}
        pavilion_of = {
            offer.id: offer.presentation.pavilion or (offer.origin.pavilion if offer.origin else "")
            for offer in books.read_many(offers)
        }
    return (order for order in orders if counts(programme, order, pavilion_of))


def _release_hours(books: StoreBooks, order: Order) -> float | None:
    """The hours from the first declaration of an order to its release, by the times of the events; else None."""
    if not any(status in ("released", "closed") for status in order.declarations.values()):
        return None
    begun: dt.datetime | None = None
    for _position, event in books.events(stream=order.id, limit=1000):
        if event.kind == "order.customs_changed":
            time = dt.datetime.fromisoformat(event.time)
            begun = begun or time
            if event.payload["status"] in ("released", "closed"):
                return (time - begun).total_seconds() / 3600
    return None
