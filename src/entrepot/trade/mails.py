"""Which events of an order its seller and its buyer are told by e-mail, and as which status.

Steps that follow each other within minutes, such as the documents to customs, are not told.
"""

from __future__ import annotations

from typing import NamedTuple

from entrepot.trade.ledger.events import Event

CHANNEL = "email"
PLACED, CHANGED = "order.placed", "order.changed"
#: Events without an object of the order, and their status.
_BY_KIND = {"order.requote_needed": "requote", "order.cancelled": "cancelled"}
#: Events of an object of the order: its new states that are told, as the status of the order.
_BY_STATE = {
    "order.payment_changed": {"captured": "paid", "failed": "payment_failed", "disputed": "disputed"},
    "order.customs_changed": {state: state for state in ("held", "refused", "detained", "returned_abroad", "released")},
    "order.transport_changed": {
        state: state for state in ("shipped", "delivered", "delivery_failed", "undeliverable", "lost")
    },
    "order.return_changed": {"asked": "return_asked", "approved": "return_approved", "completed": "returned"},
}
#: The kinds of events that may be told.
KINDS = frozenset({PLACED, *_BY_KIND, *_BY_STATE})


class Told(NamedTuple):
    """An e-mail that an event causes: its topic and the status of the order."""

    topic: str
    status: str


def told(event: Event) -> Told | None:
    """What an event is told as; None if it is not told.

    >>> def changed(kind, **payload):
    ...     return Event(id="ev_1", stream="or_1", kind=kind, payload=payload, time="2026-03-01T00:00:00.000Z")
    >>> told(changed("order.customs_changed", object="de_1", status="held"))
    Told(topic='order.changed', status='held')
    >>> told(changed("order.customs_changed", object="de_1", status="declared")), told(changed("offer.created"))
    (None, None)
    """
    if event.kind == PLACED:
        return Told(PLACED, "created")
    status = _BY_KIND.get(event.kind) or _BY_STATE.get(event.kind, {}).get(str(event.payload.get("status")))
    return Told(CHANGED, status) if status else None
