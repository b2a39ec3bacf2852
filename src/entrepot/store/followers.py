"""Follow the ledger: each new event is processed once, together with how far a follower has come.

Nothing is written with each event. The positions of the ledger have no gaps, and the messages of events are put into
the outbox in the transaction that moves the follower: so no event is missed and none is put in twice, also if the
worker is killed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

from django.db import transaction

from entrepot.store.models import LedgerFollower, LedgerHead
from entrepot.store.outbox import DatabaseOutbox
from entrepot.trade.ports import Outgoing

#: The events that a follower processes in one transaction.
EVENTS = 500


def follow_from_now(name: str) -> None:
    """Let a follower begin at the end of the ledger, if it has not begun."""
    if not LedgerFollower.objects.filter(id=name).exists():
        LedgerFollower.objects.get_or_create(id=name, defaults={"position": _size()})


def follow(
    name: str, messages: Callable[[int, int], Iterable[Outgoing]], now: dt.datetime, *, from_start: bool = False
) -> int:
    """Put the messages of new events into the outbox. Returns how many events were processed.

    `messages`: of the events after a position, up to another one. `from_start`: a follower that has not begun begins
    with the first event; else it has nothing to do until `follow_from_now`.
    """
    size = _size()
    position = LedgerFollower.objects.filter(id=name).values_list("position", flat=True).first()
    if position is None and from_start and size:
        position = LedgerFollower.objects.get_or_create(id=name, defaults={"position": 0})[0].position
    if position is None or position >= size:
        return 0  # it has not begun, or nothing is new: a read, without a lock
    with transaction.atomic():
        follower = LedgerFollower.objects.select_for_update().get(id=name)
        last = min(size, follower.position + EVENTS)
        DatabaseOutbox().put(messages(follower.position, last), now)
        count = last - follower.position
        follower.position = last
        follower.save(update_fields=["position"])
    return count


def _size() -> int:
    return LedgerHead.objects.values_list("size", flat=True).first() or 0
