"""Messages between nodes: the envelope, the types of messages with their versions, and the refusals.

    CONFIRM = MessageType("order.confirm", "order", {1: Version(Confirm)}, handle=confirm)

A body is a struct that forbids unknown fields: what two nodes sign is understood by both. What changes is a version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.ledger.events import check_value

if TYPE_CHECKING:
    from entrepot.trade.nodes.node import Node
    from entrepot.trade.nodes.peers import Peer
    from entrepot.trade.ports import Books, Transaction

#: The channel of the outbox.
CHANNEL: Final = "node"
#: Bytes of a message, and of an answer.
MAX_BYTES: Final = 256 << 10
Body: TypeAlias = Any
Handler: TypeAlias = "Callable[[Transaction, Peer, NodeMessage, Any, Node], Mapping[str, Any] | None]"
Answerer: TypeAlias = "Callable[[Books, Peer, NodeMessage, Any, Node], Any]"


class NodeMessage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message. `id`: `nm_…`, which is also its idempotency key; `sender`, `recipient`: the names of the nodes (DID).

    `about`: the id of the common order, `xo_…`, or ""; `sent`, `expires`: RFC 3339, UTC, milliseconds.
    """

    id: str
    type: str
    version: int
    sender: str
    recipient: str
    sent: str
    expires: str
    body: dict[str, Any]
    about: str = ""
    test: bool = False


_ENCODER: Final = msgspec.json.Encoder(order="sorted")
_DECODER: Final = msgspec.json.Decoder(NodeMessage)


def encode(message: NodeMessage) -> bytes:
    """The message as canonical JSON (RFC 8785). Raises ValueError for a body that has none."""
    check_value(message.body)
    return _ENCODER.encode(message)


def decode(content: bytes) -> NodeMessage:
    """A message from its bytes. Raises MessageRefused."""
    if len(content) > MAX_BYTES:
        raise refusal("too_large", most=MAX_BYTES, bytes=len(content))
    try:
        found = _DECODER.decode(content)
        check_value(found.body)
    except (ValueError, RecursionError) as error:  # msgspec's errors too
        raise refusal("malformed", why=str(error)[:200]) from None
    return found


def digest(message: NodeMessage) -> str:
    """The SHA-256 of a message in canonical form."""
    return hashlib.sha256(encode(message)).hexdigest()


class Version(NamedTuple):
    """A version of a type of message. `body`: its struct.

    `write`, `read`: from and to the struct of the newest version, where they differ.
    """

    body: type[msgspec.Struct]
    write: Callable[[Any], Any] = lambda body: body
    read: Callable[[Any], Any] = lambda body: body


class MessageType(NamedTuple):
    """A type of message. `capability`: which must be open; "" for what belongs to every active peer.

    `versions`: by their numbers. `handle`: what it does, in the transaction in which it is received; what it returns is
    the answer, without personal data. `personal`: its body has personal data: it is encrypted at rest, and the ledger
    has a keyed hash of it only. `answered`, `failed`: what the sender does with the answer, or when it is given up.
    `goes_on`: also while the capability is closed again, since it is about orders that were placed before.
    `answer`: in place of `handle` for what is asked and only read, outside of a transaction; `reply`: its struct.
    """

    name: str
    capability: str
    versions: Mapping[int, Version]
    handle: Handler | None = None
    personal: bool = False
    answered: Callable[[Any, Any, Any, Mapping[str, Any]], None] = lambda _tx, _peer, _record, _answer: None
    failed: Callable[[Any, Any, Any, str, str], None] = lambda _tx, _peer, _record, _code, _why: None
    answer: Answerer | None = None
    reply: type[msgspec.Struct] | None = None
    goes_on: bool = False

    def newest(self, known: tuple[int, ...]) -> int | None:
        """The newest version that both sides know; None if there is none.

        >>> kind = MessageType("a", "", {1: Version(NodeMessage), 2: Version(NodeMessage)})
        >>> kind.newest((1, 2, 3)), kind.newest((1,)), kind.newest((3,))
        (2, 1, None)
        """
        return max(self.versions.keys() & set(known), default=None)


class MessageRefused(TradeError):
    """A message is refused, and nothing of it happened. `status`: of HTTP; `later`: whether it may be sent again."""

    def __init__(self, code: str, text: str, status: int, *, later: bool = False, **values: Any) -> None:
        super().__init__(code, text, **values)
        self.status, self.later = status, later


class _Refusal(NamedTuple):
    status: int
    text: str
    later: bool = False


REFUSALS: Final[Mapping[str, _Refusal]] = {
    "malformed": _Refusal(400, "This is not a message of a node: {why}."),
    "too_large": _Refusal(413, "The message has {bytes} bytes. At most {most} are accepted."),
    "peer_unknown": _Refusal(
        401,
        "No node that this one has met signs with the key {thumbprint}. The two operators meet first: "
        "`entrepot nodes meet`.",
    ),
    "peer_not_compared": _Refusal(
        403, "The thumbprints of this node's keys were not compared here yet: the operator is asked to do it.", True
    ),
    "peer_not_active": _Refusal(403, "The challenge between the two nodes is still to be answered.", True),
    "peer_suspended": _Refusal(403, "The exchange with this node is suspended here: {why}", True),
    "peer_revoked": _Refusal(403, "The exchange with this node was ended here on {day}. The two operators meet again."),
    "key_ended": _Refusal(401, "The key {thumbprint} was accepted until {until}. Sign with the current key."),
    "wrong_sender": _Refusal(403, "The message names {sender} as its sender, but its key belongs to {owner}."),
    "wrong_recipient": _Refusal(421, "The message is for {recipient}. This node is {own}."),
    "wrong_economy": _Refusal(
        403, "The node of {economy} cannot speak for {other}: it offers and confirms what is its own economy's."
    ),
    "capability_closed": _Refusal(
        403, 'The capability "{capability}" is not open to this node. The operator here opens it under the agreement.'
    ),
    "test_mode": _Refusal(
        403, "This peer is in the mode {expected}, and the message is marked {given}. Both operators set the same mode."
    ),
    "type_unknown": _Refusal(422, "Messages of the type {type} are not known here."),
    "version_unknown": _Refusal(422, "Version {version} of {type} is not known here. Known versions: {known}."),
    "body_invalid": _Refusal(422, "The body is not one of {type}, version {version}: {why}."),
    "expired": _Refusal(410, "The message expired at {expires}; it is {now} here."),
    "not_yet": _Refusal(
        400, "The message was sent at {sent}, which is {seconds} s from now here. Set the clock of its sender.", True
    ),
    "lifetime": _Refusal(400, "The message expires {days} days after it was sent. At most {most} are accepted."),
    "replayed": _Refusal(409, "A request with this nonce was received already. Each request has its own."),
    "key_reused": _Refusal(409, "The id {id} was used for another message. Each message has its own."),
}


def refusal(code: str, **values: object) -> MessageRefused:
    """The refusal with a code.

    >>> refusal("capability_closed", capability="order").status
    403
    """
    found = REFUSALS[code]
    return MessageRefused(code, found.text, found.status, later=found.later, **values)
