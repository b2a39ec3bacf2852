"""Start a sandbox: its options, its folder, its server and its end. It is one process: one signal ends all of it."""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec

from entrepot import configuration
from entrepot.model.json import build_types
from entrepot.sandbox.http_server import Server
from entrepot.sandbox.outgoing import check_recipient


class Running(Protocol):
    """A sandbox that is ready: what answers its requests, and how it ends."""

    @property
    def application(self) -> Callable[..., Any]:
        """The WSGI application."""

    @property
    def started(self) -> dict[str, Any]:
        """What is printed at the start, beside the address and the folder."""

    def start(self) -> None:
        """Start the threads: the server listens."""

    def stop(self) -> None:
        """End the threads and close the store."""


class Options(NamedTuple):
    """The options that every sandbox has; `own`: all of them, by name."""

    host: str
    port: int
    folder: Path
    delay: float
    own: argparse.Namespace


def parser(name: str, description: str, port: int) -> argparse.ArgumentParser:
    """A parser with the options of every sandbox."""
    found = argparse.ArgumentParser(
        prog=f"entrepot sandbox {name}", description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    found.add_argument(
        "--host", default="127.0.0.1", help="the address to listen on; default: 127.0.0.1, this machine only"
    )
    found.add_argument("--port", type=_port, default=port, help=f"the port; default: {port}; 0: a free one")
    found.add_argument(
        "--folder", type=Path, help=f"where it stores its state; default: sandbox/{name} in the data folder"
    )
    found.add_argument(
        "--delay", type=_seconds, default=2.0, metavar="SECONDS", help="before each answer is sent; default: 2"
    )
    found.add_argument("--json", action="store_true", help="print the start as one line of JSON on standard output")
    found.add_argument(
        "--stop-with-stdin",
        action="store_true",
        help="stop when standard input is closed, as when a parent process ends",
    )
    return found


def run(name: str, given: argparse.Namespace, build: Callable[[Options], Running]) -> int:
    """Serve until a signal. Returns the exit code: 2 where the options or the folder cannot be used."""
    folder = given.folder or configuration.server_data_folder(os.environ) / "sandbox" / name
    os.umask(0o077)  # no other user of this machine reads the files
    options = Options(given.host, given.port, folder, given.delay, given)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _sole_process(folder):
            try:
                server = Server(given.host, given.port)
            except OSError as error:
                return _refuse(f"The sandbox cannot listen on {given.host}:{given.port}: {error.strerror}.")
            with contextlib.closing(server.socket):
                running = build(options)
                build_types()
                server.set_app(running.application)
                return _serve(name, server, running, options)
    except (OSError, ValueError) as error:
        return _refuse(str(error))


def _serve(name: str, server: Server, running: Running, options: Options) -> int:
    # A pipe and not an event: a signal interrupts the thread that may hold the lock of the event.
    ended, end = os.pipe()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_given: os.write(end, b"."))
    if options.own.stop_with_stdin:
        threading.Thread(target=_wait_for_stdin, args=(end,), daemon=True).start()
    running.start()
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    _print_start(name, server, running, options)
    os.read(ended, 1)
    server.shutdown()
    server.server_close()
    running.stop()
    return 0


def _print_start(name: str, server: Server, running: Running, options: Options) -> None:
    host = f"[{options.host}]" if ":" in options.host else options.host
    url = f"http://{host}:{server.server_port}"
    if options.own.json:
        start = {"object": "sandbox", "name": name, "url": url, "folder": str(options.folder), **running.started}
        sys.stdout.write(msgspec.json.encode(start).decode() + "\n")
        sys.stdout.flush()
        return
    lines = [f"The sandbox of {name} answers at {url} (Ctrl-C stops it).", f"  Folder: {options.folder}"]
    lines += [f"  {key.replace('_', ' ').capitalize()}: {value}" for key, value in running.started.items()]
    if not _is_loopback(options.host):
        lines.append("  Warning: other machines can connect, and the sandbox uses plain HTTP.")
    sys.stderr.write("\n".join(lines) + "\n")


@contextlib.contextmanager
def _sole_process(folder: Path) -> Any:
    """Hold the folder: two processes with one store would send each message twice. Raises ValueError."""
    import fcntl  # noqa: PLC0415  # not on Windows, where the options can still be read

    with (folder / "lock").open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ValueError(
                f"{folder} is used by another sandbox that runs. Stop it, or give another --folder."
            ) from None
        yield


def kept_secret(folder: Path, name: str) -> str:
    """A secret of this folder, made at its first use, in a file that only its owner reads."""
    file = folder / name
    if not file.exists():
        part = folder / f".{name}.{os.getpid()}"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
            stream.write(secrets.token_urlsafe(32))
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(file)
    return file.read_text().strip()


def recipients(given: Sequence[str]) -> dict[str, str]:
    """The recipients of `--send-to`, by sender; that of all others has an empty name. Raises ValueError.

    >>> recipients(["http://127.0.0.1:8000/in", "4403960001=http://127.0.0.1:9000/in"])
    {'': 'http://127.0.0.1:8000/in', '4403960001': 'http://127.0.0.1:9000/in'}
    """
    found = {}
    for each in given:
        sender, equals, address = each.partition("=")
        if not equals or "/" in sender:
            sender, address = "", each
        found[sender] = check_recipient(address)
    return found


def _refuse(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return 2


def _wait_for_stdin(end: int) -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    os.write(end, b".")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65_535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: write a whole number from 0 to 65535")
    return int(text)


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1
    if not 0 <= found <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a delay: write seconds from 0 to 86400")
    return found
