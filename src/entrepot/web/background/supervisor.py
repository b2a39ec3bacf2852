"""Start the background workers and the socket process beside the server, start them again, and stop them with it.

A process that ends unexpectedly is started again after `FIRST` seconds, and later each time if it keeps ending: up to
`MOST`. There are never more than the configured number: each worker holds a lock of its own place (`slot`), and the
socket process its port.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from threading import Event, Lock, Thread

LOG = logging.getLogger("entrepot.web")
#: Seconds before a process is started again, at first and at most, and after which it counts as one that runs.
FIRST, MOST, HEALTHY = 0.2, 30.0, 10.0
#: Seconds that a process has to end what it is doing.
GRACE = 20.0


class Supervisor:
    """Supervises so many workers. `url`: the address of this server, for the links of e-mails if none is set.

    `beside`: the words of other modules of Python to run, each in a process.
    """

    def __init__(self, count: int, url: str, beside: Sequence[Sequence[str]] = ()) -> None:
        workers = [("entrepot.web.background", "--slot", str(slot)) for slot in range(count)]
        self._programs: list[Sequence[str]] = [*workers, *beside]
        self._environment = {"ENTREPOT_URL": url, **os.environ}
        self._stopped = Event()
        self._lock = Lock()
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self._threads = [
            Thread(target=self._supervise, args=(number,), name=f"entrepot-beside-{number}", daemon=True)
            for number in range(len(self._programs))
        ]

    def start(self) -> None:
        """Start the processes."""
        for each in self._threads:
            each.start()

    def stop(self) -> None:
        """Tell the processes to end, and start none again. Does not wait."""
        self._stopped.set()
        with self._lock:
            for each in self._running.values():
                each.send_signal(signal.SIGTERM)

    def join(self) -> None:
        """Stop the processes and wait until they have ended; those that do not end are killed."""
        self.stop()
        until = time.monotonic() + GRACE
        begun = [each for each in self._threads if each.ident is not None]  # stopped before the start, there are none
        for each in begun:
            each.join(max(until - time.monotonic(), 0.0))
        with self._lock:
            for left in self._running.values():
                left.kill()
        for each in begun:
            each.join(5.0)

    def _supervise(self, number: int) -> None:
        delay = FIRST
        while not self._stopped.is_set():
            begin = time.monotonic()
            code = self._run(number)
            if self._stopped.is_set():
                return
            delay = FIRST if time.monotonic() - begin > HEALTHY else delay
            fields = {"program": self._programs[number][0], "code": code, "again_after": delay}
            LOG.warning("a process beside the server ended", extra={"fields": fields})
            self._stopped.wait(delay)
            delay = min(delay * 2, MOST)

    def _run(self, number: int) -> int:
        """Run a process to its end. Returns its exit code; negative: the signal that ended it."""
        # `close_fds=False`: the process is made without a fork of this one, whose other threads may hold locks. What
        # Python opens is not inherited in any case.
        words = ["-m", *self._programs[number], "--parent", str(os.getpid())]
        with self._lock:
            if self._stopped.is_set():
                return 0
            process = subprocess.Popen(  # noqa: S603  # this Python
                [sys.executable, *words], close_fds=False, env=self._environment
            )
            self._running[number] = process
        try:
            return process.wait()
        finally:
            with self._lock:
                del self._running[number]
