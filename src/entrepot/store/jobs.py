"""Rows of jobs: uploaded tables that wait for their columns to be mapped, or are calculated by a worker.

A worker claims a job by an update that succeeds in one process only, and renews its `beat` while it works. A job whose
worker has stopped renewing it can be claimed again.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from entrepot.store.models import Job

#: States: the columns are to be mapped; waiting for a worker; being calculated; finished; failed.
MAPPING, WAITING, WORKING, DONE, FAILED = "mapping", "waiting", "working", "done", "failed"
#: How many of the oldest jobs a worker tries to claim.
CANDIDATES = 5


def new_job(name: str) -> Job:
    """A job with a random id that is not inserted yet. `name`: the name of the file, as the browser sent it."""
    return Job(id=secrets.token_hex(16), created=timezone.now(), name=name, state=MAPPING)


def insert_job(job: Job, options: Mapping[str, Any]) -> None:
    """Insert a new job."""
    job.options = dict(options)
    job.save(force_insert=True)


def jobs_of_owner(owner: str) -> list[Job]:
    """The jobs of an owner, the newest first."""
    return list(Job.objects.filter(options__owner=owner).order_by("-created"))


def count_of_owner(owner: str) -> int:
    """How many jobs an owner has."""
    return Job.objects.filter(options__owner=owner).count()


def jobs_from_address(address_hash: str) -> list[Job]:
    """The jobs whose tables were uploaded from an address."""
    return list(Job.objects.filter(options__place=address_hash))


def find_job(number: str) -> Job | None:
    """A job by its id."""
    return Job.objects.filter(id=number).first()


def enqueue(job: Job, options: Mapping[str, Any]) -> None:
    """Let a job wait for a worker, with options that are added to its own."""
    job.options = {**job.options, **options}
    job.state, job.rows, job.share, job.fault, job.beat = WAITING, 0, 0.0, "", None
    job.save()


def change_options(job: Job, options: Mapping[str, Any]) -> None:
    """Store other options of a job whose columns are to be mapped again."""
    job.options = {**job.options, **options}
    job.state, job.rows, job.share, job.fault = MAPPING, 0, 0.0, ""
    job.save()


def store_options(job: Job, options: Mapping[str, Any]) -> None:
    """Store other options of a job; its state stays. Another request may have changed the job since it was read.

    Nothing is stored if its state or its draft is no longer what it was: the options were made for these.
    """
    with transaction.atomic():
        now = Job.objects.select_for_update().filter(id=job.id, state=job.state).first()
        if now is not None and now.options.get("draft") == job.options.get("draft"):
            Job.objects.filter(id=job.id, state=job.state).update(options={**now.options, **options})
    job.options = {**job.options, **options}


def claim_job(silent_seconds: float) -> Job | None:
    """Claim the next job: first one whose worker did not renew it for so many seconds, then one that waits."""
    now = timezone.now()
    silent = Job.objects.filter(state=WORKING, beat__lt=now - dt.timedelta(seconds=silent_seconds))
    waiting = Job.objects.filter(state=WAITING)
    for job in (*silent.order_by("created")[:CANDIDATES], *waiting.order_by("created")[:CANDIDATES]):
        # Only one process finds the row unchanged; the update of any other process changes no row.
        if Job.objects.filter(id=job.id, state=job.state, beat=job.beat).update(state=WORKING, beat=now):
            job.state, job.beat = WORKING, now
            return job
    return None


def update_claimed(job: Job, **columns: Any) -> bool:
    """Set columns of a job that is being calculated. False if it was deleted."""
    return bool(Job.objects.filter(id=job.id, state=WORKING).update(**columns))


def renew(job: Job) -> None:
    """Record that the worker of a job is alive."""
    update_claimed(job, beat=timezone.now())


def delete_job(number: str) -> None:
    """Delete a job."""
    Job.objects.filter(id=number).delete()


def expired_jobs(lifetime: dt.timedelta, unmapped_lifetime: dt.timedelta) -> list[Job]:
    """Jobs that are older than `lifetime`, or than `unmapped_lifetime` if their columns were never mapped."""
    now = timezone.now()
    expired = Q(created__lt=now - lifetime) | Q(created__lt=now - unmapped_lifetime, state=MAPPING)
    return list(Job.objects.filter(expired).exclude(state=WORKING))


def job_exists(number: str) -> bool:
    """Whether there is a job with this id."""
    return Job.objects.filter(id=number).exists()
