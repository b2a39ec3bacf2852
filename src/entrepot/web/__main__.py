"""`python -m entrepot.web`: makes the tables and the law ready, says where to look, and serves until it is ended.

    python -m entrepot.web [--host 127.0.0.1] [--port 8000] [--workers N]

`entrepot serve` looks at what was typed, and comes here.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from _thread import start_new_thread
from ipaddress import ip_address

from entrepot.configuration import DEFAULT_HOSTS, whole_number
from entrepot.language.translate import _
from entrepot.web.process import metrics_folder
from entrepot.web.site import start_checks

#: Processes, where nobody says: one for each core that this process may use, and no more than this.
MOST_WORKERS = 4
#: Processes that may be asked for.
ALLOWED_WORKERS = 64
#: Threads of a process. A quote holds the interpreter anyhow: they are for those who send or take slowly.
THREADS = 16
#: Requests that a process takes in at once; more wait at the door, in the queue of the socket.
AT_ONCE = 64
#: Seconds that the head of a request may take to arrive, and that open requests have to end when the desk is ended.
HEAD, END = 10, 15


def main(words: list[str]) -> None:
    """Serves. Ends with 0 on Ctrl-C or SIGTERM, once what is open was answered; with 2 where a setting is not valid."""
    parser = argparse.ArgumentParser(prog="python -m entrepot.web", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", default="8000")
    parser.add_argument("--workers", default=None)
    given = parser.parse_args(words)
    with start_checks.exit_on_configuration_error():
        start_checks.check_settings()
        port = whole_number("--port", given.port, 65_535)
        workers = whole_number("--workers", given.workers, ALLOWED_WORKERS) if given.workers is not None else 0
        start_checks.check_address(given.host, port)
    prepare()
    workers = workers or max(1, min(_cores(), MOST_WORKERS))
    sys.stderr.write("\n".join([*startup_lines(given.host, port, workers), *exposure_warnings(given.host)]) + "\n")
    serve(given.host, port, workers)


def prepare() -> None:
    """Makes the tables, and the law of today, ready before anybody asks: the processes of the desk inherit it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "entrepot.web.site.settings")
    os.umask(0o077)  # what is kept is nobody else's on this machine
    import django
    from django.conf import settings

    metrics_folder.create(settings.DATA)  # before anything imports prometheus_client
    django.setup()
    from django.core.management import call_command
    from django.db import connections

    from entrepot.web.site.warm_up import load_laws

    call_command("migrate", verbosity=0, interactive=False)
    load_laws()
    connections.close_all()  # a connection is of the process that opened it
    gc.freeze()


def startup_lines(host: str, port: int, workers: int) -> list[str]:
    """Where to look, what is kept where, and what to do next."""
    from django.conf import settings

    shown = f"[{host}]" if ":" in host else {"0.0.0.0": "127.0.0.1"}.get(host, host)  # noqa: S104  # only compared
    address = f"http://{shown}:{port}"
    return [
        _("The desk is at {address} (processes: {n}; Ctrl-C ends it).").format(address=address, n=workers),
        f"  {_('The API:')} {address}/v1/quotes · {address}/v1/openapi.json",
        f"  {_('The administration:')} {address}/admin/ · entrepot admin NAME",
        f"  {_('A key of the API:')} entrepot keys create NAME --scope quotes",
        f"  {_('What is kept:')} {settings.DATA}",
    ]


def exposure_warnings(host: str) -> list[str]:
    """What is to be said to whoever opens the desk to others."""
    from django.conf import settings

    if _is_loopback(host):
        return []
    said = []
    if tuple(settings.ALLOWED_HOSTS) == DEFAULT_HOSTS:
        said.append(_("It is open to other machines, but answers only to names of this one: set ENTREPOT_HOSTS."))
    if not settings.KEYS_REQUIRED:
        said.append(_("Whoever reaches it may ask without a key: set ENTREPOT_KEYS=required."))
    if not settings.HTTPS:
        said.append(
            _("It speaks plain HTTP: put a proxy with HTTPS before it, and set ENTREPOT_HTTPS=1 and ENTREPOT_PROXIES.")
        )
    return [f"{_('warning:')} {each}" for each in said]


def serve(host: str, port: int, workers: int) -> None:
    """Runs the server until it is ended."""
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    class Server(Granian):  # type: ignore[misc, valid-type]  # which of two it is shows when it runs
        def signal_handler_interrupt(self, *_given: object) -> None:
            # Granian sets the event here, whose lock the thread that was interrupted may hold: two signals one after
            # the other, such as Ctrl-C twice, would leave it waiting for itself. Another thread can wait for the lock.
            self.interrupt_signal = True
            start_new_thread(self.main_loop_interrupt.set, ())

    server = Server(
        "entrepot.web.site.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        blocking_threads_idle_timeout=600,
        backpressure=AT_ONCE,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD * 1000),
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=END,
        log_level=LogLevels.error,
    )
    try:
        server.serve()
    except SystemExit:
        # Where Ctrl-C reached the processes first, the server takes their end for a fault.
        if not server.interrupt_signal:
            raise
    finally:
        metrics_folder.remove()


def _cores() -> int:
    """The cores that this process may use, which may be fewer than there are."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # only Linux knows
        return os.cpu_count() or 1


def _is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


if __name__ == "__main__":
    main(sys.argv[1:])
