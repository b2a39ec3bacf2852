"""The loop of a background worker: send the outbox, start jobs, run what is due, until it is told to stop."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

from django.db import close_old_connections, connections

from entrepot.store import background
from entrepot.trade_app.background import background_work
from entrepot.web.background.sending import Sending
from entrepot.web.background.slot import Slot
from entrepot.web.http.errors import log_error

LOG = logging.getLogger("entrepot.web")
#: Seconds between two looks at the outbox while there is work and while there is none, and after a failed look.
BUSY, IDLE, FAILED = 0.02, 0.2, 1.0
#: Seconds between two looks for jobs, and for what is due at times.
JOBS_LOOK, TIMERS_LOOK = 0.5, 1.0
#: Seconds between two looks at what is new in the ledger: a look after each event would cost more than the event.
FOLLOW_LOOK = 0.1


class Worker:
    """A background worker. `stop`: set when it is to end; `slot`: the place that it holds."""

    def __init__(self, stop: Event, slot: Slot) -> None:
        self._stop = stop
        self._wake = Event()
        self._work = background_work()
        self._sending = Sending(self._work.outbox, self._work.channels, slot.name, self._wake.set)
        self._slot = slot
        self._jobs = ThreadPoolExecutor(1, thread_name_prefix="entrepot-jobs")
        self._timers = ThreadPoolExecutor(1, thread_name_prefix="entrepot-timers")
        self._running: dict[str, Future[None]] = {}
        self._next_looks = {"jobs": 0.0, "timers": 0.0, "follow": 0.0}

    def wake(self) -> None:
        """Look for work without delay."""
        self._wake.set()

    def run(self) -> None:
        """Work until `stop` is set; then end what was begun."""
        self._take_over()
        while not self._stop.is_set():
            self._wake.wait(self._step())
            self._wake.clear()
        self._sending.close()
        background.stop_after_this_job()
        self._jobs.shutdown(wait=True)
        self._timers.shutdown(wait=True)
        connections.close_all()

    def _take_over(self) -> None:
        """Continue what the process that held this place before has left."""
        while not self._stop.is_set():
            try:
                messages, jobs = self._work.outbox.release(self._slot.name), background.release(self._slot.name)
            except Exception as error:  # noqa: BLE001  # logged; the database may not accept connections yet
                log_error(error)
                self._stop.wait(FAILED)
                continue
            LOG.info("background worker started", extra={"fields": {"messages": messages, "jobs": jobs}})
            return

    def _step(self) -> float:
        """One look at the database. Returns the seconds until the next one."""
        close_old_connections()
        try:
            if self._is_time("timers", TIMERS_LOOK):
                self._start("timers", self._timers, self._run_timers)
            if self._is_time("jobs", JOBS_LOOK) and background.has_ready_jobs():
                self._start("jobs", self._jobs, lambda: background.run_jobs(self._slot.name))
            followed = self._work.follow() if self._is_time("follow", FOLLOW_LOOK) else 0
            sent = self._sending.step()  # also of what was put in just now
        except Exception as error:  # noqa: BLE001  # logged; the next look tries again
            log_error(error)
            return FAILED
        return BUSY if sent else FOLLOW_LOOK if followed else IDLE

    def _is_time(self, name: str, seconds: float) -> bool:
        now = time.monotonic()
        if now < self._next_looks[name]:
            return False
        self._next_looks[name] = now + seconds
        return True

    def _start(self, name: str, pool: ThreadPoolExecutor, work: Callable[[], object]) -> None:
        """Run something in its thread, unless it is running."""
        running = self._running.get(name)
        if running is None or running.done():
            self._running[name] = pool.submit(_guarded, work)

    def _run_timers(self) -> None:
        due = background.due_timers({each.name: each.seconds for each in self._work.timers})
        for timer in self._work.timers:
            if timer.name in due and not self._stop.is_set() and background.claim_timer(timer.name, timer.seconds):
                _guarded(timer.run)


def _guarded(work: Callable[[], object]) -> None:
    """Run something; an error is logged."""
    close_old_connections()
    try:
        work()
    except Exception as error:  # noqa: BLE001  # logged; it runs again at its next time
        log_error(error)
