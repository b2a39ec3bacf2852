"""Send a message to a peer: it is put into the outbox, in the transaction of what it tells.

send(tx, node, peer, CONFIRM, Confirm(...), about="xo_…", key="or_…:confirm")
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.nodes import messages
from entrepot.trade.nodes.messages import CHANNEL, MessageType, NodeMessage
from entrepot.trade.nodes.node import Node
from entrepot.trade.nodes.peers import ACTIVE, OUT, SUSPENDED, Peer
from entrepot.trade.nodes.records import MessageRecord, sent_reference
from entrepot.trade.ports import Transaction
from entrepot.trade.transfers.leaving import note_sent

#: How long a message is tried, unless its sender says otherwise, and the longest that a receiver accepts.
TTL: Final = dt.timedelta(days=7)
MAX_TTL: Final = dt.timedelta(days=30)
PURPOSE: Final = "node message"


def send(
    tx: Transaction,
    node: Node,
    peer: str,
    kind: MessageType,
    body: msgspec.Struct,
    *,
    key: str,
    about: str = "",
    ttl: dt.timedelta = TTL,
) -> MessageRecord:
    """Put a message into the outbox, in the newest version that both nodes know. The same `key` sends it once.

    `peer`: `pn_…`; `key`: begins with the id of its object, such as `or_…:confirm`: messages of one object are sent in
    order. `about`: the id of the common order. Raises TradeError where the peer is not active, the capability is not
    open outwards, the peer knows no version, or personal data were not let out (the service `transfer` of the node). A
    suspended peer gets it when it is resumed.
    """
    if (known := tx.lookup(sent_reference(key))) is not None:
        found: MessageRecord = tx.get(known)
        return found
    to: Peer = tx.get(peer)
    _check(to, kind)
    if kind.personal and "transfer" in node.services:
        note_sent(tx, recipient=peer, about=about, message=kind.name)
    version = version_for(to, kind)
    message = NodeMessage(
        id=tx.new_id("nm_"),
        type=kind.name,
        version=version,
        sender=node.did,
        recipient=to.did,
        sent=timestamp(tx.time),
        expires=timestamp(tx.time + min(ttl, MAX_TTL)),
        body=to_builtins(kind, version, body),
        about=about,
        test=to.test,
    )
    record: MessageRecord = tx.append(message.id, "node_message.sent", _payload(tx, message, peer, key, kind))
    tx.send(CHANNEL, kind.name, _outbox_body(tx, message, peer, kind), key=key)
    return record


def _check(to: Peer, kind: MessageType) -> None:
    if to.status not in (ACTIVE, SUSPENDED):
        raise TradeError(
            "peer_not_active", "The node {name} is {status}: nothing is sent to it.", name=to.name, status=to.status
        )
    if not to.allows(kind.capability, OUT) and not (kind.goes_on and to.was_open(kind.capability)):
        raise TradeError(
            "capability_closed",
            'The capability "{capability}" is not open towards {name}. Two operators open it: `entrepot nodes open`.',
            capability=kind.capability,
            name=to.name,
        )


def version_for(to: Peer, kind: MessageType) -> int:
    """The newest version of a type of message that both nodes know. Raises TradeError."""
    version = kind.newest(to.messages.get(kind.name, ()))
    if version is None:
        raise TradeError(
            "version_unknown",
            "{name} knows no version of {type} that this node knows. One of the two nodes is updated.",
            name=to.name,
            type=kind.name,
        )
    return version


def to_builtins(kind: MessageType, version: int, body: msgspec.Struct) -> dict[str, Any]:
    """The body of a message in a version, as JSON values."""
    found: dict[str, Any] = msgspec.to_builtins(kind.versions[version].write(body))
    return found


def _payload(tx: Transaction, message: NodeMessage, peer: str, key: str, kind: MessageType) -> dict[str, Any]:
    return {
        "direction": "out",
        "peer": peer,
        "type": message.type,
        "version": message.version,
        "digest": digest_of(tx, message, kind),
        "sent": message.sent,
        "expires": message.expires,
        "about": message.about,
        "key": key,
        "test": message.test,
    }


def digest_of(tx: Transaction, message: NodeMessage, kind: MessageType) -> str:
    """What the ledger keeps of a message: its digest, keyed where the message has personal data."""
    found = messages.digest(message)
    return tx.keyed_hash(found) if kind.personal else found


def _outbox_body(tx: Transaction, message: NodeMessage, peer: str, kind: MessageType) -> Mapping[str, Any]:
    """What the outbox has: the message, and personal data as a reference to where it is encrypted."""
    plain: dict[str, Any] = msgspec.to_builtins(message)
    if not kind.personal:
        return {"peer": peer, "message": plain}
    values = {"body": msgspec.json.encode(plain.pop("body")).decode()}
    # No law asks for this copy: it is erased as soon as the message was delivered or has expired.
    reference = tx.put_personal(message.id, PURPOSE, values, retain_until=tx.time.date())
    return {"peer": peer, "message": plain, "personal": reference}
