"""Processes of one module that work for this one: a frame of bytes in, a frame out, in the order of the questions.

A frame is eight bytes of its length in little-endian order, and the bytes. The first one in is the setup, and an empty
one out says that the process is ready. It ends when its standard input does.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from threading import BoundedSemaphore, Lock, Timer
from types import TracebackType
from typing import IO, Self

from entrepot.batch.assess.own_process import start_module

#: Processes that work for this one at the same time, at most.
MAX_PROCESSES = 6
#: Seconds that processes wait for the next table, and that one which was told to end may take.
IDLE, PATIENCE = 5.0, 5.0
_FREE = BoundedSemaphore(MAX_PROCESSES)
_LENGTH = 8


def available() -> int:
    """The number of processes that make sense here: 1 where there is one core."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, MAX_PROCESSES)


class ProcessPool:
    """The processes. `ask` may be called by as many threads as there are processes: use `threads`."""

    def __init__(self, module: str, setup: bytes, most: int) -> None:
        self.count = 0
        while self.count < most and _FREE.acquire(blocking=False):
            self.count += 1
        self.processes: list[subprocess.Popen[bytes]] = []
        self._alive, self._lock = 0, Lock()
        #: The processes that have nothing to do; None where all have ended.
        self._ready: SimpleQueue[subprocess.Popen[bytes] | None] = SimpleQueue()
        self.threads = ThreadPoolExecutor(max(self.count, 1), "entrepot-pool")
        with contextlib.suppress(OSError):
            for _number in range(self.count):
                self.processes.append(start_module(module, answers=True))
        self._starts = [self.threads.submit(self._start, each, setup) for each in self.processes]
        atexit.register(self.close)

    def _start(self, process: subprocess.Popen[bytes], setup: bytes) -> None:
        _exchange(process, setup)
        with self._lock:
            self._alive += 1
        self._ready.put(process)

    def is_ready(self) -> bool:
        """Whether each process that could be started can answer, and there is one."""
        return all(each.done() for each in self._starts) and self._alive > 0

    def ask(self, question: bytes) -> bytes:
        """What a process answers. Raises OSError if it does not."""
        process = self._ready.get()
        try:
            if process is None:
                raise BrokenPipeError
            answer = _exchange(process, question)
        except OSError:
            with self._lock:
                self._alive -= process is not None
                if self._alive <= 0:
                    self._ready.put(None)
            raise
        self._ready.put(process)
        return answer

    def close(self) -> None:
        """End the processes."""
        atexit.unregister(self.close)
        for process in self.processes:
            process.kill()
        self.threads.shutdown(wait=True, cancel_futures=True)
        for process in self.processes:
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):  # what a process that ended did not read
                    if pipe is not None:
                        pipe.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
        for _number in range(self.count):
            _FREE.release()
        self.count = 0


class Standby:
    """Processes that are started when they are needed, and end some seconds after nobody uses them any more.

    A block `with` uses it; threads may share it.
    """

    def __init__(self, module: str, setup: Callable[[], bytes], most: int | None = None) -> None:
        self.most = available() if most is None else min(most, MAX_PROCESSES)
        self.pool: ProcessPool | None = None
        self._module, self._setup = module, setup
        self._users, self._lock = 0, Lock()
        self._timer: Timer | None = None

    def ready(self, *, start: bool = True) -> ProcessPool | None:
        """The processes; None as long as they start. `start`: whether they are started if there are none."""
        with self._lock:
            if self.pool is None and start and self.most > 1:
                self.pool = ProcessPool(self._module, self._setup(), self.most)
            return self.pool if self.pool is not None and self.pool.is_ready() else None

    def __enter__(self) -> Self:
        with self._lock:
            self._users += 1
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._lock:
            self._users -= 1
            if not self._users and self.pool is not None:
                self._timer = Timer(IDLE, self._end_unused)
                self._timer.daemon = True
                self._timer.start()

    def _end_unused(self) -> None:
        with self._lock:
            pool = None
            if not self._users:
                pool, self.pool = self.pool, None
        if pool is not None:
            pool.close()

    def close(self) -> None:
        """End the processes, if there are any."""
        with self._lock:
            pool, self.pool = self.pool, None
        if pool is not None:
            pool.close()


def serve(prepare: Callable[[bytes], Callable[[bytes], bytes]]) -> None:
    """Work for the process that started this one, until it ends. `prepare`: from the setup, what answers a question."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one decides when both end
    source, target = sys.stdin.buffer, sys.stdout.buffer
    try:
        if (setup := read_frame(source)) is None:
            return
        answer = prepare(setup)
        write_frame(target, b"")
        while (question := read_frame(source)) is not None:
            write_frame(target, answer(question))
    except BrokenPipeError:  # the other process is gone
        sys.stderr.close()


def _exchange(process: subprocess.Popen[bytes], body: bytes) -> bytes:
    """What a process answers. Raises BrokenPipeError if it has ended."""
    if process.stdin is None or process.stdout is None:
        raise BrokenPipeError
    write_frame(process.stdin, body)
    if (answer := read_frame(process.stdout)) is None:
        raise BrokenPipeError
    return answer


def read_frame(stream: IO[bytes]) -> bytes | None:
    """The next frame; None at the end."""
    head = stream.read(_LENGTH)
    if len(head) < _LENGTH:
        return None
    size = int.from_bytes(head, "little")
    body = stream.read(size)
    return body if len(body) == size else None


def write_frame(stream: IO[bytes], body: bytes) -> None:
    """Write one frame."""
    stream.write(len(body).to_bytes(_LENGTH, "little") + body)
    stream.flush()
