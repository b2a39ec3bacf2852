"""The worker: a thread of each server process that calculates uploaded tables.

A job is claimed in the database, so that two workers never process the same one, and renewed every few seconds. If the
renewals stop, the process has died: another worker claims the job again and continues after the rows that are finished.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import time
from collections.abc import Iterator
from threading import Event, Lock, Thread
from typing import IO, TYPE_CHECKING

from django.conf import settings
from django.db import close_old_connections

from entrepot import app
from entrepot.batch import facade
from entrepot.language import translate
from entrepot.language.translate import error_text
from entrepot.model.errors import TableError, TableTooLarge
from entrepot.store import jobs
from entrepot.store.goods_corrections import chosen_codes
from entrepot.web.http.errors import log_error
from entrepot.web.process import reload_law
from entrepot.web.tables import uploaded

if TYPE_CHECKING:
    from entrepot.store.models import Job

LOG = logging.getLogger("entrepot.web")
#: Seconds between two renewals of a claim, and seconds without a renewal after which another worker may claim the job.
BEAT, SILENT = 2.0, 10.0
#: Seconds between two searches for a waiting job, and between two searches for expired ones.
POLL_INTERVAL, EXPIRY_INTERVAL = 2.0, 3600.0
#: Reports of progress, and measurements of the used disk space, are at least so many seconds apart.
REPORT_INTERVAL, MEASURE_INTERVAL = 0.5, 5.0
#: Kinds of faults that are kept with a job.
MAX_GROUPS = 50
#: Failures of a job that are not faults of its table.
UNFORESEEN, DISK_FULL = "unforeseen", "disk_full"

_wake = Event()
_started = Lock()


def start() -> None:
    """Start the thread of this process. A second call does nothing."""
    if _started.acquire(blocking=False):
        Thread(target=_run, name="entrepot-worker", daemon=True).start()


def wake() -> None:
    """Search for a waiting job without delay."""
    _wake.set()


def _run() -> None:
    last_expiry: float | None = None
    try:
        facade.warm(app.law_context(corrections=app.no_corrections))
    except Exception:  # jobs that need it fail with their own message
        LOG.exception("unforeseen")
    while True:
        _wake.wait(POLL_INTERVAL)
        _wake.clear()
        close_old_connections()
        try:
            reload_law.reload_if_changed()
            if last_expiry is None or time.monotonic() - last_expiry > EXPIRY_INTERVAL:
                last_expiry = time.monotonic()
                uploaded.delete_expired_jobs()
            while (job := claim_job()) is not None:
                process_job(job)
        except Exception as error:  # noqa: BLE001  # logged; the next search tries again
            log_error(error)


def claim_job() -> Job | None:
    """Claim the next job: one whose worker stopped renewing it, else one that waits."""
    return jobs.claim_job(SILENT)


def process_job(job: Job) -> None:
    """Calculate a job and store its result, or why it failed."""
    try:
        with _lock_files(job) as locked:
            if not locked:
                return
            with _renewing(job):
                result = _answer_table(job)
        groups = result.summary.groups()
        options = {
            **job.options,
            "faults": dict(result.faults),
            "summary": facade.summary_json(groups[:MAX_GROUPS]),
            "kinds": len(groups),
            "size": uploaded.job_size(job),
        }
        jobs.update_claimed(job, state=jobs.DONE, rows=result.rows, share=1.0, options=options, beat=None)
    except TableTooLarge as error:
        options = {**job.options, "told": {"text": error.text, "values": error.values}}
        jobs.update_claimed(job, state=jobs.FAILED, fault=str(error)[:2000], options=options, beat=None)
    except TableError as error:
        with translate.speaking(job.options.get("language", "en")):
            fault = uploaded.hide_paths(error_text(error), job)[:2000]
        jobs.update_claimed(job, state=jobs.FAILED, fault=fault, beat=None)
    except Exception as error:  # noqa: BLE001  # it is logged
        reason = log_error(error)
        if reason is not None and reason.startswith("database"):
            return  # the row stays as it is, and the job is claimed again after SILENT seconds
        jobs.update_claimed(job, state=jobs.FAILED, fault=UNFORESEEN if reason is None else DISK_FULL, beat=None)


def _answer_table(job: Job) -> facade.BatchResult:
    reported = measured = 0.0

    def report_progress(rows: int, share: float) -> None:
        nonlocal reported, measured
        if rows > settings.TABLE_ROWS:
            raise TableError(f"The table has more than {settings.TABLE_ROWS} rows, the limit of this server.")
        if time.monotonic() - reported > REPORT_INTERVAL:
            reported = time.monotonic()
            # With hundreds of tables, measuring them takes tens of milliseconds.
            if time.monotonic() - measured > MEASURE_INTERVAL:
                measured = time.monotonic()
                if uploaded.storage_full():
                    raise TableError(
                        "There is not enough disk space for the answer: delete other tables, or come back later."
                    )
            if not jobs.update_claimed(job, rows=rows, share=share):
                raise TableError("The table was deleted.")

    options = job.options
    chosen = chosen_codes(options.get("organization"))
    return facade.answer_file(
        uploaded.source_file(job),
        uploaded.result_file(job),
        app.law_context(None, dt.date.fromisoformat(options["today"]), corrections=chosen),
        report_progress,
        mapping=options["mapping"],
        constants=options["constants"],
        on=None,
        explain=options["explain"],
        reading=uploaded.reading_of(job),
        language=options.get("language", "en"),
    )


@contextlib.contextmanager
def _lock_files(job: Job) -> Iterator[bool]:
    """Lock the files of a job; False if a slow worker that lost its claim still uses them."""
    file: IO[bytes] | None = None
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(ImportError):
            import fcntl  # noqa: PLC0415  # not on every system

            try:
                file = stack.enter_context((uploaded.job_folder(job.id) / "lock").open("wb"))
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # released also when the process dies
            except BlockingIOError:
                yield False
                return
        yield True


@contextlib.contextmanager
def _renewing(job: Job) -> Iterator[None]:
    """Renew the claim of a job every few seconds from another thread, because one call may take long."""
    finished = Event()

    def beat() -> None:
        while not finished.wait(BEAT):
            try:
                jobs.renew(job)
            except Exception as error:  # noqa: BLE001  # logged; the next renewal may succeed
                log_error(error)
        close_old_connections()

    thread = Thread(target=beat, name="entrepot-beat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        finished.set()
        thread.join()
