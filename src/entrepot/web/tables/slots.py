"""turns: how many tables a process works on at once, and how many large answers it sends.

What is sent holds a thread of the server until it was taken, and some take nothing: those are not to hold them all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from threading import Condition
from typing import ClassVar

#: So many tables are worked on at the same time by one process.
AT_ONCE = 2
#: So many answers are being sent by one process, and so many of them to one caller.
SENT_AT_ONCE, OF_ONE = 8, 2
#: Bytes that are sent at a time.
PIECE = 256 << 10


class Slot:
    """A place among the answers that are sent; with `work`, among the tables that are worked on, too."""

    _changed = Condition()
    _working = 0
    _sent: ClassVar[Counter[str]] = Counter()

    def __init__(self, caller: str, *, work: bool) -> None:
        self.caller, self.work = caller, work
        self.working = self.sending = False

    def acquire(self) -> bool:
        """Whether there was room within a second."""
        with self._changed:
            if not self._changed.wait_for(self._free, 1.0):
                return False
            self.working, self.sending = self.work, True
            Slot._working += self.work
            self._sent[self.caller] += 1
            return True

    def _free(self) -> bool:
        if self.work and Slot._working >= AT_ONCE:
            return False
        return self._sent.total() < SENT_AT_ONCE and self._sent[self.caller] < OF_ONE

    def release_work(self) -> None:
        """The answer is made: whoever takes his time with it keeps no other table waiting."""
        with self._changed:
            if self.working:
                self.working = False
                Slot._working -= 1
                self._changed.notify_all()

    def release(self) -> None:
        """The answer was sent, or is no longer wanted."""
        self.release_work()
        with self._changed:
            if self.sending:
                self.sending = False
                self._sent[self.caller] -= 1
                if not self._sent[self.caller]:
                    del self._sent[self.caller]
                self._changed.notify_all()


class SlotResponse:
    """The pieces of an answer, whose slot ends when all were taken, or nobody wants them any more."""

    def __init__(self, first: bytes, rest: Iterator[bytes], slot: Slot) -> None:
        self.pieces, self.rest, self.slot = split_pieces(chain([first], rest)), rest, slot

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self.pieces)
        except BaseException:  # the end is one of them
            self.slot.release()
            raise

    def close(self) -> None:
        """The server calls it."""
        try:
            close = getattr(self.rest, "close", None)
            if close is not None:
                close()
        finally:
            self.slot.release()


def split_pieces(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same in small pieces: of one that was taken from us the server holds all until it is sent."""
    for piece in pieces:
        for begin in range(0, len(piece), PIECE):
            yield piece[begin : begin + PIECE]
