"""The background worker: sends what waits, and takes over what happened. Any number of them may run."""

from __future__ import annotations

import datetime as dt
import logging
import random
from collections.abc import Callable, Mapping
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from entrepot.client import ApiError, Client, InvalidRequest, KeyReused
from entrepot_oscar import following, handover, outgoing
from entrepot_oscar.configuration import configuration
from entrepot_oscar.models import Handover, Job, NodeOrder, WebhookSeen
from entrepot_oscar.node import background_client
from entrepot_oscar.offers import end_unused
from entrepot_oscar.outgoing import NotPossible

#: For how long a job belongs to the worker that began it.
LEASE = dt.timedelta(minutes=5)
#: Seconds before a job is tried again: the first pause, and the longest.
FIRST, LONGEST = 2.0, 1800.0
#: For how long a webhook is remembered: nodes send for a day and a half.
REMEMBERED = dt.timedelta(days=14)
#: Jobs and orders of one round.
ROUND = 50
JOBS: Mapping[str, Callable[[Client, Job], None]] = {
    "place": handover.place,
    "pay": handover.pay,
    "shipped": outgoing.ship,
    "delivered": outgoing.deliver,
    "returned": outgoing.give_back,
    "cancel": outgoing.cancel,
}
_log = logging.getLogger("entrepot_oscar")


class Done(NamedTuple):
    """What a round did: jobs that were sent, that wait for another attempt, that were refused, and orders read."""

    sent: int = 0
    waiting: int = 0
    refused: int = 0
    refreshed: int = 0


def work() -> Done:
    """One round: jobs that are due, then orders of which something is not known yet."""
    with background_client() as client:
        outcomes = [_attempt(client, each) for each in _due()]
        refreshed = sum(_refresh(client, each) for each in _stale())
    return Done(*(outcomes.count(each) for each in (Job.DONE, Job.WAITING, Job.REFUSED)), refreshed)


def tidy() -> int:
    """End the offers that nobody was shown for a month, and forget old webhooks; the number of offers."""
    WebhookSeen.objects.filter(received__lt=timezone.now() - REMEMBERED).delete()
    waiting = Handover.objects.filter(state=Handover.WAITING).values_list("pieces", flat=True)
    with background_client() as client:
        return end_unused(client, {offer for pieces in waiting for offer, _, _ in pieces})


def _due() -> list[Job]:
    """The jobs that this worker now has."""
    now = timezone.now()

    def taken(job: Job) -> bool:
        # Of several workers one changes the row.
        return bool(Job.objects.filter(pk=job.pk, state=Job.WAITING, due=job.due).update(due=now + LEASE))

    return [each for each in Job.objects.filter(state=Job.WAITING, due__lte=now)[:ROUND] if taken(each)]


def _attempt(client: Client, job: Job) -> str:
    """Do a job; its state afterwards."""
    attempts = job.attempts + 1
    try:
        JOBS[job.kind](client, job)
    except (InvalidRequest, KeyReused, NotPossible) as error:
        if isinstance(error, InvalidRequest) and error.code == "requote_needed":
            return _refused(job, attempts, f"{error.message} The law changed after the order was placed.")
        return _refused(job, attempts, str(error))
    except ApiError as error:
        wait = min(FIRST * 2 ** min(job.attempts, 20), LONGEST) * random.uniform(0.75, 1.25)  # noqa: S311  # no secret
        due = timezone.now() + dt.timedelta(seconds=max(wait, error.retry_after or 0.0))
        Job.objects.filter(pk=job.pk).update(attempts=attempts, due=due, says=str(error))
        _log.warning("%s waits: %s (%s)", job, error, error.code)
        return Job.WAITING
    Job.objects.filter(pk=job.pk).update(state=Job.DONE, attempts=attempts, says="")
    handover.forget_contact(job.order)
    return Job.DONE


def _refused(job: Job, attempts: int, says: str) -> str:
    """The node refuses: somebody of the shop decides. The order gets a note, and the status for it."""
    Job.objects.filter(pk=job.pk).update(state=Job.REFUSED, attempts=attempts, says=says)
    _log.error("%s is refused: %s", job, says)
    following.note(job.order, f"The node refused “{job.kind}”: {says}")
    if job.kind in ("place", "pay"):
        Handover.objects.filter(order=job.order).update(problem=says)
        with following.taking_over():
            following.need_attention(job.order)
        handover.forget_contact(job.order)
    return Job.REFUSED


def _stale() -> list[str]:
    """The orders of which something is to be read: after a webhook, or because none came for a while."""
    since = timezone.now() - dt.timedelta(seconds=configuration().poll)
    silent = Q(ended=False) & (Q(refreshed__lt=since) | Q(refreshed=None))
    return list(NodeOrder.objects.filter(Q(stale=True) | silent).values_list("number", flat=True)[:ROUND])


def _refresh(client: Client, number: str) -> bool:
    try:
        return following.refresh(client, number)
    except ApiError as error:
        _log.warning("%s was not read: %s (%s)", number, error, error.code)
        return False
