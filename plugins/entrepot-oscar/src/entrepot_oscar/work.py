"""The background worker: sends what waits, and takes over what happened. Any number of them may run."""

from __future__ import annotations

import datetime as dt
import logging
import random
from collections.abc import Callable, Mapping
from typing import NamedTuple

from django.db.models import F, Q
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
    earlier = _earlier(job)
    if earlier is not None:
        Job.objects.filter(pk=job.pk).update(due=earlier.due + dt.timedelta(seconds=1))
        return Job.WAITING
    if job.kind in ("place", "pay") and handover.is_cancelled(job.order):
        return _not_needed(job)
    try:
        JOBS[job.kind](client, job)
    except (InvalidRequest, KeyReused, NotPossible) as error:
        if isinstance(error, InvalidRequest) and error.code == "requote_needed":
            return _refused(job, attempts, f"{error.message} The law changed after the order was placed.")
        return _refused(job, attempts, str(error))
    except ApiError as error:
        _later(job, attempts, str(error), error.retry_after or 0.0)
        _log.warning("%s waits: %s (%s)", job, error, error.code)
        return Job.WAITING
    except Exception as error:  # noqa: BLE001  # an error of this program, or a row of the shop that is gone: other jobs go on
        _log.exception("%s failed", job)
        _later(job, attempts, f"{type(error).__name__}: the log of the worker has the details.")
        return Job.WAITING
    Job.objects.filter(pk=job.pk).update(state=Job.DONE, attempts=attempts, says="")
    handover.forget_contact(job.order)
    return Job.DONE


def _earlier(job: Job) -> Job | None:
    """A job of the same order that must be done before: what happens to an order is told in its order.

    A payment is not waited for: an order that the shop cancels is not paid any more.
    """
    return Job.objects.filter(order=job.order, state=Job.WAITING, pk__lt=job.pk).exclude(kind="pay").last()


def _not_needed(job: Job) -> str:
    """The shop cancelled the order before the node had it, or before it was paid."""
    says = "The shop cancelled the order before."
    Job.objects.filter(pk=job.pk).update(state=Job.REFUSED, says=says)
    following.note(job.order, f"“{job.kind}” was not sent to the node: {says}")
    handover.forget_contact(job.order)
    return Job.REFUSED


def _later(job: Job, attempts: int, says: str, least: float = 0.0) -> None:
    """Try a job again after a pause that grows."""
    wait = min(FIRST * 2 ** min(job.attempts, 20), LONGEST) * random.uniform(0.75, 1.25)  # noqa: S311  # no secret
    due = timezone.now() + dt.timedelta(seconds=max(wait, least))
    Job.objects.filter(pk=job.pk).update(attempts=attempts, due=due, says=says)


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
    found = NodeOrder.objects.filter(Q(stale=True) | silent).order_by(F("refreshed").asc(nulls_first=True), "pk")
    return list(found.values_list("number", flat=True)[:ROUND])


def _refresh(client: Client, number: str) -> bool:
    try:
        return following.refresh(client, number)
    except ApiError as error:
        _log.warning("%s was not read: %s (%s)", number, error, error.code)
    except Exception:  # noqa: BLE001  # as for a job: other orders go on
        _log.exception("%s was not taken over", number)
    # It is read again, after the others.
    NodeOrder.objects.filter(number=number).update(stale=True, refreshed=timezone.now())
    return False
