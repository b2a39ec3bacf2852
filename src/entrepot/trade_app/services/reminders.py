"""Reminders of what begins soon, by e-mail to both sides: a day and an hour before. Each is sent once."""

from __future__ import annotations

import datetime as dt

from entrepot.store.people.reachable import reachable
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.mails import CHANNEL
from entrepot.trade.ports import Books, Transaction
from entrepot.trade_app.due import due_until

TOPIC, GROUP, SENDER = "delivery.reminder", "orders", "reminder"
#: Hours before the start, the fewest first: who comes late to an appointment is not reminded twice.
HOURS = (1, 24)


def remind(books: Books, now: dt.datetime) -> int:
    """Send the reminders that are due: only deliveries are read that begin soon. Returns how many deliveries."""
    soon = due_until(books, "start", now + dt.timedelta(hours=max(HOURS)), since=timestamp(now))
    return sum(_remind(books, number, starts, now) for starts, number in soon)


def _remind(books: Books, number: str, starts: str, now: dt.datetime) -> int:
    left = dt.datetime.fromisoformat(starts) - now
    hours = next((each for each in HOURS if dt.timedelta() < left <= dt.timedelta(hours=each)), None)
    if hours is None:
        return 0
    key = f"{number}/{starts}/{hours}"
    if books.was_received(SENDER, key):
        return 0
    found: Delivery = books.read(number)
    people = reachable(set(found.owners), GROUP)

    def command(tx: Transaction) -> int:
        if not tx.received(SENDER, key):
            return 0
        for owner in found.owners:
            for person in people.get(owner, ()):
                body = {
                    "order": found.order,
                    "organization": owner,
                    "person": person,
                    "hours": hours,
                    "path": f"services/{found.id}/",
                }
                tx.send(CHANNEL, TOPIC, body, key=f"{found.id}:reminder/{found.starts}/{hours}:{person}")
        return 1

    return books.run(command)
