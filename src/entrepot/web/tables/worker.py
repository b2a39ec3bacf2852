"""workroom: the tables that were handed in are answered here, by one thread of each process of the desk.

A job is claimed in the database, so that no two do it; who works at it says so every few seconds. Where that stops the
process has died: another one takes the job up again, and what was finished of it is not done twice.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import time
from collections.abc import Iterator
from threading import Event, Lock, Thread
from typing import IO

from django.conf import settings
from django.db import close_old_connections
from django.db.models import QuerySet
from django.utils import timezone

from entrepot import app
from entrepot.batch import facade
from entrepot.model.errors import TableError, TableTooLarge
from entrepot.store.models import Job
from entrepot.web.http.errors import log_error
from entrepot.web.process import reload_law
from entrepot.web.tables import uploaded

LOG = logging.getLogger("entrepot.web")
#: Seconds between two signs of life; without one for so long a job is taken up by somebody else.
BEAT, SILENT = 2.0, 10.0
#: Seconds between two looks for work, and for what is old.
LOOK, SWEEP = 2.0, 3600.0
#: Faults of a job that are none of its table.
UNFORESEEN, DISK_FULL = "unforeseen", "disk_full"

_called = Event()
_begun = Lock()


def start() -> None:
    """Starts the thread of this process; a second call does nothing."""
    if _begun.acquire(blocking=False):
        Thread(target=_run, name="entrepot-workroom", daemon=True).start()


def wake() -> None:
    """There is work: nobody need wait for the next look."""
    _called.set()


def _run() -> None:
    swept = 0.0
    try:
        facade.warm(app.law_context())
    except Exception:  # whoever comes with a table hears it
        LOG.exception("unforeseen")
    while True:
        _called.wait(LOOK)
        _called.clear()
        close_old_connections()
        try:
            reload_law.reload_if_changed()
            if time.monotonic() - swept > SWEEP or not swept:
                swept = time.monotonic()
                uploaded.delete_expired_jobs()
            while (job := claim_job()) is not None:
                process_job(job)
        except Exception as error:  # noqa: BLE001  # it is logged; the next look is another chance
            log_error(error)


def claim_job() -> Job | None:
    """The next job, which is now ours: one whose worker fell silent before one that waits."""
    now = timezone.now()
    silent = Job.objects.filter(state=uploaded.WORKING, beat__lt=now - dt.timedelta(seconds=SILENT))
    for job in (*silent.order_by("created")[:5], *Job.objects.filter(state=uploaded.WAITING).order_by("created")[:5]):
        # Only one process finds it as it was: the others change no row.
        same = Job.objects.filter(id=job.id, state=job.state, beat=job.beat)
        if same.update(state=uploaded.WORKING, beat=now):
            job.state, job.beat = uploaded.WORKING, now
            return job
    return None


def process_job(job: Job) -> None:
    """Answers a job, and writes down what came of it."""
    try:
        with _alone(job) as free:
            if not free:
                return
            with _alive(job):
                rows, faults = _answer_table(job)
        options = {**job.options, "faults": faults, "size": uploaded.job_size(job)}
        _claimed(job).update(state=uploaded.DONE, rows=rows, share=1.0, options=options, beat=None)
    except TableTooLarge as error:
        options = {**job.options, "told": {"text": error.text, "values": error.values}}
        _claimed(job).update(state=uploaded.FAILED, fault=str(error)[:2000], options=options, beat=None)
    except TableError as error:
        _claimed(job).update(state=uploaded.FAILED, fault=uploaded.hide_paths(str(error), job)[:2000], beat=None)
    except Exception as error:  # noqa: BLE001  # it is logged
        reason = log_error(error)
        if reason is not None and reason.startswith("database"):
            return  # it stays as it is, and is taken up again once it was silent for a while
        _claimed(job).update(state=uploaded.FAILED, fault=UNFORESEEN if reason is None else DISK_FULL, beat=None)


def _claimed(job: Job) -> QuerySet[Job]:
    return Job.objects.filter(id=job.id, state=uploaded.WORKING)


def _answer_table(job: Job) -> tuple[int, dict[str, int]]:
    told_at = 0.0

    def heard(rows: int, share: float) -> None:
        nonlocal told_at
        if rows > settings.TABLE_ROWS:
            raise TableError(f"The table has more than {settings.TABLE_ROWS} rows, as many as are answered at once.")
        if time.monotonic() - told_at > 0.5:
            told_at = time.monotonic()
            if uploaded.storage_full():
                raise TableError(
                    "There is not enough disk space for the answer: delete other tables, or come back later."
                )
            if not _claimed(job).update(rows=rows, share=share):
                raise TableError("The table was deleted.")

    asked = job.options
    return facade.answer_file(
        uploaded.source_file(job),
        uploaded.result_file(job),
        app.law_context(None, dt.date.fromisoformat(asked["today"])),
        heard,
        mapping=asked["mapping"],
        constants=asked["constants"],
        on=None,
        explain=asked["explain"],
    )


@contextlib.contextmanager
def _alone(job: Job) -> Iterator[bool]:
    """Whether nobody else has the job's files: one that was only slow may still be at them."""
    file: IO[bytes] | None = None
    with contextlib.ExitStack() as held:
        with contextlib.suppress(ImportError):
            import fcntl  # noqa: PLC0415  # not on every system

            try:
                file = held.enter_context((uploaded.job_folder(job.id) / "lock").open("wb"))
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # let go by the death of a process, too
            except BlockingIOError:
                yield False
                return
        yield True


@contextlib.contextmanager
def _alive(job: Job) -> Iterator[None]:
    """Says every few seconds that the job is worked at, from a thread of its own: a table may keep this one long."""
    over = Event()

    def beat() -> None:
        while not over.wait(BEAT):
            try:
                _claimed(job).update(beat=timezone.now())
            except Exception as error:  # noqa: BLE001  # it is logged: one sign of life less
                log_error(error)
        close_old_connections()

    thread = Thread(target=beat, name="entrepot-beat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
