"""Two nodes connected through bytes, without a network, for tests: messages can be lost, repeated and reordered.

pair = Pair.open(KINDS, now=clock, random=os.urandom, types=TYPES)
pair.left.books.run(lambda tx: send(tx, pair.left.node, pair.left.peer, CONFIRM, body, key="or_1:confirm"))
pair.settle()
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from entrepot.model.errors import TradeError
from entrepot.trade.memory import MemoryBooks
from entrepot.trade.nodes import meeting
from entrepot.trade.nodes.delivering import ASK_TTL, PeerRefused, Post, Unreachable, channel
from entrepot.trade.nodes.description import DescribedKey, Description
from entrepot.trade.nodes.messages import CHANNEL, MessageRefused, MessageType
from entrepot.trade.nodes.node import Node, did_of
from entrepot.trade.nodes.peers import CAPABILITIES, DIRECTIONS, Peer
from entrepot.trade.nodes.receiving import accept
from entrepot.trade.nodes.types import known_versions
from entrepot.trade.objects import Kind
from entrepot.trade.outbox import attempt
from entrepot.trade.ports import Books

#: Rounds of an exchange that is to come to its end.
MAX_ROUNDS = 1000
#: What is done with a message on its way: it arrives, is lost, arrives and its answer is lost, or arrives twice.
ARRIVES, LOST, ANSWER_LOST, TWICE = FATES = ("arrives", "lost", "answer_lost", "twice")


class MemoryTransport:
    """Takes bytes to another side. `fate`: what becomes of each message; `earlier`: all bytes that were taken."""

    def __init__(self, types: Mapping[str, MessageType]) -> None:
        self.types = types
        self.to: Side | None = None
        self.fate: Callable[[bytes], str] = lambda _content: ARRIVES
        self.earlier: list[bytes] = []

    def post(self, _peer: Peer, content: bytes) -> bytes:
        """Take a message over. Raises Unreachable, PeerRefused."""
        fate = self.fate(content)
        self.earlier.append(content)
        if fate == LOST:
            raise Unreachable("The message was lost.")
        if fate == TWICE:
            self.arrive(content)
        answer = self.arrive(content)
        if fate == ANSWER_LOST:
            raise Unreachable("The answer was lost.")
        return answer

    def arrive(self, content: bytes) -> bytes:
        """What the other side answers. Raises PeerRefused."""
        if self.to is None:
            raise Unreachable("Nothing is at the other end.")
        try:
            return accept(self.to.books, self.to.node, self.types, self.to.peer, content)
        except MessageRefused as error:
            raise PeerRefused(error.code, error.message, later=error.later) from None
        except TradeError as error:
            raise PeerRefused(error.code, error.message) from None


class Side(NamedTuple):
    """One of the two nodes. `peer`: the id of the other one in its books; `post`: what delivers its messages."""

    books: Books
    node: Node
    peer: str
    post: Post
    transport: MemoryTransport


@dataclass
class Pair:
    """Two nodes that have met, with all capabilities open unless others are named."""

    left: Side
    right: Side
    now: Callable[[], dt.datetime]
    jitter: float = field(default=0.0)

    @classmethod
    def open(
        cls,
        kinds: Mapping[str, Kind],
        *,
        now: Callable[[], dt.datetime],
        random: Callable[[int], bytes],
        types: Mapping[str, MessageType],
        economies: tuple[str, str] = ("VN", "CN"),
        capabilities: tuple[str, ...] = CAPABILITIES,
        books: tuple[Books, Books] | None = None,
        test: bool = False,
    ) -> Pair:
        """Two nodes with empty books in memory, or with some books."""
        made = books or tuple(MemoryBooks(kinds, now=now, random=random, hash_key=bytes(32)) for _ in range(2))
        nodes = [new_node(each) for each in economies]
        sides = []
        for own, other in ((0, 1), (1, 0)):
            peer = introduce(made[own], nodes[other], types, capabilities, test=test)
            transport = MemoryTransport(types)
            sides.append(Side(made[own], nodes[own], peer, Post(made[own], nodes[own], types, transport), transport))
        left, right = sides
        left.transport.to, right.transport.to = right, left
        return cls(left, right, now)

    def deliver(self, side: Side) -> int:
        """Send what is due at one side. Returns how many messages were tried."""
        queue, sends, count = side.books.outbox, channel(side.post), 0
        while claimed := queue.claim(CHANNEL, self.now(), lease="memory", seconds=60, limit=1, in_order=True):
            for message in claimed:
                attempt(queue, sends, message, self.now, self.jitter)
                count += 1
        return count

    def settle(self) -> int:
        """Send until nothing is due at either side. Returns how many messages were tried."""
        count = 0
        for _ in range(MAX_ROUNDS):
            tried = self.deliver(self.left) + self.deliver(self.right)
            count += tried
            if not tried:
                return count
        raise AssertionError("The two nodes do not come to an end.")


def new_node(economy: str) -> Node:
    """A node of an economy, for tests.

    >>> new_node("VN").did
    'did:web:vn.example'
    """
    address = f"https://{economy.lower()}.example"
    return Node(economy, f"Node of {economy}", f"Operator of {economy}", address, did_of(address))


def introduce(
    books: Books, node: Node, types: Mapping[str, MessageType], capabilities: tuple[str, ...], *, test: bool = False
) -> str:
    """Let some books know a node, as if two officers had met it. Returns its id there."""
    thumbprint = (node.economy * 22)[:42] + "A"  # the form of a thumbprint; nothing is signed in memory
    now = books.run(lambda tx: tx.time)
    described = Description(
        object="node_description",
        version=1,
        economy=node.economy,
        name=node.name,
        operator=node.operator,
        did=node.did,
        address=node.address,
        keys=(DescribedKey(thumbprint=thumbprint, jwk={}, since="2026-01-01T00:00:00.000Z"),),
        capabilities=CAPABILITIES,
        messages=known_versions(types),
        ledger_key="",
        issued=now.isoformat(),
        expires=(now + ASK_TTL).isoformat(),
    )
    met = books.run(lambda tx: meeting.meet(tx, described, ["memory"], by="us_1", test=test))
    _decide_twice(books, met.id, meeting.COMPARE, {"thumbprints": [thumbprint]})
    books.run(lambda tx: meeting.activate(tx, met.id, challenge="memory"))
    if capabilities:
        opened = {name: list(DIRECTIONS) for name in capabilities}
        _decide_twice(books, met.id, meeting.OPEN, {"capabilities": opened})
    return met.id


def _decide_twice(books: Books, number: str, act: str, what: Mapping[str, Any]) -> None:
    for person in ("us_1", "us_2"):
        books.run(partial(meeting.decide, number=number, act=act, what=what, by=person))
