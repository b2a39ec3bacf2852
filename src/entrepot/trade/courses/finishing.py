"""What follows from a completed course: once all its learners have completed it, its delivery is delivered."""

from __future__ import annotations

from typing import Any

from entrepot.trade.courses.enrolment import Enrolment, seat_reference
from entrepot.trade.delivery import commands
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.ledger.events import Event
from entrepot.trade.ports import Transaction


def follow_enrolment(tx: Transaction, _before: Any | None, after: Enrolment, event: Event) -> None:
    """Deliver what was sold. The evidence is the id of the event that completed the last enrolment."""
    if event.kind != "enrolment.completed":
        return
    delivery: Delivery = tx.get(after.delivery)
    for seat in range(1, delivery.quantity + 1):
        number = after.id if seat == after.seat else tx.lookup(seat_reference(after.delivery, seat))
        if number is None or (number != after.id and not tx.get(number).completed):
            return
    commands.finish(tx, delivery.id, evidence=event.id)
