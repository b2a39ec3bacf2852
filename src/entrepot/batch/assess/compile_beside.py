"""Compiles the loops in another process while this one assesses rows one by one.

Compiling takes half a minute or more, once after an installation. A table that asks for it (`compiling_beside`) does
not wait: its rows are assessed one by one, in small pieces, until the other process has written the machine code to the
cache. A short table is done before. The other process ends with this one; what it has compiled until then is kept.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from threading import Lock

from entrepot.batch.assess.compile_lock import loops_are_ready
from entrepot.batch.assess.own_process import start_module
from entrepot.batch.kernel.compiler import is_complete

#: The module that the other process runs.
MODULE = "entrepot.batch.run.compile_loops"
#: Its argument where it is to end when its standard input does.
BESIDE = "--beside"
#: Rows of a piece that is assessed one by one, and rows that are assessed before the other process is started: fewer
#: are done before it would be.
PIECE_ROWS, START_ROWS = 512, 2_000
#: Seconds that a process which was told to end may take.
PATIENCE = 5.0

Notice = Callable[[], None]


class _Beside:
    """The process that compiles, and who asked for it. A process that was forked from this one has none."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.notices: list[Notice] = []
        self.rows = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.owner = 0

    def ended(self) -> bool:
        """Whether the process has ended, or could not be started: then this process compiles what is missing."""
        return self.owner == os.getpid() and (self.process is None or self.process.poll() is not None)

    def start(self) -> None:
        """Starts the process, and tells those who asked for it."""
        process: subprocess.Popen[bytes] | None = None
        with contextlib.suppress(OSError):
            process = start_module(MODULE, BESIDE)
            atexit.register(self.stop)
        # The owner last: to another thread an owner without a process means that it could not be started.
        self.process, self.owner = process, os.getpid()
        for notice in self.notices if process is not None else ():
            notice()

    def stop(self) -> None:
        """Ends the process."""
        process = self.process
        if process is None or self.owner != os.getpid():
            return
        if process.poll() is None:
            process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
        if process.stdin is not None:
            process.stdin.close()


_BESIDE = _Beside()


@contextlib.contextmanager
def compiling_beside(notice: Notice = lambda: None) -> Iterator[None]:
    """In this block the loops are compiled by another process. `notice` is called when that starts."""
    _BESIDE.notices.append(notice)
    try:
        yield
    finally:
        _BESIDE.notices.remove(notice)


def can_use_loops() -> bool:
    """Whether the loops may be used: they are compiled, or are to be compiled here."""
    return not _BESIDE.notices or loops_are_ready() or is_complete() or _BESIDE.ended()


def use_loops(rows: int) -> bool:
    """As `can_use_loops`, for so many rows; starts the other process when enough rows have been assessed without it."""
    if can_use_loops():
        return True
    with _BESIDE.lock:
        _BESIDE.rows += rows
        _start_for(_BESIDE.rows)
    return False


def expect_rows(rows: int) -> None:
    """Starts the other process where so many rows are to be assessed that it would not be done before."""
    if not can_use_loops():
        with _BESIDE.lock:
            _start_for(rows)


def _start_for(rows: int) -> None:
    if _BESIDE.owner != os.getpid() and rows > START_ROWS:
        _BESIDE.start()


def rows_at_a_time(most: int) -> int:
    """How many rows are assessed together: few as long as they are assessed one by one."""
    return most if can_use_loops() else PIECE_ROWS
