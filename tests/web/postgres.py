"""postgres: a PostgreSQL server of the tests' own, on the loopback, in a folder that goes away."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from server_process import free_port

#: Where Debian puts the programs of the server.
DEBIAN = Path("/usr/lib/postgresql")
#: As root it does not run: then it runs as one of these.
USERS = ("postgres", "nobody")


@dataclass
class Postgres:
    """A server: its programs, its folder, and the user that it runs as (None: ours)."""

    programs: Path
    folder: Path
    user: str | None
    port: int
    password: str

    @property
    def url(self) -> str:
        """The database, as the desk is told of it."""
        return f"postgresql://desk:{self.password}@127.0.0.1:{self.port}/postgres"

    def run(self, program: str, *words: str) -> None:
        """Runs one of its programs, to its end."""
        command = [str(self.programs / program), "-D", str(self.folder / "rows"), *words]
        done = subprocess.run(
            command, user=self.user, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
        )
        assert done.returncode == 0, done.stderr.decode() + (self.folder / "log").read_text()

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        options = f"-h 127.0.0.1 -p {self.port} -k {self.folder} -c max_connections=60"
        self.run("pg_ctl", "start", "-w", "-s", "-l", str(self.folder / "log"), "-o", options)

    def crash(self) -> None:
        """Ends it as a crash does: nothing is written that was not yet; at its next start it has to recover."""
        self.run("pg_ctl", "stop", "-s", "-m", "immediate")


def programs() -> Path | None:
    """The folder of the server's programs."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    return max(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]), default=DEBIAN / "none").parent


@contextmanager
def postgres() -> Iterator[Postgres | None]:
    """Runs a server, and ends it; None where there is none to run."""
    found = programs()
    if found is None or not (found / "initdb").exists():
        yield None
        return
    user = _user()
    with tempfile.TemporaryDirectory(prefix="entrepot-pg-") as name:
        server = Postgres(found, Path(name), user, free_port(), secrets.token_urlsafe(16))
        (server.folder / "password").write_text(server.password)
        if user:
            for path in (server.folder, server.folder / "password"):
                shutil.chown(path, user)
        words = ("-U", "desk", "-A", "scram-sha-256", f"--pwfile={server.folder / 'password'}", "-E", "UTF8")
        (server.folder / "log").touch(0o666)
        (server.folder / "log").chmod(0o666)
        server.run("initdb", *words)
        server.start()
        try:
            yield server
        finally:
            with suppress(AssertionError):
                server.run("pg_ctl", "stop", "-s", "-m", "fast")


def _user() -> str | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in USERS if name in names)
