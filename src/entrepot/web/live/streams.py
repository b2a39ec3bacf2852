"""How many streams are open in this process, and when they end.

A stream holds a thread of its process while it is open, and the process has few. So each process has few streams, each
organization has fewer, and each ends after a while: the browser opens it again, and others get their turn. A page
without a stream works; it shows what changed when it is loaded again.
"""

from __future__ import annotations

import mmap
import time
from threading import Lock

#: Streams of a process (of its 16 threads), and of an organization in a process.
MAX_OPEN, MAX_OF_ORGANIZATION = 4, 2
#: Seconds after which a stream ends, and after which its place is free even if nobody ended it.
SECONDS, FORGOTTEN = 50.0, 70.0
#: One byte that the processes share: the server sets it when it stops, so that streams do not hold it up. A process
#: that was started otherwise than as a copy has its own; its streams end with their time.
_stopping = mmap.mmap(-1, 1)


class Places:
    """The places of the streams of a process. Each is taken until it is released, or forgotten."""

    def __init__(self, most: int = MAX_OPEN, of_organization: int = MAX_OF_ORGANIZATION) -> None:
        self._most, self._of_organization = most, of_organization
        self._lock = Lock()
        self._taken: dict[object, tuple[str, float]] = {}

    def take(self, organization: str, now: float | None = None) -> object | None:
        """Take a place. None if none is free.

        >>> places = Places(most=2, of_organization=1)
        >>> first = places.take("og_1")
        >>> places.take("og_1") is None, places.take("og_2") is None, places.take("og_3") is None
        (True, False, True)
        >>> places.release(first)
        >>> places.take("og_1") is None
        False
        """
        moment = time.monotonic() if now is None else now
        with self._lock:
            for place, (_owner, until) in list(self._taken.items()):
                if until <= moment:
                    del self._taken[place]
            owners = [owner for owner, _until in self._taken.values()]
            if len(owners) >= self._most or owners.count(organization) >= self._of_organization:
                return None
            place = object()
            self._taken[place] = organization, moment + FORGOTTEN
            return place

    def release(self, place: object) -> None:
        """Give a place back. One that was given back before is no error."""
        with self._lock:
            self._taken.pop(place, None)


PLACES = Places()


def stop() -> None:
    """Let all streams of all processes end: the server stops."""
    _stopping[0] = 1


def is_stopping() -> bool:
    """Whether the server stops."""
    return bool(_stopping[0])
