"""Delete expired rows in small steps, so that no writer waits for long."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from entrepot.store.models import (
    CourseLaunch,
    CourseNonce,
    CourseStatement,
    IncomingMessage,
    Invitation,
    Once,
    OutgoingMessage,
    Quote,
    UcpCheckout,
    UcpRequest,
    WebhookDelivery,
    WrongPasswords,
)
from entrepot.trade.nodes.receiving import NONCES

#: Rows that one step deletes, and seconds between two steps, in which waiting writers continue.
STEP, PAUSE = 500, 0.01
#: How long a nonce is kept: a signature holds for five minutes.
NONCE_KEPT = dt.timedelta(hours=1)
#: How long a checkout session is kept after it expired: with orders, of which its platform may ask, and without.
SESSION_KEPT, SESSION_KEPT_OPEN = dt.timedelta(days=180), dt.timedelta(days=7)


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


def delete_nonces(now: dt.datetime) -> int:
    """Delete the nonces of requests of other nodes, whose signatures have ended long ago. Returns how many."""
    return delete_in_steps(
        IncomingMessage.objects.filter(sender__gte=NONCES, sender__lt=f"{NONCES}~", received__lt=now - NONCE_KEPT)
    )


def delete_wrong_passwords(before: dt.datetime) -> int:
    """Delete the counts of wrong passwords that were begun before a time. Returns how many."""
    return delete_in_steps(WrongPasswords.objects.filter(since__lte=before))


def delete_expired_invitations() -> int:
    """Delete invitations that can no longer be accepted, with their addresses. Returns how many."""
    return delete_in_steps(Invitation.objects.filter(expires__lte=timezone.now()))


def delete_ucp(now: dt.datetime, key_lifetime: dt.timedelta) -> int:
    """Delete checkout sessions that are no longer needed, and answers by their keys. Returns how many rows."""
    sessions = UcpCheckout.objects.filter(expires__lt=now - SESSION_KEPT_OPEN)
    return (
        delete_in_steps(UcpRequest.objects.filter(created__lt=now - key_lifetime))
        + delete_in_steps(sessions.exclude(status__in=("completed", "complete_in_progress")))
        + delete_in_steps(UcpCheckout.objects.filter(expires__lt=now - SESSION_KEPT))
    )


def delete_courses(now: dt.datetime, kept: dt.timedelta) -> int:
    """Delete launches and numbers of messages that have expired, and xAPI statements stored before `kept`."""
    return (
        delete_in_steps(CourseLaunch.objects.filter(expires__lte=now))
        + delete_in_steps(CourseNonce.objects.filter(expires__lte=now))
        + delete_in_steps(CourseStatement.objects.filter(stored__lt=now - kept))
    )


def delete_in_steps(rows: QuerySet[Any]) -> int:
    """Delete rows, some at a time. Returns how many they were."""
    count = 0
    while ids := list(rows.values_list("pk", flat=True)[:STEP]):
        rows.model.objects.filter(pk__in=ids).delete()
        count += len(ids)
        time.sleep(PAUSE)
    return count
