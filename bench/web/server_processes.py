"""Run servers for the benchmark: Entrepot's, the bare endpoint, and PostgreSQL."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

HERE = Path(__file__).resolve().parent
TICKS = os.sysconf("SC_CLK_TCK")
READY = 120.0  # seconds that a server may take to start
#: The part of a processor that a server uses at most while nobody asks, and the seconds that its start may take.
IDLE, SETTLED = 0.15, 300.0


@dataclass
class Server:
    """A running server: its URL, its process (the leader of its group), its environment."""

    url: str
    process: subprocess.Popen[bytes]
    environment: dict[str, str]
    others: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def last_log(self) -> str:
        """The end of its log, without successful requests."""
        log = Path(self.environment["ENTREPOT_DATA"]) / "log"
        lines = [line for line in log.read_text(errors="replace").splitlines() if '"status":200' not in line]
        return f"ended with {self.process.poll()}\n" + "\n".join(lines[-20:])

    def processor_seconds(self) -> float:
        """The processor time that it has used so far, including its database server."""
        return sum(_seconds(each.pid) for each in (self.process, *self.others))


def start_server(data: Path, workers: int, database: Postgres | None = None) -> Server:
    """Start Entrepot's server with its data in a folder, and wait until it has done the work of its start.

    Each process compiles the loops over tables in a thread, where the cache has none: that is some 35 s of processor.
    """
    data.mkdir(parents=True, exist_ok=True)
    words = [sys.executable, "-m", "entrepot.web", "--workers", str(workers)]
    server = _start(data, database, words, lambda port: ["--port", str(port)], "/v1/health")
    try:
        _settle(server)
    except BaseException:
        stop(server)
        raise
    return server


def start_bare(data: Path, workers: int, database: Postgres | None = None) -> Server:
    """Start the bare endpoint with the row in `data`."""
    return _start(data, database, [sys.executable, "bare.py"], lambda port: [str(port), str(workers)], "/")


def stop(server: Server) -> None:
    """Stop a server that was started here."""
    _end(server.process)


@dataclass
class Postgres:
    """A PostgreSQL server of the benchmark, synced to the disk as by default."""

    process: subprocess.Popen[bytes]
    port: int
    version: str

    def url(self, name: str) -> str:
        """The address of a database."""
        return f"postgresql://bench@127.0.0.1:{self.port}/{name}"


@contextmanager
def postgres(room: Path) -> Iterator[Postgres | None]:
    """Run PostgreSQL in a folder; None if it is not installed."""
    programs = _postgres_programs()
    if programs is None:
        yield None
        return
    folder, port = room / "postgres", _free_port()
    folder.mkdir()
    # PostgreSQL refuses to run as root.
    user = "postgres" if os.getuid() == 0 else None
    if user:
        shutil.chown(folder, user)
        room.chmod(0o755)
    words = [str(programs / "initdb"), "--auth=trust", "--username=bench", "--no-sync", "-D", str(folder / "data")]
    subprocess.run([*words, "--encoding=UTF8", "--locale=C"], user=user, check=True, stdout=subprocess.DEVNULL)
    words = [str(programs / "postgres"), "-D", str(folder / "data"), "-p", str(port), "-k", str(folder)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*words, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=on", "-c", "synchronous_commit=on"],
            user=user,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait(lambda: socket.create_connection(("127.0.0.1", port), 1).close(), process, folder / "log")
        time.sleep(1)
        for name in ("entrepot", "bare"):
            create = [str(programs / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "bench", name]
            subprocess.run(create, check=True)
        told = subprocess.run([str(programs / "postgres"), "--version"], capture_output=True, text=True, check=True)
        yield Postgres(process, port, told.stdout.strip())
    finally:
        _end(process, signal.SIGINT)


def _start(data: Path, database: Postgres | None, words: list[str], more: object, probe: str) -> Server:
    port = _free_port()
    environment = {**os.environ, "ENTREPOT_DATA": str(data), "DJANGO_SETTINGS_MODULE": "entrepot.web.site.settings"}
    if "bare.py" in words:
        environment |= {"DJANGO_SETTINGS_MODULE": "bare_settings", "PYTHONPATH": str(HERE)}
    if database is not None:
        environment["ENTREPOT_DATABASE"] = database.url(data.name.split("-")[0])
    log = data / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [*words, *more(port)],  # type: ignore[operator]
            cwd=HERE,
            env=environment,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}", process, environment, [database.process] if database else [])
    try:
        _wait(lambda: _answers(server.url + probe), process, log)
    except BaseException:
        stop(server)
        raise
    return server


def _answers(url: str) -> None:
    try:
        with urlopen(url, timeout=5):
            return
    except URLError as error:
        if getattr(error, "code", 0) == 404:  # any response is enough
            return
        raise


def _wait(probe: object, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + READY
    while True:
        try:
            return probe()  # type: ignore[operator,no-any-return]
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"A server did not start:\n{log.read_text()[-2000:]}") from None
            time.sleep(0.1)


def _settle(server: Server) -> None:
    """Wait until the server is idle."""
    until, before = time.monotonic() + SETTLED, server.processor_seconds()
    while True:
        time.sleep(1)
        now = server.processor_seconds()
        if now - before <= IDLE:
            return
        if time.monotonic() > until:
            raise SystemExit(f"A server that nobody asks is still at work after {SETTLED:.0f} s.")
        before = now


def _end(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> None:
    if process.poll() is None:
        os.killpg(process.pid, how)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _seconds(leader: int) -> float:
    """The processor time of a process and all its descendants, including ended ones."""
    ticks: dict[int, int] = {}
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        number = int(stat.parent.name)
        parents[number], ticks[number] = int(fields[1]), sum(map(int, fields[11:15]))
    ours = {leader}
    while more := {each for each, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return sum(ticks.get(each, 0) for each in ours) / TICKS


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _postgres_programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    one = shutil.which("initdb")
    return Path(one).resolve().parent if one else None
