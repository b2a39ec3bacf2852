"""spill: what one thread makes and another one takes; what is not taken in time waits on the disk, not in memory.

Many clients read nothing of an answer before they have sent the whole request. So the request is read on whatever
becomes of the answer: otherwise each would wait for the other. Some never read: what waits for them is let go.
"""

from __future__ import annotations

import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Condition, Lock, Thread
from typing import IO

from entrepot.model.errors import TableError
from entrepot.web.tables.slots import PIECE, split_pieces

#: Bytes that wait in memory for one, and on the disk for all together; whoever makes more waits too.
IN_MEMORY, ON_DISK = 16 << 20, 8 << 30
#: Bytes of a file: one that was read is let go while others are still written.
FILE = 64 << 20
#: Seconds in which something is taken of what was made to its end, and in which there is room for more.
PATIENCE = 120.0

_lock = Lock()
_waiting = 0


class Stopped(Exception):
    """Nobody takes any more."""


class Spill:
    """Pieces of bytes in their sequence, from the thread that makes them to whoever iterates.

    An exception of the maker is raised where the pieces end. `stalled`: asked once a second while nothing comes; what
    it returns is raised. `made`: called once, when nothing more is made. `most`: bytes on the disk, of all together.
    """

    def __init__(
        self,
        make: Iterator[bytes],
        folder: Path,
        stalled: Callable[[], Exception | None],
        made: Callable[[], None] = lambda: None,
        most: int = ON_DISK,
    ) -> None:
        self.make, self.folder, self.stalled, self.made, self.most = make, folder, stalled, made, most
        self.changed = Condition()
        self.held: deque[bytes] = deque()
        self.files: deque[_File] = deque()
        self.size = 0
        self.taken = time.monotonic()
        self.failed: BaseException | None = None
        self.over = self.stopped = False
        self.thread = Thread(target=self._run, name="entrepot-stream", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            for piece in split_pieces(self.make):
                self._put(piece)
        except Stopped:
            pass
        except BaseException as error:  # noqa: BLE001  # it is raised where the pieces are taken
            self.failed = error
        finally:
            try:
                close = getattr(self.make, "close", None)
                if close is not None:
                    close()
            finally:
                self.made()
                with self.changed:
                    self.over, self.taken = True, time.monotonic()
                    self.changed.notify_all()
                    self._watch()

    def _watch(self) -> None:
        """Waits until all was taken; where nothing is for too long, what waits is let go, and the taker hears it."""
        while not self.stopped and (self.held or self.files):
            left = self.taken + PATIENCE - time.monotonic()
            if left <= 0:
                self.failed = TableError(f"Nothing of the answer was taken for {PATIENCE:.0f} seconds.")
                break
            self.changed.wait(left)
        self._forget()

    def _put(self, piece: bytes) -> None:
        with self.changed:
            begun = time.monotonic()
            while not self.stopped and self._full(piece) and not _room(self.most):
                if time.monotonic() - begun > PATIENCE:
                    raise TableError("There is no room for answers that wait to be taken: take them while you send.")
                self.changed.wait(0.5)  # others give room too
            if self.stopped:
                raise Stopped
            if self._full(piece):
                if not self.files or self.files[-1].written >= FILE:
                    self.files.append(_File(self.folder))
                self.files[-1].put(piece)
            else:
                self.held.append(piece)
                self.size += len(piece)
            self.changed.notify_all()

    def _full(self, piece: bytes) -> bool:
        """Whether a piece goes to the disk: once something waits there what follows does too, in its sequence."""
        return bool(self.files) or self.size + len(piece) > IN_MEMORY

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with self.changed:
            while not self.held and not self.files and not self.over:
                if not self.changed.wait(1.0) and (why := self.stalled()) is not None:
                    raise why
            self.taken = time.monotonic()
            self.changed.notify_all()
            if self.held:
                piece = self.held.popleft()
                self.size -= len(piece)
                return piece
            if self.files:
                return self._from_disk(self.files[0])
            failed, self.failed = self.failed, None
            if failed is not None:
                raise failed
            raise StopIteration

    def _from_disk(self, file: _File) -> bytes:
        piece = file.take()
        if file.read == file.written:
            file.close()
            self.files.popleft()
        return piece

    def _forget(self) -> None:
        """Lets go of what waits."""
        self.held.clear()
        while self.files:
            self.files.popleft().close()

    def close(self) -> None:
        """Nobody takes any more: the maker stops at its next piece."""
        with self.changed:
            self.stopped = True
            self.held.clear()
            self.changed.notify_all()
            if self.over:
                self._forget()


class _File:
    """Bytes on the disk, without a name: written at the end and read from the start."""

    def __init__(self, folder: Path) -> None:
        # Without a buffer: where the disk is full, `put` says so, and not `close`.
        self.file: IO[bytes] = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115  # closed when it was read, or forgotten
        self.written = self.read = 0

    def put(self, piece: bytes) -> None:
        self.file.seek(self.written)
        left = memoryview(piece)
        while left:
            many = self.file.write(left)
            left = left[many:]
        self.written += len(piece)
        _weigh(len(piece))

    def take(self) -> bytes:
        self.file.seek(self.read)
        piece = self.file.read(PIECE)
        self.read += len(piece)
        return piece

    def close(self) -> None:
        self.file.close()
        _weigh(-self.written)


def _weigh(many: int) -> None:
    global _waiting  # noqa: PLW0603  # what all answers of this process have on the disk
    with _lock:
        _waiting += many


def _room(most: int) -> bool:
    return _waiting < most
