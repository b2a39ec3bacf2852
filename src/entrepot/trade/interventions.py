"""What an operator did about a message that was not sent: in the ledger, so that it is known who did it and when.

A message itself is in the outbox, which is no record: finished messages are deleted. Only its number, its key and its
topic are kept, never what it says.
"""

from __future__ import annotations

import msgspec

from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, Moves, after, check_first
from entrepot.trade.outbox import Message
from entrepot.trade.ports import Transaction

RETRIED, DISCARDED = "retried", "discarded"
MOVES: Moves = {
    ("retried", "message.retried"): "retried",
    ("retried", "message.discarded"): "discarded",
}


class Intervention(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message that an operator sent again or gave up. `about`: the object of the message; `times`: how often.

    `by`: the organization of the operator; `person`: who did it last, "" for a command on the machine.
    """

    id: str
    message: int
    channel: str
    topic: str
    about: str
    by: str
    created: str
    status: str
    key: str
    person: str = ""
    times: int = 1


def apply(state: Intervention | None, event: Event) -> Intervention:
    """The state after an event. Raises NotAllowed."""
    status = event.kind.removeprefix("message.")
    if state is None:
        check_first(event, f"message.{RETRIED}", f"message.{DISCARDED}")
        given = {**event.payload, "id": event.stream, "created": event.time, "status": status}
        return msgspec.convert(given, Intervention)
    changed = after(MOVES, state.id, state.status, event.kind)
    return msgspec.structs.replace(state, status=changed, person=event.payload["person"], times=state.times + 1)


def record(tx: Transaction, message: Message, what: str, *, by: str, person: str = "") -> Intervention:
    """Record that an operator sends a message again (RETRIED) or gives it up (DISCARDED)."""
    known = tx.lookup(_reference(message.key))
    payload = {
        "message": message.id,
        "channel": message.channel,
        "topic": message.topic,
        "about": message.group,
        "key": message.key,
        "by": by,
        "person": person,
    }
    found: Intervention = tx.append(known or tx.new_id("iv_"), f"message.{what}", payload)
    return found


def _reference(key: str) -> str:
    return f"message:{key}"


KIND = Kind(
    "iv_",
    "intervention",
    Intervention,
    apply,
    lambda state: (state.by,),
    lambda state: (_reference(state.key),),
)
