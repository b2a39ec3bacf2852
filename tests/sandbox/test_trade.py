"""An order from the offer to the delivery and back: books in memory, the customs office as a process of its own."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from threading import RLock
from typing import Any

import pytest

from entrepot.connect.customs.cn.compose import CHINA, Company
from entrepot.connect.customs.cn.http_post import Http
from entrepot.connect.customs.cn.settings import Settings, Transport
from entrepot.trade.carrier_memory import MemoryCarrier
from entrepot.trade.kinds import KINDS
from entrepot.trade.memory import MemoryBooks
from entrepot.trade.orders import Order
from entrepot.trade.outbox import attempt
from entrepot.trade.payments import deliver
from entrepot.trade.returning import apply_for_return, receive_return
from entrepot.trade_app import carrier_channel, customs_channel
from sandbox_process import Receiver, Sandbox, until
from sandbox_trader import PARTIES, Trader, identity
from trade.market import BUYER, CONTACT, ROOT_KEY, SELLER, Market

SALE = {
    "titles": {"en": "Roasted coffee", "zh": "烘焙咖啡豆"},
    "hs_code": "0901210000",
    "country_of_origin": "VN",
    "ship_from": "VN",
    "price": "68.00",
    "currency": "CNY",
    "shipping": "12.00",
    "net_mass_kg": "0.5",
    "gross_mass_kg": "0.6",
    "unit": "BG",
    "legal_unit": "KGM",
    "specification": "500克/袋",
    "stock": 100,
}


class Now:
    """The time of this machine."""

    time = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        """Now."""
        return dt.datetime.now(dt.UTC)


class Trade(Market):
    """A market whose customs office is a process; `serials`: each buyer has an identity of its own."""

    def __init__(self, office: Sandbox, inbox: Receiver) -> None:
        books = MemoryBooks(KINDS, now=Now(), random=os.urandom, hash_key=ROOT_KEY, lock=RLock())
        super().__init__(books, Now())  # type: ignore[arg-type]  # another clock
        self.inbox = inbox
        self.carrier = MemoryCarrier()
        settings = Settings(
            parties=PARTIES,
            transport=Transport(kind="http", address=f"{office.url}/messages"),
            sellers={SELLER: Company("330198S001", "示例卖家")},
            sandbox=True,
            folder=Path(),
        )
        self.office = customs_channel.Office(self.books, settings, None, Http(settings.transport.address))
        self.carriage = carrier_channel.Carriage(self.books, self.carrier)
        self.channels = {
            "payments": deliver.channel(self.delivery),
            "carrier": carrier_channel.channel(self.carriage),
            "customs": customs_channel.channel(self.office),
        }
        self._read = 0

    def work(self) -> None:
        """What a worker does: send what waits, and read what came."""
        queue = self.books.outbox
        for name, channel in self.channels.items():
            for message in queue.claim(name, self.clock(), lease="w", seconds=60, limit=50, in_order=channel.in_order):
                attempt(queue, channel, message, self.clock, 1.0)
        for _, body in self.inbox.received[self._read :]:
            self._read += 1
            customs_channel.receive(self.office, body)

    def until(self, order: Order, status: str) -> Order:
        """Work until an order has a status."""

        def reached() -> Order | None:
            self.work()
            found = self.read(order)
            return found if found.status == status else None

        try:
            found: Order = until(reached)
        except AssertionError as error:
            now, queue = self.read(order), self.books.outbox
            said = [each.info for one in now.declarations for each in self.books.read(one).messages.values()]
            waiting = [(each.topic, each.reason) for each in queue.listed() if each.state != "sent"]
            raise AssertionError((now.status, now.match, said, waiting)) from error
        return found

    def buy(self, serial: int, given: Mapping[str, Any] = SALE, quantity: int = 1, **changes: Any) -> Order:
        """Place and begin to pay an order of a person of its own."""
        contact = {**CONTACT, "identity_number": identity(serial)}
        (order,) = self.place({self.offer(given).id: quantity}, contact=contact, **changes)
        self.begin_payment(order, payer=contact)
        return order


@pytest.fixture(scope="module")
def market(office: Sandbox, inbox: Receiver) -> Trade:
    return Trade(office, inbox)


@pytest.fixture
def trade(market: Trade, trader: Trader) -> Trade:
    """The market; `trader` sets the switches of the office as usual."""
    trader.office.switch(day=dt.datetime.now(CHINA).date().isoformat())
    return market


def test_an_order_is_paid_matched_declared_released_and_delivered(trade: Trade) -> None:
    order = trade.buy(101)
    released = trade.until(order, "released")
    # That the goods are on the list of today, and that customs has the documents, is not known to the node.
    assert released.match == "not_checkable"
    shown = customs_channel.match_order(trade.office, order.id)
    assert shown.of("failed") == ()
    assert {each.rule for each in shown.rules} >= {"amount.payment", "flow.direct"}
    assert CONTACT["name"] not in str(shown)
    assert identity(101) not in str(shown)
    assert released.limit is not None
    # 68.00 of goods and 12.00 of freight count for the annual limit.
    assert (released.limit.state, released.limit.amount) == ("used", 8000)
    (number,) = released.shipments
    waybill = trade.books.read(number).waybill
    for state in ("shipped", "delivered"):
        trade.carrier.report(waybill, state)
    carrier_channel.take(trade.carriage, trade.carrier.track(waybill))
    assert trade.until(order, "closed").status == "closed"
    declaration = trade.books.read(max(released.declarations))
    (bill,) = declaration.bills.values()
    # 70 % of 13 % of 80.00, as the quote says.
    assert bill.total == released.quote.amounts.charges == 728
    assert trade.books.balance(f"stock/{order.lines[0].offer}", order.lines[0].offer) == 99


def test_a_return_gives_the_taxes_and_the_limit_back(trade: Trade) -> None:
    order = trade.buy(102, quantity=2)
    released = trade.until(order, "released")
    (number,) = released.shipments
    waybill = trade.books.read(number).waybill
    for state in ("shipped", "delivered"):
        trade.carrier.report(waybill, state)
    carrier_channel.take(trade.carriage, trade.carrier.track(waybill))
    trade.until(order, "closed")
    asked = trade.books.run(lambda tx: apply_for_return(tx, order.id, {1: 2}, "not_as_described", by=BUYER, key="r"))
    trade.until(order, "return_asked")

    def approved() -> bool:
        trade.work()
        return bool(trade.books.read(asked.id).status == "approved")

    until(approved)
    trade.books.run(lambda tx: receive_return(tx, asked.id))
    done = trade.until(order, "returned")
    assert done.limit is not None
    assert done.limit.returned == done.limit.amount
    trade.work()
    payment = trade.books.read(max(done.payments))
    assert payment.refunded == 2 * 6800 + done.quote.amounts.charges


def test_what_customs_holds_waits_and_is_released_by_an_officer(trade: Trade, trader: Trader) -> None:
    trader.office.switch(mode="inspect")
    order = trade.buy(103)
    held = trade.until(order, "held")
    assert held.attention == ("customs_held",)
    declaration = trade.books.read(max(held.declarations))
    answer = trader.office.post(f"/control/lists/{declaration.numbers['list']}", {"decision": "release"})
    assert answer.status_code < 300, answer.text
    assert trade.until(order, "released").limit is not None


def test_an_order_whose_payer_is_another_person_is_not_declared(trade: Trade) -> None:
    contact = {**CONTACT, "identity_number": identity(104)}
    (order,) = trade.place({trade.offer(SALE).id: 1}, contact=contact)
    with pytest.raises(Exception, match="payer"):
        trade.begin_payment(order, payer={**contact, "name": "王芳", "identity_number": identity(105)})


def test_an_offer_without_what_a_list_needs_is_not_declared_and_says_why(trade: Trade) -> None:
    order = trade.buy(106, {**SALE, "hs_code": "0901.21", "titles": {"en": "Coffee", "zh": "咖啡"}})

    def told() -> Order | None:
        trade.work()
        found = trade.read(order)
        return found if found.match else None

    found = until(told)
    assert (found.status, found.attention, found.why) == ("paid", ("match_failed",), "declaration_code")
    matched = [each for _, each in trade.books.events(stream=order.id) if each.kind == "order.matched"]
    assert "ten digits of the commodity code" in matched[0].payload["failed"][0]["says"]


def test_nothing_is_sent_or_received_twice(trade: Trade) -> None:
    order = trade.buy(107)
    trade.until(order, "released")
    before = trade.read(order)
    for _, body in trade.inbox.received:
        customs_channel.receive(trade.office, body)
    trade.work()
    assert trade.read(order) == before
    assert Decimal(before.limit.amount if before.limit else 0) == Decimal(8000)
