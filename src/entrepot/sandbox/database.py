"""The store of a sandbox: one SQLite file, one connection, one transaction at a time."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Database:
    """An SQLite file. Threads take turns; what a transaction wrote is on the disk when it ends."""

    def __init__(self, file: Path, schema: str) -> None:
        """Open the file and create what is missing. `schema`: SQL statements that may run again."""
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None, timeout=30)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA secure_delete = ON")  # what is erased leaves no bytes behind
        self._connection.executescript(schema)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything of the block is committed together, or nothing."""
        with self._lock:
            if self._connection.in_transaction:  # inside of another one of this thread
                yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """The rows of a query."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def row(self, query: str, *values: Any) -> sqlite3.Row | None:
        """The first row of a query, or None."""
        with self._lock:
            found: sqlite3.Row | None = self._connection.execute(query, values).fetchone()
            return found

    def value(self, query: str, *values: Any) -> Any:
        """The first value of the first row of a query, or None."""
        found = self.row(query, *values)
        return None if found is None else found[0]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
