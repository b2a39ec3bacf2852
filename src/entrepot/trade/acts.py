"""What administrators of this node did, as events of the ledger: signed with its checkpoints, so that none is left out.

An act names the person by its id, what was done and to what; never values, and no personal data.
"""

from __future__ import annotations

from typing import Final

import msgspec

from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, check_first
from entrepot.trade.ports import Transaction

_MOST: Final = 120


class Act(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An act. `by`: the id of the person, or `cli:NAME`; `act`: such as `key.created`; `about`: the object."""

    id: str
    status: str
    by: str
    act: str
    created: str
    about: str = ""
    fields: tuple[str, ...] = ()


def apply(state: Act | None, event: Event) -> Act:
    """The act after its only event. Raises NotAllowed."""
    check_first(event, "act.done" if state is None else "act.never")
    return msgspec.convert({**event.payload, "id": event.stream, "status": "done", "created": event.time}, Act)


def record_act(tx: Transaction, act: str, *, by: str, about: str = "", fields: tuple[str, ...] = ()) -> Act:
    """Record an act. `fields`: the names of what was changed."""
    payload = {
        "by": by[:_MOST],
        "act": act[:_MOST],
        "about": about[:_MOST],
        "fields": [each[:_MOST] for each in fields[:50]],
    }
    done: Act = tx.append(tx.new_id("ac_"), "act.done", payload)
    return done


ACT: Final = Kind("ac_", "administrator_act", Act, apply, lambda _state: ())
