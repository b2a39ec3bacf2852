"""Limit how many tables a process calculates, and how many large responses it sends, at the same time.

A response holds a thread of the server until the client has read it, and some clients do not read: they must not hold
all threads.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from threading import Condition
from typing import ClassVar

#: Tables that one process calculates at the same time.
MAX_CALCULATING = 2
#: Responses that one process sends at the same time, and those of them that are sent to one caller.
MAX_SENDING, MAX_OF_CALLER = 8, 2
#: Bytes of a piece of a response.
PIECE = 256 << 10


class Slot:
    """One of the responses that may be sent; with `work`, also one of the tables that may be calculated."""

    _changed = Condition()
    _calculating = 0
    _sending: ClassVar[Counter[str]] = Counter()

    def __init__(self, caller: str, *, work: bool) -> None:
        self.caller, self.work = caller, work
        self.working = self.sending = False

    def acquire(self) -> bool:
        """Wait up to a second for a free slot; whether it was acquired."""
        with self._changed:
            if not self._changed.wait_for(self._is_free, 1.0):
                return False
            self.working, self.sending = self.work, True
            Slot._calculating += self.work
            self._sending[self.caller] += 1
            return True

    def _is_free(self) -> bool:
        if self.work and Slot._calculating >= MAX_CALCULATING:
            return False
        return self._sending.total() < MAX_SENDING and self._sending[self.caller] < MAX_OF_CALLER

    def release_work(self) -> None:
        """The table is calculated: a client that reads slowly does not delay the next table."""
        with self._changed:
            if self.working:
                self.working = False
                Slot._calculating -= 1
                self._changed.notify_all()

    def release(self) -> None:
        """The response was sent, or the client is gone."""
        self.release_work()
        with self._changed:
            if self.sending:
                self.sending = False
                self._sending[self.caller] -= 1
                if not self._sending[self.caller]:
                    del self._sending[self.caller]
                self._changed.notify_all()


class SlotResponse:
    """The pieces of a response; releases its slot at the end, or when the client is gone."""

    def __init__(self, first: bytes, rest: Iterator[bytes], slot: Slot) -> None:
        self.pieces, self.rest, self.slot = split_pieces(chain([first], rest)), rest, slot

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self.pieces)
        except BaseException:  # StopIteration included
            self.slot.release()
            raise

    def close(self) -> None:
        """Called by the server."""
        try:
            close = getattr(self.rest, "close", None)
            if close is not None:
                close()
        finally:
            self.slot.release()


def split_pieces(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in small pieces: the server holds each piece in memory until it is sent."""
    for piece in pieces:
        for begin in range(0, len(piece), PIECE):
            yield piece[begin : begin + PIECE]
