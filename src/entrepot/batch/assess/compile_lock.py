"""turn: of the processes of a machine one at a time begins: the first compiles the loops, the others find them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from entrepot.law.cache import cache_folder

_READY: list[bool] = []


def loops_are_ready() -> bool:
    """Whether this process has had its turn: what it needs is compiled, or was found."""
    return bool(_READY)


@contextlib.contextmanager
def compile_lock() -> Iterator[None]:
    """A process waits here for its turn, once; it is over when the block is left.

    Without it all compile the same for as long as one, and what two keep at the same moment need not fit together.
    Where nothing can be locked nobody waits.
    """
    with contextlib.ExitStack() as held:
        if not _READY:
            with contextlib.suppress(ImportError, OSError):
                import fcntl  # noqa: PLC0415  # not on every system

                cache_folder().mkdir(parents=True, exist_ok=True)
                file = held.enter_context((cache_folder() / "turn").open("wb"))
                fcntl.flock(file, fcntl.LOCK_EX)  # let go where the file is closed, also by a process that is killed
        yield
        _READY[:] = [True]
