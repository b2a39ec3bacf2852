"""Delete expired rows in small steps, so that no writer waits for long."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from entrepot.store.models import Invitation, Once, OutgoingMessage, Quote, WebhookDelivery, WrongPasswords

#: Rows that one step deletes, and seconds between two steps, in which waiting writers continue.
STEP, PAUSE = 500, 0.01


def delete_expired_quotes(key_lifetime: dt.timedelta) -> int:
    """Delete expired quotes, and uses of Idempotency-Keys older than `key_lifetime`. Returns how many rows they were.

    Law is not deleted: a quote that is still stored may refer to it, and each law has one row.
    """
    now = timezone.now()
    rows: tuple[QuerySet[Any], ...] = (
        # The use of a key refers to its quote, and is deleted first.
        Once.objects.filter(created__lte=now - key_lifetime),
        Once.objects.filter(quote__expires__lte=now),
        Quote.objects.filter(expires__lte=now),
    )
    return sum(map(delete_in_steps, rows))


def delete_finished_messages(before: dt.datetime) -> int:
    """Delete messages of the outbox that were sent or discarded before a time. Returns how many."""
    return delete_in_steps(OutgoingMessage.objects.filter(state__in=("sent", "discarded"), due__lt=before))


def delete_old_deliveries(before: dt.datetime) -> int:
    """Delete the log of webhooks that were sent before a time. Returns how many rows."""
    return delete_in_steps(WebhookDelivery.objects.filter(time__lt=before))


def delete_wrong_passwords(before: dt.datetime) -> int:
    """Delete the counts of wrong passwords that were begun before a time. Returns how many."""
    return delete_in_steps(WrongPasswords.objects.filter(since__lte=before))


def delete_expired_invitations() -> int:
    """Delete invitations that can no longer be accepted, with their addresses. Returns how many."""
    return delete_in_steps(Invitation.objects.filter(expires__lte=timezone.now()))


def delete_in_steps(rows: QuerySet[Any]) -> int:
    """Delete rows, some at a time. Returns how many they were."""
    count = 0
    while ids := list(rows.values_list("pk", flat=True)[:STEP]):
        rows.model.objects.filter(pk__in=ids).delete()
        count += len(ids)
        time.sleep(PAUSE)
    return count
