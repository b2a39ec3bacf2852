"""A buffer between the thread that produces a response and the one that sends it. What does not fit waits on the disk.

Many clients read no part of the response before they have sent the whole request. So the request is read even if the
response is not: otherwise client and server would wait for each other. Some clients never read: after a timeout their
response is dropped.
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

#: Bytes that wait in memory for one response, and on the disk for all responses. Beyond these the producer waits.
MAX_MEMORY, MAX_DISK = 16 << 20, 8 << 30
#: Bytes of a file: a file that was read is closed while later ones are still written.
FILE_SIZE = 64 << 20
#: Seconds without a read after which a complete response is dropped, and seconds that a producer waits for space.
TIMEOUT = 120.0

_lock = Lock()
_disk_bytes = 0


class Stopped(Exception):
    """The reader has closed the buffer."""


class Spill:
    """An iterator over the pieces of `source`, which a thread of its own reads ahead.

    An exception of `source` is raised after the pieces before it. `check_stalled` is called once a second while no
    piece comes; an exception that it returns is raised. `on_finished` is called once, when `source` has ended.
    `max_disk`: bytes on the disk, of all responses together.
    """

    def __init__(
        self,
        source: Iterator[bytes],
        folder: Path,
        check_stalled: Callable[[], Exception | None],
        on_finished: Callable[[], None] = lambda: None,
        max_disk: int = MAX_DISK,
    ) -> None:
        self.source, self.folder, self.max_disk = source, folder, max_disk
        self.check_stalled, self.on_finished = check_stalled, on_finished
        self.changed = Condition()
        self.pieces: deque[bytes] = deque()
        self.files: deque[_File] = deque()
        self.memory_bytes = 0
        self.last_read = time.monotonic()
        self.failed: BaseException | None = None
        self.finished = self.stopped = False
        self.thread = Thread(target=self._run, name="entrepot-stream", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            for piece in split_pieces(self.source):
                self._put(piece)
        except Stopped:
            pass
        except BaseException as error:  # noqa: BLE001  # raised in the reading thread
            self.failed = error
        finally:
            try:
                close = getattr(self.source, "close", None)
                if close is not None:
                    close()
            finally:
                self.on_finished()
                with self.changed:
                    self.finished, self.last_read = True, time.monotonic()
                    self.changed.notify_all()
                    self._wait_for_reader()

    def _wait_for_reader(self) -> None:
        """Wait until everything was read. After the timeout, drop the rest; the reader gets an error."""
        while not self.stopped and (self.pieces or self.files):
            left = self.last_read + TIMEOUT - time.monotonic()
            if left <= 0:
                self.failed = TableError(f"The client read nothing of the response for {TIMEOUT:.0f} seconds.")
                break
            self.changed.wait(left)
        self._drop()

    def _put(self, piece: bytes) -> None:
        with self.changed:
            started = time.monotonic()
            while not self.stopped and self._goes_to_disk(piece) and _disk_bytes >= self.max_disk:
                if time.monotonic() - started > TIMEOUT:
                    raise TableError(
                        "The server has no space for results that the client has not read. Read the response while "
                        "sending."
                    )
                self.changed.wait(0.5)  # other responses free space, too
            if self.stopped:
                raise Stopped
            if self._goes_to_disk(piece):
                if not self.files or self.files[-1].written_bytes >= FILE_SIZE:
                    self.files.append(_File(self.folder))
                self.files[-1].write(piece)
            else:
                self.pieces.append(piece)
                self.memory_bytes += len(piece)
            self.changed.notify_all()

    def _goes_to_disk(self, piece: bytes) -> bool:
        """Whether a piece is written to the disk: if others wait there, it must follow them."""
        return bool(self.files) or self.memory_bytes + len(piece) > MAX_MEMORY

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with self.changed:
            while not self.pieces and not self.files and not self.finished:
                if not self.changed.wait(1.0) and (error := self.check_stalled()) is not None:
                    raise error
            self.last_read = time.monotonic()
            self.changed.notify_all()
            if self.pieces:
                piece = self.pieces.popleft()
                self.memory_bytes -= len(piece)
                return piece
            if self.files:
                return self._read_file(self.files[0])
            failed, self.failed = self.failed, None
            if failed is not None:
                raise failed
            raise StopIteration

    def _read_file(self, file: _File) -> bytes:
        piece = file.read_piece()
        if file.read_bytes == file.written_bytes:
            file.close()
            self.files.popleft()
        return piece

    def _drop(self) -> None:
        """Drop what was not read."""
        self.pieces.clear()
        while self.files:
            self.files.popleft().close()

    def close(self) -> None:
        """Stop: the producer ends at its next piece."""
        with self.changed:
            self.stopped = True
            self.pieces.clear()
            self.changed.notify_all()
            if self.finished:
                self._drop()


class _File:
    """An unnamed temporary file, written at its end and read from its start."""

    def __init__(self, folder: Path) -> None:
        # Without a buffer: if the disk is full, `write` raises, and not `close`.
        self.file: IO[bytes] = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115  # closed when it was read, or dropped
        self.written_bytes = self.read_bytes = 0

    def write(self, piece: bytes) -> None:
        self.file.seek(self.written_bytes)
        left = memoryview(piece)
        while left:
            count = self.file.write(left)
            left = left[count:]
        self.written_bytes += len(piece)
        _add_disk_bytes(len(piece))

    def read_piece(self) -> bytes:
        self.file.seek(self.read_bytes)
        piece = self.file.read(PIECE)
        self.read_bytes += len(piece)
        return piece

    def close(self) -> None:
        self.file.close()
        _add_disk_bytes(-self.written_bytes)


def _add_disk_bytes(count: int) -> None:
    global _disk_bytes  # noqa: PLW0603  # what all responses of this process have on the disk
    with _lock:
        _disk_bytes += count
