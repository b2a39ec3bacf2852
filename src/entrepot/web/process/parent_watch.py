"""lifeline: a worker ends itself when the process that started it is gone, so that none keeps the port.

A parent that is killed outright (SIGKILL, out of memory) cannot tell its workers to end. Each of them watches the id of
its parent, which every system of the POSIX family changes when a parent dies.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import time
from threading import Thread

LOG = logging.getLogger("entrepot.web")
#: Seconds between two looks, and seconds that requests under way have to end.
LOOK, END = 0.5, 10.0


def start() -> None:
    """Watches the parent of this process, where it is a worker that `multiprocessing` started."""
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:
        Thread(target=_watch, args=(parent.pid,), name="entrepot-lifeline", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK)
    LOG.warning("the parent process is gone: this worker ends")
    os.kill(os.getpid(), signal.SIGTERM)  # as the parent would: the server ends once what is under way was answered
    time.sleep(END)
    logging.shutdown()
    os._exit(1)  # it was not yet serving, or does not end
