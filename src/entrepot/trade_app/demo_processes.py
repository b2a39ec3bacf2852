"""The processes of the demonstration of trade: three sandboxes and a server of this node, on free ports."""

from __future__ import annotations

import contextlib
import json
import os
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
START, STEP = 60.0, 0.05
#: Seconds for a request to a process, and for a process to end.
TIMEOUT, GRACE = 10.0, 15.0


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
    """A free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
                env=_environment({}),
            )
            running.callback(_end, process)
            started[name] = process
        for process in started.values():
            running.callback(process.terminate)  # called before the first `_end`, so that all end at the same time
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
    command = [sys.executable, "-m", "entrepot.web", "--port", str(port), "--workers", "1", "--background", "1"]
    url = f"http://127.0.0.1:{port}"
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  # our own module
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=_environment(settings)
        )
        try:
            _wait_for(url, process, folder / "server.log")
            yield url
        finally:
            _end(process)


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/v1/", timeout=TIMEOUT):  # noqa: S310  # http to this machine
                return
        except (urllib.error.URLError, OSError):
            time.sleep(STEP)
    raise NotStarted(_why("The server", log))


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process: settings of the user's own server are not passed to the demonstration."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("ENTREPOT_") or name in _PASSED}
    return own | dict(settings)


def use_settings(settings: Mapping[str, str]) -> None:
    """Give this process the environment that `server` gives to the node: both open the same database."""
    given = _environment(settings)
    for name in os.environ.keys() - given.keys():
        del os.environ[name]
    os.environ.update(given)


#: Settings that the demonstration shares with the user: compiled law, packs, language, and the tests' own.
_PASSED = frozenset({"ENTREPOT_CACHE", "ENTREPOT_PACKS", "ENTREPOT_LANG", "ENTREPOT_TRACEBACK"})


def _end(process: subprocess.Popen[bytes]) -> None:
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
