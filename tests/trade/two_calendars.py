"""Two nodes in memory, one of which sells the times of a calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from entrepot.model.errors import TradeError
from entrepot.trade.booking.asset_form import read_asset
from entrepot.trade.booking.assets import create_asset
from entrepot.trade.booking.bookings import Booking
from entrepot.trade.nodes import delivering
from entrepot.trade.nodes.delivering import PeerRefused
from entrepot.trade.offers import Offer
from entrepot.trade.orders import Order
from trade.market import BUYER, SELLER, VISIT
from trade.tally import Clock
from trade.two_nodes import TwoNodes

DAILY = [{"since": "08:00", "until": "17:00", "days": [1, 2, 3, 4, 5, 6, 7]}]


class Calendars:
    """Two nodes of this moment, a calendar of a practitioner in Viet Nam, and the copy of its offer in China."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **terms: Any) -> None:
        from entrepot.trade_app.nodes import times as own
        from entrepot.trade_app.services import bookings

        clock = Clock()
        clock.time = dt.datetime.now(dt.UTC).replace(microsecond=0)
        self.nodes, self.app, self.bookings = TwoNodes(clock=clock), own, bookings
        self.books: Any = self.nodes.cn.books
        for module in (own, bookings):
            monkeypatch.setattr(module, "open_books", lambda: self.books)
        for name in ("time.free", "time.hold"):
            self.nodes.vn.node.services[name] = partial(self._served, name)  # type: ignore[index]  # a dict, in tests
        vn = self.nodes.vn
        details = read_asset(
            {"titles": {"en": "Dr. Lan"}, "kind": "person", "zone": "Asia/Ho_Chi_Minh", "weekly": DAILY,
             "limits": {"shortest": 20, "longest": 60, "step": 20}, "units": 1}
        )  # fmt: skip
        self.asset = vn.books.run(lambda tx: create_asset(tx, details, bookings.zone_of, seller=SELLER, key="c"))
        visit = {**VISIT, "delivery": {**VISIT["delivery"], "resource": self.asset.id, **terms}}
        self.offer = vn.market.offer(visit)
        self.copy: Offer = self.nodes.mirror(self.offer)

    def _served(self, name: str, body: Any, peer: Any) -> Any:
        with self.at(self.nodes.vn.books):
            return self.app.services()[name](body, peer)

    @contextmanager
    def at(self, books: Any) -> Iterator[None]:
        """The node whose books are used."""
        before, self.books = self.books, books
        try:
            yield
        finally:
            self.books = before

    def ask(self, peer: Any, kind: Any, body: Any) -> Any:
        """Ask the other node over the wire."""
        try:
            return delivering.ask(self.nodes.cn.side.post, peer.id, kind, body)
        except PeerRefused as error:
            raise TradeError(error.code, str(error)) from None

    def free(self) -> list[str]:
        """The free times as the node of China is told."""
        return [each.since for each in self.app.ask_free(self.ask, self.copy).times]

    def hold(self, since: str, key: str = "1") -> Booking:
        """Hold a time for the buyer in China."""
        held: Booking = self.app.ask_hold(self.ask, BUYER, self.copy, since, key)
        return held

    def remote(self, held: Booking) -> Booking:
        """The booking at the node of the seller."""
        found: Booking = self.nodes.vn.books.read(held.remote)
        return found


def order_time(calendars: Calendars, held: Booking, key: str = "o") -> Order:
    """The buyer in China orders a time that it holds."""
    (order,) = calendars.nodes.cn.market.place({}, bookings=[held.id], key=key)
    return order
