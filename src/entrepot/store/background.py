"""Jobs and times of the background workers, in the database.

Jobs are Django's tasks, queued by `django-tasks-db`: `enqueue` in a transaction is committed with it. The library
starts a task once; a task whose worker was killed stays "running" for ever. Here the place of a worker (`release`) says
which tasks are such, and they run again: at least once, so a job is written to be repeated. A job that fails is tried
again after a while, at most `MAX_ATTEMPTS` times.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from entrepot.store.models import BackgroundTimer

LOG = logging.getLogger("entrepot.web")
#: How often a job is started, and the seconds after its first failure; each later wait is four times as long.
MAX_ATTEMPTS, FIRST_WAIT = 5, 5.0
#: What runs the jobs: set by the composition root in the worker.
_jobs: dict[str, Callable[..., Any]] = {}
_workers: list[_JobWorker] = []


class JobState(NamedTuple):
    """A job: `status` is `ready`, `running`, `successful` or `failed`; `result`: what it returned."""

    id: str
    status: str
    result: Any
    arguments: Mapping[str, Any]


class Failed(Exception):
    """A job failed in a way that another attempt would not change. The text is stored with the job."""


def register_jobs(jobs: Mapping[str, Callable[..., Any]]) -> None:
    """Name the functions that jobs call. Their arguments and results are JSON values."""
    _jobs.update(jobs)


@task()
def run_job(name: str, arguments: dict[str, Any]) -> Any:
    """Run a registered job."""
    return _jobs[name](**arguments)


def enqueue(name: str, /, **arguments: Any) -> str:
    """Queue a job, in the transaction of the caller if there is one. Returns its id."""
    return str(run_job.enqueue(name, arguments).id)


def find_job(number: str) -> JobState | None:
    """A job by its id."""
    try:
        row = DBTaskResult.objects.filter(id=number).first()
    except ValidationError:  # it is not the id of a job
        return None
    if row is None:
        return None
    _name, arguments = row.args_kwargs["args"]
    return JobState(str(row.id), str(row.status).lower(), row.return_value, arguments)


def has_ready_jobs() -> bool:
    """Whether a job may start. A read, which takes no lock; the library's own search locks the database."""
    return DBTaskResult.objects.ready().exists()


def run_jobs(worker: str) -> None:
    """Run the jobs that are ready, one after the other. `worker`: the name of the place that the process holds."""
    made = _JobWorker(worker)
    _workers.append(made)
    try:
        made.run()
    finally:
        _workers.remove(made)


def stop_after_this_job() -> None:
    """Start no other job in this process."""
    for each in _workers:
        each.running = False


def release(worker: str) -> int:
    """Let the jobs run again that a process with this name was running when it ended. Returns how many."""
    count = 0
    for row in DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING):
        if row.worker_ids and row.worker_ids[-1] == worker:
            count += 1
            if len(row.worker_ids) >= MAX_ATTEMPTS:
                row.set_failed(Failed(f"The worker process ended in each of {MAX_ATTEMPTS} attempts."))
            else:
                _run_again(row, 0.0)
    return count


def delete_finished_jobs(before: dt.datetime) -> int:
    """Delete jobs that ended before a time."""
    return DBTaskResult.objects.finished().filter(finished_at__lt=before).delete()[0]


def due_timers(timers: Mapping[str, float]) -> list[str]:
    """Which of the things that happen every so many seconds may be due. One read; `claim_timer` decides."""
    now = timezone.now()
    known = dict(BackgroundTimer.objects.values_list("id", "due"))
    return [
        name
        for name, seconds in timers.items()
        if name not in known or not now < known[name] <= now + dt.timedelta(seconds=seconds)
    ]


def claim_timer(name: str, seconds: float) -> bool:
    """Whether something that happens every so many seconds is due, for one worker of all."""
    now = timezone.now()
    due = now + dt.timedelta(seconds=seconds)
    found, created = BackgroundTimer.objects.get_or_create(id=name, defaults={"due": due})
    if created:
        return True
    # Only one process finds the row as it was read. A time far ahead is one of a clock that was wrong.
    if now < found.due <= due:
        return False
    return bool(BackgroundTimer.objects.filter(Q(due=found.due), id=name).update(due=due))


class _JobWorker(Worker):
    """The library's worker until no job is ready, with further attempts of a job that fails."""

    def __init__(self, name: str) -> None:
        super().__init__(
            queue_names=["*"],
            interval=0,
            batch=True,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=name,
            excluded_queue_names=[],
        )

    def run_task(self, db_task_result: Any) -> None:
        """Run a job; if it fails, set the time of its next attempt."""
        super().run_task(db_task_result)
        row = db_task_result
        if row.status != TaskResultStatus.FAILED:
            return
        attempts, final = len(row.worker_ids), row.exception_class_path.endswith(f"{__name__}.{Failed.__qualname__}")
        again = attempts < MAX_ATTEMPTS and not final
        LOG.warning(
            "a job failed",
            extra={
                "fields": {"job": row.args_kwargs["args"][0], "attempt": attempts, "again": again, "why": row.traceback}
            },
        )
        if again:
            _run_again(row, FIRST_WAIT * 4 ** (attempts - 1))


def _run_again(row: Any, seconds: float) -> None:
    row.status, row.finished_at = TaskResultStatus.READY, None
    row.run_after = timezone.now() + dt.timedelta(seconds=seconds)
    row.save(update_fields=["status", "finished_at", "run_after"])
