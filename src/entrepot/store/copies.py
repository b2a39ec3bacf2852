"""Copy the database into a file while others write to it, and make a database from such a file.

SQLite is copied by its own online backup; PostgreSQL by its programs pg_dump and pg_restore.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from entrepot.model.errors import StoreError

#: The name of the file in a backup, by the kind of database.
FILES = {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}
#: Options of a connection, and the variables in which the programs of PostgreSQL read them.
_VARIABLES = {
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "connect_timeout": "PGCONNECT_TIMEOUT",
}


def kind_of_database(settings: Mapping[str, Any]) -> str:
    """`sqlite` or `postgresql`, from Django's settings."""
    return "sqlite" if settings["ENGINE"].endswith("sqlite3") else "postgresql"


def copy_database(settings: Mapping[str, Any], file: Path) -> None:
    """Copy the database as it is at one moment into a new file. Raises StoreError."""
    if kind_of_database(settings) == "postgresql":
        _run(settings, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={file}")
        return
    try:
        with (
            closing(sqlite3.connect(f"file:{settings['NAME']}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(file)) as target,
        ):
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        raise StoreError(f"The database {settings['NAME']} cannot be copied: {error}.") from None


def database_exists(settings: Mapping[str, Any]) -> bool:
    """Whether there is a database with tables. Raises StoreError if it cannot be reached."""
    if kind_of_database(settings) == "sqlite":
        return Path(settings["NAME"]).exists()
    import psycopg

    try:
        with psycopg.connect(
            dbname=settings["NAME"],
            user=settings["USER"],
            password=settings["PASSWORD"],
            host=settings["HOST"],
            port=settings["PORT"] or None,
            **settings["OPTIONS"],
        ) as connection:
            found = connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = current_schema() LIMIT 1")
            return found.fetchone() is not None
    except psycopg.Error as error:
        raise StoreError(f"The database cannot be reached: {str(error).strip().splitlines()[0]}.") from None


def make_database(settings: Mapping[str, Any], file: Path) -> None:
    """Make a database, which does not exist or has no tables, from a copy. Raises StoreError."""
    if kind_of_database(settings) == "postgresql":
        words = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(file))
        _run(settings, "pg_restore", f"--dbname={settings['NAME']}", *words)
        return
    target = Path(settings["NAME"])
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
        target.chmod(0o600)
        with target.open("rb") as handle:
            os.fsync(handle.fileno())
    except OSError as error:
        raise StoreError(f"The database {target} cannot be written: {error.strerror or error}.") from None


def _run(settings: Mapping[str, Any], program: str, *words: str) -> None:
    path = shutil.which(program)
    if path is None:
        raise StoreError(
            f"{program} is not installed. Install the client programs of PostgreSQL of the server's version."
        )
    environment = dict(os.environ)
    connection = {
        "PGDATABASE": settings["NAME"],
        "PGUSER": settings["USER"],
        "PGPASSWORD": settings["PASSWORD"],
        "PGHOST": settings["HOST"],
        "PGPORT": settings["PORT"],
    }
    options = {
        variable: str(settings["OPTIONS"][name]) for name, variable in _VARIABLES.items() if name in settings["OPTIONS"]
    }
    environment |= {name: value for name, value in (connection | options).items() if value}
    done = subprocess.run([path, *words], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["no message"])[0]
        raise StoreError(f"{program} failed: {why}")
