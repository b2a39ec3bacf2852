"""Rows of UCP: checkout sessions, requests by their Idempotency-Keys, and which events were put into the outbox."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from django.db import IntegrityError, transaction

from entrepot.store import followers
from entrepot.store.ids import new_id
from entrepot.store.models import LedgerEvent, LedgerEventOwner, UcpCheckout, UcpRequest
from entrepot.trade.ports import Outgoing

#: The channel of the outbox, and the name of this follower of the ledger.
CHANNEL, FOLLOWER = "ucp", "ucp"
#: The beginning of the id of a session, which is the buyer of its orders.
PREFIX = "uc_"
#: How long a key replays its answer, and after which a request that never ended may be processed again.
LIFETIME, ABANDONED = dt.timedelta(hours=48), dt.timedelta(seconds=60)


class Row(NamedTuple):
    """A session as stored."""

    id: str
    platform: str
    version: int
    content: bytes


class Answered(NamedTuple):
    """A request with the same key. `status`: None while it is processed."""

    digest: str
    status: int | None
    content: bytes


def new_checkout_id() -> str:
    """The id of a new session."""
    return new_id(PREFIX[:-1])


def insert(number: str, platform: str, status: str, created: dt.datetime, expires: dt.datetime, content: bytes) -> None:
    """Insert a session. The ledger is followed from the first one on."""
    with transaction.atomic():
        UcpCheckout.objects.create(
            id=number, platform=platform, status=status, created=created, expires=expires, content=content
        )
        followers.follow_from_now(FOLLOWER)


def find(number: str) -> Row | None:
    """A session."""
    found = UcpCheckout.objects.filter(id=number).values_list("id", "platform", "version", "content").first()
    return Row(found[0], found[1], found[2], bytes(found[3])) if found else None


def save(row: Row, status: str, expires: dt.datetime, content: bytes) -> bool:
    """Change a session. False if another request has changed it since it was read."""
    changed = UcpCheckout.objects.filter(id=row.id, version=row.version).update(
        status=status, expires=expires, content=content, version=row.version + 1
    )
    return bool(changed)


def begin(number: str, digest: str, now: dt.datetime) -> Answered | None:
    """Begin a request with a key. None if it may be processed; else what is known of the one with the same key."""
    UcpRequest.objects.filter(id=number, created__lt=now - LIFETIME).delete()
    UcpRequest.objects.filter(id=number, status=None, digest=digest, created__lt=now - ABANDONED).delete()
    try:
        with transaction.atomic():
            UcpRequest.objects.create(id=number, digest=digest, created=now)
    except IntegrityError:
        found = UcpRequest.objects.filter(id=number).first()
        return (
            Answered(found.digest, found.status, bytes(found.content or b"")) if found else begin(number, digest, now)
        )
    return None


def finish(number: str, status: int, content: bytes) -> None:
    """Keep the answer of a request."""
    UcpRequest.objects.filter(id=number).update(status=status, content=content)


def forget(number: str) -> None:
    """A request was refused before anything was done: its key was not used."""
    UcpRequest.objects.filter(id=number, status=None).delete()


def follow(now: dt.datetime) -> int:
    """Put a message into the outbox for each new event of an order of a session. Returns how many events were read."""
    return followers.follow(FOLLOWER, _messages, now)


def _messages(after: int, last: int) -> list[Outgoing]:
    owners = LedgerEventOwner.objects.filter(position__gt=after, position__lte=last, owner__startswith=PREFIX)
    sessions = dict(owners.values_list("position", "owner"))
    events = LedgerEvent.objects.filter(position__in=list(sessions), kind__startswith="order.").order_by("position")
    return [
        Outgoing(CHANNEL, "order", {"checkout": sessions[position], "event": event}, f"{sessions[position]}:{event}")
        for position, event in events.values_list("position", "id")
    ]
