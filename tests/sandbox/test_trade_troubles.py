"""A customs office and a carrier that are slow, send garbage, repeat themselves, or answer what is no answer.

The order waits, says for whom and why, and goes on by itself when the counterpart works again; nothing happens twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

pytest.importorskip("django", reason="the server is not installed")
pytest.importorskip("lxml", reason="the server is not installed")

from entrepot.connect.carrier.sandbox import SandboxCarrier
from entrepot.connect.customs.cn.faults import MessageError
from entrepot.connect.customs.cn.http_post import Http
from entrepot.trade.orders import Order
from entrepot.trade.outbox import Message, attempt
from entrepot.trade.waiting import held_up
from entrepot.trade_app import carrier_channel, customs_channel
from sandbox.test_trade import Trade
from sandbox_process import Receiver, Sandbox, run, until
from sandbox_trader import Trader

pytestmark = pytest.mark.long
#: Seconds that the node waits for the answer of a slow counterpart, which takes longer, and for that of another one.
SHORT, SLOW, LONG = 0.4, 1.0, 60.0


class Troubled(Trade):
    """A market that waits for answers as long as the test says, and reads what can be read of what comes."""

    def __init__(self, office: Sandbox, inbox: Receiver, carrier: Sandbox | None = None) -> None:
        super().__init__(office, inbox)
        self.sandbox, self.refused = carrier, 0
        self.wait_at_most()

    def wait_at_most(self, customs: float = LONG, carrier: float = LONG) -> None:
        """So many seconds an answer is waited for."""
        address = self.office.settings.transport.address
        self.office = self.office._replace(transport=Http(address, timeout=customs))
        self.channels["customs"] = customs_channel.channel(self.office)
        if self.sandbox is not None:
            start = self.sandbox.start
            real = SandboxCarrier(self.sandbox.url, start["control_token"], start["webhook_secret"], timeout=carrier)
            self.carriage = carrier_channel.Carriage(self.books, real)
            self.channels["carrier"] = carrier_channel.channel(self.carriage)

    def work(self) -> None:
        """What a worker does; a message that cannot be read is refused, and changes nothing."""
        queue = self.books.outbox
        for name, channel in self.channels.items():
            for message in queue.claim(name, self.clock(), lease="w", seconds=60, limit=50, in_order=channel.in_order):
                attempt(queue, channel, message, self.clock, 1.0)
        for _, body in self.inbox.received[self._read :]:
            self._read += 1
            try:
                customs_channel.receive(self.office, body)
            except MessageError:
                self.refused += 1

    def waits(self, order: Order) -> Message:
        """The message that an order waits for, once there is one."""

        def found() -> Message | None:
            self.work()
            return next(iter(held_up(self.books.outbox, [self.read(order)]).get(order.id, ())), None)

        message: Message = until(found)
        return message

    def until_parcel(self, order: Order) -> None:
        """Work until an order has a parcel."""

        def booked() -> bool:
            self.work()
            return bool(self.read(order).shipments)

        until(booked)

    def works_again(self, order: Order) -> None:
        """The time of the next attempt has come."""
        for message in held_up(self.books.outbox, [self.read(order)]).get(order.id, ()):
            with suppress(Exception):
                self.books.outbox.retry(message.id, self.clock())


@pytest.fixture(scope="module")
def carrier(tmp_path_factory: pytest.TempPathFactory, inbox: Receiver) -> Iterator[Sandbox]:
    with run("carrier", tmp_path_factory.mktemp("carrier"), "--delay", "0", "--retry", "0.05") as running:
        yield running


@pytest.fixture(scope="module")
def market(office: Sandbox, inbox: Receiver) -> Troubled:
    """One market for all: its numbers of payments and parcels are those of one node."""
    return Troubled(office, inbox)


def releases(market: Troubled, order: Order) -> Counter[str]:
    """How often each state of the declaration is in the events of an order."""
    return Counter(
        str(event.payload["status"])
        for _, event in market.books.events(stream=order.id, limit=1000)
        if event.kind == "order.customs_changed"
    )


@pytest.mark.parametrize(
    ("switches", "serial", "why"),
    [
        ({"slow": SLOW}, 301, "did not answer: not within"),
        ({"wrong": True}, 302, "is not one of a platform"),
        ({"absent": True}, 303, "answered 503"),
    ],
)
def test_an_order_waits_for_customs_says_why_and_goes_on(
    market: Troubled, office: Sandbox, trader: Trader, switches: dict[str, Any], serial: int, why: str
) -> None:
    office.switch(day=None, **switches)
    market.wait_at_most(customs=SHORT if "slow" in switches else LONG)
    order = market.buy(serial)
    waiting = market.waits(order)
    assert (waiting.channel, waiting.state, why in waiting.reason) == ("customs", "waiting", True), waiting
    assert market.read(order).status == "paid"
    office.switch(slow=0, wrong=False, absent=False)
    market.wait_at_most()
    market.works_again(order)
    released = market.until(order, "released")
    # What was taken before the answer came too late is not taken twice.
    assert releases(market, order)["released"] == 1
    assert list(released.declarations.values()) == ["released"]
    assert not held_up(market.books.outbox, [released])


def test_garbage_and_repeated_answers_in_another_order_change_nothing(
    market: Troubled, office: Sandbox, trader: Trader
) -> None:
    refused, owed = market.refused, market.books.balance("customs/CN", "CNY")
    office.switch(day=None, garbage=True, repeat=3, reorder=True)
    order = market.buy(304)
    market.until(order, "released")
    assert market.refused > refused
    assert max(releases(market, order).values()) == 1
    assert market.books.balance("customs/CN", "CNY") == owed + order.quote.amounts.charges


def test_an_order_waits_for_a_slow_or_wrong_carrier_and_books_one_parcel(
    office: Sandbox, inbox: Receiver, trader: Trader, carrier: Sandbox
) -> None:
    market = Troubled(office, inbox, carrier)
    market._read = len(inbox.received)
    office.switch(day=None)
    for serial, switches in ((305, {"slow": SLOW}), (306, {"wrong": True})):
        carrier.switch(**switches)
        market.wait_at_most(carrier=SHORT if "slow" in switches else LONG)
        order = market.buy(serial)
        waiting = market.waits(order)
        market.wait_at_most()
        assert (waiting.channel, waiting.topic, waiting.state) == ("carrier", "book", "waiting")
        assert "carrier" in waiting.reason.lower()
        carrier.switch(slow=0, wrong=False)
        market.works_again(order)
        market.until_parcel(order)
        assert len(market.read(order).shipments) == 1
