"""Machine-wide lock: one process compiles the loops or loads them, the others wait and use the cache."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from entrepot.law.cache import cache_folder

_READY: list[bool] = []


def loops_are_ready() -> bool:
    """Whether this process has compiled or loaded the loops."""
    return bool(_READY)


@contextlib.contextmanager
def compile_lock() -> Iterator[None]:
    """Holds the lock while a process compiles or loads the loops, the first time only.

    Without it all processes compile for as long as one would, and files that two write at a time may not fit together.
    On systems without file locks it does not wait.
    """
    with contextlib.ExitStack() as stack:
        if not _READY:
            with contextlib.suppress(ImportError, OSError):
                import fcntl  # noqa: PLC0415  # not on every system

                cache_folder().mkdir(parents=True, exist_ok=True)
                file = stack.enter_context((cache_folder() / "turn").open("wb"))
                fcntl.flock(file, fcntl.LOCK_EX)  # released when the file closes, also if the process is killed
        yield
        _READY[:] = [True]
