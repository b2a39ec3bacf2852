"""The log of personal data that left an economy, or were not let out: for the person whose data they are.

It names fields and purposes, never values. The person sees it on a page of the account. One entry is about one order
and one recipient; what is decided later about the same order changes it, and each message that leaves is added to it.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, NotAllowed, check_first
from entrepot.trade.ports import Transaction

ALLOWED, REFUSED = "allowed", "refused"
_DECISIONS = {f"leaving.{ALLOWED}": ALLOWED, f"leaving.{REFUSED}": REFUSED}


class Disclosure(msgspec.Struct, frozen=True, kw_only=True):
    """Personal data that are about to leave. `owner`: the organization or person (`og_`, `us_`) who sees the log.

    `person`: what tells the person apart, such as its id or identity number: only its keyed hash is kept. `about`: the
    order or delivery; `recipient`: the node to which they go; `ground`, `category`: words of `model.data_words`;
    `fields`: the names of what leaves.
    """

    owner: str
    person: str
    about: str
    origin: str
    destination: str
    recipient: str
    category: str
    ground: str
    purpose: str
    fields: tuple[str, ...]


class SentMessage(msgspec.Struct, frozen=True, array_like=True):
    """A message that left: its type and when."""

    type: str
    time: str


class Leaving(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry of the log. `status`: what was decided last; `outcome`: of the law; `code`, `values`: the reason.

    `rows`: the rows of law that decided; `people`: how many persons' data left that year, with this one; `fields`: all
    that were let out; `sent`: the messages that left.
    """

    id: str
    status: str
    owner: str
    about: str
    origin: str
    destination: str
    recipient: str
    category: str
    ground: str
    purpose: str
    fields: tuple[str, ...]
    outcome: str
    code: str
    values: Mapping[str, str]
    rows: tuple[str, ...]
    sources: tuple[str, ...]
    trust: str
    people: int
    created: str
    decided: str
    due: str = ""
    sent: tuple[SentMessage, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the data may leave."""
        return self.status == ALLOWED

    @property
    def reason(self) -> str:
        """The code of the reason."""
        return self.code


def apply(state: Leaving | None, event: Event) -> Leaving:
    """The entry after an event. Raises NotAllowed."""
    if state is None:
        check_first(event, *_DECISIONS)
        given = {**event.payload, "id": event.stream, "created": event.time}
        return msgspec.convert({**given, "status": _DECISIONS[event.kind], "decided": event.time}, Leaving)
    if event.kind == "leaving.sent" and state.allowed:
        return msgspec.structs.replace(state, sent=(*state.sent, SentMessage(event.payload["type"], event.time)))
    if event.kind in _DECISIONS:
        given = {**event.payload, "id": state.id, "created": state.created, "decided": event.time}
        if state.sent or _DECISIONS[event.kind] == ALLOWED:
            given["fields"] = list(dict.fromkeys((*state.fields, *event.payload["fields"])))
        again = msgspec.convert({**given, "status": _DECISIONS[event.kind]}, Leaving)
        return msgspec.structs.replace(again, sent=state.sent)
    raise NotAllowed("leaving_state", "These personal data may not leave.")


def reference(recipient: str, about: str) -> str:
    """By which the entry is found.

    >>> reference("pn_1", "xo_1")
    'leaving:pn_1:xo_1'
    """
    return f"leaving:{recipient}:{about}"


def note_sent(tx: Transaction, *, recipient: str, about: str, message: str) -> Leaving:
    """Add a message to the entry of its order. Raises TradeError where its data were not let out.

    `message`: its type. Each message with personal data passes here before it is sent.
    """
    known = tx.lookup(reference(recipient, about))
    if known is None:
        raise TradeError(
            "transfer_not_checked",
            "A message with personal data leaves only after the rules on data transfers were checked for it.",
        )
    found: Leaving = tx.append(known, "leaving.sent", {"type": message})
    return found


LEAVING = Kind(
    "lv_",
    "leaving",
    Leaving,
    apply,
    lambda state: (state.owner,) if state.owner else (),
    lambda state: (reference(state.recipient, state.about),),
)
