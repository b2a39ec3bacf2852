"""spill: what one thread makes and another one takes; what is not taken in time waits on the disk, not in memory.

Many clients read nothing of an answer before they have sent the whole request. So the request is read on whatever
becomes of the answer: otherwise each would wait for the other.
"""

from __future__ import annotations

import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Condition, Thread
from typing import IO

#: Bytes that wait in memory, and on the disk; whoever makes more waits too.
IN_MEMORY, ON_DISK = 16 << 20, 16 << 30
#: Bytes that are read back at a time.
READ = 1 << 20


class Stopped(Exception):
    """Nobody takes any more."""


class Spill:
    """Pieces of bytes in their sequence, from the thread that makes them to whoever iterates.

    An exception of the maker is raised where the pieces end. `stalled`: asked once a second while nothing comes; what
    it returns is raised.
    """

    def __init__(self, make: Iterator[bytes], folder: Path, stalled: Callable[[], Exception | None]) -> None:
        self.make, self.folder, self.stalled = make, folder, stalled
        self.changed = Condition()
        self.held: deque[bytes] = deque()
        self.size = self.on_disk = self.read_back = 0
        self.file: IO[bytes] | None = None
        self.failed: BaseException | None = None
        self.over = self.stopped = False
        self.thread = Thread(target=self._run, name="entrepot-stream", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            for piece in self.make:
                self._put(piece)
        except Stopped:
            pass
        except BaseException as error:  # noqa: BLE001  # it is raised where the pieces are taken
            self.failed = error
        finally:
            close = getattr(self.make, "close", None)
            if close is not None:
                close()
            with self.changed:
                self.over = True
                self.changed.notify_all()
                if self.stopped:
                    self._forget()

    def _put(self, piece: bytes) -> None:
        with self.changed:
            while self.on_disk - self.read_back > ON_DISK and not self.stopped:
                self.changed.wait()
            if self.stopped:
                raise Stopped
            # Once something waits on the disk what follows goes there too, or the sequence would be lost.
            if self.file is not None or self.size + len(piece) > IN_MEMORY:
                if self.file is None:
                    self.file = tempfile.TemporaryFile(dir=self.folder)  # noqa: SIM115  # closed when it was read, or forgotten
                self.file.seek(self.on_disk)
                self.file.write(piece)
                self.on_disk += len(piece)
            else:
                self.held.append(piece)
                self.size += len(piece)
            self.changed.notify_all()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with self.changed:
            while not self.held and self.file is None and not self.over:
                if not self.changed.wait(1.0) and (why := self.stalled()) is not None:
                    raise why
            if self.held:
                piece = self.held.popleft()
                self.size -= len(piece)
                return piece
            if self.file is not None:
                return self._from_disk(self.file)
            failed, self.failed = self.failed, None
            if failed is not None:
                raise failed
            raise StopIteration

    def _from_disk(self, file: IO[bytes]) -> bytes:
        file.seek(self.read_back)
        piece = file.read(READ)
        self.read_back += len(piece)
        if self.read_back == self.on_disk:
            self._forget()
        self.changed.notify_all()
        return piece

    def _forget(self) -> None:
        """Lets go of the file."""
        if self.file is not None:
            self.file.close()
        self.file, self.on_disk, self.read_back = None, 0, 0

    def close(self) -> None:
        """Nobody takes any more: the maker stops at its next piece."""
        with self.changed:
            self.stopped = True
            self.held.clear()
            self.changed.notify_all()
            if self.over:
                self._forget()
