"""Payments of which a provider refused something for good: refunds, captures and cancellations.

A refund is still owed to the buyer; what is not cancelled stays reserved on the buyer's account. An operator asks the
provider again (`paying.ask_provider_again`), or settles it with the buyer in another way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from entrepot.trade.payments.state import Payment
from entrepot.trade.ports import Books

#: The events after which a payment may need somebody. There is an index of them.
KINDS = ("payment.refund_failed", "payment.capture_failed", "payment.cancel_failed")
#: A position after every event, and the events of each kind that are looked through at most.
_END, MOST = 2**53, 1000


class Trouble(NamedTuple):
    """A payment that needs somebody. `since`: when the provider refused last, RFC 3339."""

    payment: Payment
    since: str


def troubled(books: Books) -> Sequence[Trouble]:
    """The payments whose provider has refused something, and nobody has asked again; the newest first."""
    since: dict[str, str] = {}
    for kind in KINDS:
        for _position, event in books.events(kind=kind, before=_END, limit=MOST):
            since[event.stream] = max(event.time, since.get(event.stream, ""))
    found = [Trouble(books.read(number), time) for number, time in since.items()]
    return sorted((each for each in found if each.payment.trouble), key=lambda each: each.since, reverse=True)
