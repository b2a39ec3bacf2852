"""End a worker when its parent process is gone, so that it does not keep the port.

A parent that is killed (SIGKILL, out of memory) cannot stop its workers. Each worker watches the id of its parent
process, which changes on every POSIX system when the parent dies.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import time
from threading import Thread

LOG = logging.getLogger("entrepot.web")
#: Seconds between two checks, and seconds that running requests have to end.
INTERVAL, GRACE = 0.5, 10.0


def start(parent: int | None = None) -> None:
    """Watch the parent of this process: the one of this id, or the one of `multiprocessing` if it started it."""
    if parent is None and (process := multiprocessing.parent_process()) is not None:
        parent = process.pid
    if parent is not None:
        Thread(target=_watch, args=(parent,), name="entrepot-parent-watch", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(INTERVAL)
    LOG.warning("the parent process is gone: this worker ends")
    os.kill(os.getpid(), signal.SIGTERM)  # as the parent would: the server ends after its running requests
    time.sleep(GRACE)
    logging.shutdown()
    os._exit(1)  # it was not serving yet, or does not end
