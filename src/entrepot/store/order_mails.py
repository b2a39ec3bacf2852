"""Put e-mails about orders into the outbox: a worker follows the ledger, as for webhooks.

Nothing is written with each event. The messages of an event are put in together with how far the worker has come, one
for each person: no event is missed, and none is told twice. Who has turned these e-mails off gets none.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping

from django.db.models import Q

from entrepot.store import followers
from entrepot.store.models import LedgerEvent, LedgerEventOwner, Member, Person
from entrepot.trade.ledger.events import decode
from entrepot.trade.mails import CHANNEL, KINDS, told
from entrepot.trade.ports import Outgoing

#: The name of this follower of the ledger, and the group of e-mails.
FOLLOWER, GROUP = "email", "orders"
#: Members with these roles are told.
ROLES = ("clerk", "manager", "owner")


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
    people = _people({owner for of_event in owners.values() for owner in of_event})
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


def _people(owners: set[str]) -> Mapping[str, list[str]]:
    """The people who are told for each owner: a person itself, or members of an organization."""
    people: defaultdict[str, list[str]] = defaultdict(list)
    if not owners:
        return people
    reachable = Q(erased=None, user__is_active=True) & ~Q(user__email="")
    known = {
        row.id
        for row in Person.objects.filter(reachable, Q(id__in=owners) | Q(members__organization__in=owners)).distinct()
        if GROUP not in row.mail_opt_outs
    }
    for owner in owners & known:
        people[owner].append(owner)
    members = Member.objects.filter(organization__in=owners, person__in=known, role__in=ROLES).order_by("id")
    for organization, person in members.values_list("organization", "person"):
        people[organization].append(person)
    return people
