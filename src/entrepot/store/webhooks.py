"""Rows of webhooks: endpoints, the log of deliveries, and which events of the ledger were put into the outbox.

Nothing is written with each event: a worker follows the ledger, whose positions have no gaps, and puts one message into
the outbox for each endpoint that receives an event, together with how far it has come. So no event is missed and none
is put in twice, also if the worker is killed.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db import IntegrityError, connection, transaction

from entrepot.store import followers
from entrepot.store.ids import new_id
from entrepot.store.models import (
    LedgerEvent,
    LedgerEventOwner,
    OutgoingMessage,
    WebhookDelivery,
    WebhookEndpoint,
)
from entrepot.store.outbox import DatabaseOutbox
from entrepot.trade.ledger.events import Event, decode
from entrepot.trade.outbox import WAITING
from entrepot.trade.ports import Outgoing
from entrepot.trade.webhooks import CHANNEL, Endpoint, after_failure, after_success, receivers

#: The name of this follower of the ledger.
FOLLOWER = "webhooks"
#: Endpoints of an organization, characters of a description, and of the detail of a delivery.
MAX_ENDPOINTS, MAX_DESCRIPTION, MAX_DETAIL = 20, 200, 500


class Delivery(NamedTuple):
    """One attempt to send an event. `status`: of the response; None if there was none."""

    id: int
    endpoint: str
    event: str
    kind: str
    time: dt.datetime
    attempt: int
    ok: bool
    status: int | None
    milliseconds: int
    detail: str


class TooMany(Exception):
    """The organization has as many endpoints as it may have."""


def create_endpoint(endpoint: Endpoint, secret: bytes, request: str | None, asked: str) -> Endpoint:
    """Insert an endpoint, or return the one that the same `request` has created. Raises TooMany.

    `request`: the hash of the caller and its key; `asked`: that of what was asked for.
    """
    try:
        return _insert(endpoint, secret, request, asked)
    except IntegrityError:
        found = WebhookEndpoint.objects.filter(request=request).first() if request else None
        if found is None:
            raise
        return _endpoint(found)


def asked_of(number: str) -> str | None:
    """The hash of what was asked for when an endpoint was created."""
    return WebhookEndpoint.objects.filter(id=number).values_list("asked", flat=True).first()


def _insert(endpoint: Endpoint, secret: bytes, request: str | None, asked: str) -> Endpoint:
    with transaction.atomic():
        if request and (known := WebhookEndpoint.objects.filter(request=request).first()) is not None:
            return _endpoint(known)
        if WebhookEndpoint.objects.filter(organization=endpoint.organization).count() >= MAX_ENDPOINTS:
            raise TooMany
        WebhookEndpoint.objects.create(
            id=endpoint.id,
            organization_id=endpoint.organization,
            url=endpoint.url,
            kinds=list(endpoint.kinds),
            description=endpoint.description,
            secret=secret,
            request=request,
            asked=asked,
            created=endpoint.created,
            status=endpoint.status,
        )
        followers.follow_from_now(FOLLOWER)
    return endpoint


def new_endpoint_id() -> str:
    """The id of a new endpoint."""
    return new_id("we")


def list_endpoints(organization: str) -> list[Endpoint]:
    """The endpoints of an organization, the newest first."""
    return [_endpoint(row) for row in WebhookEndpoint.objects.filter(organization=organization).order_by("-id")]


def find_endpoint(number: str, organization: str | None = None) -> Endpoint | None:
    """An endpoint; only one of the organization, if that is given."""
    row = _row(number, organization)
    return _endpoint(row) if row else None


def read_secret(number: str) -> bytes | None:
    """The encrypted secret of an endpoint."""
    found = WebhookEndpoint.objects.filter(id=number).values_list("secret", flat=True).first()
    return bytes(found) if found is not None else None


def change_endpoint(number: str, organization: str, **changed: Any) -> Endpoint | None:
    """Change columns of an endpoint. None if the organization has no such endpoint."""
    if not WebhookEndpoint.objects.filter(id=number, organization=organization).update(**changed):
        return None
    return find_endpoint(number, organization)


def delete_endpoint(number: str, organization: str) -> bool:
    """Delete an endpoint with its log. Messages to it are given up when they are due."""
    with transaction.atomic():
        row = _row(number, organization)
        if row is None:
            return False
        row.delete()
    return True


def record_delivery(endpoint: Endpoint, delivery: Mapping[str, Any], now: dt.datetime) -> Endpoint:
    """Record an attempt, and what it means for the endpoint: one that fails for long is disabled.

    Returns the endpoint as it was before another request changed it.
    """
    with transaction.atomic():
        row = WebhookEndpoint.objects.select_for_update().filter(id=endpoint.id).first()
        if row is None:
            return endpoint  # it was deleted meanwhile
        WebhookDelivery.objects.create(endpoint=row, time=now, **delivery)
        before = _endpoint(row)
        after = after_success(before) if delivery["ok"] else after_failure(before, now, delivery["detail"])
        if after != before:
            row.failing_since, row.status, row.why = after.failing_since, after.status, after.why
            row.save(update_fields=["failing_since", "status", "why"])
    return after


def deliveries(
    endpoint: str, *, event: str | None = None, before: int | None = None, limit: int = 100
) -> list[Delivery]:
    """The attempts of an endpoint, the newest first."""
    wanted: dict[str, Any] = {"event": event, "id__lt": before}
    rows = WebhookDelivery.objects.filter(
        endpoint=endpoint, **{name: each for name, each in wanted.items() if each is not None}
    )
    return [
        Delivery(
            row.id,
            endpoint,
            row.event,
            row.kind,
            row.time,
            row.attempt,
            row.ok,
            row.status,
            row.milliseconds,
            row.detail,
        )
        for row in rows.order_by("-id")[:limit]
    ]


def resend(endpoint: str, event: str, now: dt.datetime) -> bool:
    """Send an event to an endpoint again. False if it was never sent to this endpoint."""
    with transaction.atomic():
        rows = OutgoingMessage.objects.select_for_update().filter(group=endpoint, channel=CHANNEL)
        messages = [row for row in rows.order_by("-id") if row.key.split(":")[1] == event]
        if not messages:
            return False
        newest = messages[0]
        if newest.state == WAITING:  # it is only sent sooner
            OutgoingMessage.objects.filter(id=newest.id, lease="").update(due=now, attempts=0)
            return True
        again = f"{endpoint}:{event}:{len(messages)}"
        body = {"endpoint": endpoint, "event": event}
        DatabaseOutbox().put([Outgoing(CHANNEL, newest.topic, body, again)], now)
    return True


def follow(now: dt.datetime) -> int:
    """Put the messages of new events into the outbox. Returns how many events were processed."""
    return followers.follow(FOLLOWER, _messages, now)


def find_event(number: str) -> Event | None:
    """An event by its id."""
    content = LedgerEvent.objects.filter(id=number).values_list("content", flat=True).first()
    return decode(bytes(content)) if content is not None else None


def list_events(
    owner: str, *, before: int | None = None, kind: str = "", subject: str = "", limit: int = 100
) -> Sequence[tuple[int, Event]]:
    """The events that an owner may read, with their positions, the newest first.

    `kind`: `order.placed`, or `order.*` for all kinds of an object; `subject`: the id of an object.
    """
    where, values = ["w.owner = %s"], [owner]
    for condition, value in (("w.position < %s", before), ("e.stream = %s", subject or None)):
        if value is not None:
            where.append(condition)
            values.append(value)  # type: ignore[arg-type]  # a number or a text
    if kind.endswith(".*"):
        where.append("substr(e.kind, 1, %s) = %s")
        values += [len(kind) - 1, kind[:-1]]  # type: ignore[list-item]  # a number and a text
    elif kind not in ("", "*"):
        where.append("e.kind = %s")
        values.append(kind)
    query = (
        "SELECT e.position, e.content FROM store_ledgereventowner w JOIN store_ledgerevent e "  # noqa: S608  # see above
        f"ON e.position = w.position WHERE {' AND '.join(where)} ORDER BY w.position DESC LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [*values, limit])
        return [(position, decode(bytes(content))) for position, content in cursor.fetchall()]


def position_of(owner: str, event: str) -> int | None:
    """The position of an event that an owner may read."""
    position = LedgerEvent.objects.filter(id=event).values_list("position", flat=True).first()
    if position is None or not LedgerEventOwner.objects.filter(owner=owner, position=position).exists():
        return None
    return position


def _messages(after: int, last: int) -> list[Outgoing]:
    """One message for each endpoint that receives one of these events."""
    endpoints = [_endpoint(row) for row in WebhookEndpoint.objects.filter(status="enabled")]
    if not endpoints:
        return []
    owners: defaultdict[int, list[str]] = defaultdict(list)
    organizations = {each.organization for each in endpoints}
    of_events = LedgerEventOwner.objects.filter(owner__in=organizations, position__gt=after, position__lte=last)
    for owner, position in of_events.values_list("owner", "position"):
        owners[position].append(owner)
    found = []
    rows = LedgerEvent.objects.filter(position__in=list(owners)).order_by("position")
    for position, content in rows.values_list("position", "content"):
        event = decode(bytes(content))
        found += [
            Outgoing(CHANNEL, event.kind, {"endpoint": each.id, "event": event.id}, f"{each.id}:{event.id}")
            for each in receivers(event, owners[position], endpoints)
        ]
    return found


def _row(number: str, organization: str | None) -> WebhookEndpoint | None:
    rows = WebhookEndpoint.objects.filter(id=number)
    return (rows if organization is None else rows.filter(organization=organization)).first()


def _endpoint(row: WebhookEndpoint) -> Endpoint:
    return Endpoint(
        id=row.id,
        organization=row.organization_id,
        url=row.url,
        kinds=tuple(row.kinds),
        created=row.created,
        description=row.description,
        status=row.status,
        failing_since=row.failing_since,
        why=row.why,
    )
