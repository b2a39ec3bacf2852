"""An order of two services between two nodes in memory, whose messages may be lost, repeated and overtaken."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

from entrepot.model.money import half_up
from entrepot.trade.delivery import commands
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.nodes import meeting
from entrepot.trade.nodes.memory import ANSWER_LOST, ARRIVES, LOST, TWICE
from entrepot.trade.orders import Order
from entrepot.trade.payments.commands import Policy
from trade.market import SELLER, VISIT
from trade.two_nodes import TwoNodes

PRICES = ("300.00", "200.00")


class Services:
    """An order of two consultations, paid and agreed: one of 300.00, one of 200.00, both in two days.

    `fee`: what the node of the buyer keeps of the price, in millionths.
    """

    def __init__(self, *, prices: Sequence[str] = PRICES, fee: int = 0) -> None:
        self.nodes = TwoNodes()
        if fee:
            self._agree_on(fee)
        offers = [self.nodes.vn.market.offer({**VISIT, "price": price}) for price in prices]
        copies = [self.nodes.mirror(each) for each in offers]
        (order,) = self.nodes.cn.market.place({each.id: 1 for each in copies}, contact={"name": "张伟"})
        self.order: Order = order
        self.nodes.cn.market.pay(order, policy=Policy(fee_millionths=fee))
        self.nodes.run()
        assert self.nodes.cn.common().status == "accepted"

    def _agree_on(self, fee: int) -> None:
        """The buyer's node keeps a fee, and two persons of the seller's node allow it."""
        node, peer = self.nodes.cn.node, self.nodes.vn.peer
        keeps = {"fee": lambda order: half_up(order.quote.amounts.goods * fee, 1_000_000)}
        self.nodes.cn.node = node._replace(services={**node.services, **keeps})
        for by in ("us_1", "us_2"):
            decide = partial(meeting.decide, number=peer, act=meeting.FEE, what={"millionths": fee}, by=by)
            self.nodes.vn.books.run(decide)

    def delivery(self, line: int) -> Delivery:
        """The delivery of a line, at the node of the seller."""
        found: list[Delivery] = [self.nodes.vn.books.read(each) for each in self.nodes.vn.order().deliveries]
        return next(each for each in found if each.line == line)

    def cancel(self, line: int) -> None:
        """The seller cancels a service."""
        self.nodes.vn.books.run(partial(commands.cancel, number=self.delivery(line).id, by=SELLER))

    def check(self, *, owed: int) -> None:
        """Both accounts sum to zero, the seller has the rest, and the month is settled alike."""
        nodes = self.nodes
        assert (nodes.cn.common().owed, nodes.vn.common().owed) == (owed, owed)
        assert nodes.cn.owed() == -nodes.vn.owed()
        assert nodes.vn.unsettled() == owed
        period = f"{nodes.clock():%Y-%m}"
        nodes.settle(period)
        nodes.settle(period, node=nodes.vn)
        nodes.run()
        here, there = nodes.settlements()
        assert (here.status, there.status) == ("agreed", "agreed")
        assert (here.owed, there.owed) == (owed, -owed)

    def paid_back(self) -> int:
        """What the buyer has back, in minor units."""
        order = self.nodes.cn.market.read(self.order)
        return int(self.nodes.cn.books.read(order.paying).refunded)


def held(services: Services, line: int) -> None:
    """The service of a line is held and delivered, and the buyer's node is told."""
    number, run = services.delivery(line).id, services.nodes.vn.books.run
    run(partial(commands.consent, number=number, by=services.nodes.vn.peer, person="visitor"))
    run(partial(commands.confirm_licence, number=number, person="us_9"))
    run(partial(commands.begin_session, number=number, session="s"))
    run(partial(commands.end_session, number=number, session="s", seconds=60))
    run(partial(commands.finish, number=number))
    services.nodes.run()


def act_in_trouble(services: Services, acts: Sequence[Callable[[], object]], draw: random.Random) -> None:
    """Each act while messages are lost, repeated and overtaken; then all of them arrive."""
    nodes = services.nodes
    for node in (nodes.cn, nodes.vn):
        node.side.transport.fate = lambda _content: draw.choice((ARRIVES, LOST, ANSWER_LOST, TWICE))
    for act in acts:
        act()
        nodes.run(rounds=draw.randint(1, 3), end=False)
        for node in (nodes.cn, nodes.vn):
            with suppress(Exception):
                node.side.transport.arrive(draw.choice(node.side.transport.earlier))
    for node in (nodes.cn, nodes.vn):
        node.side.transport.fate = lambda _content: ARRIVES
    nodes.clock.pass_days(1)
    nodes.run()
