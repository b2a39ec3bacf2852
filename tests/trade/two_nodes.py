"""Two nodes in memory that trade: a market of Viet Nam whose coffee a buyer in China orders at the node of China."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade import node_steps as steps
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.kinds import KINDS
from entrepot.trade.memory import MemoryBooks
from entrepot.trade.nodes import asking, catching_up, copies, settling, visitors
from entrepot.trade.nodes.asking import Transfer
from entrepot.trade.nodes.common_orders import CommonOrder
from entrepot.trade.nodes.exchange import TYPES
from entrepot.trade.nodes.memory import Pair, Side
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.settlement import Settlement
from entrepot.trade.nodes.terms import Signature
from entrepot.trade.nodes.types import TYPES as ALL
from entrepot.trade.offers import Offer
from entrepot.trade.orders import Order
from entrepot.trade.outbox import Backoff, Channel, Later, Message, attempt
from entrepot.trade.ports import Books, Transaction
from entrepot.trade.shipments import Shipment
from entrepot.trade.shipping import create_shipment, report
from entrepot.trade.transfers.leaving import reference
from trade.market import COFFEE, ROOT_KEY, SELLER, Market, Quotes
from trade.tally import Clock

DECIMALS = {"CNY": 2, "USD": 2, "VND": 0}
#: A step is tried again at once, and for ever.
AT_ONCE = Backoff(first=0.001, factor=1, most=0.001, attempts=10_000)


class Decision(NamedTuple):
    """Whether personal data may leave."""

    allowed: bool = True
    reason: str = ""
    values: Mapping[str, str] = {}


def let_out(tx: Transaction, asked: Transfer) -> Decision:
    """Everything may leave; an entry is kept of it, as sending asks for."""
    entry = {
        "owner": asked.subject if asked.subject.startswith(("og_", "us_")) else "",
        "about": asked.about,
        "origin": "XA",
        "destination": asked.peer.economy,
        "recipient": asked.peer.id,
        "category": asked.category,
        "ground": asked.ground,
        "purpose": "delivery",
        "fields": list(asked.fields),
        "outcome": "free",
        "code": "transfer.free",
        "values": {},
        "rows": [],
        "sources": [],
        "trust": "unchecked",
        "people": 1,
    }
    number = tx.lookup(reference(asked.peer.id, asked.about)) or tx.new_id("lv_")
    tx.append(number, "leaving.allowed", entry)
    return Decision()


Transferred = Callable[[Transaction, Transfer], Decision]


class Trader:
    """One of the two nodes: its market, and its side of the pair."""

    def __init__(self, side: Side, clock: Clock, decide: Transferred) -> None:
        services = {"sign": partial(sign, side.node.did), "verify": verify, "transfer": decide, "fee": fee}
        services |= {"link": link, "rules": Quotes(clock).rules, "decimals": DECIMALS.get}
        self.node: Node = side.node._replace(services=services)
        self.side = side._replace(node=self.node, post=side.post._replace(node=self.node))
        self.market = Market(side.books, clock)
        self.books, self.peer = side.books, side.peer

    def take_steps(self) -> int:
        """Take the steps that are due. Returns how many were tried."""
        queue, count = self.books.outbox, 0
        sends = Channel(self._take, AT_ONCE)
        while claimed := queue.claim(
            steps.CHANNEL, self.market.clock(), lease="steps", seconds=60, limit=1, in_order=True
        ):
            for message in claimed:
                attempt(queue, sends, message, self.market.clock, 0.0)
                count += 1
        return count

    def _take(self, message: Message) -> None:
        if message.topic == "check":
            return
        if message.topic == catching_up.STEP:
            catching_up.take(self.books, str(message.body["common"]), str(message.body["event"]))
            return
        try:
            if message.topic == "settle":
                kind, number = TYPES["settlement.statement"], str(message.body["common"])
                settling.settle_again(self.books, self.node, kind, number)
                return
            self.books.run(lambda tx: asking.take(tx, message.topic, message.body, self.node))
        except TradeError as error:
            raise Later(str(error)) from None

    def common(self) -> CommonOrder:
        """The only common order."""
        found: CommonOrder
        (found,) = self.books.list_objects("xo_")
        return found

    def all_common(self) -> dict[str, CommonOrder]:
        """All common orders, by their ids."""
        return {each.id: each for each in self.books.list_objects("xo_", limit=10_000)}

    def order(self, number: str = "") -> Order:
        """The order beside a common order, by default the only one."""
        found: CommonOrder = self.books.read(number) if number else self.common()
        order: Order = self.books.read(found.order)
        return order

    def unsettled(self) -> int:
        """What the seller waits for until the other node has paid its settlement."""
        return self.books.balance(f"unsettled/{SELLER}/{self.peer}", "CNY")

    def owed(self) -> int:
        """The balance of the account of the other node."""
        return self.books.balance(f"node/{self.peer}", "CNY")


class TwoNodes:
    """The nodes of Viet Nam (`vn`) and China (`cn`), with one offer of coffee on both."""

    def __init__(
        self,
        decide: Transferred = let_out,
        *,
        stock: int = 100,
        clock: Clock | None = None,
        books: tuple[Books | None, Books | None] = (None, None),
        seller: str = SELLER,
    ) -> None:
        self.clock = clock or Clock()
        made = [each or MemoryBooks(KINDS, now=self.clock, random=os.urandom, hash_key=ROOT_KEY) for each in books]
        self.pair = Pair.open(KINDS, now=self.clock, random=os.urandom, types=ALL, books=(made[0], made[1]))
        self.vn = Trader(self.pair.left, self.clock, decide)
        self.cn = Trader(self.pair.right, self.clock, decide)
        self.vn.side.transport.to, self.cn.side.transport.to = self.cn.side, self.vn.side
        self.pair.left, self.pair.right = self.vn.side, self.cn.side
        self.offer = self.vn.market.offer({**COFFEE, "stock": stock}, seller=seller)
        self.copy = self.mirror(self.offer)

    def mirror(self, offer: Offer) -> Offer:
        """The copy of an offer at the node of China."""
        listed = copies.listed(offer, 2, "A seller")
        copy = copies.read_listed(_with_pavilion(listed), "VN", DECIMALS.get)
        return self.cn.books.run(lambda tx: copies.keep(tx, self.cn.peer, copy, ""))

    def run(self, *, rounds: int = 1000, end: bool = True) -> None:
        """Let both nodes take their steps and send their messages, and the provider answer, until nothing is due."""
        for _ in range(rounds):
            # The time moves: what is tried again is due.
            self.clock.time += dt.timedelta(seconds=1)
            count = self.cn.take_steps() + self.vn.take_steps()
            count += self.pair.deliver(self.cn.side) + self.pair.deliver(self.vn.side)
            self.cn.market.send()
            if not count:
                return
        assert not end, "The two nodes do not come to an end."

    def settle(self, period: str, *, node: Trader | None = None) -> Settlement:
        """One of the nodes, by default that of China, settles a month."""
        by = node or self.cn
        return settling.settle(by.books, by.node, TYPES["settlement.statement"], by.peer, period, "CNY")

    def settlements(self) -> tuple[Settlement, Settlement]:
        """The only settlement of each: China's, and Viet Nam's."""
        (here,), (there,) = (each.books.list_objects("ns_") for each in (self.cn, self.vn))
        return here, there

    def place(self, quantity: int = 1, **changes: Any) -> Order:
        """The buyer in China orders so many pieces."""
        (order,) = self.cn.market.place({self.copy.id: quantity}, **changes)
        return order

    def sell(self, quantity: int = 1) -> Order:
        """Order and pay, and let the nodes agree."""
        order = self.place(quantity)
        self.cn.market.pay(order)
        self.run()
        return self.cn.market.read(order)

    def ship(self, waybill: str = "WB1") -> Shipment:
        """The seller sends its parcel."""
        order = self.vn.order()
        return self.vn.books.run(lambda tx: create_shipment(tx, order.id, "ZTO", waybill, by=order.seller))

    def report(self, parcel: Shipment, state: str) -> None:
        """The carrier reports a state of a parcel."""
        self.vn.books.run(lambda tx: report(tx, parcel.id, state))


def _with_pavilion(listed: Any) -> Any:
    return msgspec.structs.replace(listed, pavilion=listed.pavilion or "viet-nam")


def sign(did: str, content: bytes, time: str) -> Signature:
    """A signature for tests: whoever knows the name can make it."""
    value = hmac.new(did.encode(), content, hashlib.sha256).hexdigest()
    return Signature(key="test", value=value, time=time)


def verify(peer: Any, signature: Signature, content: bytes) -> bool:
    """Whether a signature for tests is that of a peer."""
    return hmac.compare_digest(signature.value, sign(peer.did, content, "").value)


def link(tx: Transaction, found: Delivery) -> str:
    """The link to a service."""
    visitors.invite(tx, found.id, "secret")
    return f"https://vn.example/en/visitors/{found.id}/secret/"


def fee(_order: Order) -> int:
    """What the importer's node keeps: nothing."""
    return 0
