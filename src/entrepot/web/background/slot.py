"""The place of a background worker: a file that one process at a time has locked.

The lock ends with the process, however it ends. So who holds it knows that nobody else works under this name, and that
what the name still holds in the database was left by a process that is gone.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import IO

#: Seconds between two attempts to lock the file.
INTERVAL = 0.2


class Slot:
    """A place, locked until the process ends. `name`: unique among all nodes that share a database."""

    def __init__(self, folder: Path, number: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file: IO[str] = (folder / f"worker-{number}").open("a+")
        self.number = number
        self.name = ""

    def lock(self, wait: Callable[[float], bool]) -> bool:
        """Lock the place. `wait` waits so many seconds, and returns True where the process is to end.

        Returns False then.
        """
        while not self._try():
            if wait(INTERVAL):
                return False
        self._file.seek(0)
        if not (name := self._file.read().strip()):
            name = secrets.token_hex(8)
            self._file.write(f"{name}\n")
            self._file.flush()
        self.name = f"{name}-{self.number}:"
        return True

    def _try(self) -> bool:
        if os.name != "posix":
            return True  # no such locks: the leases alone keep workers apart
        import fcntl  # noqa: PLC0415  # not on every system

        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
