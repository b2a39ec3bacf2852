"""metrics_folder: the folder in which the workers of one start of the desk keep their counts, for `prometheus_client`.

The library reads the name of the folder when it is imported; so this module does not import it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
#: Bytes that the library gives a file at first.
SIZE = 1 << 20
_LOCK = "lock"


def create(data: Path) -> None:
    """Makes a folder for this start, and takes away those of starts that have ended.

    Where none can be made, each worker counts for itself.
    """
    os.environ.pop(VARIABLE, None)
    with contextlib.suppress(OSError):
        root = data / "metrics"
        root.mkdir(parents=True, exist_ok=True)
        _sweep(root)
        folder = Path(tempfile.mkdtemp(prefix="start-", dir=root))
        _locked(folder)  # as long as this process, or a worker that it forked, lives
        os.environ[VARIABLE] = str(folder)


def create_files() -> bool:
    """Makes the files of this worker, with all their bytes; whether there was room for them.

    A mapped file that finds the disk full when it is written to would end its process.
    """
    if (name := os.environ.get(VARIABLE)) is None:
        return True
    try:
        for kind in ("counter", "histogram"):
            file = Path(name) / f"{kind}_{os.getpid()}.db"
            if not file.exists():  # of an earlier worker with the same number the counts go on
                new = file.with_suffix(".new")
                new.write_bytes(bytes(SIZE))
                new.rename(file)
    except OSError:
        return False
    return True


def remove() -> None:
    """Takes the folder of this start away, once its workers have ended."""
    if (name := os.environ.pop(VARIABLE, None)) is not None:
        shutil.rmtree(name, ignore_errors=True)


def _sweep(root: Path) -> None:
    for folder in root.glob("start-*"):
        if (lock := _locked(folder)) is not None:
            os.close(lock)
            shutil.rmtree(folder, ignore_errors=True)


def _locked(folder: Path) -> int | None:
    """A handle that holds the lock of a folder; None where a start that still runs has it, or there are no locks."""
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
