"""Ten nodes that all meet each other: every message is signed and verified; one of them buys from the nine others.

They share a process and have their books in memory, so no network and no database is tested here (`nodes demo` and the
kills of two nodes do that). What is: keys, descriptions, challenges, capabilities, offers, orders, what is owed, the
settlement of each pair, and that a node that is revoked is refused by the one that revoked it and by no other.
"""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from connect.signed_nodes import Signing
from entrepot.connect.http_signatures import HttpMessage
from entrepot.model.errors import TradeError
from entrepot.trade import node_steps
from entrepot.trade.nodes import asking, catching_up, copies, meeting, settling
from entrepot.trade.nodes.delivering import PeerRefused, ask
from entrepot.trade.nodes.offer_bodies import ListAsked, OffersListed
from entrepot.trade.nodes.offer_messages import OFFER_LIST
from entrepot.trade.nodes.types import TYPES
from entrepot.trade.outbox import Channel, Later, Message, attempt
from trade.market import COFFEE, Market
from trade.tally import Clock
from trade.two_nodes import AT_ONCE, DECIMALS

#: Rounds in which nothing happens, after which nothing is due: a message is tried again after some seconds.
QUIET = 5
ECONOMIES = ("CN", "VN", "KH", "TH", "LA", "MM", "MY", "ID", "PH", "SG")


class Member(Signing):
    """A node among many, with a market. `peers`: the ids of the others in its books, by economy."""

    def __init__(self, economy: str, clock: Clock) -> None:
        pytest.importorskip("django", reason="the server is not installed")
        from entrepot.trade_app.nodes import order_services, transfers

        services: dict[str, Any] = {
            "sign": lambda content, time: order_services.sign(lambda: self.keys, content, time),
            "verify": order_services.verify_signature,
            "fee": lambda _order: 0,
            "transfer": transfers.service(economy),
            "offer.list": self._listed,
        }
        super().__init__(economy, clock, TYPES, services=services)
        self.market = Market(self.books, clock)
        self.peers: dict[str, str] = {}

    def _listed(self, _asked: ListAsked, _peer: Any) -> OffersListed:
        own = [each for each in self.books.list_objects("of_") if copies.can_be_listed(each, self.node.economy)]
        told = [copies.listed(each, 2, "A seller") for each in own]
        return OffersListed(offers=tuple(msgspec.structs.replace(each, pavilion="own") for each in told))

    def take_steps(self) -> int:
        """Take the steps that are due."""
        queue, count = self.books.outbox, 0
        while claimed := queue.claim(
            node_steps.CHANNEL, self.clock(), lease="test", seconds=60, limit=1, in_order=True
        ):
            for each in claimed:
                attempt(queue, Channel(self._take, AT_ONCE), each, self.clock, 0.0)
                count += 1
        return count

    def _take(self, message: Message) -> None:
        if message.topic in ("check", "settle"):
            return
        if message.topic == catching_up.STEP:
            catching_up.take(self.books, str(message.body["common"]), str(message.body["event"]))
            return
        try:
            self.books.run(lambda tx: asking.take(tx, message.topic, message.body, self.node))
        except TradeError as error:
            raise Later(str(error)) from None


def assemble(clock: Clock, economies: tuple[str, ...]) -> dict[str, Member]:
    """Nodes of which each has met all others and opened everything."""
    found = {each: Member(each, clock) for each in economies}
    hosts = {urlsplit(each.node.address).netloc: each for each in found.values()}

    def route(request: HttpMessage) -> HttpMessage:
        return hosts[urlsplit(request.url).netloc].receiver.respond(request)

    for each in found.values():
        each.transport.to = route
        each.peers = {other: each.meets(node) for other, node in found.items() if node is not each}
    for each in found.values():
        for number in each.peers.values():
            each.challenges(number)
            each.opens(number)
    return found


def settle_down(nodes: dict[str, Member], clock: Clock) -> None:
    """Let all take their steps, send their messages and hear the payment company, until nothing is due for a while."""
    quiet = 0
    for _ in range(200):
        clock.time += dt.timedelta(seconds=10)
        before = sum(len(each.transport.seen) for each in nodes.values())
        steps = sum(each.take_steps() for each in nodes.values())
        for each in nodes.values():
            each.deliver()
            each.market.send()
        quiet = 0 if steps or before != sum(len(each.transport.seen) for each in nodes.values()) else quiet + 1
        if quiet == QUIET:
            return
    raise AssertionError("The nodes do not come to an end.")


@pytest.mark.parametrize("count", [3, pytest.param(10, marks=pytest.mark.long)])
def test_nodes_that_all_met_trade_settle_and_end_an_exchange_each_for_itself(count: int) -> None:
    clock = Clock()
    nodes = assemble(clock, ECONOMIES[:count])
    china, sellers = nodes["CN"], [each for name, each in nodes.items() if name != "CN"]
    assert all(len(each.peers) == count - 1 for each in nodes.values())

    bought: dict[str, str] = {}
    for seller in sellers:
        economy = seller.node.economy
        seller.market.offer({**COFFEE, "country_of_origin": economy, "ship_from": economy})
        page = ask(china.post, china.peers[economy], OFFER_LIST, ListAsked())
        copy = copies.read_listed(page.offers[0], economy, DECIMALS.get)
        kept = china.books.run(partial(copies.keep, peer=china.peers[economy], copy=copy, pavilion=""))
        (order,) = china.market.place({kept.id: 1})
        china.market.pay(order)
        bought[economy] = order.id
    settle_down(nodes, clock)

    for seller in sellers:
        economy, peer = seller.node.economy, china.peers[seller.node.economy]
        (common,) = seller.books.list_objects("xo_")
        here = china.books.read(common.id)
        assert (here.status, common.status, here.order) == ("accepted", "accepted", bought[economy])
        assert here.owed == common.owed == 8_000  # 68.00 for the coffee and 12.00 for its carriage, in fen
        assert china.books.balance(f"node/{peer}", "CNY") == 8_000
        assert seller.books.balance(f"node/{seller.peers['CN']}", "CNY") == -8_000
        period, statement = f"{clock.time:%Y-%m}", TYPES["settlement.statement"]
        for _round in range(2):
            for node, other in ((china, peer), (seller, seller.peers["CN"])):
                settling.settle(node.books, node.node, statement, other, period, "CNY")
                node.deliver()
        ends = [
            settling.settle(node.books, node.node, statement, other, period, "CNY")
            for node, other in ((china, peer), (seller, seller.peers["CN"]))
        ]
        assert [(each.status, each.owed) for each in ends] == [("agreed", 8_000), ("agreed", -8_000)]

    first, second = sellers[0], sellers[1]
    china.books.run(partial(meeting.revoke, number=china.peers[first.node.economy], why="ended", by="us_1"))
    with pytest.raises(PeerRefused) as refused:
        ask(first.post, first.peers["CN"], OFFER_LIST, ListAsked())
    assert refused.value.code == "peer_revoked"
    assert ask(second.post, second.peers["CN"], OFFER_LIST, ListAsked()).offers == ()
    assert ask(first.post, first.peers[second.node.economy], OFFER_LIST, ListAsked()).offers
