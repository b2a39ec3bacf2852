"""The outbox in the database: implements `trade.outbox.OutboxQueue` on SQLite and PostgreSQL.

A message is claimed by an update that names the state in which it was read, in one short transaction. On PostgreSQL the
rows that another worker is claiming are skipped; SQLite has one writer at a time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from entrepot.store.models import OutgoingMessage
from entrepot.trade.outbox import DEAD, DISCARDED, SENT, WAITING, Message, check_not_held, group_of
from entrepot.trade.ports import NotFound, Outgoing

#: Messages that are looked at for one that may be claimed: several of one object may wait for the first of them.
CANDIDATES = 200
#: The condition of the index of what is unsent, which a query has to repeat.
_UNSENT = Q(state__in=(WAITING, DEAD))


def rows_of(messages: Iterable[Outgoing], now: dt.datetime) -> list[OutgoingMessage]:
    """The rows of messages that a command sends, to be inserted in its transaction, ignoring keys that exist."""
    return [
        OutgoingMessage(
            channel=channel,
            topic=topic,
            body=msgspec.json.encode(body).decode(),
            key=key,
            group=group_of(key),
            created=now,
            due=now,
            state=WAITING,
        )
        for channel, topic, body, key in messages
    ]


class DatabaseOutbox:
    """The outbox in the database."""

    def put(self, messages: Iterable[Outgoing], now: dt.datetime) -> None:
        """Put messages in, in the transaction of the caller. One whose key is in the outbox is there already."""
        OutgoingMessage.objects.bulk_create(rows_of(messages, now), ignore_conflicts=True)

    def due(self, now: dt.datetime) -> Collection[str]:
        """The channels with a message that may be claimed. A read of one index: it takes no lock."""
        return set(_due(now).values_list("channel", flat=True).order_by("channel").distinct())

    def claim(
        self, channel: str, now: dt.datetime, *, lease: str, seconds: float, limit: int, in_order: bool
    ) -> Sequence[Message]:
        """As OutboxQueue."""
        until = now + dt.timedelta(seconds=seconds)
        with transaction.atomic():
            rows = _lock(_free(channel, now, in_order=in_order).order_by("id"))
            first: dict[str, OutgoingMessage] = {}
            for row in rows[:CANDIDATES]:
                if len(first) < limit:
                    first.setdefault(row.group, row)
            for row in first.values():
                row.lease, row.leased_until, row.attempts = lease, until, row.attempts + 1
            OutgoingMessage.objects.bulk_update(first.values(), ["lease", "leased_until", "attempts"])
        return [_message(row) for row in first.values()]

    def release(self, lease: str) -> int:
        """As OutboxQueue."""
        held = OutgoingMessage.objects.filter(state=WAITING, leased_until__isnull=False, lease__startswith=lease)
        return held.update(lease="", leased_until=None)

    def done(self, message: Message, now: dt.datetime) -> bool:
        """As OutboxQueue."""
        return _end(message, state=SENT, due=now, reason="")

    def again(self, message: Message, due: dt.datetime, reason: str) -> bool:
        """As OutboxQueue."""
        return _end(message, due=due, reason=reason)

    def dead(self, message: Message, now: dt.datetime, reason: str) -> bool:
        """As OutboxQueue."""
        return _end(message, state=DEAD, due=now, reason=reason)

    def listed(
        self,
        *,
        state: str | None = None,
        channel: str | None = None,
        group: str | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> Sequence[Message]:
        """As OutboxQueue."""
        wanted: dict[str, Any] = {"state": state, "channel": channel, "group": group, "id__lt": before}
        rows = OutgoingMessage.objects.filter(**{name: each for name, each in wanted.items() if each is not None})
        return [_message(row) for row in rows.order_by("-id")[:limit]]

    def retry(self, number: int, now: dt.datetime) -> Message:
        """As OutboxQueue."""
        return _change(number, now, state=WAITING, due=now, attempts=0)

    def discard(self, number: int, now: dt.datetime) -> Message:
        """As OutboxQueue."""
        return _change(number, now, state=DISCARDED, due=now)

    def held_up(self, groups: Collection[str], channels: Collection[str]) -> Sequence[Message]:
        """As OutboxQueue. A read of the index of what is unsent: it takes no lock."""
        rows = OutgoingMessage.objects.filter(_UNSENT, channel__in=channels, group__in=groups)
        found = rows.filter(Q(state=DEAD) | ~Q(reason="")).order_by("id")
        return [_message(row) for row in found]

    def counts(self) -> Mapping[tuple[str, str], int]:
        """As OutboxQueue."""
        rows = OutgoingMessage.objects.order_by("channel", "state").values_list("channel", "state")
        return {(channel, state): count for channel, state, count in rows.annotate(count=Count("id"))}


def _due(now: dt.datetime) -> QuerySet[OutgoingMessage]:
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    return OutgoingMessage.objects.filter(free, state=WAITING, due__lte=now)


def _free(channel: str, now: dt.datetime, *, in_order: bool) -> QuerySet[OutgoingMessage]:
    """The due messages of a channel that do not wait for another one of their group."""
    of_channel = OutgoingMessage.objects.filter(channel=channel)
    # Read first: the few groups with a message that is being sent. As a condition it would be tested for each row.
    busy = set(of_channel.filter(leased_until__gt=now).values_list("group", flat=True))
    free = _due(now).filter(channel=channel).exclude(group__in=busy)
    if not in_order:
        return free
    earlier = of_channel.filter(group=OuterRef("group"), id__lt=OuterRef("id"), state=WAITING)
    return free.exclude(Exists(earlier.filter(_UNSENT)))


def _lock(rows: QuerySet[OutgoingMessage]) -> QuerySet[OutgoingMessage]:
    """Lock rows until the end of the transaction, except those that another worker has locked."""
    return rows.select_for_update(skip_locked=True) if connection.features.has_select_for_update_skip_locked else rows


def _end(message: Message, **changed: Any) -> bool:
    held = OutgoingMessage.objects.filter(id=message.id, lease=message.lease, state=WAITING)
    return bool(held.update(lease="", leased_until=None, **changed))


def _change(number: int, now: dt.datetime, **changed: Any) -> Message:
    with transaction.atomic():
        row = OutgoingMessage.objects.select_for_update().filter(id=number).first()
        if row is None:
            raise NotFound(f"There is no message {number}.")
        check_not_held(_message(row), now)
        for name, value in {**changed, "lease": "", "leased_until": None}.items():
            setattr(row, name, value)
        row.save()
    return _message(row)


def _message(row: OutgoingMessage) -> Message:
    return Message(
        id=row.id,
        channel=row.channel,
        topic=row.topic,
        body=msgspec.json.decode(row.body),
        key=row.key,
        created=row.created,
        due=row.due,
        state=row.state,
        attempts=row.attempts,
        lease=row.lease,
        leased_until=row.leased_until,
        reason=row.reason,
    )
