"""What follows for a health record from its visit: wherever a consent is withdrawn, or the visit ends.

The record is kept by rule where both sides were connected, and erased where nothing took place.
"""

from __future__ import annotations

import datetime as dt

from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.health.commands import discard, find_record, retain, withdraw
from entrepot.trade.ledger.events import Event
from entrepot.trade.ports import Transaction
from entrepot.trade.service_terms import HEALTH

_WITHDRAWN = "delivery.consent_withdrawn"
_ENDED = frozenset({"delivery.delivered", "delivery.accepted", "delivery.cancelled", "delivery.no_show", _WITHDRAWN})


def follow_visit(tx: Transaction, _before: Delivery | None, after: Delivery, event: Event) -> None:
    """Keep or erase the health record of a visit that has ended, or whose consent is withdrawn."""
    if event.kind not in _ENDED or after.kind != "visit" or after.service not in HEALTH:
        return
    if event.kind == _WITHDRAWN:
        record = find_record(tx, after.id)
        if record is not None and record.consent is not None:
            withdraw(tx, after.id, by=str(event.payload["by"]))
    if after.begun:
        retain(tx, after.id, dt.datetime.fromisoformat(after.ended or after.begun).date())
    else:
        discard(tx, after.id)
