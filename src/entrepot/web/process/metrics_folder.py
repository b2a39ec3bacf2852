"""The folder in which the workers of one start of the server store their metrics, for `prometheus_client`.

The library reads the name of the folder when it is imported. So this module does not import the library.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
#: The initial size of a file in the library, in bytes.
SIZE = 1 << 20
_LOCK = "lock"


def create(data: Path) -> None:
    """Create a folder for this start, and delete those of starts that have ended.

    If it cannot be created, each worker counts for itself.
    """
    os.environ.pop(VARIABLE, None)
    with contextlib.suppress(OSError):
        root = data / "metrics"
        root.mkdir(parents=True, exist_ok=True)
        _delete_unlocked(root)
        folder = Path(tempfile.mkdtemp(prefix="start-", dir=root))
        _lock(folder)  # held as long as this process or a worker that it forked is alive
        os.environ[VARIABLE] = str(folder)


def create_files() -> bool:
    """Create the files of this worker at their full size. Returns whether the disk had space for them.

    Otherwise a write to the mapped file would end the process when the disk is full.
    """
    if (name := os.environ.get(VARIABLE)) is None:
        return True
    try:
        for kind in ("counter", "histogram"):
            file = Path(name) / f"{kind}_{os.getpid()}.db"
            if not file.exists():  # an earlier worker with the same process id: its counts continue
                new = file.with_suffix(".new")
                new.write_bytes(bytes(SIZE))
                new.rename(file)
    except OSError:
        return False
    return True


def remove() -> None:
    """Delete the folder of this start, after its workers have ended."""
    if (name := os.environ.pop(VARIABLE, None)) is not None:
        shutil.rmtree(name, ignore_errors=True)


def _delete_unlocked(root: Path) -> None:
    for folder in root.glob("start-*"):
        if (lock := _lock(folder)) is not None:
            os.close(lock)
            shutil.rmtree(folder, ignore_errors=True)


def _lock(folder: Path) -> int | None:
    """Lock a folder; the file descriptor, or None if a running start holds the lock or the system has no locks."""
    try:
        import fcntl  # noqa: PLC0415  # not on every system
    except ImportError:
        return None
    lock = os.open(folder / _LOCK, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock
