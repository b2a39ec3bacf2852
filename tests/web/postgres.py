"""A PostgreSQL server for the tests, on the loopback, in a temporary folder."""

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

from free_ports import free_port

#: The folder of the server's programs on Debian.
DEBIAN = Path("/usr/lib/postgresql")
#: It does not run as root: then it runs as one of these users.
USERS = ("postgres", "nobody")


@dataclass
class Postgres:
    """A server: its programs, its folder, and the user that it runs as (None: the current user)."""

    programs: Path
    folder: Path
    user: str | None
    port: int
    password: str

    @property
    def url(self) -> str:
        """The value of ENTREPOT_DATABASE."""
        return f"postgresql://entrepot:{self.password}@127.0.0.1:{self.port}/postgres"

    def run(self, program: str, *words: str) -> None:
        """Run one of its programs to its end."""
        command = [str(self.programs / program), "-D", str(self.folder / "rows"), *words]
        done = subprocess.run(
            command, user=self.user, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
        )
        assert done.returncode == 0, done.stderr.decode() + (self.folder / "log").read_text()

    def start(self) -> None:
        """Start it, and wait until it accepts connections."""
        # Without fsync: processes are ended by tests, but never the system, which still writes what they wrote.
        options = f"-h 127.0.0.1 -p {self.port} -k {self.folder} -c max_connections=60 -c fsync=off"
        self.run("pg_ctl", "start", "-w", "-s", "-l", str(self.folder / "log"), "-o", options)

    def crash(self) -> None:
        """Stop it as a crash would: unwritten data is lost, and its next start has to recover."""
        self.run("pg_ctl", "stop", "-s", "-m", "immediate")


def programs() -> Path | None:
    """The folder of the server's programs; None if ENTREPOT_POSTGRESQL is `none`."""
    if os.environ.get("ENTREPOT_POSTGRESQL") == "none":
        return None
    if found := shutil.which("initdb"):
        return Path(found).parent
    return max(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]), default=DEBIAN / "none").parent


@contextmanager
def postgres() -> Iterator[Postgres | None]:
    """Run a server and stop it; None if it is not installed, or not wanted."""
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
        password = f"--pwfile={server.folder / 'password'}"
        words = ("-U", "entrepot", "-A", "scram-sha-256", password, "-E", "UTF8", "--no-sync")
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
