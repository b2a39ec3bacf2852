"""Two nodes in memory that sign what they send: real keys, descriptions and requests, without a network."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping
from typing import Any

from entrepot.connect.http_signatures import HttpMessage
from entrepot.connect.nodes.descriptions import open_description, seal
from entrepot.connect.nodes.receiver import Receiver
from entrepot.connect.nodes.transport import HttpTransport
from entrepot.connect.signing_keys import ED25519, SigningKey, new_key
from entrepot.trade.ledger.checkpoints import new_signer
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.memory import MemoryBooks
from entrepot.trade.nodes import meeting
from entrepot.trade.nodes.challenge import CHALLENGE, Challenge
from entrepot.trade.nodes.delivering import Post, Unreachable, ask, channel
from entrepot.trade.nodes.description import VALID, DescribedKey, Description
from entrepot.trade.nodes.memory import new_node
from entrepot.trade.nodes.messages import CHANNEL, MessageType
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.peers import CAPABILITIES, DIRECTIONS, Peer
from entrepot.trade.nodes.types import known_versions
from entrepot.trade.outbox import attempt
from trade.node_messages import ALL_KINDS, NOTES
from trade.tally import Clock


class Direct(HttpTransport):
    """The transport without a network: `to` answers. `seen`: the requests and responses, as they were sent."""

    def __init__(self, keys: Callable[[], list[SigningKey]], clock: Clock) -> None:
        super().__init__(keys, clock, lambda: os.urandom(16).hex(), allow_loopback=False)
        self.to: Callable[[HttpMessage], HttpMessage] | None = None
        self.seen: list[tuple[HttpMessage, HttpMessage]] = []

    def post(self, peer: Peer, content: bytes) -> bytes:
        """Send a message."""
        request = self.request(peer, content)
        if self.to is None:
            raise Unreachable("Nobody is there.")
        response = self.to(request)
        self.seen.append((request, response))
        return self.read(peer, response)


class Signing:
    """A node with its books, its keys and what answers for it. `services`: what its handlers call."""

    def __init__(
        self,
        economy: str,
        clock: Clock,
        types: Mapping[str, MessageType] = NOTES,
        algorithm: str = ED25519,
        services: Mapping[str, Any] | None = None,
    ) -> None:
        self.clock, self.types = clock, types
        self.node: Node = new_node(economy)._replace(services={} if services is None else services)
        self.books = MemoryBooks(ALL_KINDS, now=clock, random=os.urandom, hash_key=bytes(32))
        self.keys = [new_key(algorithm)]
        self.signer = new_signer(f"ledger-{economy}", os.urandom(32))
        self.receiver = Receiver(self.books, self.node, types, lambda: self.keys, clock)
        self.transport = Direct(lambda: self.keys, clock)
        self.post = Post(self.books, self.node, types, self.transport)

    def described(self) -> Description:
        """What the node says of itself."""
        now = self.clock()
        return Description(
            object="node_description",
            version=1,
            economy=self.node.economy,
            name=self.node.name,
            operator=self.node.operator,
            did=self.node.did,
            address=self.node.address,
            keys=tuple(described_key(each) for each in self.keys),
            capabilities=CAPABILITIES,
            messages=known_versions(self.types),
            ledger_key=self.signer.verifier().text(),
            issued=timestamp(now),
            expires=timestamp(now + VALID),
        )

    def meets(self, other: Signing) -> str:
        """Meet another node and pin its keys, by two officers. Returns its id."""
        fetched = open_description(seal(other.described(), other.keys), other.node.address, self.clock())
        met = self.books.run(lambda tx: meeting.meet(tx, fetched.description, ["memorandum"], by="us_1", test=False))
        self.decide(met.id, meeting.COMPARE, {"thumbprints": sorted(each.id for each in other.keys)})
        return met.id

    def decide(self, number: str, act: str, what: Mapping[str, Any]) -> None:
        """Do what needs two persons."""
        for person in ("us_1", "us_2"):
            self.books.run(lambda tx, by=person: meeting.decide(tx, number, act, what, by=by))  # type: ignore[misc]

    def challenges(self, number: str) -> None:
        """Challenge a peer, and make it active."""
        nonce = os.urandom(16).hex()
        assert ask(self.post, number, CHALLENGE, Challenge(nonce=nonce)).nonce == nonce
        self.books.run(lambda tx: meeting.activate(tx, number, challenge=nonce))

    def opens(self, number: str) -> None:
        """Open all capabilities to a peer."""
        self.decide(number, meeting.OPEN, {"capabilities": {each: list(DIRECTIONS) for each in CAPABILITIES}})

    def deliver(self) -> None:
        """Send what is due."""
        queue = self.books.outbox
        while claimed := queue.claim(CHANNEL, self.clock(), lease="test", seconds=60, limit=1, in_order=True):
            for each in claimed:
                attempt(queue, channel(self.post), each, self.clock, 0.0)


def described_key(key: SigningKey) -> DescribedKey:
    """A key as a description has it."""
    jwk = {name: value for name, value in key.public().jwk().items() if name in ("kty", "crv", "x", "y")}
    return DescribedKey(thumbprint=key.id, jwk=jwk, since="2026-01-01T00:00:00.000Z")


def connected(
    clock: Clock, algorithm: str = ED25519, services: Mapping[str, Any] | None = None
) -> tuple[Signing, str, Signing, str]:
    """Two nodes that have met and opened everything: each with the id of the other."""
    left, right = Signing("VN", clock), Signing("CN", clock, algorithm=algorithm, services=services)
    left.transport.to, right.transport.to = right.receiver.respond, left.receiver.respond
    of_right, of_left = left.meets(right), right.meets(left)
    left.challenges(of_right)
    right.challenges(of_left)
    left.opens(of_right)
    right.opens(of_left)
    return left, of_right, right, of_left


def later(clock: Clock, seconds: float) -> None:
    """Let time pass."""
    clock.time += dt.timedelta(seconds=seconds)
