"""`python -m entrepot.web`: prepare the database and the law, print the addresses, and serve until stopped.

    python -m entrepot.web [--host 127.0.0.1] [--port 8000] [--workers N] [--background 1]

`entrepot serve` checks its options and calls this.
"""

from __future__ import annotations

import argparse
import gc
import os
import socket
import sys
import time
from _thread import start_new_thread
from contextlib import suppress
from importlib.util import find_spec
from ipaddress import ip_address
from threading import Thread
from typing import TYPE_CHECKING

from entrepot import socket_settings
from entrepot.configuration import DEFAULT_HOSTS, whole_number
from entrepot.language.translate import _
from entrepot.web.process import metrics_folder
from entrepot.web.site import start_checks

if TYPE_CHECKING:
    from collections.abc import Callable

    from entrepot.web.background.supervisor import Supervisor

#: Worker processes by default: one for each core that this process may use, and at most so many.
MAX_DEFAULT_WORKERS = 4
#: The most worker processes of the option.
MAX_WORKERS = 64
#: The most background workers.
MAX_BACKGROUND = 8
#: Threads of a process. Calculating a quote holds the interpreter lock: the threads are for slow clients.
THREADS = 16
#: Requests that a process accepts at the same time; others wait in the queue of the socket.
AT_ONCE = 64
#: Seconds within which the headers of a request must arrive, and seconds that running requests have to end at a stop.
HEADER_TIMEOUT, GRACE = 10, 15


def main(arguments: list[str]) -> None:
    """Serve. Exits with 0 on Ctrl-C or SIGTERM, after the running requests; with 2 if a setting is not valid."""
    parser = argparse.ArgumentParser(prog="python -m entrepot.web", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", default="8000")
    parser.add_argument("--workers", default=None)
    parser.add_argument("--background", default="1")
    given = parser.parse_args(arguments)
    with start_checks.exit_on_configuration_error():
        start_checks.check_settings()
        port = whole_number("--port", given.port, 65_535)
        workers = whole_number("--workers", given.workers, MAX_WORKERS) if given.workers is not None else 0
        background = whole_number("--background", given.background, MAX_BACKGROUND) if given.background != "0" else 0
        start_checks.check_address(given.host, port)
        sockets = sockets_port(port)
    prepare()
    workers = workers or max(1, min(_cores(), MAX_DEFAULT_WORKERS))
    lines = [*startup_lines(given.host, port, workers), *exposure_warnings(given.host)]
    serve(given.host, port, workers, background, sockets, lines)


def sockets_port(port: int) -> int:
    """The port of the socket process, by default the next one, of which the workers are told; 0 for none.

    It needs the extra `services`.
    """
    possible = port < socket_settings.MAX_PORT and find_spec("websockets") is not None
    os.environ.setdefault(socket_settings.NAME, f":{port + 1}" if possible else "off")
    given = socket_settings.read_sockets(os.environ)
    return (given.port or port + 1) if given.enabled else 0


def prepare() -> None:
    """Create the tables and load the law of today; the workers inherit it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "entrepot.web.site.settings")
    os.umask(0o077)  # no other user of this machine reads the files
    import django
    from django.conf import settings

    metrics_folder.create(settings.DATA)  # before anything imports prometheus_client
    django.setup()
    from django.db import connections

    from entrepot.store.migrate import migrate
    from entrepot.web.site.warm_up import load_laws

    migrate()
    load_laws()
    connections.close_all()  # a connection belongs to the process that opened it
    gc.freeze()


def startup_lines(host: str, port: int, workers: int) -> list[str]:
    """The lines printed at the start: addresses, the data folder, and the next steps."""
    from django.conf import settings

    address = address_shown(host, port)
    return [
        _("Serving at {address} (worker processes: {n}; Ctrl-C stops the server).").format(address=address, n=workers),
        f"  {_('API:')} {address}/docs/ · {address}/v1/openapi.json",
        f"  {_('Administration:')} {address}/admin/ · entrepot admin NAME",
        f"  {_('Create an API key:')} entrepot keys create NAME --scope quotes",
        f"  {_('Data folder:')} {settings.DATA}",
    ]


def print_when_serving(host: str, port: int, lines: list[str]) -> None:
    """Print the lines of the start once a worker accepts connections: whoever reads them can open the address."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # only compared
    while True:
        with suppress(OSError):
            socket.create_connection((reached, port), timeout=HEADER_TIMEOUT).close()
            break
        time.sleep(0.05)
    sys.stderr.write("\n".join(lines) + "\n")


def address_shown(host: str, port: int) -> str:
    """The address of the server on this machine.

    >>> address_shown("0.0.0.0", 8000), address_shown("::1", 80)
    ('http://127.0.0.1:8000', 'http://[::1]:80')
    """
    shown = f"[{host}]" if ":" in host else {"0.0.0.0": "127.0.0.1"}.get(host, host)  # noqa: S104  # only compared
    return f"http://{shown}:{port}"


def exposure_warnings(host: str) -> list[str]:
    """Warnings for a server that other machines can reach."""
    from django.conf import settings

    if _is_loopback(host):
        return []
    found = []
    if tuple(settings.ALLOWED_HOSTS) == DEFAULT_HOSTS:
        found.append(
            _("Other machines can connect, but only the host names of this machine are allowed. Set ENTREPOT_HOSTS.")
        )
    if not settings.KEYS_REQUIRED:
        found.append(_("The API accepts requests without a key. Set ENTREPOT_KEYS=required."))
    if not settings.HTTPS:
        found.append(
            _(
                "The server uses plain HTTP. Put an HTTPS proxy in front of it, and set ENTREPOT_HTTPS=1 and "
                "ENTREPOT_PROXIES."
            )
        )
    if settings.MAIL.smtp is None:
        found.append(_("E-mails with links to accounts are written to standard output. Set ENTREPOT_SMTP."))
    if settings.SOCKETS.enabled and not settings.SOCKETS.url:
        found.append(_("Live documents and calls are at the next port. Set ENTREPOT_SOCKETS to their public address."))
    return [f"{_('warning:')} {each}" for each in found]


def serve(host: str, port: int, workers: int, background: int, sockets: int, lines: list[str]) -> None:
    """Run the server, its background workers and its socket process until it is stopped.

    `lines` are printed, and the other processes begin, once the server answers.
    """
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    from entrepot.web.background.supervisor import Supervisor

    beside = [("entrepot.web.site.sockets", "--host", host, "--port", str(sockets))] if sockets else []
    supervisor = Supervisor(background, address_shown(host, port), beside)

    def go_on() -> None:
        print_when_serving(host, port, lines)
        supervisor.start()

    server = _server_class(supervisor, go_on)(
        "entrepot.web.site.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        blocking_threads_idle_timeout=600,
        backpressure=AT_ONCE,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT * 1000),
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=GRACE,
        log_level=LogLevels.error,
    )
    try:
        server.serve()
    except SystemExit:
        # If Ctrl-C reached the workers first, the server reports their end as an error.
        if not server.interrupt_signal:
            raise
    finally:
        supervisor.join()
        metrics_folder.remove()


def _server_class(supervisor: Supervisor, once_started: Callable[[], None]) -> type:
    """The server of Granian. It calls `once_started` in a thread; when it stops, so do `supervisor` and the streams."""
    from granian import Granian

    from entrepot.web.live import streams  # before the workers are started: they share its byte

    class Server(Granian):  # type: ignore[misc, valid-type]  # Granian chooses the class when it runs
        def startup(self, *given: object) -> None:
            super().startup(*given)
            # Not before: a worker that is forked while a thread looks up an address may wait for ever for its lock.
            Thread(target=once_started, name="entrepot-start", daemon=True).start()

        def signal_handler_interrupt(self, *_given: object) -> None:
            # Granian sets the event here. The interrupted thread may hold the lock of the event: two signals in quick
            # succession, such as Ctrl-C twice, would make it wait for itself. Another thread can wait for the lock.
            self.interrupt_signal = True
            streams.stop()
            start_new_thread(self.main_loop_interrupt.set, ())
            start_new_thread(supervisor.stop, ())

    return Server


def _cores() -> int:
    """The cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on Linux
        return os.cpu_count() or 1


def _is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


if __name__ == "__main__":
    main(sys.argv[1:])
