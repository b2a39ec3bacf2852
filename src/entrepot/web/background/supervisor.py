"""Start the background workers beside the server, start them again when they end, and stop them with it.

A worker that ends unexpectedly is started again after `FIRST` seconds, and later each time if it keeps ending: up to
`MOST`. There are never more than the configured number: each worker holds a lock of its own place (`slot`).
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from threading import Event, Lock, Thread

LOG = logging.getLogger("entrepot.web")
#: Seconds before a worker is started again, at first and at most, and after which it counts as one that runs.
FIRST, MOST, HEALTHY = 0.2, 30.0, 10.0
#: Seconds that a worker has to end what it is doing.
GRACE = 20.0


class Supervisor:
    """Supervises so many workers. `url`: the address of this server, for the links of e-mails if none is set."""

    def __init__(self, count: int, url: str) -> None:
        self._environment = {"ENTREPOT_URL": url, **os.environ}
        self._stopped = Event()
        self._lock = Lock()
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self._threads = [
            Thread(target=self._supervise, args=(slot,), name=f"entrepot-background-{slot}", daemon=True)
            for slot in range(count)
        ]

    def start(self) -> None:
        """Start the workers."""
        for each in self._threads:
            each.start()

    def stop(self) -> None:
        """Tell the workers to end, and start none again. Does not wait."""
        self._stopped.set()
        with self._lock:
            for each in self._running.values():
                each.send_signal(signal.SIGTERM)

    def join(self) -> None:
        """Stop the workers and wait until they have ended; those that do not end are killed."""
        self.stop()
        until = time.monotonic() + GRACE
        for each in self._threads:
            each.join(max(until - time.monotonic(), 0.0))
        with self._lock:
            for left in self._running.values():
                left.kill()
        for each in self._threads:
            each.join(5.0)

    def _supervise(self, slot: int) -> None:
        delay = FIRST
        while not self._stopped.is_set():
            begin = time.monotonic()
            code = self._run(slot)
            if self._stopped.is_set():
                return
            delay = FIRST if time.monotonic() - begin > HEALTHY else delay
            LOG.warning("a background worker ended", extra={"fields": {"code": code, "again_after": delay}})
            self._stopped.wait(delay)
            delay = min(delay * 2, MOST)

    def _run(self, slot: int) -> int:
        """Run a worker to its end. Returns its exit code; negative: the signal that ended it."""
        # `close_fds=False`: the process is made without a fork of this one, whose other threads may hold locks. What
        # Python opens is not inherited in any case.
        words = ["-m", "entrepot.web.background", "--slot", str(slot), "--parent", str(os.getpid())]
        with self._lock:
            if self._stopped.is_set():
                return 0
            process = subprocess.Popen(  # noqa: S603  # this Python
                [sys.executable, *words], close_fds=False, env=self._environment
            )
            self._running[slot] = process
        try:
            return process.wait()
        finally:
            with self._lock:
                del self._running[slot]
