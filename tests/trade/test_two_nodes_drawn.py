"""Drawn histories of two nodes: messages are lost, repeated, overtaken; nothing is lost or done twice."""

from __future__ import annotations

import datetime as dt
import random
from contextlib import suppress
from functools import partial

import pytest

import sizes
from entrepot.model.errors import TradeError
from entrepot.trade.cancelling import cancel_order, expire_order
from entrepot.trade.nodes.delivering import channel
from entrepot.trade.nodes.memory import ANSWER_LOST, ARRIVES, LOST, TWICE
from entrepot.trade.nodes.messages import CHANNEL
from entrepot.trade.orders import Order
from entrepot.trade.outbox import attempt
from entrepot.trade.shipping import create_shipment, report
from trade.market import BUYER
from trade.two_nodes import Trader, TwoNodes

STOCK, ORDERS, ACTS = 12, 5, 40


class _History:
    """A drawn history. `in_order`: whether the messages of one order keep their order."""

    def __init__(self, seed: str, *, in_order: bool) -> None:
        self.draw = random.Random(seed)
        self.nodes = TwoNodes(stock=STOCK)
        self.in_order = in_order
        for node in (self.nodes.cn, self.nodes.vn):
            node.side.transport.fate = self._fate
        self.orders: list[Order] = []
        self.waybills = 0

    def _fate(self, _content: bytes) -> str:
        return self.draw.choices((ARRIVES, LOST, ANSWER_LOST, TWICE), (5, 2, 2, 1))[0]

    def play(self) -> None:
        """Let drawn things happen, and then everything come to its end."""
        for _ in range(ACTS):
            self.draw.choice(
                (self._place, self._pay, self._work, self._work, self._ship, self._cancel, self._sell_off)
            )()
        for node in (self.nodes.cn, self.nodes.vn):
            node.side.transport.fate = lambda _content: ARRIVES
        self.nodes.clock.pass_days(2)
        for order in self.orders:
            self.nodes.cn.books.run(partial(expire_order, number=order.id))
        for _ in range(60):
            self._work()
            self._replay()
        self.nodes.run()

    def _place(self) -> None:
        if len(self.orders) < ORDERS:
            self.orders.append(self.nodes.place(self.draw.randint(1, 4)))

    def _pay(self) -> None:
        if self.orders:
            order = self.draw.choice(self.orders)
            with suppress(TradeError):
                self.nodes.cn.market.begin_payment(order)
            self.nodes.cn.market.send()

    def _work(self) -> None:
        """A part of the work of both nodes: steps, messages, and the provider of payments."""
        self.nodes.clock.time += dt.timedelta(minutes=1)
        for node in self.draw.sample([self.nodes.cn, self.nodes.vn], 2):
            node.take_steps()
            self._deliver(node, self.draw.randint(0, 4))
        self.nodes.cn.market.send()
        if self.draw.random() < 0.3:
            self._replay()

    def _deliver(self, node: Trader, most: int) -> None:
        queue, sends = node.books.outbox, channel(node.side.post)
        for _ in range(most):
            for message in queue.claim(
                CHANNEL, self.nodes.clock(), lease="drawn", seconds=60, limit=1, in_order=self.in_order
            ):
                attempt(queue, sends, message, self.nodes.clock, self.draw.random())

    def _replay(self) -> None:
        """Bytes that were on the network before arrive again."""
        node = self.draw.choice((self.nodes.cn, self.nodes.vn))
        if node.side.transport.earlier:
            with suppress(Exception):
                node.side.transport.arrive(self.draw.choice(node.side.transport.earlier))

    def _ship(self) -> None:
        for order in self._sellers():
            if self.draw.random() < 0.5:
                with suppress(TradeError):
                    self._ship_one(order)

    def _ship_one(self, order: Order) -> None:
        self.waybills += 1
        create = partial(create_shipment, number=order.id, carrier="ZTO", waybill=f"WB{self.waybills}", by="og_1")
        parcel = self.nodes.vn.books.run(create)
        for state in ("shipped", "delivered")[: self.draw.randint(0, 2)]:
            self.nodes.vn.books.run(partial(report, number=parcel.id, state=state))

    def _cancel(self) -> None:
        if self.orders and self.draw.random() < 0.5:
            order = self.draw.choice(self.orders)
            with suppress(TradeError):
                self.nodes.cn.books.run(lambda tx: cancel_order(tx, order.id, "changed_mind", by=BUYER))

    def _sell_off(self) -> None:
        sellers = self._sellers()
        if sellers and self.draw.random() < 0.4:
            order = self.draw.choice(sellers)
            with suppress(TradeError):
                self.nodes.vn.books.run(lambda tx: cancel_order(tx, order.id, "not_available", by="og_1"))

    def _sellers(self) -> list[Order]:
        return [self.nodes.vn.books.read(each.order) for each in self.nodes.vn.all_common().values() if each.order]

    def check(self) -> None:
        """What must hold at the end."""
        here, there = self.nodes.cn.all_common(), self.nodes.vn.all_common()
        assert set(there) <= set(here)
        assert len(here) == len(self.orders)
        assert len(self.nodes.vn.books.list_objects("or_")) == sum(bool(each.order) for each in there.values())
        for number, common in here.items():
            self._check_order(number, common.status)
        live = sum(order.pieces for order in self._sellers() if order.stock != "given_back")
        assert self.nodes.vn.books.balance(f"stock/{self.nodes.offer.id}", self.nodes.offer.id) == STOCK - live
        assert self.nodes.cn.owed() == -self.nodes.vn.owed()
        assert self.nodes.vn.owed() == -self.nodes.vn.unsettled() - self.nodes.vn.books.balance(
            f"unassigned/{self.nodes.vn.peer}", "CNY"
        )

    def _check_order(self, number: str, status: str) -> None:
        here, there = self.nodes.cn.all_common()[number], self.nodes.vn.all_common().get(number)
        buyers: Order = self.nodes.cn.books.read(here.order)
        if there is None:
            assert status in ("rejected", "cancelled")
            assert buyers.status == "cancelled"
            assert here.owed == 0
            return
        assert {each.number: each for each in here.entries} == {each.number: each for each in there.entries}
        if there.status == "accepted":
            assert status == "accepted", (here, there)
            sellers: Order = self.nodes.vn.books.read(there.order)
            assert sellers.state == "placed"
            assert buyers.state == "placed", (here, there)
            assert here.terms is not None
            assert here.owed == here.terms.owed
            assert sorted(buyers.shipments.values()) == sorted(sellers.shipments.values())
            return
        assert status in ("rejected", "cancelled")
        assert buyers.state == "cancelled"
        assert here.owed == 0
        if there.order:
            assert self.nodes.vn.books.read(there.order).state == "cancelled"


def _play(seeds: range, *, in_order: bool) -> None:
    for seed in seeds:
        history = _History(f"{sizes.SEED} {seed}", in_order=in_order)
        history.play()
        history.check()


@pytest.mark.parametrize("in_order", [True, False])
def test_nothing_is_lost_or_doubled_in_drawn_histories(in_order: bool) -> None:  # a parameter
    _play(range(6), in_order=in_order)


@pytest.mark.long
@pytest.mark.parametrize("in_order", [True, False])
def test_nothing_is_lost_or_doubled_in_many_drawn_histories(in_order: bool) -> None:  # a parameter
    _play(range(6, 60), in_order=in_order)
