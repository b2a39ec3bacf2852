"""Deliver the messages of the outbox to peers, and ask peers: over a transport, which signs and sends bytes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final, NamedTuple, Protocol

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.nodes import messages
from entrepot.trade.nodes.messages import MessageRefused, MessageType, NodeMessage
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.peers import OUT, REVOKED, Peer
from entrepot.trade.nodes.receiving import is_open
from entrepot.trade.nodes.records import MessageRecord
from entrepot.trade.nodes.sending import to_builtins, version_for
from entrepot.trade.outbox import Backoff, Channel, Later, Message, Refused
from entrepot.trade.ports import Books, NotFound, Transaction

#: Until a message expires it is tried, at most every quarter of an hour.
BACKOFF: Final = Backoff(first=2, factor=2, most=900, attempts=4000)
#: How long the answer to a question is waited for, and the question holds.
ASK_TTL: Final = dt.timedelta(minutes=5)


class Unreachable(Exception):
    """A peer did not answer, or not as a node does. The text says why."""


class PeerRefused(Exception):
    """A peer refuses a message, in an answer that it signed. `later`: whether it may accept it later."""

    def __init__(self, code: str, message: str, *, later: bool = False) -> None:
        super().__init__(message)
        self.code, self.later = code, later


class Transport(Protocol):
    """Takes the bytes of a message to a peer."""

    def post(self, peer: Peer, content: bytes) -> bytes:
        """Send a message and return the bytes of the answer. Raises Unreachable, PeerRefused."""


class Post(NamedTuple):
    """What delivers: the books of this node, the node, the types of messages, and the transport."""

    books: Books
    node: Node
    types: Mapping[str, MessageType]
    transport: Transport


class _Answer(msgspec.Struct, frozen=True):
    id: str
    answer: Any = None


def channel(post: Post) -> Channel:
    """The channel `node` of the outbox: messages about one object are sent one after the other."""
    return Channel(
        partial(deliver, post), BACKOFF, in_order=True, slots=8, lease=60.0, given_up=partial(given_up, post)
    )


def deliver(post: Post, message: Message) -> None:
    """Send a message of the outbox and record the answer. Raises Later and Refused."""
    peer: Peer = post.books.read(str(message.body["peer"]))
    found = _composed(post.books, message)
    if peer.status == REVOKED:
        raise Refused(f"peer_revoked: the exchange with {peer.name} was ended.")
    if not is_open(peer, found.type):
        raise Later(f"{peer.name} is {peer.status}.")
    now = timestamp(post.books.run(_now))
    if found.expires <= now:
        raise Refused(f"expired: {peer.name} did not take the message before {found.expires}. {message.reason}")
    try:
        answer = _read_answer(post.transport.post(peer, messages.encode(found)), found)
    except Unreachable as error:
        raise Later(str(error)) from None
    except PeerRefused as error:
        if error.later:
            raise Later(f"{error.code}: {error}") from None
        raise Refused(f"{error.code}: {error}") from None
    post.books.run(partial(_delivered, post=post, number=found.id, answer=answer))


def given_up(post: Post, message: Message, reason: str) -> None:
    """Record that a message was given up, and let its type do what follows."""
    code, separator, why = reason.partition(": ")
    known = (code, why) if separator and " " not in code else ("undelivered", reason)
    post.books.run(partial(_failed, post=post, number=str(message.body["message"]["id"]), code=known[0], why=known[1]))


def ask(post: Post, number: str, kind: MessageType, body: msgspec.Struct, *, about: str = "") -> Any:
    """Ask a peer and return its answer, the struct `kind.reply`. Raises Unreachable, PeerRefused, TradeError."""
    peer: Peer = post.books.read(number)
    if not is_open(peer, kind.name):
        raise TradeError(
            "peer_not_active", "The node {name} is {status}: it is not asked.", name=peer.name, status=peer.status
        )
    if not peer.allows(kind.capability, OUT):
        raise TradeError(
            "capability_closed",
            'The capability "{capability}" is not open towards {name}. Two operators open it: `entrepot nodes open`.',
            capability=kind.capability,
            name=peer.name,
        )
    version = version_for(peer, kind)
    time, number = post.books.run(lambda tx: (tx.time, tx.new_id("nm_")))
    message = NodeMessage(
        id=number,
        type=kind.name,
        version=version,
        sender=post.node.did,
        recipient=peer.did,
        sent=timestamp(time),
        expires=timestamp(time + ASK_TTL),
        body=to_builtins(kind, version, body),
        about=about,
        test=peer.test,
    )
    answer = _read_answer(post.transport.post(peer, messages.encode(message)), message)
    if kind.reply is None:
        return answer
    try:
        return msgspec.convert(answer, kind.reply)
    except msgspec.ValidationError as error:
        raise Unreachable(f"{peer.name} answered what is not an answer to {kind.name}: {error}") from None


def _read_answer(content: bytes, message: NodeMessage) -> Any:
    try:
        found = msgspec.json.decode(content, type=_Answer)
    except ValueError:
        raise Unreachable("The answer is not one of a node.") from None
    if found.id != message.id:
        raise Unreachable("The answer is to another message.")
    return found.answer


def _composed(books: Books, message: Message) -> NodeMessage:
    plain = dict(message.body["message"])
    if "personal" in message.body:
        try:
            values = books.run(lambda tx: tx.get_personal(str(message.body["personal"])))
        except NotFound:
            raise Refused("erased: the personal data of this message was erased.") from None
        plain["body"] = msgspec.json.decode(values["body"])
    return msgspec.convert(plain, NodeMessage)


def _now(tx: Transaction) -> dt.datetime:
    return tx.time


def _delivered(tx: Transaction, post: Post, number: str, answer: Any) -> None:
    record: MessageRecord = tx.get(number)
    if record.status == "delivered":
        return
    payload = {"answer": dict(answer)} if isinstance(answer, dict) else {}
    after = tx.append(number, "node_message.delivered", payload)
    tx.erase_personal(number)
    kind = post.types.get(record.type)
    if kind is not None:
        kind.answered(tx, tx.get(record.peer), after, payload.get("answer") or {})


def _failed(tx: Transaction, post: Post, number: str, code: str, why: str) -> None:
    record: MessageRecord = tx.get(number)
    if record.status == "delivered":
        return
    after = tx.append(number, "node_message.failed", {"code": code[:60], "why": why[:500]})
    if code in ("expired", "peer_revoked"):  # it is never sent again
        tx.erase_personal(number)
    kind = post.types.get(record.type)
    if kind is not None:
        with suppress(TradeError):  # what it was about has ended otherwise
            kind.failed(tx, tx.get(record.peer), after, code, why)


__all__ = ["BACKOFF", "MessageRefused", "PeerRefused", "Post", "Transport", "Unreachable", "ask", "channel", "deliver"]
