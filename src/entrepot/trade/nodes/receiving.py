"""Receive a message of a peer, in one transaction: it takes effect once, whatever arrives twice or out of order.

The signature was verified before (`connect.nodes`): here the peer is that of the key.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Any, Final, NamedTuple

import msgspec

from entrepot.trade.ids import is_id
from entrepot.trade.ledger.events import is_timestamp, timestamp
from entrepot.trade.nodes import messages
from entrepot.trade.nodes.messages import MessageRefused, MessageType, NodeMessage, refusal
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.peers import ACTIVE, COMPARED, IN, MET, REVOKED, SUSPENDED, Peer
from entrepot.trade.nodes.records import MessageRecord, received_reference
from entrepot.trade.nodes.sending import MAX_TTL, digest_of
from entrepot.trade.ports import Arrival, Books, Lookup, Transaction

Types = Mapping[str, MessageType]
#: Seconds by which the clocks of two nodes may differ.
SKEW: Final = 60
#: How the sender of nonces begins in the inbox (`Transaction.received`).
NONCES: Final = "nonce/"
#: Types that a peer may send before it is active: the challenge makes it so.
BEFORE_ACTIVE: Final = frozenset({"node.challenge"})
#: Types that are exchanged with a suspended peer: the report of a fork, which has suspended it.
WHILE_SUSPENDED: Final = frozenset({"checkpoint.fork"})
_JSON: Final = msgspec.json.Encoder(order="sorted")


class Signature(NamedTuple):
    """What of the signature of a request is checked again in the transaction.

    `key`: the thumbprint of the key, which the peer must have pinned and not ended; `nonce`: one that was seen before
    is refused.
    """

    key: str
    nonce: str


def accept(
    books: Books, node: Node, types: Types, peer: str, content: bytes, *, signature: Signature | None = None
) -> bytes:
    """Receive the bytes of a message whose signature is that of a peer. Returns the bytes of the answer.

    `signature`: of the request. Raises MessageRefused, and TradeError where a handler refuses.
    """
    message = messages.decode(content)
    kind = types.get(message.type)
    if kind is None:
        raise refusal("type_unknown", type=message.type[:60])
    given: dict[str, Any] = {"node": node, "kind": kind, "peer": peer, "message": message, "signature": signature}
    lookups: list[Lookup] = [Arrival(f"{NONCES}{peer}", signature.nonce)] if signature is not None else []
    if kind.answer is None:
        lookups.append(received_reference(peer, message.id))
        return _JSON.encode(books.run(partial(receive, **given), lookups=lookups))
    found, body = books.run(partial(_checked, **given), lookups=lookups)
    # Not in a transaction: what is asked may take long, such as a quote, and changes nothing.
    answer = kind.answer(books, found, message, body, node)
    return _JSON.encode({"id": message.id, "answer": msgspec.to_builtins(answer)})


def receive(
    tx: Transaction,
    *,
    node: Node,
    kind: MessageType,
    peer: str,
    message: NodeMessage,
    signature: Signature | None = None,
) -> dict[str, Any]:
    """Receive a message. A repeated one gets the first answer again. Raises MessageRefused, TradeError."""
    sender, body = _checked(tx, node=node, kind=kind, peer=peer, message=message, signature=signature)
    digest = digest_of(tx, message, kind)
    if (known := tx.lookup(received_reference(peer, message.id))) is not None:
        record: MessageRecord = tx.get(known)
        if record.digest != digest:
            raise refusal("key_reused", id=message.id)
        return {"id": message.id, "answer": record.answer}
    if kind.handle is None:
        raise refusal("type_unknown", type=kind.name)
    answer = kind.handle(tx, sender, message, body, node)
    payload = {
        "direction": "in",
        "peer": peer,
        "remote": message.id,
        "type": message.type,
        "version": message.version,
        "digest": digest,
        "sent": message.sent,
        "expires": message.expires,
        "about": message.about,
        "test": message.test,
        "answer": None if answer is None else dict(answer),
    }
    tx.append(tx.new_id("nm_"), "node_message.received", payload)
    return {"id": message.id, "answer": payload["answer"]}


def _checked(
    tx: Transaction,
    *,
    node: Node,
    kind: MessageType,
    peer: str,
    message: NodeMessage,
    signature: Signature | None,
) -> tuple[Peer, Any]:
    """The peer as it is now, and the body. Raises MessageRefused."""
    sender: Peer = tx.get(peer)
    if signature is not None:
        _check_key(sender, signature.key, timestamp(tx.time))
    check_peer(sender, kind.name)
    if signature is not None and not tx.received(f"{NONCES}{peer}", signature.nonce):
        raise refusal("replayed")
    if message.sender != sender.did:
        raise refusal("wrong_sender", sender=message.sender[:200], owner=sender.did)
    if message.recipient != node.did:
        raise refusal("wrong_recipient", recipient=message.recipient[:200], own=node.did)
    for text, prefix in ((message.id, "nm_"), (message.about, "xo_")):
        if not is_id(text, prefix) and (text or prefix == "nm_"):
            raise refusal(
                "malformed", why=f"{text[:60]!r} is not an id such as {prefix}019ca6b1dc0070018000000000000000"
            )
    _check_times(message, tx.time)
    if message.test != sender.test:
        modes = {True: "test", False: "live"}
        raise refusal("test_mode", expected=modes[sender.test], given=modes[message.test])
    if not sender.allows(kind.capability, IN) and not (kind.goes_on and sender.was_open(kind.capability)):
        raise refusal("capability_closed", capability=kind.capability)
    return sender, read_body(kind, message)


def _check_key(peer: Peer, thumbprint: str, time: str) -> None:
    """Raise MessageRefused unless the key that has signed is accepted in this transaction: it may have ended since."""
    key = peer.key(thumbprint)
    if key is not None and key.signs_at(time):
        return
    if key is not None and key.until:
        raise refusal("key_ended", thumbprint=thumbprint, until=key.until)
    raise refusal("peer_unknown", thumbprint=thumbprint)


def is_open(peer: Peer, kind: str) -> bool:
    """Whether messages of a type are exchanged with a peer in its state, whatever is open to it."""
    if peer.status == COMPARED:
        return kind in BEFORE_ACTIVE
    return peer.status == ACTIVE or (peer.status == SUSPENDED and kind in WHILE_SUSPENDED)


def check_peer(peer: Peer, kind: str) -> None:
    """Raise MessageRefused unless messages of a type are accepted of a peer now."""
    if is_open(peer, kind):
        return
    if peer.status == REVOKED:
        raise refusal("peer_revoked", day=peer.changed[:10])
    if peer.status == SUSPENDED:
        raise refusal("peer_suspended", why=peer.why)
    raise refusal("peer_not_compared" if peer.status == MET else "peer_not_active")


def read_body(kind: MessageType, message: NodeMessage) -> Any:
    """The body of a message as the struct of the newest version. Raises MessageRefused."""
    version = kind.versions.get(message.version)
    if version is None:
        known = ", ".join(str(each) for each in sorted(kind.versions))
        raise refusal("version_unknown", type=kind.name, version=message.version, known=known)
    try:
        return version.read(msgspec.convert(message.body, version.body))
    except msgspec.ValidationError as error:
        why = str(error).rstrip(".")
        raise refusal("body_invalid", type=kind.name, version=message.version, why=why) from None


def _check_times(message: NodeMessage, now: dt.datetime) -> None:
    sent, expires = _time(message.sent), _time(message.expires)
    if sent > now + dt.timedelta(seconds=SKEW):
        raise refusal("not_yet", sent=message.sent, seconds=int((sent - now).total_seconds()))
    if expires - sent > MAX_TTL:
        raise refusal("lifetime", days=(expires - sent).days, most=MAX_TTL.days)
    if expires <= now:
        raise refusal("expired", expires=message.expires, now=timestamp(now))


def _time(text: str) -> dt.datetime:
    if not is_timestamp(text):
        raise refusal("malformed", why=f"{text[:40]!r} is not a time such as 2026-03-01T00:00:00.000Z")
    return dt.datetime.fromisoformat(text)


def check_economy(peer: Peer, economy: str) -> None:
    """Raise MessageRefused where a peer speaks for another economy than its own: it offers its own goods only."""
    if economy != peer.economy:
        raise refusal("wrong_economy", economy=peer.economy, other=economy)


__all__ = ["MessageRefused", "Signature", "accept", "check_economy", "check_peer", "is_open", "read_body", "receive"]
