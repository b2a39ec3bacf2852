"""The record of a message in the ledger: that it was sent or received, its digest, and what was answered.

    out: sent ──> delivered | failed          in: received

The content of a message is not in its record: what it changes are events of their own.
"""

from __future__ import annotations

from typing import Any

import msgspec

from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, Moves, after, check_first
from entrepot.trade.ports import Transaction

SENT, DELIVERED, FAILED, RECEIVED = STATES = ("sent", "delivered", "failed", "received")
MOVES: Moves = {
    (SENT, "node_message.delivered"): DELIVERED,
    (SENT, "node_message.failed"): FAILED,
    (FAILED, "node_message.delivered"): DELIVERED,  # an operator sent it again
    (FAILED, "node_message.failed"): FAILED,
}


class MessageRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The record of a message. `direction`: `in` or `out`; `peer`: `pn_…`; `remote`: the id by which the peer knows it.

    `digest`: SHA-256 of the message in canonical form, keyed where it has personal data. `key`: of who sends it, so
    that it is sent once. `code`, `why`: why it failed.
    """

    id: str
    status: str
    direction: str
    peer: str
    type: str
    version: int
    digest: str
    sent: str
    expires: str
    created: str
    about: str = ""
    remote: str = ""
    key: str = ""
    test: bool = False
    answer: dict[str, Any] | None = None
    code: str = ""
    why: str = ""
    changed: str = ""


def apply(state: MessageRecord | None, event: Event) -> MessageRecord:
    """The record after an event. Raises NotAllowed."""
    if state is None:
        check_first(event, "node_message.sent", "node_message.received")
        status = event.kind.removeprefix("node_message.")
        return msgspec.convert(
            {**event.payload, "id": event.stream, "status": status, "created": event.time}, MessageRecord
        )
    status = after(MOVES, state.id, state.status, event.kind)
    return msgspec.structs.replace(state, status=status, changed=event.time, **event.payload)


def discarded(tx: Transaction, number: str, code: str) -> MessageRecord | None:
    """Record that an operator gave a message up, and erase the personal data that was to be sent.

    Returns the record where the message was waiting until now, and what follows from its end has not happened yet.
    """
    record: MessageRecord = tx.get(number)
    tx.erase_personal(number)
    if record.status != SENT:
        return None
    failed: MessageRecord = tx.append(
        number, "node_message.failed", {"code": code, "why": "An operator gave the message up."}
    )
    return failed


def received_reference(peer: str, remote: str) -> str:
    """By which a message that was received is found, by its peer and the id that the peer gave it."""
    return f"node-message:{peer}:{remote}"


def sent_reference(key: str) -> str:
    """By which a message that was sent is found, by the key of who sent it."""
    return f"node-sent:{key}"


def _references(state: MessageRecord) -> tuple[str, ...]:
    if state.direction == "out":
        return (sent_reference(state.key),)
    return (received_reference(state.peer, state.remote),)


NODE_MESSAGE = Kind("nm_", "node_message", MessageRecord, apply, lambda state: (state.peer,), _references)
