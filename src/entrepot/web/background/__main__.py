"""`python -m entrepot.web.background`: a background worker. The server starts it; a machine may run more of them.

    python -m entrepot.web.background [--slot 0] [--parent PID]

It ends on SIGTERM or Ctrl-C, after what it is sending, and if its parent ends.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from _thread import start_new_thread
from threading import Event, Timer

from entrepot.web.site import start_checks

#: Seconds that running work has to end.
GRACE = 18.0


def main(arguments: list[str]) -> None:
    """Work until stopped. Exits with 0; with 1 if running work did not end in time; with 2 for an invalid setting."""
    parser = argparse.ArgumentParser(prog="python -m entrepot.web.background", description=__doc__)
    parser.add_argument("--slot", type=int, default=0)
    parser.add_argument("--parent", type=int, default=None)
    given = parser.parse_args(arguments)
    with start_checks.exit_on_configuration_error():
        start_checks.check_settings()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "entrepot.web.site.settings")
    import django

    django.setup()
    from django.conf import settings

    from entrepot.model.json import build_types
    from entrepot.web.background.slot import Slot
    from entrepot.web.background.worker import Worker
    from entrepot.web.process import parent_watch

    stop = Event()
    if given.parent is not None:
        parent_watch.start(given.parent)
    slot = Slot(settings.DATA / "background", given.slot)
    worker: list[Worker] = []

    def end() -> None:
        stop.set()
        for each in worker:
            each.wake()
        watchdog = Timer(GRACE, _end_now)
        watchdog.daemon = True
        watchdog.start()

    # In a thread: the interrupted thread may hold the lock of an event, and would wait for itself.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_given: start_new_thread(end, ()))
    build_types()
    if slot.lock(stop.wait):
        worker.append(Worker(stop, slot))
        worker[0].run()
    logging.shutdown()


def _end_now() -> None:
    """End although something is still running: the messages and jobs are taken over by the next worker."""
    logging.getLogger("entrepot.web").warning("running work did not end in time: this worker ends")
    logging.shutdown()
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
