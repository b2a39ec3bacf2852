"""Put e-mails about orders into the outbox: a worker follows the ledger, as for webhooks.

Nothing is written with each event. The messages of an event are put in together with how far the worker has come, one
for each person: no event is missed, and none is told twice. Who has turned these e-mails off gets none.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

from entrepot.store import followers
from entrepot.store.models import LedgerEvent, LedgerEventOwner
from entrepot.store.people.reachable import reachable
from entrepot.trade.ledger.events import decode
from entrepot.trade.mails import CHANNEL, KINDS, told
from entrepot.trade.ports import Outgoing

#: The name of this follower of the ledger, and the group of e-mails.
FOLLOWER, GROUP = "email", "orders"


def follow(now: dt.datetime) -> int:
    """Put the messages of new events into the outbox. Returns how many events were processed."""
    return followers.follow(FOLLOWER, _messages, now, from_start=True)


def _messages(after: int, last: int) -> list[Outgoing]:
    """One message for each event that is told and each person who is told."""
    rows = LedgerEvent.objects.filter(position__gt=after, position__lte=last, kind__in=KINDS)
    owners: defaultdict[int, list[str]] = defaultdict(list)
    of_events = LedgerEventOwner.objects.filter(position__in=rows.values("position"))
    for owner, position in of_events.values_list("owner", "position"):
        owners[position].append(owner)
    people = reachable({owner for of_event in owners.values() for owner in of_event}, GROUP)
    concerned = [position for position, some in owners.items() if any(people.get(owner) for owner in some)]
    found = []
    for position, content in _contents(concerned):
        event = decode(content)
        if (what := told(event)) is None:
            continue
        for owner in sorted(owners[position]):
            path = f"orders/{event.stream}/"
            body = {"order": event.stream, "status": what.status, "organization": owner, "path": path}
            found += [
                Outgoing(CHANNEL, what.topic, {**body, "person": person}, f"{event.stream}:{event.id}:{person}")
                for person in people.get(owner, ())
            ]
    return found


def _contents(positions: list[int]) -> list[tuple[int, bytes]]:
    """The contents of events, in their order: an event without anybody to tell is not read."""
    if not positions:
        return []
    rows = LedgerEvent.objects.filter(position__in=positions).order_by("position")
    return [(position, bytes(content)) for position, content in rows.values_list("position", "content")]
