"""The processes of the demonstration of trade: three sandboxes and a server of this node, on free ports."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

#: Seconds within which the server must answer, and between two questions whether it does.
START, STEP = 180.0, 0.05
#: Seconds for a request to a process, and for a process to end.
TIMEOUT, GRACE = 60.0, 15.0
#: Ports that systems give to no connection by themselves: one of those might be taken before the server listens there.
PORTS = range(20_000, 32_000)
#: Those that this process was given: two nodes of one demonstration get two, although nothing listens there yet.
_GIVEN: set[int] = set()


class NotStarted(Exception):
    """A process of the demonstration did not start. The text says which, and shows what it printed."""


class Sandbox(NamedTuple):
    """A running sandbox: its address, and what it printed at its start."""

    url: str
    start: Mapping[str, Any]

    def control(self, path: str, value: Mapping[str, Any], method: str = "POST") -> Any:
        """Send a control request. Raises OSError."""
        headers = {"Authorization": f"Bearer {self.start['control_token']}", "Content-Type": "application/json"}
        request = urllib.request.Request(  # noqa: S310  # http to this machine
            self.url + path, json.dumps(value).encode(), headers, method=method
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310  # as above
            return json.load(answer)


def free_port() -> int:
    """A free port of this machine, another one each time: one of PORTS, unless all that were tried are taken.

    >>> free_port() in PORTS
    True
    """
    for port in (*(secrets.choice(PORTS) for _ in range(1_000)), 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            found = int(probe.getsockname()[1])
            if found not in _GIVEN:
                _GIVEN.add(found)
                return found
    raise NotStarted("This machine has no free port.")


@contextlib.contextmanager
def sandboxes(folder: Path, options: Mapping[str, Sequence[str]]) -> Iterator[Callable[[], dict[str, Sandbox]]]:
    """Run sandboxes, by name, with their options. They end with this process.

    Gives a function that waits until they have started, and returns them. It raises NotStarted.
    """
    command = [sys.executable, "-m", "entrepot.sandbox"]
    common = ("--port", "0", "--json", "--stop-with-stdin")
    with contextlib.ExitStack() as running:
        started = {}
        for name, own in options.items():
            log = running.enter_context((folder / f"{name}.log").open("ab"))
            process = subprocess.Popen(  # noqa: S603  # our own module
                [*command, name, *common, "--folder", str(folder / name), *own],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment({}),
            )
            running.callback(end, process)
            started[name] = process
        for process in started.values():
            running.callback(process.terminate)  # called before the first `end`, so that all end at the same time
        yield lambda: {name: _started(name, process, folder) for name, process in started.items()}


def _started(name: str, process: subprocess.Popen[bytes], folder: Path) -> Sandbox:
    assert process.stdout is not None  # noqa: S101  # a pipe
    line = process.stdout.readline()
    if not line:
        raise NotStarted(_why(f"The sandbox {name}", folder / f"{name}.log"))
    start = json.loads(line)
    return Sandbox(start["url"], start)


@contextlib.contextmanager
def server(port: int, folder: Path, settings: Mapping[str, str]) -> Iterator[str]:
    """Run the server of this node with its background worker. Gives its address. Raises NotStarted."""
    running = Server(port, folder, settings)
    try:
        running.start()
        yield running.wait()
    finally:
        running.stop()


class Server:
    """The server of a node, which is started, stopped, and started again. What it prints goes to `server.log`."""

    def __init__(self, port: int, folder: Path, settings: Mapping[str, str]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._port, self._log, self._settings = port, folder / "server.log", settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and do not wait."""
        command = [sys.executable, "-m", "entrepot.web", "--port", str(self._port), "--workers", "1"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  # our own module
                [*command, "--background", "1"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment(self._settings),
            )

    def wait(self) -> str:
        """Wait until it answers. Returns its address. Raises NotStarted."""
        if self._process is not None:
            _wait_for(self.url, self._process, self._log)
        return self.url

    def stop(self) -> None:
        """Stop it. Does nothing if it does not run."""
        if self._process is not None:
            end(self._process)
            self._process = None


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/v1/", timeout=TIMEOUT):  # noqa: S310  # http to this machine
                return
        except (urllib.error.URLError, OSError):
            time.sleep(STEP)
    raise NotStarted(_why("The server", log))


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process: settings of the user's own server are not passed to the demonstration."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("ENTREPOT_") or name in _PASSED}
    return own | dict(settings)


def use_settings(settings: Mapping[str, str]) -> None:
    """Give this process the environment that `server` gives to the node: both open the same database."""
    given = environment(settings)
    for name in os.environ.keys() - given.keys():
        del os.environ[name]
    os.environ.update(given)


#: Settings that the demonstration shares with the user: compiled law, packs, language, and the tests' own.
_PASSED = frozenset({"ENTREPOT_CACHE", "ENTREPOT_PACKS", "ENTREPOT_LANG", "ENTREPOT_TRACEBACK"})


def end(process: subprocess.Popen[Any]) -> None:
    """End a process that was started here, and wait for it."""
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    process.terminate()
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _why(what: str, log: Path) -> str:
    text = log.read_text(errors="replace").strip()[-2000:] if log.exists() else ""
    return f"{what} did not start. {text}"
